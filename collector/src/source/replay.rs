//! `replay:FILE`: the batches of a recording, unchanged, through queue, spool and stream to a server.
//!
//! Reads no faster than the queue takes them and ends once everything is acknowledged. What stands before damage
//! is sent; what is lost behind it can't be known and is counted as one.

use crate::{batch::Builder, config::Settings, pipeline, queue::Queue};
use plumbline_proto::v1::{Batch, LossReason};
use prost::Message;
use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::{Path, PathBuf},
};
use tokio::signal::unix::{SignalKind, signal};

/// Largest batch of the wire.
const BATCH_BYTES: usize = 4 << 20;

/// A recording can't be replayed to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReplayError {
    #[error("can't open the recording {}: {why}", .path.display())]
    Open { path: PathBuf, why: io::Error },
    #[error("{}: batch {number} at byte {offset} {what}; what precedes it was sent, the rest is lost", .path.display())]
    Broken { path: PathBuf, number: u64, offset: u64, what: String },
    #[error("{}: a batch of {bytes} bytes does not fit; raise --queue-bytes", .path.display())]
    Large { path: PathBuf, bytes: usize },
    #[error("signals can't be heard: {0}")]
    Signals(io::Error),
}

/// Sends a recording, closes the queue and waits until all of it is settled or a signal comes.
pub(crate) async fn replay(path: &Path, settings: &Settings, queue: &Queue) -> Result<(), ReplayError> {
    let mut term = signal(SignalKind::terminate()).map_err(ReplayError::Signals)?;
    let mut int = signal(SignalKind::interrupt()).map_err(ReplayError::Signals)?;
    let work = async {
        let sent = send(path, queue).await;
        if sent.is_err() {
            let now = pipeline::clocks();
            let mut lost = Builder::new(&settings.node, settings.window_ns, now.0 + now.1);
            lost.loss(LossReason::SourceInvalid, None, 1);
            queue.push(lost.finish().encode_to_vec().into(), 1);
        }
        queue.close();
        queue.drained().await;
        sent
    };
    tokio::select! {
        sent = work => return sent,
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
    queue.close();
    Ok(())
}

async fn send(path: &Path, queue: &Queue) -> Result<(), ReplayError> {
    for batch in batches(path)? {
        let (bytes, batch) = batch?;
        let bytes_len = bytes.len();
        if !queue.room(bytes_len).await || !queue.push(bytes.into(), events(&batch)) {
            return Err(ReplayError::Large { path: path.into(), bytes: bytes_len });
        }
    }
    Ok(())
}

/// Reads a recording to its end and gives its number of batches.
pub(super) fn check(path: &Path) -> Result<usize, ReplayError> {
    batches(path)?.try_fold(0, |number, batch| batch.map(|_| number + 1))
}

/// The batches of a recording, each as it was written and as what it says; the last one is an error if there is damage.
fn batches(path: &Path) -> Result<impl Iterator<Item = Result<(Vec<u8>, Batch), ReplayError>>, ReplayError> {
    let open = |why| ReplayError::Open { path: path.into(), why };
    let mut file = BufReader::new(File::open(path).map_err(open)?);
    let (mut number, mut offset, mut whole) = (0, 0, true);
    Ok(std::iter::from_fn(move || {
        if !whole {
            return None;
        }
        number += 1;
        let read = next(&mut file).and_then(|read| {
            let Some((bytes, read)) = read else { return Ok(None) };
            let batch = Batch::decode(bytes.as_slice()).map_err(|why| format!("is no batch: {why}"))?;
            Ok(Some((bytes, batch, read)))
        });
        match read {
            Ok(Some((bytes, batch, read))) => {
                offset += read;
                Some(Ok((bytes, batch)))
            }
            Ok(None) => None,
            Err(what) => {
                whole = false;
                Some(Err(ReplayError::Broken { path: path.into(), number, offset, what }))
            }
        }
    }))
}

/// The next batch and how many bytes it took; `None` at the end of the recording.
fn next(file: &mut impl Read) -> Result<Option<(Vec<u8>, u64)>, String> {
    let (mut length, mut read) = (0_usize, 0_u64);
    loop {
        let mut byte = [0_u8];
        match file.read(&mut byte) {
            Ok(0) if read == 0 => return Ok(None),
            Ok(0) => return Err("is cut off".into()),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(format!("can't be read: {error}")),
        }
        let [byte] = byte;
        length |= usize::from(byte & 0x7f) << (7 * read);
        read += 1;
        if byte & 0x80 == 0 {
            break;
        }
        if read == 4 {
            return Err("has no length".into()); // four bytes hold more than the largest batch
        }
    }
    if length > BATCH_BYTES {
        return Err(format!("has {length} bytes, more than any batch"));
    }
    let mut bytes = vec![0; length];
    match file.read_exact(&mut bytes) {
        Ok(()) => Ok(Some((bytes, read + length as u64))),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err("is cut off".into()),
        Err(error) => Err(format!("can't be read: {error}")),
    }
}

/// Events and windows in a batch, should it be lost.
fn events(batch: &Batch) -> u64 {
    let counts = [
        batch.execs.as_ref().map(|rows| &rows.count),
        batch.exits.as_ref().map(|rows| &rows.count),
        batch.sockets.as_ref().map(|rows| &rows.count),
        batch.credentials.as_ref().map(|rows| &rows.count),
        batch.calls.as_ref().map(|rows| &rows.count),
        batch.dns.as_ref().map(|rows| &rows.count),
    ];
    let windows = batch.windows.as_ref().map_or(0, |rows| rows.window.len() as u64);
    counts.into_iter().flatten().flatten().map(|count| u64::from(*count)).sum::<u64>() + windows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording(batches: usize) -> Vec<u8> {
        let batch = Batch { version: 1, node: "n".repeat(100), ..Batch::default() };
        (0..batches).flat_map(|_| batch.encode_length_delimited_to_vec()).collect()
    }

    async fn sent(bytes: &[u8]) -> (Result<(), ReplayError>, u64) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("r.plumb");
        std::fs::write(&path, bytes).unwrap();
        let queue = Queue::new(1 << 20);
        let result = send(&path, &queue).await;
        (result, queue.waiting().batches)
    }

    #[tokio::test]
    async fn what_precedes_damage_is_sent_and_the_damage_is_named_by_its_offset() {
        let whole = recording(3);
        let (result, batches) = sent(&whole).await;
        assert!(result.is_ok() && batches == 3);
        let one = whole.len() / 3;
        for torn in [one * 2 + 1, one * 2 + one / 2] {
            let (result, batches) = sent(&whole[..torn]).await;
            let text = result.unwrap_err().to_string();
            assert!(text.contains(&format!("at byte {}", one * 2)) && text.contains("cut off"), "{text}");
            assert_eq!(batches, 2);
        }
        let mut damaged = whole.clone();
        damaged[one..one + 4].fill(0xff);
        let (result, batches) = sent(&damaged).await;
        assert!(result.unwrap_err().to_string().contains("batch 2"));
        assert_eq!(batches, 1);
    }

    #[tokio::test]
    async fn a_recording_larger_than_the_queue_waits_and_loses_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("r.plumb");
        std::fs::write(&path, recording(200)).unwrap();
        let queue = std::sync::Arc::new(Queue::new(1000));
        let reader = {
            let queue = queue.clone();
            tokio::spawn(async move { send(&path, &queue).await.map(|()| queue.close()) })
        };
        let (session, mut seq) = (queue.session(), 0);
        while let Some(frame) = queue.after(&session, seq).await {
            assert_eq!(frame.seq, seq + 1);
            seq = frame.seq;
            queue.settle(&session, seq);
        }
        reader.await.unwrap().unwrap();
        assert_eq!(seq, 200);
    }
}
