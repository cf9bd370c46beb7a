//! Follows a file by its name like `tail -F`: from its beginning or from where the last run was, across rotation,
//! truncation and a line that is not written to its end yet; or reads standard input until it ends.
//!
//! A rotated file is read to its end before the new one is begun. What can't be known to be whole (a file that was
//! truncated, or rotated while nobody read) is told as a loss. Lines are bounded. A thread of its own, since files
//! block; it ends when nobody takes what it reads.

use super::Reading;
use anyhow::Context;
use plumbline_proto::v1::LossReason;
use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::sync::mpsc::Sender;

/// Longest line; the tools' own bounds are far below.
const LINE_BYTES: usize = 1 << 20;
const READ_BYTES: usize = 64 << 10;
/// Pause before a file that has ended is looked at again.
const PAUSE: Duration = Duration::from_millis(100);

/// How far a file was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    device: u64,
    inode: u64,
    offset: u64,
}

impl Position {
    /// What was saved; none if that can't be read.
    pub(super) fn load(path: &Path) -> Option<Self> {
        let text = fs::read_to_string(path).ok()?;
        let mut numbers = text.split_ascii_whitespace().map(|number| number.parse().ok());
        let (device, inode, offset) = (numbers.next()??, numbers.next()??, numbers.next()??);
        Some(Self { device, inode, offset })
    }

    /// Replaces what was saved.
    pub(super) fn save(&self, path: &Path) -> io::Result<()> {
        let Self { device, inode, offset } = self;
        let mut new = path.as_os_str().to_owned();
        new.push(".new");
        fs::write(&new, format!("{device} {inode} {offset}\n"))?;
        fs::rename(&new, path)
    }
}

/// Lines out of chunks.
#[derive(Debug, Default)]
struct Lines {
    partial: Vec<u8>,
    /// The line is too long: its rest is passed over.
    skipping: bool,
}

/// What reading came to.
#[derive(Debug, Default)]
struct Taken {
    lines: Vec<Vec<u8>>,
    lost: u64,
    more: bool,
}

impl Lines {
    fn push(&mut self, chunk: &[u8], out: &mut Taken) {
        let mut pieces = chunk.split(|byte| *byte == b'\n').peekable();
        while let Some(piece) = pieces.next() {
            if !self.skipping {
                self.partial.extend_from_slice(piece);
                if self.partial.len() > LINE_BYTES {
                    self.skipping = true;
                    self.partial = Vec::new();
                    out.lost += 1;
                }
            }
            if pieces.peek().is_some() && !std::mem::take(&mut self.skipping) {
                out.lines.push(std::mem::take(&mut self.partial));
            }
        }
    }

    /// The file has ended: what is left is a line.
    fn end(&mut self, out: &mut Taken) {
        if !std::mem::take(&mut self.skipping) && !self.partial.is_empty() {
            out.lines.push(std::mem::take(&mut self.partial));
        }
    }
}

/// A file that is followed.
struct Follow {
    path: PathBuf,
    file: Option<File>,
    position: Position,
    saved: Option<Position>,
    lines: Lines,
}

impl Follow {
    fn new(path: PathBuf, saved: Option<Position>) -> Self {
        let position = Position { device: 0, inode: 0, offset: 0 };
        Self { path, file: None, position, saved, lines: Lines::default() }
    }

