//! `intent sign`, and the check of it: a file `NAME.sig` beside a document, with its Ed25519 signature (RFC 8032), 64 bytes.
//!
//! It is over the bytes of the file, comments too, so it is the same that `openssl pkeyutl -sign -rawin` makes and
//! `-verify` checks, and keys are those of `openssl genpkey -algorithm ed25519`. What is checked is what is read
//! then: nothing is read twice. Not here: who may have which key.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use ring::signature::{ED25519, Ed25519KeyPair, UnparsedPublicKey};
use rustls_pki_types::{PrivatePkcs8KeyDer, SubjectPublicKeyInfoDer, pem::PemObject};

use super::yaml::{DocumentError, Source, bytes};
use crate::{escape::escape, server::CliError};

/// What is in front of the 32 bytes of a public key, by RFC 8410.
const PUBLIC_KEY: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

pub(crate) fn sign(files: &[PathBuf], key: &Path, out: &mut impl Write) -> Result<(), CliError> {
    let pem = bytes(key)?;
    let unusable =
        || other(key, "it holds no Ed25519 key", "make one with `openssl genpkey -algorithm ed25519`");
    let der = PrivatePkcs8KeyDer::from_pem_slice(&pem).map_err(|_| unusable())?;
    let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.secret_pkcs8_der()).map_err(|_| unusable())?;
    for file in files {
        let source = Source::read(file)?;
        super::lint::checked(&source)?;
        let beside = beside(file);
        fs::write(&beside, pair.sign(source.text().as_bytes())).map_err(|error| {
            other(&beside, &format!("it can't be written: {error}"), "look at the rights of the folder")
        })?;
        writeln!(out, "{}", escape(&beside.display().to_string()))?;
    }
    Ok(())
}

/// Whether a file that was read is what the owner of the key signed.
pub(super) fn verify(file: &Path, source: &Source, key: &Path) -> Result<(), DocumentError> {
    let pem = bytes(key)?;
    let der = SubjectPublicKeyInfoDer::from_pem_slice(&pem).ok();
    let raw = der.as_ref().and_then(|der| der.strip_prefix(&PUBLIC_KEY)).filter(|raw| raw.len() == 32);
    let raw = raw.ok_or_else(|| {
        other(key, "it holds no public Ed25519 key", "make one with `openssl pkey -in KEY -pubout`")
    })?;
    let signature = bytes(&beside(file))?;
    UnparsedPublicKey::new(&ED25519, raw).verify(source.text().as_bytes(), &signature).map_err(|_| {
        source.other(
            "its signature is not of this key, or it was changed since",
            "have it read and signed again with `plumbline intent sign`",
        )
    })
}

fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".sig");
    name.into()
}

fn other(file: &Path, why: &str, advice: &'static str) -> DocumentError {
    DocumentError::Other { file: escape(&file.display().to_string()), why: why.to_owned(), advice }
}
