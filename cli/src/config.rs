//! The file with contexts: servers by name, each with who we are there.
//!
//! It names files with keys and tokens and holds none itself, so all that it says may be shown; what else somebody wrote into it
//! is not repeated in errors. Who can write it could have our token sent to a server of theirs, so it is refused where others
//! than its owner can. It is written whole, beside the old one, and renamed, so that no reader meets half of it; a lock on the
//! folder keeps two writers from losing what the other wrote. Names of files are as seen from its folder. Not here: which
//! context a call takes (`context.rs`).

use std::{
    collections::BTreeMap,
    env,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{
    access::Access,
    escape::escape,
    intent::{DocumentError, Source},
    server::CliError,
};

/// Others that may write it.
const OTHERS: u32 = 0o022;
/// Names that an error lists, at most.
const NAMES: usize = 32;
const HEAD: &str = "# Contexts of plumbline, written by `plumbline context`, which keeps no comments.\n\n";

/// What the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// Name of the context in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) current: Option<String>,
    pub(crate) contexts: BTreeMap<String, Access>,
}

impl Config {
    /// Reads the file. If none was named, there need not be any.
    pub(crate) fn read(named: Option<&Path>) -> Result<Self, CliError> {
        match path(named) {
            Some(path) => Ok(read(&path, named.is_none())?),
            None => Ok(Self::default()),
        }
    }

    /// Changes the file; makes it and its folder if it may be new.
    pub(crate) fn change<T>(
        named: Option<&Path>,
        new: bool,
        change: impl FnOnce(&mut Self) -> Result<T, CliError>,
    ) -> Result<T, CliError> {
        let path = path(named).ok_or_else(|| {
            CliError::Document(
                "there is no place for contexts; $HOME is not set; name a file by --config".to_owned(),
            )
        })?;
        let unwritable = |error: io::Error| {
            let file = escape(&path.display().to_string());
            CliError::Document(format!("{file} can't be written; {error}; look at the rights of its folder"))
        };
        let folder = path.parent().unwrap_or(Path::new("/"));
        if new {
            DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(unwritable)?;
        }
        // Held until the end. Where a folder can't be locked, what can be lost is one of two changes at the same moment.
        let _lock = File::open(folder).and_then(|folder| folder.lock().map(|()| folder));
        let mut config = read(&path, new || named.is_none())?;
        let done = change(&mut config)?;
        write(&path, &config).map_err(unwritable)?;
        Ok(done)
    }

