//! What the instructions of a stage put into the image from the folder that it is built in, as far as a script is looked for
//! there.
//!
//! The folder is whoever wrote it, and the Dockerfile too: only files within it are read, and only as much of them as a script
//! may have. Not here: what a script starts (`starts.rs`).

use std::{
    fs::File,
    io::Read,
    path::{Component, Path},
};

use super::super::{
    paths::{absolute, places},
    shell::{SCRIPT_BYTES, base},
    starts::Found,
};

/// The copies of a stage, in their order, and from where it looks for files.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Copies {
    copies: Vec<Copy>,
    /// WORKDIR.
    directory: String,
    /// PATH, where the file says it.
    path: Option<String>,
}

#[derive(Clone, Debug)]
struct Copy {
    to: String,
    /// Whether it goes into `to`, rather than becoming it.
    into: bool,
    what: What,
}

/// What is put there.
#[derive(Clone, Debug)]
pub(super) enum What {
    /// A file or folder, from the folder of the build.
    File(String),
    /// A text in the Dockerfile: where it begins there, and what it is.
    Text(String, String),
    /// From another stage, image, archive or server.
    Elsewhere,
}

impl Copies {
    pub(super) fn enter(&mut self, directory: &str) {
        self.directory = absolute(&self.directory, directory);
    }

    pub(super) fn look_along(&mut self, path: &str) {
        self.path = Some(path.to_owned());
    }

    /// COPY or ADD of some things to a place.
    pub(super) fn put(&mut self, things: Vec<What>, to: &str) {
        let into = to.ends_with('/') || to.ends_with("/.") || to == "." || things.len() > 1;
        let to = absolute(&self.directory, to);
        self.copies.extend(things.into_iter().map(|what| Copy { to: to.clone(), into, what }));
    }

    /// The file that a word of a command means, if it was put there from the folder of the build.
    pub(in super::super) fn find(&self, folder: &Path, word: &str) -> Found {
        for place in places(word, &self.directory, self.path.as_deref()) {
            // The last one stays.
            for copy in self.copies.iter().rev() {
                let below = place.strip_prefix(copy.to.trim_end_matches('/'));
                let below = below.filter(|rest| rest.is_empty() || rest.starts_with('/'));
                let Some(below) = below.map(|rest| rest.trim_start_matches('/')) else { continue };
                let is_it = below.is_empty();
                match &copy.what {
                    What::Text(at, text) if is_it => return Found::Text(at.clone(), text.clone()),
                    What::File(from) => {
                        // A file in the place, or a file of a folder whose content is put there.
                        let named = (copy.into && below == base(from)) || (!copy.into && is_it);
                        let path = if named { from.clone() } else { format!("{from}/{below}") };
                        if let Some(found) = read(folder, &path) {
                            return found;
                        }
                    }
                    What::Elsewhere if is_it || below == base(&place) => return Found::Unknown,
                    What::Text(..) | What::Elsewhere => {}
                }
            }
        }
        Found::Unknown
    }
}

/// A file of the folder, by its path in it.
fn read(folder: &Path, path: &str) -> Option<Found> {
    if Path::new(path).components().any(|part| part == Component::ParentDir) {
        return None;
    }
    let shown = folder.join(absolute("", path).trim_start_matches('/'));
    // A link may lead elsewhere.
    let real = shown.canonicalize().ok()?;
    if !real.starts_with(folder.canonicalize().ok()?) || !real.metadata().ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    let most = u64::try_from(SCRIPT_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    File::open(real).ok()?.take(most).read_to_end(&mut bytes).ok()?;
    Some(Found::of(shown.display().to_string(), &bytes))
}
