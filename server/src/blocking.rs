//! Work that waits for the disk, without holding up the runtime.

#[cfg(test)]
pub(crate) mod simulated;

use tokio::task::spawn_blocking;

/// What the work comes to. Where it panics, so does who asked for it.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    #[cfg(test)]
    if let Some([before, after]) = simulated::takes() {
        tokio::time::sleep(before).await;
        let done = work();
        tokio::time::sleep(after).await;
        return done;
    }
    match spawn_blocking(work).await {
        Ok(value) => value,
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}
