//! `tokens`: gives tokens out and takes them back.
//!
//! A token is shown once, on the standard output alone, so that it can go into a file by a pipe; what else there is to say
//! goes to the standard error. The file is replaced as a whole, with mode 0600 and its old owner, and by one at a time.
//!
//! Not here: what a token lets one do (`security/tokens.rs`).

use std::{
    fs::{self, File},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt, chown},
    path::{Path, PathBuf},
    time::SystemTime,
};

use rustix::rand::{GetRandomFlags, getrandom};

use crate::{
    config::{TokensArgs, TokensCommand},
    security::{MAX_TOKENS, Role, Token, TokensFile, hash, is_name},
};

/// What each token begins with, so that one which got lost is recognised.
const PREFIX: &str = "plumbline_";

#[derive(Debug, thiserror::Error)]
pub(crate) enum TokensError {
    #[error("cannot read {}: {source}; check --tokens-file", .path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{}: {problem}", .path.display())]
    File { path: PathBuf, problem: String },
    #[error("cannot write {}: {source}; if another `tokens` command is at work wait for it, else remove that file", .path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("{0}")]
    Usage(String),
    #[error("there is no token {name:?} in {}; see `plumbline-server tokens list`", .path.display())]
    Missing { name: String, path: PathBuf },
    #[error("cannot draw random bytes: {0}; try again")]
    Random(io::Error),
    #[error(transparent)]
    Print(#[from] io::Error),
}

/// Does it.
pub(crate) fn run(args: &TokensArgs, mut out: impl Write, mut notes: impl Write) -> Result<(), TokensError> {
    let path = args.tokens_file.as_path();
    match &args.command {
        TokensCommand::List => {
            let file = read(path, false)?;
            writeln!(out, "{:<32} {:<10} {:<24} {:<21} EXPIRES", "NAME", "ROLE", "NODE", "CREATED")?;
            for token in &file.token {
                let node = match (token.role, &token.node) {
                    (Role::Collector, None) => "any",
                    (_, node) => node.as_deref().unwrap_or("-"),
                };
                let expires = token.expires.as_deref().unwrap_or("-");
                let (name, role, created) = (&token.name, token.role.name(), &token.created);
                writeln!(out, "{name:<32} {role:<10} {node:<24} {created:<21} {expires}")?;
            }
        }
        TokensCommand::Add { name, role, node, any_node, expires } => {
            usable(name, *role, node.as_deref(), *any_node)?;
            let new = Lock::take(path)?;
            let mut file = read(path, true)?;
            if file.token.iter().any(|token| token.name == *name) {
                let problem =
                    format!("there is a token {name:?}; choose another name, or remove that one first");
                return Err(TokensError::Usage(problem));
            }
            if file.token.len() >= MAX_TOKENS {
                return Err(TokensError::Usage(format!("there are {MAX_TOKENS} tokens; remove some first")));
            }
            let text = draw()?;
            let now = SystemTime::now();
            let time = |time| humantime::format_rfc3339_seconds(time).to_string();
            let expires = match expires {
                None => None,
                Some(left) => Some(now.checked_add(**left).map(time).ok_or_else(|| {
                    TokensError::Usage(format!("--expires {left}: too long; leave it out for good"))
                })?),
            };
            let (name, node) = (name.clone(), node.clone());
            let sha256 = hash(&text);
            file.token.push(Token { name, role: *role, node, created: time(now), expires, sha256 });
            new.replace(&file)?;
            writeln!(out, "{text}")?;
            writeln!(notes, "This is the only time it is shown; keep it in a file with mode 0600.")?;
        }
        TokensCommand::Remove { name } => {
            let new = Lock::take(path)?;
            let mut file = read(path, false)?;
            let before = file.token.len();
            file.token.retain(|token| token.name != *name);
            if file.token.len() == before {
                return Err(TokensError::Missing { name: name.clone(), path: path.to_owned() });
            }
            new.replace(&file)?;
            writeln!(notes, "Removed; a running server ends its streams within seconds.")?;
        }
    }
    Ok(())
}

fn usable(name: &str, role: Role, node: Option<&str>, any_node: bool) -> Result<(), TokensError> {
    let problem = if !is_name(name) {
        format!("{name:?} is no name; letters, digits and any of . _ - @ make one, at most 128 bytes")
    } else if role == Role::Collector && node.is_none() && !any_node {
        "a collector speaks for a node; say --node NAME, or --any-node for a whole cluster".to_owned()
    } else if role != Role::Collector && (node.is_some() || any_node) {
        "only a collector has a node; leave --node and --any-node out".to_owned()
    } else if node.is_some_and(|node| !(1..=253).contains(&node.len())) {
        "--node: a name of 1 to 253 bytes belongs here".to_owned()
    } else {
        return Ok(());
    };
    Err(TokensError::Usage(problem))
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

fn read(path: &Path, may_miss: bool) -> Result<TokensFile, TokensError> {
    match fs::read_to_string(path) {
        Ok(text) => {
            TokensFile::parse(&text).map_err(|problem| TokensError::File { path: path.to_owned(), problem })
        }
        Err(error) if may_miss && error.kind() == io::ErrorKind::NotFound => Ok(TokensFile::default()),
        Err(source) => Err(TokensError::Read { path: path.to_owned(), source }),
    }
}

/// The new file beside the old one; that there can be one only keeps two commands from losing each other's change.
struct Lock<'a> {
    path: &'a Path,
    new: PathBuf,
    file: File,
}

impl<'a> Lock<'a> {
    fn take(path: &'a Path) -> Result<Self, TokensError> {
        let mut new = path.as_os_str().to_owned();
        new.push(".new");
        let new = PathBuf::from(new);
        let file = File::options().write(true).create_new(true).mode(0o600).open(&new);
        let file = file.map_err(|source| TokensError::Write { path: new.clone(), source })?;
        Ok(Self { path, new, file })
    }

    fn replace(mut self, file: &TokensFile) -> Result<(), TokensError> {
        let written = self.write(file);
        written.map_err(|source| TokensError::Write { path: self.path.to_owned(), source })
    }

    fn write(&mut self, file: &TokensFile) -> io::Result<()> {
        let text = toml::to_string(file).map_err(io::Error::other)?;
        self.file.write_all(
            b"# Written by plumbline-server tokens. Hashes only; the tokens are not in here.\n\n",
        )?;
        self.file.write_all(text.as_bytes())?;
        if let Ok(old) = fs::metadata(self.path) {
            let (own, new) = ((old.uid(), old.gid()), fs::metadata(&self.new)?);
            if own != (new.uid(), new.gid()) {
                chown(&self.new, Some(own.0), Some(own.1))?; // or the server could not read it any more
            }
        }
        self.file.sync_all()?;
        fs::rename(&self.new, self.path)
    }
}

impl Drop for Lock<'_> {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.new); // there is none any more if all went well
    }
}
