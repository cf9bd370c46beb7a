//! Nodes whose clocks are off, and how far: whoever has measured it says so.
//!
//! Only what people decided is compared with times by it, for it expires by the decider's clock and events are told by the
//! node's. Times, their order and windows stay as they were told, so that a replay, which knows no clocks, gives the same.

use std::collections::BTreeMap;

/// Nodes remembered; of more, times are taken as they are told.
const MAX_NODES: usize = 16_384;

/// How far clocks are ahead of the decider's, in nanoseconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Clocks(BTreeMap<String, i64>);

impl Clocks {
    /// Takes in how far a node's clock is ahead; 0 if it is right.
    pub(crate) fn set(&mut self, node: &str, ahead_ns: i64) {
        let Self(clocks) = self;
        if let Some(known) = clocks.get_mut(node) {
            *known = ahead_ns;
            if ahead_ns == 0 {
                clocks.remove(node);
            }
        } else if ahead_ns != 0 && clocks.len() < MAX_NODES {
            clocks.insert(node.to_owned(), ahead_ns);
        }
    }

    /// How far a node's clock is ahead; 0 if it is right.
    pub(crate) fn ahead_ns(&self, node: &str) -> i64 {
        self.0.get(node).copied().unwrap_or_default()
    }

    /// A time of a node's, by the decider's clock.
    pub(crate) fn deciders_unix_ns(&self, node: &str, time_unix_ns: u64) -> u64 {
        time_unix_ns.saturating_add_signed(self.ahead_ns(node).saturating_neg())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_corrected_by_its_own_node_s_clock_as_long_as_that_is_off() {
        let mut clocks = Clocks::default();
        clocks.set("ahead", 5);
        clocks.set("behind", -5);
        let times =
            |clocks: &Clocks| ["ahead", "behind", "right"].map(|node| clocks.deciders_unix_ns(node, 10));
        assert_eq!(times(&clocks), [5, 15, 10]);
        clocks.set("ahead", 0);
        assert_eq!(times(&clocks), [10, 15, 10]);
        clocks.set("ahead", i64::MIN);
        assert_eq!(clocks.deciders_unix_ns("ahead", u64::MAX), u64::MAX);
        clocks.set("ahead", i64::MAX);
        assert_eq!(clocks.deciders_unix_ns("ahead", 1), 0);
    }
}
