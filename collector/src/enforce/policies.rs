//! The policies that hold: taken from the server only if they are signed and newer, and kept on disk, so that they outlive
//! a server that is away and a collector that is killed, up to their end.
//!
//! A set that was sent before can't be played again: its version is not above the one that is held. Who takes the file
//! away with it takes that memory away, too, and has the rights to stop the collector anyway. Beside it is kept which
//! policies came to their limit: who makes a collector start again must not get another minute of kills.

use plumbline_proto::v1::{ContainerOrder, EnforcementMode, ImagePolicy, PolicySet, SignedPolicies};
use prost::Message;
use ring::signature::{ED25519, UnparsedPublicKey};
use rustls_pki_types::{SubjectPublicKeyInfoDer, pem::PemObject};
use std::{
    collections::{BTreeMap, HashSet},
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::Listed;

/// In front of what is signed, so that the key can't be made to sign policies as something else.
const CONTEXT: &[u8] = b"plumbline policies 1\0";
/// What is in front of the 32 bytes of a public key, by RFC 8410.
const PUBLIC_KEY: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
const SET_BYTES: usize = 3 << 20;
const IMAGES: usize = 1024;
const ORDERS: usize = 64;
const PATHS: usize = 1024;
const KILLS: std::ops::RangeInclusive<u32> = 1..=1000;

/// A file that holds no key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    #[error("can't read --enforcement-key {}: {why}", .path.display())]
    Read { path: PathBuf, why: io::Error },
    #[error(
        "--enforcement-key {} holds no public Ed25519 key in PEM form; plumbline-server enforcement init-key makes one",
        .0.display()
    )]
    NoKey(PathBuf),
}

/// Reads the public key of the server's policies.
pub(crate) fn public_key(path: &Path) -> Result<[u8; 32], KeyError> {
    let pem = fs::read(path).map_err(|why| KeyError::Read { path: path.into(), why })?;
    let der = SubjectPublicKeyInfoDer::from_pem_slice(&pem).ok();
    let raw = der.as_ref().and_then(|der| der.strip_prefix(&PUBLIC_KEY));
    raw.and_then(|raw| raw.try_into().ok()).ok_or_else(|| KeyError::NoKey(path.into()))
}

/// A set that is not taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    #[error("the policies are not signed with the key of --enforcement-key")]
    Signature,
    #[error("the policies can't be read: {0}")]
    Malformed(String),
    #[error("policies of version {0} were sent, but {1} is held")]
    Old(u64, u64),
    #[error("the policies have expired")]
    Expired,
}

/// The set that is held.
#[derive(Debug)]
pub(crate) struct Policies {
    key: [u8; 32],
    file: Option<PathBuf>,
    held: PolicySet,
    /// Images whose policy came to its limit, with the revision that did.
    spared: BTreeMap<String, u64>,
    looked_at: u64,
}

