//! A file of lines, rotated by size and age.
//!
//! A batch is written and on the disk before it counts as taken.

use std::{
    fs,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    sync::{Arc, Mutex},
};

use super::{
    change::Change,
    failure::Failure,
    format::Format,
    rotated::{Limits, Rotated},
};
use crate::{blocking::blocking, config::FileSettings, session::locked};

#[derive(Debug)]
pub(super) struct File {
    format: Format,
    path: std::path::PathBuf,
    file: Arc<Mutex<Rotated>>,
}

impl File {
    pub(super) fn new(settings: &FileSettings) -> Self {
        let limits = Limits { bytes: settings.max_bytes, age: settings.max_age(), keep: settings.keep };
        let file = Rotated::new(settings.path.clone(), limits);
        Self { format: settings.format, path: settings.path.clone(), file: Arc::new(Mutex::new(file)) }
    }

    pub(super) async fn send(&self, changes: &[Change]) -> Result<(), Failure> {
        let lines: String = changes.iter().map(|change| self.format.text(change) + "\n").collect();
        let file = Arc::clone(&self.file);
        let written = blocking(move || locked(&file).append(&lines)).await;
        written.map_err(|error| Failure::again(format!("cannot write {}: {error}", self.path.display())))
    }

    /// Appends and nothing else: the file may be a running server's, who rotates it and cuts off what is torn.
    pub(super) async fn test(&self, changes: &[Change]) -> Result<(), Failure> {
        let lines: String = changes.iter().map(|change| self.format.text(change) + "\n").collect();
        let path = self.path.clone();
        let written = blocking(move || {
            let mut file = fs::OpenOptions::new().create(true).append(true).mode(0o640).open(path)?;
            file.write_all(lines.as_bytes())?;
            file.sync_data()
        });
        let told =
            |error| Failure::again(format!("cannot write {}: {error}; check path", self.path.display()));
        written.await.map_err(told)
    }
}