    /// Opens what has the name now. False if nothing has.
    fn open(&mut self, out: &mut Taken) -> io::Result<bool> {
        let mut file = match File::open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            file => file?,
        };
        let about = file.metadata()?;
        self.position = Position { device: about.dev(), inode: about.ino(), offset: 0 };
        if let Some(saved) = self.saved.take() {
            let same = (saved.device, saved.inode) == (about.dev(), about.ino());
            if same && saved.offset <= about.len() {
                self.position.offset = file.seek(SeekFrom::Start(saved.offset))?;
            } else {
                // Rotated or truncated while nobody read.
                out.lost += 1;
            }
        }
        self.file = Some(file);
        Ok(true)
    }

    /// Reads a little; `more` says whether there may be more at once.
    fn read(&mut self) -> io::Result<Taken> {
        let mut out = Taken::default();
        if self.file.is_none() && !self.open(&mut out)? {
            return Ok(out);
        }
        if self.chunk(&mut out)? {
            return Ok(out);
        }
        let Some(file) = &mut self.file else { return Ok(out) };
        if file.metadata()?.len() < self.position.offset {
            file.seek(SeekFrom::Start(0))?;
            (self.position.offset, self.lines) = (0, Lines::default());
            (out.lost, out.more) = (out.lost + 1, true);
            return Ok(out);
        }
        let rotated = match fs::metadata(&self.path) {
            Ok(now) => (now.dev(), now.ino()) != (self.position.device, self.position.inode),
            Err(_) => false,
        };
        // Once it has lost its name nothing more is written, but something may have been just before.
        if rotated && !self.chunk(&mut out)? {
            self.lines.end(&mut out);
            self.file = None;
            out.more = self.open(&mut out)?;
        }
        Ok(out)
    }

    /// Reads a chunk. False at the end of the file.
    fn chunk(&mut self, out: &mut Taken) -> io::Result<bool> {
        let Some(file) = &mut self.file else { return Ok(false) };
        let mut chunk = vec![0; READ_BYTES];
        let read = file.read(&mut chunk)?;
        self.position.offset += read as u64;
        self.lines.push(chunk.get(..read).unwrap_or_default(), out);
        out.more |= read > 0;
        Ok(read > 0)
    }

    /// Where the next line begins.
    fn position(&self) -> Position {
        let offset = self.position.offset.saturating_sub(self.lines.partial.len() as u64);
        Position { offset, ..self.position }
    }
}

/// Hands on what was read. False if nobody takes it.
fn hand(feed: &Sender<Reading>, taken: Taken, position: Option<Position>) -> bool {
    let Taken { lines, lost, .. } = taken;
    let lost_ones = (0..lost).map(|_| Reading::Lost(LossReason::SourceLost));
    let lines = (!lines.is_empty()).then_some(Reading::Lines { lines, position });
    // A loss stands before what comes next.
    lost_ones.chain(lines).all(|reading| feed.blocking_send(reading).is_ok())
}

/// Opens a file to be followed and gives what was read of it; `None` if it is not there yet.
fn begin(path: PathBuf, saved: Option<Position>) -> anyhow::Result<(Follow, Option<Taken>)> {
    let name = path.display().to_string();
    let mut follow = Follow::new(path, saved);
    let mut first = Taken::default();
    let there = follow.open(&mut first).with_context(|| format!("can't read --source {name}"))?;
    if follow.file.as_ref().is_some_and(|file| file.metadata().is_ok_and(|about| !about.is_file())) {
        anyhow::bail!(
            "--source {name} is no regular file; say - in place of it and lead it to standard input"
        );
    }
    Ok((follow, there.then_some(first)))
}

/// The first lines of a file, as far as one reading goes; `None` if it is not there yet.
///
/// # Errors
/// If it can't be read.
pub(super) fn beginning(path: PathBuf) -> anyhow::Result<Option<Vec<Vec<u8>>>> {
    let name = path.display().to_string();
    let (mut follow, there) = begin(path, None)?;
    if there.is_none() {
        return Ok(None);
    }
    Ok(Some(follow.read().with_context(|| format!("can't read --source {name}"))?.lines))
}

/// Starts following. A file that is not there yet is waited for; one that can't be read is an error.
///
/// # Errors
/// If it can't be read now.
pub(super) fn start(path: PathBuf, saved: Option<Position>, feed: Sender<Reading>) -> anyhow::Result<()> {
    let name = path.display().to_string();
    let (mut follow, first) = begin(path, saved)?;
    if first.is_none() {
        tracing::warn!(file = name, "there is no such file yet; it is waited for");
    }
    let first = first.unwrap_or_default();
    std::thread::spawn(move || {
        let mut failing = false;
        let mut open = hand(&feed, first, None);
        while open && !feed.is_closed() {
            match follow.read() {
                Ok(taken) => {
                    failing = false;
                    let more = taken.more;
                    open = hand(&feed, taken, Some(follow.position()));
                    if !more {
                        std::thread::sleep(PAUSE);
                    }
                }
                Err(error) => {
                    if !std::mem::replace(&mut failing, true) {
                        tracing::warn!(file = name, %error, "can't be read; trying again");
                    }
                    std::thread::sleep(PAUSE);
                }
            }
        }
    });
    Ok(())
}

