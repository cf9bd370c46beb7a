//! `--rules`: Sigma rules from folders, beside those compiled in.
//!
//! Read once, at start, in the order of the folders and then of their paths, so that the same files give the same
//! verdicts. A folder that can't be read is a mistake in the configuration; a rule or file that can't be used is
//! named and skipped, because one typo in a pack of hundreds must not leave a fleet unwatched. Names that begin
//! with a dot are left out, and folders that are links: a mounted ConfigMap has each file twice otherwise.
//!
//! Not here: what a rule is (the model).

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use plumbline_model::{Indicators, RULE_FILE_BYTES};

use crate::config::ConfigError;

/// The rules of a run.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) indicators: Indicators,
    /// Rules that nothing here could match, or that weigh nothing.
    pub(crate) skipped: usize,
    /// What can't be used, and why.
    pub(crate) broken: Vec<String>,
}

/// The rules compiled in and those below these folders.
pub(crate) fn read(folders: &[PathBuf]) -> Result<Rules, ConfigError> {
    let mut rules = Rules { indicators: Indicators::own(), skipped: 0, broken: Vec::new() };
    for folder in folders {
        let files = files(folder)?;
        for path in files {
            match text(&path) {
                Ok(text) => {
                    let added = rules.indicators.add(&path.display().to_string(), &text);
                    rules.skipped += added.skipped;
                    rules.broken.extend(added.broken.iter().map(ToString::to_string));
                }
                Err(error) => rules
                    .broken
                    .push(format!("{}: cannot be read: {error}; correct it or move it away", path.display())),
            }
        }
    }
    Ok(rules)
}

/// Files named *.yml or *.yaml below a folder, by path.
fn files(folder: &Path) -> Result<Vec<PathBuf>, ConfigError> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let unreadable = |source| ConfigError::Rules { path: folder.clone(), source };
        for entry in fs::read_dir(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let path = entry.path();
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            if entry.file_type().map_err(unreadable)?.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// A file as text; of one that is too long a little more than it may be, so that the model says so.
fn text(path: &Path) -> io::Result<String> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut text = Vec::new();
    File::open(path)?.take(RULE_FILE_BYTES as u64 + 1).read_to_end(&mut text)?;
    if text.len() > RULE_FILE_BYTES {
        return Ok(String::from_utf8_lossy(&text).into_owned());
    }
    String::from_utf8(text).map_err(|_| io::Error::other("it is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    const RULE: &str = "title: T\nlogsource: {category: process_creation, product: linux}\n\
                        detection: {s: {Image: /x}, condition: s}\nlevel: low\n";

    #[test]
    fn files_below_a_folder_are_read_and_what_is_broken_is_named_and_skipped() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("b/c")).unwrap();
        fs::create_dir_all(at("..data")).unwrap();
        for (name, text) in [
            ("a.yml", RULE.as_bytes()),
            ("b/c/d.yaml", format!("{RULE}---\n{}", RULE.replace("linux", "windows")).as_bytes()),
            ("b/broken.yml", b"title: [\n"),
            ("b/latin.yml", b"title: \xe4\n"),
            ("..data/a.yml", RULE.as_bytes()),
            ("README.md", b"no rule"),
        ] {
            fs::write(at(name), text).unwrap();
        }
        fs::write(at("large.yml"), "#".repeat(RULE_FILE_BYTES + 9)).unwrap();
        symlink(folder.path(), at("loop")).unwrap();
        symlink(at("gone"), at("link.yml")).unwrap();
        let rules = read(&[folder.path().to_owned()]).unwrap();
        assert_eq!((rules.indicators.len(), rules.skipped), (Indicators::own().len() + 2, 1));
        for name in ["b/broken.yml", "b/latin.yml", "large.yml", "link.yml"] {
            assert!(rules.broken.iter().any(|broken| broken.contains(name)), "{name}: {:?}", rules.broken);
        }
        assert_eq!(rules.broken.len(), 4);
    }

    #[test]
    fn a_folder_that_cannot_be_read_is_a_mistake_in_the_configuration() {
        let refused = read(&[PathBuf::from("/nonexistent/rules")]).unwrap_err().to_string();
        assert!(refused.contains("/nonexistent/rules") && refused.contains("--rules"), "{refused}");
    }
}
