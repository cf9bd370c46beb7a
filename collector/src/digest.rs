//! SHA-256 of executables and scripts that were not in the image, read from a thread of its own.
//!
//! The file is opened as the process has it (/proc/PID/exe), which holds even if it was deleted or is in memory
//! only; when the process is gone already, by its path below the root of another process of the container, without
//! following anything out of that root, and if it has not changed since the start was seen, which no program can hide.
//! A file that is another by then, is no regular file, or is too large, is left out. Not here: which files are asked for.

use crate::{process::Node, raw::FileId};
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};
use sha2::{Digest, Sha256};
use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::MetadataExt,
    sync::{Arc, mpsc as sync_mpsc},
};
use tokio::sync::mpsc;

/// Largest file that is read, in bytes.
const FILE_BYTES: u64 = 256 << 20;
/// Files that wait to be read; further ones are left out and counted.
pub(crate) const JOBS: usize = 256;

/// A file to read.
#[derive(Debug)]
pub(crate) struct Job {
    /// What runs it.
    pub(crate) node: Arc<Node>,
    pub(crate) executable: String,
    pub(crate) file: FileId,
    /// When it was seen to be started.
    pub(crate) seen_unix_ns: u64,
    /// The process that runs it, then others of the container that may live longer.
    pub(crate) pids: Vec<u32>,
}

/// A file and what it contains; `None` if it could not be read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) node: Arc<Node>,
    pub(crate) executable: String,
    pub(crate) file: FileId,
    pub(crate) sha256: Option<String>,
}

/// Starts the thread; it ends when the jobs' sender is dropped.
pub(crate) fn start() -> (sync_mpsc::SyncSender<Job>, mpsc::Receiver<Answer>) {
    let (jobs, waiting) = sync_mpsc::sync_channel::<Job>(JOBS);
    let (answers, answered) = mpsc::channel(JOBS);
    std::thread::spawn(move || {
        for job in waiting {
            let sha256 = open(&job).and_then(|file| digest(file, &job.file).ok());
            let Job { node, executable, file, .. } = job;
            if answers.blocking_send(Answer { node, executable, file, sha256 }).is_err() {
                return;
            }
        }
    });
    (jobs, answered)
}

fn open(job: &Job) -> Option<File> {
    let (own, others) = job.pids.split_first()?;
    let same = |file: File| {
        let data = file.metadata().ok()?;
        let same = data.is_file() && data.size() == job.file.size && data.mtime() == job.file.modified_s;
        same.then_some(file)
    };
    if let Some(file) = File::open(format!("/proc/{own}/exe")).ok().and_then(same) {
        return Some(file);
    }
    others.iter().find_map(|pid| {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        let root = openat2(
            CWD,
            format!("/proc/{pid}/root"),
            OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
            Mode::empty(),
            ResolveFlags::empty(),
        );
        let inside = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
        let file = openat2(root.ok()?, job.executable.as_str(), flags, Mode::empty(), inside).ok()?;
        same(File::from(file)).filter(|file| is_untouched(file, job.seen_unix_ns))
    })
}

/// Whether a file's inode has not changed since then: neither its content, nor what can be set of it.
fn is_untouched(file: &File, unix_ns: u64) -> bool {
    let Ok(data) = file.metadata() else { return false };
    let changed = i128::from(data.ctime()) * 1_000_000_000 + i128::from(data.ctime_nsec());
    changed <= i128::from(unix_ns)
}

fn digest(file: File, known: &FileId) -> io::Result<String> {
    if known.size > FILE_BYTES {
        return Err(io::Error::from(io::ErrorKind::FileTooLarge));
    }
    let mut hash = Sha256::new();
    // It can grow while it is read.
    io::copy(&mut file.take(FILE_BYTES), &mut hash)?;
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raw::ProcessKey;

    fn job(executable: &str, size: u64, modified_s: i64, pids: Vec<u32>) -> Job {
        let file = FileId { size, modified_s, ..FileId::default() };
        let node = Node::first(ProcessKey::default(), "c".into(), Arc::default());
        Job { node, executable: executable.into(), file, seen_unix_ns: u64::MAX, pids }
    }

    #[test]
    fn a_file_is_read_by_its_process_or_by_an_ancestor_s_root_and_only_if_it_is_still_the_same() {
        let (jobs, mut answers) = start();
        let own = std::process::id();
        let exe = std::env::current_exe().unwrap();
        let data = exe.metadata().unwrap();
        let path = exe.to_str().unwrap();
        let (size, modified) = (data.size(), data.mtime());
        let gone = u32::MAX >> 1;
        jobs.send(job(path, size, modified, vec![own])).unwrap();
        jobs.send(job(path, size, modified, vec![gone, own])).unwrap();
        jobs.send(job(path, size + 1, modified, vec![own, own])).unwrap();
        jobs.send(job("/proc/self/exe", size, modified, vec![gone, own])).unwrap();
        drop(jobs);
        let all: Vec<_> =
            std::iter::from_fn(|| answers.blocking_recv()).map(|answer| answer.sha256).collect();
        let expected = Sha256::digest(std::fs::read(&exe).unwrap());
        let expected: String = expected.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(all[0], Some(expected));
        assert_eq!(all[0], all[1]);
        assert_eq!(all[2..], [None, None], "another file, and a link out of the root");
    }

    /// A container could have a harmless file hashed in the place of what it ran: of the same size, with its time set back.
    #[test]
    fn a_file_that_was_put_there_later_is_not_taken_for_what_ran() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::fs::write(&path, "what ran").unwrap();
        let known = path.metadata().unwrap();
        let seen_unix_ns = known.ctime() as u64 * 1_000_000_000 + known.ctime_nsec() as u64;
        let digest_of = || {
            let pids = vec![u32::MAX >> 1, std::process::id()];
            let of = job(path.to_str().unwrap(), known.size(), known.mtime(), pids);
            open(&Job { seen_unix_ns, ..of }).is_some()
        };
        assert!(digest_of());
        // Until the file system's clock has gone on.
        while path.metadata().unwrap().ctime_nsec() == known.ctime_nsec() {
            std::fs::remove_file(&path).unwrap();
            std::fs::write(&path, "harmless").unwrap();
        }
        let file = File::options().write(true).open(&path).unwrap();
        file.set_modified(known.modified().unwrap()).unwrap();
        assert_eq!(
            (path.metadata().unwrap().size(), path.metadata().unwrap().mtime()),
            (known.size(), known.mtime())
        );
        assert!(!digest_of());
    }

    #[test]
    fn a_file_is_read_up_to_the_limit_and_not_beyond_it() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, "abc").unwrap();
        let digest = |size| {
            let file = File::open(file.path()).unwrap();
            digest(file, &FileId { size, ..FileId::default() }).ok()
        };
        // FIPS 180-2, B.1.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest(FILE_BYTES).as_deref(), Some(abc));
        assert_eq!(digest(FILE_BYTES + 1), None);
    }
}
