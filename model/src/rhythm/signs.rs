//! What unusual rates say of drift or attack, by which of them come together in an incident.

use super::{Rate, Unusual};
use crate::evidence::Kind;
use serde::{Deserialize, Serialize};

/// Windows of connections without end that make a flood.
const FLOOD_WINDOWS: u8 = 5;

/// What an incident remembers of rates.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Memory {
    /// Rates that were unusual: bit by number.
    seen: u16,
    /// Windows in which connections or datagrams were.
    flooded: u8,
}

impl Memory {
    fn has(&self, rate: Rate) -> bool {
        self.seen & 1 << rate as u16 != 0
    }
}

/// Facts in an unusual rate.
pub(crate) fn find(unusual: &Unusual, memory: &mut Memory, add: &mut impl FnMut(Kind, String)) {
    let (rate, fact) = (unusual.rate, unusual.fact());
    memory.seen |= 1 << rate as u16;
    if rate == Rate::Connections || (rate == Rate::Datagrams && !memory.has(Rate::Connections)) {
        memory.flooded = memory.flooded.saturating_add(1);
        if memory.flooded >= FLOOD_WINDOWS {
            add(Kind::Flood, format!("for {} windows: {fact}", memory.flooded));
        }
    }
    if memory.has(Rate::Peers) && memory.has(Rate::FailedConnections) {
        add(Kind::Scan, format!("many peers, and many connections that fail: {fact}"));
    }
    add(Kind::UnusualRate, fact);
}
