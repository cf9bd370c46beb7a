//! A file that lines are appended to, and that is set aside when it is large or old: PATH.1 is the newest of those, the oldest
//! goes.
//!
//! Invariants: lines are on the disk when [`Rotated::append`] returns, all of one call in one file. A last line that a crash has
//! torn was nobody told to be written, and is cut off when the file is opened.

use std::{
    fs, io,
    io::{Read, Seek, SeekFrom, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

/// When the file is set aside, and how many of them are kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) bytes: u64,
    pub(super) age: Duration,
    pub(super) keep: u32,
}

/// The file; opened when something is written.
#[derive(Debug)]
pub(super) struct Rotated {
    path: PathBuf,
    limits: Limits,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    file: fs::File,
    bytes: u64,
    since: SystemTime,
}

impl Rotated {
    pub(super) fn new(path: PathBuf, limits: Limits) -> Self {
        Self { path, limits, open: None }
    }

    /// Writes lines that have their newline each. When it fails some may be there, and the next call begins anew.
    pub(super) fn append(&mut self, lines: &str) -> io::Result<()> {
        let mut open = match self.open.take() {
            // Whoever moves the file away wants a new one.
            Some(open) if self.path.exists() => open,
            _ => Open::new(&self.path)?,
        };
        let age = open.since.elapsed().unwrap_or_default();
        let full = open.bytes + lines.len() as u64 > self.limits.bytes || age > self.limits.age;
        if full && open.bytes > 0 {
            self.set_aside()?;
            open = Open::new(&self.path)?;
        }
        open.file.write_all(lines.as_bytes())?;
        open.file.sync_data()?;
        open.bytes += lines.len() as u64;
        self.open = Some(open);
        Ok(())
    }

    fn set_aside(&self) -> io::Result<()> {
        for number in (1..self.limits.keep).rev() {
            match fs::rename(numbered(&self.path, number), numbered(&self.path, number + 1)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        fs::rename(&self.path, numbered(&self.path, 1))
    }
}

impl Open {
    fn new(path: &Path) -> io::Result<Self> {
        let mut file = fs::OpenOptions::new().create(true).read(true).append(true).mode(0o640).open(path)?;
        let meta = file.metadata()?;
        if !meta.is_file() {
            return Err(io::Error::other("no plain file"));
        }
        let bytes = whole_lines(&mut file, meta.len())?;
        if bytes < meta.len() {
            file.set_len(bytes)?;
        }
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::File::open(folder)?.sync_all()?; // so that its name lasts too
        }
        let since = meta.created().or_else(|_| meta.modified())?;
        Ok(Self { file, bytes, since })
    }
}

/// Bytes up to the last newline.
fn whole_lines(file: &mut fs::File, mut end: u64) -> io::Result<u64> {
    let mut block = Vec::with_capacity(1 << 16);
    while end > 0 {
        let begin = end.saturating_sub(1 << 16);
        file.seek(SeekFrom::Start(begin))?;
        block.clear();
        file.take(end - begin).read_to_end(&mut block)?;
        if let Some(newline) = block.iter().rposition(|&byte| byte == b'\n') {
            return Ok(begin + newline as u64 + 1);
        }
        end = begin;
    }
    Ok(0)
}

fn numbered(path: &Path, number: u32) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{number}"));
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(bytes: u64, keep: u32) -> Limits {
        Limits { bytes, age: Duration::from_secs(3600), keep }
    }

    #[test]
    fn a_full_file_is_set_aside_and_the_oldest_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let mut file = Rotated::new(path.clone(), limits(4, 2));
        for line in ["1\n", "2\n", "3\n", "4\n", "5\n", "66666\n", "7\n"] {
            file.append(line).unwrap();
        }
        let read = |path: &Path| fs::read_to_string(path).unwrap();
        assert_eq!((read(&path), read(&numbered(&path, 1))), ("7\n".to_owned(), "66666\n".to_owned()));
        assert_eq!(read(&numbered(&path, 2)), "5\n");
        assert!(!numbered(&path, 3).exists());
    }

    #[test]
    fn an_old_file_is_set_aside_and_one_that_was_moved_away_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let mut file = Rotated::new(path.clone(), Limits { age: Duration::ZERO, ..limits(100, 2) });
        file.append("1\n").unwrap();
        file.append("2\n").unwrap();
        assert_eq!(fs::read_to_string(numbered(&path, 1)).unwrap(), "1\n");
        fs::remove_file(&path).unwrap();
        file.append("3\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "3\n");
    }

    #[test]
    fn a_torn_last_line_is_cut_off_however_long_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        for torn in [String::new(), "x".to_owned(), "x".repeat(200_000)] {
            fs::write(&path, format!("1\n{torn}")).unwrap();
            Rotated::new(path.clone(), limits(1 << 20, 2)).append("2\n").unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), "1\n2\n");
        }
    }
}
