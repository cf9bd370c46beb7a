//! The file of tokens on the disk: tokens are given out and taken back by `plumbline-server tokens` and by TokenService.
//!
//! It is replaced as a whole, with mode 0600 and its old owner, and by one at a time: the new file beside it is the lock, also
//! against other processes. Not here: what the file says (`tokens.rs`).

use std::{
    fs::{self, File},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt, chown},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use rustix::rand::{GetRandomFlags, getrandom};

use super::{Role, Token, TokensFile, is_name, tokens::MAX_TOKENS, tokens::hash};

/// What each token begins with, so that one which got lost is recognised.
const PREFIX: &str = "plumbline_";

/// A token to give out.
#[derive(Clone, Debug)]
pub(crate) struct New {
    pub(crate) name: String,
    pub(crate) role: Role,
    /// The node that a collector speaks for.
    pub(crate) node: Option<String>,
    /// Whether a collector may speak for any.
    pub(crate) any_node: bool,
    /// How long it holds; without it until it is removed.
    pub(crate) lifetime: Option<Duration>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum TokensError {
    #[error("cannot read {}: {source}; check the path and its rights", .path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{}: {problem}", .path.display())]
    File { path: PathBuf, problem: String },
    #[error("{} is there: wait for whoever is changing the tokens, or remove it if nobody is", .new.display())]
    Busy { new: PathBuf },
    #[error("cannot write {}: {source}; whoever does it must be able to replace the file", .path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("{field}: {problem}")]
    Field { field: &'static str, problem: String },
    #[error("there is a token {name:?}; choose another name, or remove that one first")]
    Exists { name: String },
    #[error("there are {MAX_TOKENS} tokens; remove some first")]
    Full,
    #[error("there is no token {name:?}; list the tokens to see which there are")]
    Missing { name: String },
    #[error("cannot draw random bytes: {0}; try again")]
    Random(io::Error),
    #[error("the server is shutting down; nothing was changed")]
    Unrecorded,
}

/// All that were given out. There need be no file if there `may_miss` one.
pub(crate) fn list(path: &Path, may_miss: bool) -> Result<TokensFile, TokensError> {
    match fs::read_to_string(path) {
        Ok(text) => {
            TokensFile::parse(&text).map_err(|problem| TokensError::File { path: path.to_owned(), problem })
        }
        Err(error) if may_miss && error.kind() == io::ErrorKind::NotFound => Ok(TokensFile::default()),
        Err(source) => Err(TokensError::Read { path: path.to_owned(), source }),
    }
}

/// Gives a token out, once it is `recorded`: what is kept of it, and its text.
pub(crate) fn add(
    path: &Path,
    new: New,
    recorded: impl FnOnce(&Token) -> Result<(), TokensError>,
) -> Result<(Token, String), TokensError> {
    check(&new)?;
    let lock = Lock::take(path)?;
    let mut file = list(path, true)?;
    if file.token.iter().any(|token| token.name == new.name) {
        return Err(TokensError::Exists { name: new.name });
    }
    if file.token.len() >= MAX_TOKENS {
        return Err(TokensError::Full);
    }
    let now = SystemTime::now();
    let time = |time| humantime::format_rfc3339_seconds(time).to_string();
    let text = draw()?;
    let token = Token {
        expires: new.lifetime.map(|left| end(now, left)).transpose()?.map(time),
        name: new.name,
        role: new.role,
        node: new.node,
        created: time(now),
        sha256: hash(&text),
    };
    recorded(&token)?;
    file.token.push(token.clone());
    lock.replace(&file)?;
    Ok((token, text))
}

/// Takes a token back, once that is `recorded`.
pub(crate) fn remove(
    path: &Path,
    name: &str,
    recorded: impl FnOnce(&Token) -> Result<(), TokensError>,
) -> Result<Token, TokensError> {
    let lock = Lock::take(path)?;
    let mut file = list(path, false)?;
    let place = file.token.iter().position(|token| token.name == name);
    let place = place.ok_or_else(|| TokensError::Missing { name: name.to_owned() })?;
    let token = file.token.remove(place);
    recorded(&token)?;
    lock.replace(&file)?;
    Ok(token)
}

/// Whether a token can be as it is asked for.
fn check(new: &New) -> Result<(), TokensError> {
    let field = |field, problem: String| Err(TokensError::Field { field, problem });
    let New { name, role, node, any_node, lifetime } = new;
    if !is_name(name) {
        let problem = "letters, digits and any of . _ - @ make a name, at most 128 bytes";
        return field("name", format!("{:?}; {problem}", name.chars().take(64).collect::<String>()));
    }
    match (role, node) {
        (Role::Collector, None) if !any_node => {
            return field("node", "a collector speaks for a node; say --node NAME, or --any-node".to_owned());
        }
        (Role::Collector, Some(_)) if *any_node => {
            return field("any_node", "one node is named; leave out --node or --any-node".to_owned());
        }
        (Role::Collector, _) => {}
        _ if node.is_some() || *any_node => {
            return field("node", "only a collector has one; leave out --node and --any-node".to_owned());
        }
        _ => {}
    }
    if let Some(node) = node.as_deref().filter(|node| !(1..=253).contains(&node.len())) {
        return field("node", format!("{} bytes; 1 to 253 make a name", node.len()));
    }
    match lifetime {
        Some(left) if left.as_secs() == 0 => field("lifetime", format!("{left:?}; a second at least")),
        Some(left) => end(SystemTime::now(), *left).map(drop),
        None => Ok(()),
    }
}

/// When a token ends. The year has four digits in the file.
fn end(now: SystemTime, left: Duration) -> Result<SystemTime, TokensError> {
    let last = SystemTime::UNIX_EPOCH + Duration::from_secs(253_402_300_799);
    now.checked_add(left).filter(|end| *end <= last).ok_or_else(|| TokensError::Field {
        field: "lifetime",
        problem: format!(
            "{} days; leave it out for one that holds until it is removed",
            left.as_secs() / 86_400
        ),
    })
}

/// 256 random bits.
fn draw() -> Result<String, TokensError> {
    let mut random = [0_u8; 32];
    let drawn =
        getrandom(&mut random, GetRandomFlags::empty()).map_err(|error| TokensError::Random(error.into()))?;
    if drawn != random.len() {
        return Err(TokensError::Random(io::ErrorKind::UnexpectedEof.into()));
    }
    let digits: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{PREFIX}{digits}"))
}

/// The new file beside the old one; that there can be one only keeps two from losing each other's change.
struct Lock<'a> {
    path: &'a Path,
    new: PathBuf,
    file: File,
    /// Whether it took its place: what is there by that name now is somebody else's.
    moved: bool,
}

impl<'a> Lock<'a> {
    fn take(path: &'a Path) -> Result<Self, TokensError> {
        let mut new = path.as_os_str().to_owned();
        new.push(".new");
        let new = PathBuf::from(new);
        match File::options().write(true).create_new(true).mode(0o600).open(&new) {
            Ok(file) => Ok(Self { path, new, file, moved: false }),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(TokensError::Busy { new }),
            Err(source) => Err(TokensError::Write { path: new, source }),
        }
    }