/// Starts reading standard input.
pub(super) fn stdin(feed: Sender<Reading>) {
    std::thread::spawn(move || {
        let (mut input, mut lines) = (io::stdin().lock(), Lines::default());
        let mut chunk = vec![0; READ_BYTES];
        loop {
            let mut taken = Taken::default();
            let read = input.read(&mut chunk).unwrap_or_default();
            lines.push(chunk.get(..read).unwrap_or_default(), &mut taken);
            if read == 0 {
                lines.end(&mut taken);
            }
            if !hand(&feed, taken, None) || read == 0 {
                return;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write;

    fn lines(follow: &mut Follow) -> (Vec<String>, u64) {
        let (mut all, mut lost) = (Vec::new(), 0);
        loop {
            let taken = follow.read().unwrap();
            all.extend(taken.lines.iter().map(|line| String::from_utf8(line.clone()).unwrap()));
            lost += taken.lost;
            if !taken.more {
                return (all, lost);
            }
        }
    }

    fn append(path: &Path, text: &str) {
        File::options().create(true).append(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
    }

    fn read(lines: &[&str], lost: u64) -> (Vec<String>, u64) {
        (lines.iter().map(|line| (*line).to_owned()).collect(), lost)
    }

    #[test]
    fn a_file_is_followed_across_its_birth_its_rotation_and_its_truncation() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        let mut follow = Follow::new(path.clone(), None);
        assert_eq!(lines(&mut follow), read(&[], 0));
        append(&path, "a\nb\nhal");
        assert_eq!(lines(&mut follow), read(&["a", "b"], 0), "a line that is not whole waits");
        append(&path, "f\n");
        assert_eq!(lines(&mut follow), read(&["half"], 0));
        append(&path, "c\n");
        fs::rename(&path, directory.path().join("log.1")).unwrap();
        append(&path, "d\n");
        append(&directory.path().join("log.1"), "late\n");
        assert_eq!(lines(&mut follow), read(&["c", "late", "d"], 0));
        fs::write(&path, "").unwrap();
        append(&path, "e\n");
        let (_, lost) = lines(&mut follow);
        assert_eq!(lost, 0, "as long as before: that it was truncated can't be seen");
        fs::write(&path, "").unwrap();
        assert_eq!(lines(&mut follow), read(&[], 1));
        append(&path, "f\n");
        assert_eq!(lines(&mut follow), read(&["f"], 0));
    }

    #[test]
    fn a_later_run_goes_on_where_the_last_one_was_and_counts_what_it_missed() {
        let directory = tempfile::tempdir().unwrap();
        let (path, saved) = (directory.path().join("log"), directory.path().join("position"));
        append(&path, "a\nb\npart");
        let mut first = Follow::new(path.clone(), None);
        lines(&mut first);
        first.position().save(&saved).unwrap();
        append(&path, "ial\nc\n");
        let mut second = Follow::new(path.clone(), Position::load(&saved));
        assert_eq!(lines(&mut second), read(&["partial", "c"], 0));
        fs::rename(&path, directory.path().join("log.1")).unwrap();
        append(&path, "d\n");
        let mut third = Follow::new(path.clone(), Position::load(&saved));
        assert_eq!(lines(&mut third), read(&["d"], 1));
        fs::write(&saved, "rubbish").unwrap();
        assert_eq!(Position::load(&saved), None);
    }

    #[test]
    fn what_is_no_file_is_refused_with_the_way_out() {
        let directory = tempfile::tempdir().unwrap();
        let (feed, _readings) = tokio::sync::mpsc::channel(1);
        let error = start(directory.path().into(), None, feed).unwrap_err();
        assert!(error.to_string().contains("standard input"), "{error}");
    }

    #[test]
    fn a_line_without_end_is_lost_and_the_next_is_not() {
        let (mut lines, mut out) = (Lines::default(), Taken::default());
        for _ in 0..40 {
            lines.push(&[b'x'; READ_BYTES], &mut out);
            assert!(lines.partial.len() <= LINE_BYTES);
        }
        lines.push(b"\nnext\n", &mut out);
        assert_eq!((out.lines, out.lost), (vec![b"next".to_vec()], 1));
    }

    proptest! {
        #[test]
        fn lines_are_the_same_however_they_arrive(text in "[ab\n]{0,60}", cuts in proptest::collection::vec(1..7_usize, 1..40)) {
            let (mut lines, mut out) = (Lines::default(), Taken::default());
            let (mut rest, mut cuts) = (text.as_bytes(), cuts.iter().cycle());
            while !rest.is_empty() {
                let (head, tail) = rest.split_at((*cuts.next().unwrap()).min(rest.len()));
                lines.push(head, &mut out);
                rest = tail;
            }
            lines.end(&mut out);
            let expected: Vec<Vec<u8>> = text.split_terminator('\n').map(|line| line.as_bytes().to_vec()).collect();
            prop_assert_eq!(out.lines, expected);
        }
    }
}
