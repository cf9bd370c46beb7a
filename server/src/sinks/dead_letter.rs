//! What a sink refused for good, and why: a line of JSON each, in sinks/NAME.dead in the data folder.
//!
//! Bounded: 16 MiB, and as much again of what was before. It is on the disk before the sink's place moves. The alert is in its
//! native form, whatever the format of the sink, so that it can be looked at and sent otherwise.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::json;

use super::{
    change::Change,
    format::Format,
    rotated::{Limits, Rotated},
};
use crate::{blocking::blocking, clock::now_unix_ns, session::locked};

const LIMITS: Limits = Limits { bytes: 16 << 20, age: Duration::MAX, keep: 1 };
/// Letters of a reason: it is the other side's.
const WHY_CHARS: usize = 1024;

#[derive(Clone, Debug)]
pub(super) struct DeadLetter {
    folder: PathBuf,
    file: Arc<Mutex<Rotated>>,
}

impl DeadLetter {
    pub(super) fn new(data_dir: &Path, name: &str) -> Self {
        let folder = data_dir.join("sinks");
        let file = Rotated::new(folder.join(format!("{name}.dead")), LIMITS);
        Self { folder, file: Arc::new(Mutex::new(file)) }
    }

    /// Takes one in; on the disk when it returns.
    pub(super) async fn take(&self, change: &Change, why: &str) -> io::Result<()> {
        let why: String = why.chars().take(WHY_CHARS).collect();
        let line = json!({
            "time_unix_ns": now_unix_ns(),
            "cursor": change.cursor,
            "why": why,
            "alert": Format::Native.text(change),
        });
        let (this, line) = (self.clone(), crate::escape::escape_json(&line.to_string()) + "\n");
        blocking(move || {
            fs::create_dir_all(&this.folder)?;
            locked(&this.file).append(&line)
        })
        .await
    }
}
