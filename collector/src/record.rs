//! Writes the queue's batches to a file: each with its length before it, as prost's length-delimited form.

use crate::queue::Queue;
use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

/// The recording can't be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecordError {
    #[error("{} exists already; choose another file or say --force", .0.display())]
    Exists(PathBuf),
    #[error("can't write {}: {why}", .path.display())]
    Write { path: PathBuf, why: std::io::Error },
}

/// An open recording.
pub(crate) struct Recording {
    path: PathBuf,
    file: BufWriter<File>,
}

impl Recording {
    pub(crate) fn create(path: &Path, force: bool) -> Result<Self, RecordError> {
        let mut options = File::options();
        options.write(true).truncate(force).create(force).create_new(!force);
        let file = options.open(path).map_err(|source| match source.kind() {
            std::io::ErrorKind::AlreadyExists => RecordError::Exists(path.into()),
            _ => RecordError::Write { path: path.into(), why: source },
        })?;
        Ok(Self { path: path.into(), file: BufWriter::new(file) })
    }

    /// Writes until the queue is closed and empty; then everything is on the disk.
    pub(crate) async fn run(mut self, queue: &Queue) -> Result<(), RecordError> {
        let (session, mut seq) = (queue.session(), 0);
        let path = self.path.clone();
        let error = |source| RecordError::Write { path: path.clone(), why: source };
        while let Some(frame) = queue.after(&session, seq).await {
            self.file.write_all(&length(&frame.batch)).map_err(error)?;
            self.file.write_all(&frame.batch).map_err(error)?;
            seq = frame.seq;
            queue.settle(&session, seq);
        }
        self.file.flush().map_err(error)?;
        self.file.get_ref().sync_all().map_err(error)
    }
}

fn length(batch: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    prost::encoding::encode_varint(batch.len() as u64, &mut bytes);
    bytes
}
