//! `enforcement init-key`: the pair of keys that policies are signed and checked with.
//!
//! Files are as `openssl genpkey -algorithm ed25519` and `openssl pkey -pubout` make them (RFC 8410), so either program can make
//! and read them. The private one has mode 0600, and nothing is ever overwritten. Who can read it can have anything killed on
//! each node that has the public one.

use std::{
    fs::{DirBuilder, File},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::{
    rand::{SecureRandom, SystemRandom},
    signature::{Ed25519KeyPair, KeyPair},
};

use crate::config::{EnforcementArgs, EnforcementCommand};

/// What is in front of the 32 bytes of a private and of a public key, by RFC 8410.
const PRIVATE: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
const PUBLIC: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
const FILES: [&str; 2] = ["enforcement.key", "enforcement.pub"];

#[derive(Debug, thiserror::Error)]
pub(crate) enum EnforcementError {
    #[error("cannot make the folder {}: {source}; check --dir", .path.display())]
    Folder { path: PathBuf, source: io::Error },
    #[error("{} exists; nothing is overwritten: move it away, or choose another --dir", .path.display())]
    Exists { path: PathBuf },
    #[error("cannot write {}: {source}", .path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("the system gave no random bytes for a key; try again")]
    Random,
    #[error(transparent)]
    Print(#[from] io::Error),
}

/// Does it, and says what to do next.
pub(crate) fn run(args: &EnforcementArgs, mut out: impl Write) -> Result<(), EnforcementError> {
    let EnforcementCommand::InitKey { dir } = &args.command;
    let made = DirBuilder::new().mode(0o700).recursive(true).create(dir);
    made.map_err(|source| EnforcementError::Folder { path: dir.clone(), source })?;
    // Both first: half a pair would be in the way of the next attempt.
    for name in FILES {
        let path = dir.join(name);
        if path.symlink_metadata().is_ok() {
            return Err(EnforcementError::Exists { path });
        }
    }
    let mut seed = [0; 32];
    SystemRandom::new().fill(&mut seed).map_err(|_| EnforcementError::Random)?;
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| EnforcementError::Random)?;
    let [private, public] = FILES.map(|name| dir.join(name));
    write(&private, &pem("PRIVATE KEY", &[PRIVATE.as_slice(), &seed].concat()), 0o600)?;
    write(&public, &pem("PUBLIC KEY", &[PUBLIC.as_slice(), pair.public_key().as_ref()].concat()), 0o644)?;
    writeln!(out, "made {} and {}", private.display(), public.display())?;
    writeln!(out, "next:")?;
    writeln!(
        out,
        "  key_file = \"{}\" in the table [enforcement] of the server's configuration",
        private.display()
    )?;
    writeln!(out, "  plumbline-collector run --enforcement-key {}    # on each node", public.display())?;
    writeln!(
        out,
        "keep {} on the server alone: who can read it can have anything killed on these nodes",
        private.display()
    )?;
    Ok(())
}

/// Both are short enough for one line.
fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}

fn write(path: &Path, text: &str, mode: u32) -> Result<(), EnforcementError> {
    let file = File::options().write(true).create_new(true).mode(mode).open(path);
    let written = file.and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => EnforcementError::Exists { path: path.to_owned() },
        _ => EnforcementError::Write { path: path.to_owned(), source },
    })
}
