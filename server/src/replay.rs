//! `replay`: recorded batches through the same checks and the same model as a live server's.
//!
//! A recording is a row of varint-length-delimited batches. No network, no store, no clock: the same files
//! and rules give the same output, byte for byte. One model owns all lineages. What they have in common
//! is looked at between two files and not by the clock; within a file lineages don't influence each other, and verdicts
//! are those of the sharded server. What precedes a broken batch is scored and printed.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufReader, Read, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use plumbline_model::{Indicators, Model, Params};
use plumbline_proto::v1;

use crate::{
    config::Output,
    escape::{escape, escape_json},
    wire::{self, Checked, MAX_FRAME_BYTES, Refusal},
};

/// A recording can't be replayed.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages name the fields")]
pub enum ReplayError {
    /// There is no such file, or it may not be read.
    #[error("cannot open the recording {}: {source}", .path.display())]
    Open { path: PathBuf, source: io::Error },
    /// A batch is cut off or refused.
    #[error("{}: batch {number} at byte {offset}: {problem}; what precedes it was scored", .path.display())]
    Broken { path: PathBuf, number: u64, offset: u64, problem: Box<dyn std::error::Error + Send + Sync> },
    /// The output is gone.
    #[error("cannot print the alerts: {0}")]
    Print(#[from] io::Error),
}

/// What is wrong with a recorded batch.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error("cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    #[error("the recording ends within it")]
    Torn,
    #[error("its length is no varint of at most {MAX_FRAME_BYTES}")]
    Length,
    #[error("{0}")]
    Refused(#[from] Refusal),
}

/// Scores the recordings one after the other and prints the alerts.
pub(crate) fn replay(
    files: &[PathBuf],
    params: Params,
    indicators: Indicators,
    output: Output,
    mut out: impl Write,
) -> Result<(), ReplayError> {
    let mut model = Model::new(params, Arc::new(indicators));
    let mut alerts = BTreeMap::new();
    let read = files.iter().try_for_each(|path| score(path, &mut model, &mut alerts));

    let mut alerts: Vec<v1::Alert> = alerts.into_values().collect();
    alerts.sort_by(|a, b| (a.first_seen_unix_ns, &a.id).cmp(&(b.first_seen_unix_ns, &b.id)));
    match output {
        Output::Json => {
            let json = serde_json::to_string_pretty(&alerts).map_err(io::Error::from)?;
            writeln!(out, "{}", escape_json(&json))?;
        }
        Output::Table => print(&alerts, &mut out)?,
    }
    out.flush()?;
    read
}

fn score(
    path: &Path,
    model: &mut Model,
    alerts: &mut BTreeMap<String, v1::Alert>,
) -> Result<(), ReplayError> {
    for batch in Recording::open(path)? {
        for incident in model.apply(&batch?.view(), |_| true).incidents {
            alerts.insert(incident.id.clone(), wire::alert(incident));
        }
    }
    let commons = model.own_commons();
    model.set_commons(Arc::new(commons));
    Ok(())
}

/// The batches of a recording, checked one by one. What follows a broken one is not read.
#[derive(Debug)]
pub struct Recording<R> {
    /// Named in errors.
    path: PathBuf,
    reader: R,
    number: u64,
    offset: u64,
    broken: bool,
}

impl Recording<BufReader<File>> {
    /// Opens a recording of `plumbline-collector record`.
    ///
    /// # Errors
    /// If the file can't be opened.
    pub fn open(path: &Path) -> Result<Self, ReplayError> {
        let file = File::open(path).map_err(|source| ReplayError::Open { path: path.to_owned(), source })?;
        Ok(Self::new(path, BufReader::new(file)))
    }
}

impl<R: Read> Recording<R> {
    /// Reads a recording from anything; `path` is how errors call it.
    pub fn new(path: &Path, reader: R) -> Self {
        Self { path: path.to_owned(), reader, number: 0, offset: 0, broken: false }
    }

