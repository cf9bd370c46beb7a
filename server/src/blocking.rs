//! Work that waits for the disk, without holding up the runtime.

use tokio::task::spawn_blocking;

/// What the work comes to. Where it panics, so does who asked for it.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match spawn_blocking(work).await {
        Ok(value) => value,
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}
