//! Files in the layers of an image, as a container sees them: for the scripts that it starts with, and for its packages.
//!
//! Layers are looked through from the last to the first. What is read of a file is bounded, names are compared and never used
//! as paths of this machine, and a blob that is not what its digest says gives nothing. Not here: what a script starts
//! (`starts.rs`), what a package has (`packages.rs`).

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, BufReader, Read},
};

use ring::digest::{Context, SHA256};

use super::{
    super::{
        paths::{absolute, places},
        shell::SCRIPT_BYTES,
        starts::Found,
    },
    container::Blobs,
};

/// Entries of a layer that are looked at.
const ENTRIES: usize = 1_000_000;
/// Bytes of a layer that are unpacked: a small file can hold very many.
const LAYER_BYTES: u64 = 8 << 30;
/// Bytes of files that are read of all layers.
const FILE_BYTES: u64 = 256 << 20;
/// Links that are followed from one word.
const LINKS: usize = 8;

/// The layers of an image, lowest first, and from where it looks for files.
#[derive(Debug, Default)]
pub(super) struct Layers {
    /// Names of blobs.
    pub(super) names: Vec<String>,
    /// Whether the names are digests that blobs are checked against.
    pub(super) are_digests: bool,
    /// The working directory.
    pub(super) directory: String,
    /// PATH.
    pub(super) path: Option<String>,
}

/// What a container sees at a place.
pub(super) enum Entry {
    /// Its beginning, as much as was asked for.
    File(Vec<u8>),
    /// To where a link leads.
    Link(String),
}

/// Which places are looked at, and how many bytes are read of a file there.
type Wanted<'w> = dyn Fn(&str) -> Option<usize> + 'w;

impl Layers {
    /// The file that a word of a command means. What can't be read is not at hand.
    pub(super) fn find(&self, blobs: &Blobs, word: &str) -> Found {
        let mut wanted = places(word, &self.directory, self.path.as_deref());
        for _ in 0..LINKS {
            let most = |path: &str| wanted.iter().any(|place| place == path).then_some(SCRIPT_BYTES + 1);
            let Ok(mut seen) = self.seen(blobs, &most) else { return Found::Unknown };
            let best = wanted.iter().find_map(|place| Some((place.clone(), seen.remove(place)?)));
            match best {
                Some((place, Entry::File(bytes))) => return Found::of(place, &bytes),
                Some((place, Entry::Link(to))) => {
                    let directory = place.rsplit_once('/').map_or("", |(directory, _)| directory);
                    wanted = places(&absolute(directory, &to), "/", None);
                }
                None => return Found::Unknown,
            }
        }
        Found::Unknown
    }

    /// What a container sees at these places.
    ///
    /// # Errors
    /// If a layer can't be read, is not what its digest says, or too much is wanted.
    pub(super) fn seen(&self, blobs: &Blobs, wanted: &Wanted<'_>) -> io::Result<BTreeMap<String, Entry>> {
        let (mut seen, mut left) = (BTreeMap::new(), FILE_BYTES);
        let mut hidden = Hidden::default();
        for name in self.names.iter().rev() {
            let mut hides = Hidden::default();
            for (path, entry) in self.layer(blobs, name, wanted, &mut hides, &mut left)? {
                if !hidden.has(&path) {
                    seen.entry(path).or_insert(entry);
                }
            }
            hidden.0.append(&mut hides.0);
        }
        Ok(seen)
    }

    /// What one layer has at these places, and what it hides of lower ones.
    fn layer(
        &self,
        blobs: &Blobs,
        name: &str,
        wanted: &Wanted<'_>,
        hides: &mut Hidden,
        left: &mut u64,
    ) -> io::Result<BTreeMap<String, Entry>> {
        let blob = blobs.open(name)?.ok_or(io::ErrorKind::NotFound)?;
        let mut blob = Hashed { inner: blob, hash: Context::new(&SHA256) };
        let mut found = BTreeMap::new();
        let unpacked = unpacked(&mut blob)?;
        let mut archive = tar::Archive::new(unpacked.take(LAYER_BYTES));
        for entry in archive.entries()?.take(ENTRIES) {
            let mut entry = entry?;
            let path = absolute("", &String::from_utf8_lossy(&entry.path_bytes()));
            let (directory, last) = path.rsplit_once('/').unwrap_or_default();
            match last.strip_prefix(".wh.") {
                Some(".wh..opq") => drop(hides.0.insert(format!("{directory}/"))),
                Some("") | None => {}
                Some(gone) => drop(hides.0.insert(format!("{directory}/{gone}"))),
            }
            let Some(most) = wanted(&path) else { continue };
            let kind = entry.header().entry_type();
            let link = || entry.link_name_bytes().map(|to| String::from_utf8_lossy(&to).into_owned());
            let what = if kind.is_symlink() {
                Entry::Link(link().unwrap_or_default())
            } else if kind.is_hard_link() {
                Entry::Link(absolute("", &link().unwrap_or_default()))
            } else if kind.is_file() {
                let mut bytes = Vec::new();
                let read =
                    entry.by_ref().take(u64::try_from(most).unwrap_or(u64::MAX)).read_to_end(&mut bytes)?;
                let rest = left.checked_sub(u64::try_from(read).unwrap_or(u64::MAX));
                *left = rest.ok_or(io::ErrorKind::FileTooLarge)?;
                Entry::File(bytes)
            } else {
                continue;
            };
            found.insert(path, what);
        }
        drop(archive);
        if self.are_digests && format!("blobs/sha256/{}", blob.finished()?) != name.to_lowercase() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(found)
    }
}

/// What lower layers have and nobody sees: paths, each with all below it, and folders, with a slash behind, whose content is
/// another (OCI image specification, whiteouts).
#[derive(Debug, Default)]
struct Hidden(BTreeSet<String>);

impl Hidden {
    fn has(&self, path: &str) -> bool {
        let above = path.match_indices('/').flat_map(|(at, _)| [path.get(..at), path.get(..=at)]);
        above.flatten().any(|above| self.0.contains(above)) || self.0.contains(path)
    }
}

/// A layer as a tar, however it is packed.
fn unpacked<'r>(blob: &'r mut Hashed) -> io::Result<Box<dyn Read + 'r>> {
    let mut blob = BufReader::new(blob);
    let head = io::BufRead::fill_buf(&mut blob)?;
    Ok(if head.starts_with(&[0x1f, 0x8b]) {
        Box::new(flate2::bufread::MultiGzDecoder::new(blob))
    } else if head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        Box::new(zstd::Decoder::with_buffer(blob)?)
    } else {
        Box::new(blob)
    })
}

/// A blob with the digest of what was read of it.
struct Hashed {
    inner: Box<dyn Read>,
    hash: Context,
}

impl Hashed {
    /// The digest of the whole.
    fn finished(mut self) -> io::Result<String> {
        io::copy(&mut self, &mut io::sink())?;
        Ok(self.hash.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

impl Read for Hashed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.hash.update(into.get(..read).unwrap_or_default());
        Ok(read)
    }
}