    /// A context by its name.
    pub(crate) fn named(&self, name: &str) -> Result<&Access, CliError> {
        self.contexts.get(name).ok_or_else(|| {
            let names: Vec<String> = self.contexts.keys().take(NAMES).map(|name| escape(name)).collect();
            let more = match self.contexts.len() - names.len() {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let why = match names.is_empty() {
                true => "there is none at all".to_owned(),
                false => format!("there are {}{more}", names.join(", ")),
            };
            CliError::Call {
                what: format!("there is no context {}", escape(name)),
                why,
                advice: "try one that there is, or make it by `plumbline context set NAME --server URL`"
                    .to_owned(),
                exit: 64,
            }
        })
    }
}

/// Where the file is, if it can be anywhere.
fn path(named: Option<&Path>) -> Option<PathBuf> {
    let base = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    match named {
        Some(named) => std::path::absolute(named).ok(),
        // The XDG base directory specification has paths that are not absolute ignored.
        None => {
            let base = base("XDG_CONFIG_HOME").or_else(|| Some(base("HOME")?.join(".config")))?;
            Some(base.join("plumbline/config.toml"))
        }
    }
}

fn read(path: &Path, may_be_missing: bool) -> Result<Config, DocumentError> {
    let file = || escape(&path.display().to_string());
    let mode = match fs::metadata(path) {
        Err(error) if may_be_missing && error.kind() == io::ErrorKind::NotFound => {
            return Ok(Config::default());
        }
        Err(error) => return Err(DocumentError::Unreadable { file: file(), why: error.to_string() }),
        Ok(metadata) => metadata.permissions().mode(),
    };
    if mode & OTHERS != 0 {
        return Err(DocumentError::Other {
            file: file(),
            why: "others than its owner can write it, and so have your token sent to a server of theirs"
                .to_owned(),
            advice: "see that it is yours, and take that right away with `chmod go-w`",
        });
    }
    let source = Source::read(path)?;
    let mut config: Config = toml::from_str(source.text()).map_err(|error| refused(&source, &error))?;
    let folder = path.parent().unwrap_or(Path::new("/"));
    for file in config.contexts.values_mut().flat_map(Access::files_mut) {
        *file = folder.join(&file);
    }
    Ok(config)
}

/// What is wrong and where, without what stands there: it may be a secret in the wrong place.
fn refused(source: &Source, error: &toml::de::Error) -> DocumentError {
    let start = error.span().map_or(0, |span| span.start);
    let before = source.text().get(..start).unwrap_or_default();
    let line = before.matches('\n').count() as u64 + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() as u64 + 1;
    let told = error.message();
    let why = match told.split_once(", expected ") {
        Some((_, expected)) if told.starts_with("invalid type") => format!("expected is {expected}"),
        _ => told.to_owned(),
    };
    source.wrong_at(line, column, why, "mend it there, or delete the file and make contexts anew")
}

fn write(path: &Path, config: &Config) -> io::Result<()> {
    // Of a link, the file that it leads to.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut beside = path.clone().into_os_string();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let text = HEAD.to_owned() + &toml::to_string(config).map_err(io::Error::other)?;
    // One that was left by a crash.
    let _ = fs::remove_file(&beside);
    let written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside);
    let written = written.and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, &path)
    });
    if written.is_err() {
        let _ = fs::remove_file(&beside); // what is told is why
    }
    written
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(text: &str) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        Config::read(Some(&path)).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_wrong_in_the_file_is_told_with_its_line_and_no_secret_that_stands_there() {
        for (text, place, word) in [
            ("current = 'a'\n[contexts.a]\n  token = 'plumbline_secret'\n", "config.toml:3:3: ", "`token`"),
            ("[contexts]\na = 'plumbline_secret'\n", "config.toml:2:5: ", "a table with a server"),
            ("[contexts.a]\nserver = ['plumbline_secret']\n", "config.toml:2:10: ", "a string"),
            ("[contexts.a]\nserver = plumbline_secret\n", "config.toml:2:10: ", ""),
            ("\n\nplumbline_secret", "config.toml:3:", ""),
            ("[contexts.a]\nserver = 'plumbline_secret\n", "config.toml:2:", ""),
            ("[contexts.a]\n[contexts.a]\n", "config.toml:2:", "duplicate"),
        ] {
            let told = of(text).unwrap_err();
            assert!(told.contains(place) && told.contains(word), "{text:?}: {told}");
            assert!(!told.contains("secret") && told.contains("mend it"), "{text:?}: {told}");
        }
    }

    #[test]
    fn names_of_files_are_as_seen_from_the_file_and_a_file_that_was_named_must_be_there() {
        let config = of("[contexts.a]\ntls_ca = 'ca.pem'\ntoken_file = '/etc/t'\n").unwrap();
        let told = config.named("a").unwrap();
        assert!(told.tls_ca.as_ref().is_some_and(|path| path.is_absolute() && path.ends_with("ca.pem")));
        assert_eq!(told.token_file.as_deref(), Some(Path::new("/etc/t")));
        let missing = Config::read(Some(Path::new("/nonexistent/config.toml"))).unwrap_err().to_string();
        assert!(missing.contains("/nonexistent/config.toml can't be read"), "{missing}");
    }

    proptest! {
        #[test]
        fn any_file_is_read_or_refused_in_words_that_can_be_looked_at(text in "(?s)[\\[\\]a-c.='\" \n\t\u{1b}\u{202e}#]{0,60}") {
            if let Err(told) = of(&text) {
                prop_assert!(!told.contains(crate::escape::hidden), "{:?}", told);
            }
        }

        #[test]
        fn what_is_written_is_read_again(names in proptest::collection::vec("[a-z0-9._@-]{1,9}", 0..4), server in ".{0,20}") {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("new/config.toml");
            let access = Access { server: Some(server), token_file: Some("/t\n'".into()), ..Access::default() };
            let contexts: BTreeMap<_, _> = names.into_iter().map(|name| (name, access.clone())).collect();
            let config = Config { current: contexts.keys().next().cloned(), contexts };
            Config::change(Some(&path), true, |old| { *old = config.clone(); Ok(()) }).unwrap();
            prop_assert_eq!(Config::read(Some(&path)).unwrap(), config);
            prop_assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            prop_assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "something was left beside it");
        }
    }
}
