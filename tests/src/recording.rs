//! Reads recordings of `plumbline-collector record`: length-delimited batches.

use anyhow::{Context, Result};
use plumbline_proto::v1::{Batch, Processes};
use prost::Message;
use std::path::Path;

/// All batches of a recording.
///
/// # Errors
/// If it can't be read or holds something else.
pub fn read(path: &Path) -> Result<Vec<Batch>> {
    decode(&std::fs::read(path).with_context(|| format!("can't read {}", path.display()))?)
}

/// All batches in the bytes of a recording.
///
/// # Errors
/// If they are something else.
pub fn decode(bytes: &[u8]) -> Result<Vec<Batch>> {
    let mut rest = bytes;
    let mut batches = Vec::new();
    while !rest.is_empty() {
        batches.push(Batch::decode_length_delimited(&mut rest)?);
    }
    Ok(batches)
}

/// A program that a recording saw start, or found running.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Repository of the image.
    pub repository: String,
    /// Name of the container.
    pub container: String,
    /// Id of the container.
    pub container_id: String,
    /// When it was first started in its batch, in nanoseconds since the Unix epoch.
    pub unix_ns: u64,
    /// Resolved path.
    pub executable: String,
    /// Path of the script, if it is one.
    pub script: String,
    /// Arguments, joined by blanks.
    pub command_line: String,
    /// True length of its arguments, ends included.
    pub argument_bytes: u32,
    /// The executable's inode number, size and time of its last change.
    pub file: (u64, u64, u64),
    /// `ProcessFlag` bits.
    pub flags: u32,
    /// Times it was started.
    pub count: u32,
}

/// What all batches say was executed.
pub fn executions(batches: &[Batch]) -> Vec<Seen> {
    let mut seen = Vec::new();
    for batch in batches {
        let text = |index: u32| {
            batch
                .strings
                .get(index as usize)
                .map_or_else(String::new, |bytes| String::from_utf8_lossy(bytes).into_owned())
        };
        let Some((processes, execs)) = batch.processes.as_ref().zip(batch.execs.as_ref()) else { continue };
        for ((row, count), time_ns) in execs.process.iter().zip(&execs.count).zip(&execs.time_ns) {
            let row = *row as usize;
            let container =
                processes.container.get(row).and_then(|container| batch.containers.get(*container as usize));
            let image = container.and_then(|container| batch.images.get(container.image as usize));
            seen.push(Seen {
                repository: text(image.map_or(0, |image| image.repository)),
                container: text(container.map_or(0, |container| container.name)),
                container_id: text(container.map_or(0, |container| container.id)),
                unix_ns: batch.base_unix_ns + time_ns,
                script: text(processes.script.get(row).copied().unwrap_or(0)),
                executable: text(processes.executable.get(row).copied().unwrap_or(0)),
                command_line: arguments(processes, row).map(text).collect::<Vec<_>>().join(" "),
                argument_bytes: processes.argument_bytes.get(row).copied().unwrap_or(0),
                file: (
                    processes.inode.get(row).copied().unwrap_or(0),
                    processes.size.get(row).copied().unwrap_or(0),
                    processes.modified_s.get(row).copied().unwrap_or(0),
                ),
                flags: processes.flags.get(row).copied().unwrap_or(0),
                count: *count,
            });
        }
    }
    seen
}

fn arguments(processes: &Processes, row: usize) -> impl Iterator<Item = u32> {
    let start: u32 = processes.argument_count.iter().take(row).sum();
    let count = processes.argument_count.get(row).copied().unwrap_or(0);
    processes.arguments.iter().skip(start as usize).take(count as usize).copied()
}