impl Policies {
    /// What an earlier run kept in a file, if it is good.
    pub(crate) fn open(key: [u8; 32], file: Option<PathBuf>) -> Self {
        let (held, spared) = (PolicySet::default(), BTreeMap::new());
        let mut policies = Self { key, file: None, held, spared, looked_at: 0 };
        if let Some(path) = &file {
            match fs::read(path) {
                Ok(bytes) => {
                    let signed = SignedPolicies::decode(&*bytes).unwrap_or_default();
                    match policies.read(&signed) {
                        Ok(set) => policies.held = set,
                        Err(error) => {
                            tracing::error!(%error, file = %path.display(), "policies of an earlier run are not used");
                        }
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => tracing::error!(%error, file = %path.display(), "policies can't be read"),
            }
        }
        policies.spared = file.as_deref().map(read_spared).unwrap_or_default();
        policies.file = file;
        policies
    }

    /// The policy of an image came to its limit; remembered until a person sets it again.
    pub(super) fn spare(&mut self, digest: &str, revision: u64) {
        let images = &self.held.images;
        self.spared.retain(|digest, _| images.iter().any(|image| image.digest == *digest));
        self.spared.insert(digest.into(), revision);
        let lines: String =
            self.spared.iter().map(|(digest, revision)| format!("{revision} {digest}\n")).collect();
        if let Some(file) = &self.file
            && let Err(error) = keep(&beside(file), lines.as_bytes())
        {
            tracing::error!(%error, "that a policy came to its limit can't be kept; a restart forgets it");
        }
    }

    /// Whether this revision of an image's policy came to its limit.
    pub(super) fn is_spared(&self, digest: &str, revision: u64) -> bool {
        self.spared.get(digest) == Some(&revision)
    }

    /// Takes a set and keeps it. Gives its version.
    pub(crate) fn take(&mut self, signed: &SignedPolicies, now_unix_ns: u64) -> Result<u64, Refused> {
        let set = self.read(signed)?;
        if set.version == self.held.version && set == self.held {
            // Sent again after a connect.
            return Ok(set.version);
        }
        if set.version <= self.held.version {
            return Err(Refused::Old(set.version, self.held.version));
        }
        if set.expires_unix_ns <= now_unix_ns {
            return Err(Refused::Expired);
        }
        if let Some(file) = &self.file
            && let Err(error) = keep(file, &signed.encode_to_vec())
        {
            tracing::error!(%error, file = %file.display(), "policies can't be kept; they end with this process");
        }
        let version = set.version;
        self.held = set;
        Ok(version)
    }

    fn read(&self, signed: &SignedPolicies) -> Result<PolicySet, Refused> {
        let malformed = |why: &str| Err(Refused::Malformed(why.to_owned()));
        if signed.policies.len() > SET_BYTES {
            return malformed("more than 3 MiB");
        }
        let message = [CONTEXT, &signed.policies].concat();
        UnparsedPublicKey::new(&ED25519, self.key)
            .verify(&message, &signed.signature)
            .map_err(|_| Refused::Signature)?;
        let set =
            PolicySet::decode(&*signed.policies).map_err(|error| Refused::Malformed(error.to_string()))?;
        if set.version == 0 || set.expires_unix_ns == 0 || set.images.len() > IMAGES {
            return malformed("no version or no end, or more than 1024 images");
        }
        if set.orders.len() > ORDERS || set.orders.iter().any(|order| order.id == 0) {
            return malformed("more than 64 orders, or one without a number");
        }
        let mut digests = HashSet::new();
        for image in &set.images {
            let paths = image.allowed.iter().chain(&image.exempt);
            if image.digest.is_empty() || !digests.insert(&image.digest) {
                return malformed("an image without a digest, or one twice");
            }
            if image.mode() == EnforcementMode::Unspecified || !KILLS.contains(&image.kills_per_minute) {
                return malformed("a mode or a limit that this version does not know");
            }
            if image.allowed.len().max(image.exempt.len()) > PATHS
                || paths.into_iter().any(|path| Listed::of(path).is_none())
            {
                return malformed(
                    "more than 1024 paths, or one that is not absolute or longer than 250 bytes",
                );
            }
        }
        Ok(set)
    }

    /// Whether the set holds at this time.
    pub(crate) fn hold(&mut self, now_unix_ns: u64) -> bool {
        self.looked_at = now_unix_ns;
        self.held.version > 0 && now_unix_ns < self.held.expires_unix_ns
    }

    /// When it was last asked whether they hold.
    pub(crate) fn looked_at(&self) -> u64 {
        self.looked_at
    }

    pub(crate) fn version(&self) -> u64 {
        self.held.version
    }

    pub(crate) fn armed(&self) -> bool {
        self.held.armed
    }

    pub(crate) fn orders(&self) -> &[ContainerOrder] {
        &self.held.orders
    }

    pub(crate) fn images(&self) -> &[ImagePolicy] {
        &self.held.images
    }
}

fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".spared");
    name.into()
}

/// Lines of a revision and a digest; others are left out.
fn read_spared(file: &Path) -> BTreeMap<String, u64> {
    let text = fs::read_to_string(beside(file)).unwrap_or_default();
    let line = |line: &str| {
        let (revision, digest) = line.split_once(' ')?;
        Some((digest.to_owned(), revision.parse().ok()?))
    };
    text.lines().filter_map(line).collect()
}

/// Writes a file whole or not at all.
pub(super) fn keep(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut new = file.as_os_str().to_owned();
    new.push(".new");
    let mut open = fs::OpenOptions::new();
    std::os::unix::fs::OpenOptionsExt::mode(&mut open, 0o600);
    let mut out = open.write(true).create(true).truncate(true).open(&new)?;
    out.write_all(bytes)?;
    out.sync_all()?;
    fs::rename(&new, file)
}
