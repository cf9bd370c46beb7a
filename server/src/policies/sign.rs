//! The key that policies are signed with, and the signature.
//!
//! Ed25519 (RFC 8032), a private key as `openssl genpkey -algorithm ed25519` makes it. What is signed begins with words of its
//! own, so that nothing else that is ever signed with the key passes for policies. Read once, at start: another key is another
//! file on every node, and so no matter of a moment.
//!
//! Not here: making keys (`enforcement_command.rs`).

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use plumbline_proto::v1::{PolicySet, SignedPolicies};
use prost::Message;
use ring::signature::Ed25519KeyPair;
use rustls::pki_types::{PrivatePkcs8KeyDer, pem::PemObject};

/// What stands before the policies in what is signed.
const WORDS: &[u8] = b"plumbline policies 1\0";

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    #[error(
        "cannot read the key of the policies {}: {source}; make one with `plumbline-server enforcement init-key`, or check \
         key_file in [enforcement]",
        .path.display()
    )]
    Read { path: PathBuf, source: io::Error },
    #[error(
        "{} holds no private Ed25519 key in PEM; make one with `plumbline-server enforcement init-key` or `openssl genpkey \
         -algorithm ed25519`",
        .path.display()
    )]
    Other { path: PathBuf },
}

/// The key.
#[derive(Debug)]
pub(crate) struct Signer(Ed25519KeyPair);

impl Signer {
    pub(crate) fn read(path: &Path) -> Result<Self, KeyError> {
        let pem = fs::read(path).map_err(|source| KeyError::Read { path: path.to_owned(), source })?;
        let der = PrivatePkcs8KeyDer::from_pem_slice(&pem).ok();
        let pair =
            der.and_then(|der| Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.secret_pkcs8_der()).ok());
        pair.map(Self).ok_or_else(|| KeyError::Other { path: path.to_owned() })
    }

    pub(crate) fn sign(&self, set: &PolicySet) -> SignedPolicies {
        let policies = set.encode_to_vec();
        let signature = self.0.sign(&[WORDS, &policies].concat()).as_ref().to_vec();
        SignedPolicies { policies, signature }
    }
}

#[cfg(test)]
impl Signer {
    /// The same key in each test.
    pub(crate) fn of_test() -> Self {
        Self(Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap())
    }
}