    fn batch(&mut self) -> Result<Option<(Checked, u64)>, Problem> {
        let Some((bytes, read)) = next(&mut self.reader)? else { return Ok(None) };
        Ok(Some((wire::check(bytes)?, read)))
    }
}

impl<R: Read> Iterator for Recording<R> {
    type Item = Result<Checked, ReplayError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.broken {
            return None;
        }
        self.number += 1;
        match self.batch() {
            Ok(batch) => {
                let (batch, read) = batch?;
                self.offset += read;
                Some(Ok(batch))
            }
            Err(problem) => {
                self.broken = true;
                let (path, number, offset) = (self.path.clone(), self.number, self.offset);
                Some(Err(ReplayError::Broken { path, number, offset, problem: problem.into() }))
            }
        }
    }
}

/// The next batch and how many bytes it took; `None` at the end of the recording.
fn next(file: &mut impl Read) -> Result<Option<(Bytes, u64)>, Problem> {
    let (mut len, mut read) = (0usize, 0u64);
    loop {
        let mut byte = [0u8];
        if file.read(&mut byte)? == 0 {
            return if read == 0 { Ok(None) } else { Err(Problem::Torn) };
        }
        let [byte] = byte;
        len |= usize::from(byte & 0x7f) << (7 * read);
        read += 1;
        if byte & 0x80 == 0 {
            break;
        }
        if read == 4 {
            return Err(Problem::Length); // four bytes hold more than the largest batch
        }
    }
    if len > MAX_FRAME_BYTES {
        return Err(Problem::Length);
    }
    let mut bytes = vec![0; len];
    match file.read_exact(&mut bytes) {
        Ok(()) => Ok(Some((bytes.into(), read + len as u64))),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(Problem::Torn),
        Err(error) => Err(error.into()),
    }
}

fn print(alerts: &[v1::Alert], out: &mut impl Write) -> io::Result<()> {
    for alert in alerts {
        let probability = alert.probabilities.unwrap_or_default();
        let (verdict, probability) = match alert.verdict() {
            v1::Verdict::Attack => ("ATTACK", probability.attack),
            v1::Verdict::Drift => ("drift", probability.drift),
            v1::Verdict::Normal | v1::Verdict::Operational | v1::Verdict::Unspecified => {
                ("normal", probability.normal)
            }
        };
        let image = if alert.image_repository.is_empty() {
            alert.image_digest.clone()
        } else {
            format!("{}:{}", alert.image_repository, alert.image_tag)
        };
        let container =
            if alert.container_name.is_empty() { &alert.container_id } else { &alert.container_name };
        writeln!(out, "{verdict} {probability:.3}  {}  {}", escape(&image), escape(container))?;
        writeln!(out, "  {}", escape(&alert.story))?;
        for item in &alert.evidence {
            let (drift, attack) = (item.drift_weight, item.attack_weight);
            let (name, fact) = (escape(&item.name), escape(&item.fact));
            writeln!(out, "  drift {drift:+.1}  attack {attack:+.1}  {name}: {fact}")?;
        }
        writeln!(out)?;
    }
    writeln!(out, "{} alerts", alerts.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_is_read_batch_by_batch_and_its_torn_end_is_found() {
        let mut file = io::Cursor::new([vec![2, 7, 8, 0x81, 0x01], vec![9; 129], vec![3, 1]].concat());
        assert_eq!(next(&mut file).unwrap(), Some((Bytes::from_static(&[7, 8]), 3)));
        assert_eq!(next(&mut file).unwrap().unwrap().1, 131);
        assert!(matches!(next(&mut file), Err(Problem::Torn)));
        assert!(matches!(next(&mut io::Cursor::new([0x80])), Err(Problem::Torn)));
        assert!(matches!(next(&mut io::Cursor::new([0xff; 9])), Err(Problem::Length)));
        assert!(matches!(next(&mut io::Cursor::new([0xff, 0xff, 0xff, 0x7f])), Err(Problem::Length)));
        assert!(next(&mut io::empty()).unwrap().is_none());
    }
}
