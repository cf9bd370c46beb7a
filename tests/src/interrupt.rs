//! Ctrl-C unwinds: what was started is stopped and removed on the way out.

use anyhow::Result;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::signal::unix::{SignalKind, signal};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// From now on an interrupt or a request to end is only noted; see [`interrupted`].
///
/// # Errors
/// If the signals can't be taken.
pub fn watch() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut int, mut term) = {
        let _inside = runtime.enter();
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
    };
    std::thread::spawn(move || {
        runtime.block_on(async {
            tokio::select! { _ = int.recv() => {}, _ = term.recv() => {} }
        });
        INTERRUPTED.store(true, Ordering::Relaxed);
    });
    Ok(())
}

/// Whether the run should end.
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}
