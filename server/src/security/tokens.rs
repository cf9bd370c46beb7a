//! Tokens: who has one, what it may, and whether it is one that was given out.
//!
//! The file holds names, roles and the SHA-256 of each token, never a token: a token is 256 random bits, so that its hash
//! can't be turned back, needs no salt and no slow hash. A token is compared with all there are, in constant time.
//!
//! The file is read again when it changes. What was removed, or is other than it was, holds no longer, also for streams
//! that are open.
//!
//! Not here: writing the file (`tokens_file.rs`).

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::UNIX_EPOCH,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio_util::sync::CancellationToken;

use super::{Role, SecurityError, identity::Identity, is_name};
use crate::metrics::Metrics;

/// Most tokens in a file; each request with one is compared with all of them.
pub(super) const MAX_TOKENS: usize = 1000;

/// A token as the file holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Token {
    pub(crate) name: String,
    pub(crate) role: Role,
    /// The node that a collector may speak for; without one any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) node: Option<String>,
    /// RFC 3339, in UTC.
    pub(crate) created: String,
    /// From when on it holds no longer; RFC 3339, in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expires: Option<String>,
    /// Of the token's text, in hexadecimal digits.
    pub(crate) sha256: String,
}

/// The file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokensFile {
    #[serde(default)]
    pub(crate) token: Vec<Token>,
}

/// A token that holds, and for whom.
#[derive(Debug)]
struct Known {
    token: Token,
    hash: [u8; 32],
    identity: Arc<Identity>,
}

/// The tokens, as the file was last good.
#[derive(Debug)]
pub(crate) struct Tokens {
    path: PathBuf,
    known: RwLock<Vec<Known>>,
    /// What the file last held, good or not, so that a warning comes once.
    seen: Mutex<Result<String, std::io::ErrorKind>>,
    metrics: Arc<Metrics>,
}

impl TokensFile {
    /// Reads and checks what a file holds.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        // What toml says quotes the line, which may be one that somebody wrote a token into.
        let file: Self = toml::from_str(text).map_err(|error| {
            let line = error
                .span()
                .map_or(1, |span| text.bytes().take(span.start).filter(|&b| b == b'\n').count() + 1);
            format!("line {line}: {}; it is written by: plumbline-server tokens add", error.message())
        })?;
        if file.token.len() > MAX_TOKENS {
            return Err(format!("{} tokens; at most {MAX_TOKENS}", file.token.len()));
        }
        let mut names = BTreeSet::new();
        for token in &file.token {
            let name = &token.name;
            let wrong = |problem: &str| Err(format!("token {name:?}: {problem}"));
            if !is_name(name) {
                return wrong("name: letters, digits and any of . _ - @ make a name");
            }
            if !names.insert(name) {
                return wrong("name: there are two");
            }
            if token.node.is_some() && token.role != Role::Collector {
                return wrong("node: only a collector has one");
            }
            if unhex(&token.sha256).is_none() {
                return wrong("sha256: 64 hexadecimal digits belong here");
            }
            if token.expires.as_deref().is_some_and(|time| humantime::parse_rfc3339(time).is_err()) {
                return wrong("expires: a time such as 2027-01-31T00:00:00Z belongs here");
            }
        }
        Ok(file)
    }
}

impl Tokens {
    pub(super) fn new(path: PathBuf, metrics: Arc<Metrics>) -> Result<Self, SecurityError> {
        let setting = "tokens_file";
        let text = fs::read_to_string(&path).map_err(|source| SecurityError::Read {
            setting,
            path: path.clone(),
            source,
        })?;
        let file = TokensFile::parse(&text).map_err(|problem| SecurityError::File {
            setting,
            path: path.clone(),
            problem,
        })?;
        let known = file.token.into_iter().filter_map(Known::new).collect();
        Ok(Self { path, known: RwLock::new(known), seen: Mutex::new(Ok(text)), metrics })
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Takes a renewed file.
    pub(crate) fn reload(&self) {
        let text = fs::read_to_string(&self.path).map_err(|error| error.kind());
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == text {
            return;
        }
        let file = match &text {
            Ok(text) => TokensFile::parse(text),
            Err(error) => Err(error.to_string()),
        };
        match file {
            Ok(file) => {
                self.replace(file);
                self.metrics.renewed(true);
                tracing::info!(tokens_file = ?self.path, "took the renewed tokens");
            }
            Err(problem) => {
                self.metrics.renewed(false);
                tracing::warn!(tokens_file = ?self.path, problem, "the renewed tokens are no good; the last good ones stay in use");
            }
        }
        *seen = text;
    }

    fn replace(&self, file: TokensFile) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let mut old = std::mem::take(&mut *known);
        for token in file.token {
            match old.iter().position(|known| known.token == token) {
                Some(same) => known.push(old.swap_remove(same)),
                None => known.extend(Known::new(token)),
            }
        }
        old.iter().for_each(|gone| gone.identity.revoked.cancel());
    }