    fn replace(mut self, file: &TokensFile) -> Result<(), TokensError> {
        let written = self.write(file);
        written.map_err(|source| TokensError::Write { path: self.path.to_owned(), source })
    }

    fn write(&mut self, file: &TokensFile) -> io::Result<()> {
        let text = toml::to_string(file).map_err(io::Error::other)?;
        self.file.write_all(b"# Written by Plumbline. Hashes only; the tokens are not in here.\n\n")?;
        self.file.write_all(text.as_bytes())?;
        if let Ok(old) = fs::metadata(self.path) {
            let (own, new) = ((old.uid(), old.gid()), fs::metadata(&self.new)?);
            if own != (new.uid(), new.gid()) {
                chown(&self.new, Some(own.0), Some(own.1))?; // or the server could not read it any more
            }
        }
        self.file.sync_all()?;
        fs::rename(&self.new, self.path)?;
        self.moved = true;
        Ok(())
    }
}

impl Drop for Lock<'_> {
    fn drop(&mut self) {
        if !self.moved {
            let _ = fs::remove_file(&self.new); // nothing else can be done, and the next one is told of it
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(name: &str) -> New {
        New { name: name.to_owned(), role: Role::Viewer, node: None, any_node: false, lifetime: None }
    }

    fn add(path: &Path, new: New) -> Result<(Token, String), TokensError> {
        super::add(path, new, |_| Ok(()))
    }

    fn remove(path: &Path, name: &str) -> Result<Token, TokensError> {
        super::remove(path, name, |_| Ok(()))
    }

    #[test]
    fn what_a_token_can_not_be_is_said_by_the_field_and_nothing_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.toml");
        let collector = || New { role: Role::Collector, ..new("c") };
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        for (wrong, field) in [
            (new("a b"), "name"),
            (new(""), "name"),
            (new(&"x".repeat(129)), "name"),
            (collector(), "node"),
            (New { node: Some(String::new()), ..collector() }, "node"),
            (New { node: Some("n".repeat(254)), ..collector() }, "node"),
            (New { node: Some("n".into()), any_node: true, ..collector() }, "any_node"),
            (New { node: Some("n".into()), ..new("a") }, "node"),
            (New { any_node: true, ..new("a") }, "node"),
            (New { lifetime: seconds(0), ..new("a") }, "lifetime"),
            (New { lifetime: seconds(u64::MAX), ..new("a") }, "lifetime"),
            (New { lifetime: seconds(300_000_000_000), ..new("a") }, "lifetime"),
        ] {
            let refused = add(&path, wrong.clone()).unwrap_err();
            assert!(
                matches!(refused, TokensError::Field { field: named, .. } if named == field),
                "{wrong:?}: {refused}"
            );
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn one_at_a_time_changes_the_file_and_who_fails_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.toml");
        let (token, text) = add(&path, new("a")).unwrap();
        assert_eq!((&token.sha256, list(&path, false).unwrap().token.len()), (&hash(&text), 1));
        assert!(matches!(add(&path, new("a")), Err(TokensError::Exists { .. })));
        assert!(matches!(remove(&path, "b"), Err(TokensError::Missing { .. })));
        let unrecorded = || Err(TokensError::Unrecorded);
        assert!(super::add(&path, new("b"), |_| unrecorded()).is_err());
        assert!(super::remove(&path, "a", |_| unrecorded()).is_err());
        assert_eq!(list(&path, false).unwrap().token, [token]);
        // Who has moved its file away leaves the next one's alone.
        let mut first = Lock::take(&path).unwrap();
        first.write(&list(&path, false).unwrap()).unwrap();
        let second = Lock::take(&path).unwrap();
        drop(first);
        assert!(second.new.exists());
        drop(second);
        let lock = Lock::take(&path).unwrap();
        assert!(matches!(add(&path, new("b")), Err(TokensError::Busy { .. })));
        drop(lock);
        add(&path, new("b")).unwrap();
        assert_eq!(remove(&path, "a").unwrap().name, "a");
        let names: Vec<_> = list(&path, false).unwrap().token.into_iter().map(|token| token.name).collect();
        assert_eq!((names, fs::read_dir(folder.path()).unwrap().count()), (vec!["b".to_owned()], 1));
    }
}
