//! `store`: what a person does to the store of a stopped server, and what is printed of it.
//!
//! The data folder is locked as a server does, so neither runs beside the other. Results go to the standard output,
//! notes and errors to the standard error.
//!
//! Not here: the work (`store/whole.rs`).

use std::{
    io::{self, Write},
    path::Path,
    process::ExitCode,
    time::{SystemTime, UNIX_EPOCH},
};

use crate::{
    config::{Config, StoreCommand},
    folder::{FolderError, FolderLock},
    store::{self, Checked, Store, StoreError},
};

#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreCommandError {
    #[error("{0}. A running server writes backups by itself: one each {1} into {2}, see backup_interval")]
    BackupOfRunning(FolderError, humantime::FormattedDuration, String),
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Print(#[from] io::Error),
}

/// Does it; 1 if the store is not as it should be.
pub(crate) fn run(
    command: &StoreCommand,
    config: &Config,
    mut out: impl Write,
    mut notes: impl Write,
) -> Result<ExitCode, StoreCommandError> {
    let folder = config.data_dir.as_path();
    if !matches!(command, StoreCommand::Import { .. }) && !folder.exists() {
        return Err(StoreError::Missing { path: folder.to_owned() }.into()); // locking would make it
    }
    let _lock = FolderLock::take(folder).map_err(|error| match (command, error) {
        (StoreCommand::Backup, error @ FolderError::Locked { .. }) => {
            let every = humantime::format_duration(config.backup_interval);
            StoreCommandError::BackupOfRunning(error, every, config.backups().folder.display().to_string())
        }
        (_, error) => error.into(),
    })?;
    match command {
        StoreCommand::Check => return check(folder, out),
        StoreCommand::Export { file } => {
            let export = store::export(folder, file)?;
            let (path, records, size) = (export.path.display(), export.records, size(export.bytes));
            writeln!(out, "exported {records} values to {path} ({size})")?;
            return left_out(&export.left_out, notes);
        }
        StoreCommand::Import { file, force } => {
            let imported = store::import(folder, file, *force)?;
            let (records, commit) = (imported.records, imported.commit);
            writeln!(out, "imported {records} values from {}, as of commit {commit}", file.display())?;
            if let Some(aside) = imported.aside {
                writeln!(notes, "note: the store that was there is now {}", aside.display())?;
            }
        }
        StoreCommand::Compact => {
            let compacted = store::compact(folder)?;
            let (before, after) = (size(compacted.bytes_before), size(compacted.bytes_after));
            writeln!(out, "wrote {} values anew: {before} before, {after} after", compacted.records)?;
        }
        StoreCommand::Backup => {
            let mut plan = config.backups();
            plan.kept = plan.kept.max(1);
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            let backup = Store::open_as_it_is(folder)?.back_up(&plan, now.as_secs(), &|| false)?;
            let (path, records, size) = (backup.path.display(), backup.records, size(backup.bytes));
            writeln!(out, "wrote {records} values to {path} ({size})")?;
            return left_out(&backup.left_out, notes);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn check(folder: &Path, mut out: impl Write) -> Result<ExitCode, StoreCommandError> {
    let checked = match Checked::of(folder) {
        Ok(checked) => checked,
        Err(damaged @ StoreError::Damaged { .. }) => {
            writeln!(out, "{damaged}")?;
            return Ok(ExitCode::from(1));
        }
        Err(error) => return Err(error.into()),
    };
    writeln!(out, "{:<16}{:>12}{:>12}{:>12}{:>12}", "", "values", "size", "corrupt", "gone")?;
    for row in &checked.rows {
        let (kind, values, size) = (row.kind, row.values, size(row.bytes));
        writeln!(out, "{kind:<16}{values:>12}{size:>12}{:>12}{:>12}", row.corrupt, row.gone)?;
    }
    writeln!(out, "as of commit {}", checked.commit)?;
    for wrong in &checked.wrong {
        writeln!(out, "damaged: {wrong}")?;
    }
    if checked.wrong.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(out, "start the server: it sets aside what is damaged and goes on with the rest")?;
    Ok(ExitCode::from(1))
}

fn left_out(left_out: &[String], mut notes: impl Write) -> Result<ExitCode, StoreCommandError> {
    for left_out in left_out {
        writeln!(notes, "warning: left out, because it can't be read: {left_out}")?;
    }
    Ok(ExitCode::from(u8::from(!left_out.is_empty())))
}

/// Bytes for people.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut size = bytes as f64;
    let mut units = UNITS.into_iter();
    let mut unit = units.next().unwrap_or_default();
    for larger in units {
        if size < 1024.0 {
            break;
        }
        (size, unit) = (size / 1024.0, larger);
    }
    if unit == "B" { format!("{bytes} B") } else { format!("{size:.1} {unit}") }
}