    /// Whose token it is; `None` if it is none that holds.
    pub(super) fn find(&self, token: &[u8]) -> Option<Arc<Identity>> {
        let hash: [u8; 32] = Sha256::digest(token).into();
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        // All are looked at: no time tells how far one was gone through.
        let found = known.iter().fold(None, |found, known| {
            if bool::from(known.hash.ct_eq(&hash)) { Some(&known.identity) } else { found }
        });
        found.filter(|identity| identity.holds()).cloned()
    }
}

impl Known {
    fn new(token: Token) -> Option<Self> {
        let expires = token.expires.as_deref().and_then(|time| humantime::parse_rfc3339(time).ok());
        let identity = Identity {
            name: token.name.clone(),
            role: token.role,
            credential: "token",
            node: token.node.clone(),
            expires_unix_s: expires.map(|time| time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()),
            revoked: CancellationToken::new(),
        };
        Some(Self { hash: unhex(&token.sha256)?, token, identity: Arc::new(identity) })
    }
}

/// What the file holds of a token's text.
pub(super) fn hash(token: &str) -> String {
    Sha256::digest(token).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(name: &str, text: &str) -> Token {
        Token {
            name: name.to_owned(),
            role: Role::Viewer,
            node: None,
            created: "2026-01-01T00:00:00Z".to_owned(),
            expires: None,
            sha256: hash(text),
        }
    }

    fn file(tokens: Vec<Token>) -> String {
        toml::to_string(&TokensFile { token: tokens }).unwrap()
    }

    #[test]
    fn only_a_token_that_is_in_the_file_and_has_not_expired_is_somebodys() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.toml");
        let past = Token { expires: Some("2026-01-02T00:00:00Z".to_owned()), ..token("past", "c") };
        let later = Token { expires: Some("9999-01-02T00:00:00Z".to_owned()), ..token("later", "d") };
        fs::write(&path, file(vec![token("a", "a"), past, later])).unwrap();
        let tokens = Tokens::new(path, Arc::new(Metrics::new().unwrap())).unwrap();
        let found = |text: &str| tokens.find(text.as_bytes()).map(|identity| identity.name.clone());
        assert_eq!(found("a").as_deref(), Some("a"));
        assert_eq!(found("d").as_deref(), Some("later"));
        for nobodys in ["b", "", "A", "c", &hash("a")] {
            assert_eq!(found(nobodys), None, "{nobodys}");
        }
    }

    #[test]
    fn a_renewed_file_revokes_what_it_no_longer_holds_and_a_bad_one_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.toml");
        fs::write(&path, file(vec![token("a", "a"), token("b", "b")])).unwrap();
        let tokens = Tokens::new(path.clone(), Arc::new(Metrics::new().unwrap())).unwrap();
        let (a, b) = (tokens.find(b"a").unwrap(), tokens.find(b"b").unwrap());
        fs::write(&path, "token = 1").unwrap();
        tokens.reload();
        assert!(tokens.find(b"a").is_some() && !a.revoked.is_cancelled());
        fs::write(&path, file(vec![token("b", "b"), token("c", "c")])).unwrap();
        tokens.reload();
        assert!(tokens.find(b"a").is_none() && a.revoked.is_cancelled());
        assert!(tokens.find(b"c").is_some() && tokens.find(b"b").is_some() && !b.revoked.is_cancelled());
        // The same name with other rights is another token.
        fs::write(&path, file(vec![Token { role: Role::Admin, ..token("b", "b") }])).unwrap();
        tokens.reload();
        assert!(b.revoked.is_cancelled());
        assert_eq!(tokens.find(b"b").unwrap().role, Role::Admin);
    }

    #[test]
    fn mistakes_in_the_file_are_named_and_never_quote_it() {
        let with = |change: fn(&mut Token)| {
            let mut token = token("a", "a");
            change(&mut token);
            TokensFile::parse(&file(vec![token])).unwrap_err()
        };
        assert!(with(|t| t.name = "a b".into()).contains("name: "));
        assert!(with(|t| t.node = Some("n".into())).contains("node: "));
        assert!(with(|t| t.sha256.truncate(10)).contains("sha256: "));
        assert!(with(|t| t.expires = Some("soon".into())).contains("expires: "));
        assert!(
            TokensFile::parse(&file(vec![token("a", "a"), token("a", "b")])).unwrap_err().contains("two")
        );
        let many = (0..=MAX_TOKENS).map(|n| token(&n.to_string(), "a")).collect();
        assert!(TokensFile::parse(&file(many)).unwrap_err().contains("at most"));
        let quoted = TokensFile::parse("\n[[token]]\nsecret = \"plumb_secret\"\n").unwrap_err();
        assert!(quoted.contains("line 3") && !quoted.contains("plumb_secret"), "{quoted}");
    }
}
