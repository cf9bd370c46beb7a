//! Files in the layers of an image, for the scripts that it starts with.
//!
//! Layers are looked through from the last to the first, as what a container sees. What is read of a file is bounded, names are
//! compared and never used as paths of this machine, and a blob that is not what its digest says gives nothing. Not here: what
//! a script starts (`starts.rs`).

use std::{
    collections::BTreeMap,
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

/// What a layer has at a place.
enum Entry {
    File(Vec<u8>),
    /// To where a link leads.
    Link(String),
    /// Nothing, and nothing below it either.
    Gone,
}

impl Layers {
    /// The file that a word of a command means. What can't be read is not at hand.
    pub(super) fn find(&self, blobs: &Blobs, word: &str) -> Found {
        let mut wanted = places(word, &self.directory, self.path.as_deref());
        for _ in 0..LINKS {
            match self.first(blobs, &wanted) {
                Ok(Some((place, Entry::File(bytes)))) => return Found::of(place, &bytes),
                Ok(Some((place, Entry::Link(to)))) => {
                    let directory = place.rsplit_once('/').map_or("", |(directory, _)| directory);
                    wanted = places(&absolute(directory, &to), "/", None);
                }
                Ok(None | Some((_, Entry::Gone))) | Err(_) => return Found::Unknown,
            }
        }
        Found::Unknown
    }

    /// What a container sees at the best of these places that has anything.
    fn first(&self, blobs: &Blobs, places: &[String]) -> io::Result<Option<(String, Entry)>> {
        let mut known: BTreeMap<usize, Entry> = BTreeMap::new();
        for name in self.names.iter().rev() {
            let mut opaque = Vec::new();
            let found = self.layer(blobs, name, places, &mut opaque)?;
            for (place, entry) in found {
                known.entry(place).or_insert(entry);
            }
            for directory in opaque {
                let below =
                    |place: &String| place.strip_prefix(&directory).is_some_and(|rest| rest.starts_with('/'));
                for (number, _) in places.iter().enumerate().filter(|(_, place)| below(place)) {
                    known.entry(number).or_insert(Entry::Gone);
                }
            }
        }
        let there = known.into_iter().find(|(_, entry)| !matches!(entry, Entry::Gone));
        Ok(there.and_then(|(number, entry)| Some((places.get(number)?.clone(), entry))))
    }

    /// What one layer says of these places, and of which directories it hides what lower layers have.
    fn layer(
        &self,
        blobs: &Blobs,
        name: &str,
        places: &[String],
        hidden: &mut Vec<String>,
    ) -> io::Result<BTreeMap<usize, Entry>> {
        let blob = blobs.open(name)?.ok_or(io::ErrorKind::NotFound)?;
        let mut blob = Hashed { inner: blob, hash: Context::new(&SHA256) };
        let mut found = BTreeMap::new();
        let unpacked = unpacked(&mut blob)?;
        let mut archive = tar::Archive::new(unpacked.take(LAYER_BYTES));
        for entry in archive.entries()?.take(ENTRIES) {
            let mut entry = entry?;
            let path = absolute("", &String::from_utf8_lossy(&entry.path_bytes()));
            let (directory, last) = path.rsplit_once('/').unwrap_or_default();
            if let Some(gone) = last.strip_prefix(".wh.") {
                hidden.push(if gone == ".wh..opq" {
                    directory.to_owned()
                } else {
                    format!("{directory}/{gone}")
                });
                if let Some(number) = places.iter().position(|place| *place == format!("{directory}/{gone}"))
                {
                    found.entry(number).or_insert(Entry::Gone);
                }
            }
            let Some(number) = places.iter().position(|place| *place == path) else { continue };
            let kind = entry.header().entry_type();
            let link = || entry.link_name_bytes().map(|to| String::from_utf8_lossy(&to).into_owned());
            let what = if kind.is_symlink() {
                Entry::Link(link().unwrap_or_default())
            } else if kind.is_hard_link() {
                Entry::Link(absolute("", &link().unwrap_or_default()))
            } else if kind.is_file() {
                let mut bytes = Vec::new();
                let most = u64::try_from(SCRIPT_BYTES).unwrap_or(u64::MAX).saturating_add(1);
                entry.by_ref().take(most).read_to_end(&mut bytes)?;
                Entry::File(bytes)
            } else {
                continue;
            };
            found.insert(number, what);
        }
        drop(archive);
        if self.are_digests && format!("blobs/sha256/{}", blob.finished()?) != name.to_lowercase() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(found)
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
