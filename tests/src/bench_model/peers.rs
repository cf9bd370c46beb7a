//! Peers.

use anyhow::{Result, bail};
use serde_json::Value;

pub(crate) fn measure() -> Result<Value> {
    bail!("none yet")
}
