//! Waiting for a condition with a limit, instead of sleeping and hoping.

use anyhow::{Result, bail};
use std::time::{Duration, Instant};

/// Asks `condition` again and again until it gives a value.
///
/// # Errors
/// After `limit`, with `what` in words; or at once with the condition's own error.
pub fn until<T>(what: &str, limit: Duration, mut condition: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let start = Instant::now();
    loop {
        if let Some(value) = condition()? {
            return Ok(value);
        }
        if start.elapsed() > limit {
            bail!("waited {} s in vain for {what}", limit.as_secs());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}
