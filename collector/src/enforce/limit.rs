//! How many kills of an image a minute allows, and what follows when there were more. The kernel side counts its own, and the
//! scripts that are killed here lower what it may still spend.

use super::{
    Policies, Slot, Tables,
    tables::{KILLS, LEFT_OUT},
};
use plumbline_proto::v1::EnforcementMode;

/// Whether the kernel side has left a kill out.
pub(super) fn came_to_its_limit(tables: &dyn Tables, slot: &Slot) -> bool {
    slot.policy.mode() == EnforcementMode::Enforce
        && !slot.spared
        && tables.kills(slot.number) & LEFT_OUT != 0
}

/// Ends the killing of an image until a person sets its policy again.
pub(super) fn spare(tables: &mut dyn Tables, policies: &mut Policies, digest: &str, slot: &mut Slot) {
    if !slot.spared {
        tracing::error!(
            image = digest,
            "too many kills in a minute: the policy only warns until it is set again"
        );
        policies.spare(digest, slot.policy.revision);
    }
    slot.spared = true;
    let _ = tables.limit(slot.number, 0);
}

/// Begins a new minute of scripts.
pub(super) fn roll(tables: &mut dyn Tables, slot: &mut Slot, minute: u64) {
    if slot.scripts.0 != minute && slot.scripts.1 > 0 {
        slot.scripts = (minute, 0);
        let _ = tables.limit(slot.number, slot.limit());
    }
}

/// Counts the kill of one more script, if the policy has one left that the kernel side has not taken meanwhile.
pub(super) fn may_kill(tables: &mut dyn Tables, slot: &mut Slot, minute: u64) -> bool {
    if slot.scripts.0 != minute {
        slot.scripts = (minute, 0);
    }
    if slot.limit() > 0 {
        slot.scripts.1 += 1;
        let word = if tables.limit(slot.number, slot.limit()).is_ok() {
            tables.kills(slot.number)
        } else {
            u64::MAX
        };
        let killed = if word >> 16 == minute { word & KILLS } else { 0 };
        if word & LEFT_OUT == 0 && killed <= u64::from(slot.limit()) {
            return true;
        }
    }
    false
}
