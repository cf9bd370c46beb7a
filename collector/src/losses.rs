//! The ledger: what was lost, why and whose. It empties into each batch; nothing is lost without an entry.

use plumbline_proto::v1::LossReason;
use std::{collections::BTreeMap, sync::Arc};

/// Containers named one by one; beyond this the losses stand without a container.
const CONTAINERS: usize = 1024;

/// Losses not reported yet, and all there ever were.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    open: BTreeMap<(LossReason, Option<Arc<str>>), u64>,
    totals: BTreeMap<LossReason, u64>,
}

impl Ledger {
    pub(crate) fn add(&mut self, reason: LossReason, container: Option<Arc<str>>, events: u64) {
        if events > 0 {
            *self.totals.entry(reason).or_default() += events;
            self.restore(reason, container, events);
        }
    }

    /// Puts back what was taken and could not be reported.
    pub(crate) fn restore(&mut self, reason: LossReason, container: Option<Arc<str>>, events: u64) {
        let container = container.filter(|_| self.open.len() < CONTAINERS);
        *self.open.entry((reason, container)).or_default() += events;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    pub(crate) fn take(&mut self) -> Vec<(LossReason, Option<Arc<str>>, u64)> {
        std::mem::take(&mut self.open)
            .into_iter()
            .map(|((reason, container), events)| (reason, container, events))
            .collect()
    }

    /// What was lost since the start.
    pub(crate) fn totals(&self) -> impl Iterator<Item = (LossReason, u64)> {
        self.totals.iter().map(|(reason, events)| (*reason, *events))
    }

    /// What was lost since the start, for the last line of the log.
    pub(crate) fn summary(&self) -> String {
        if self.totals.is_empty() {
            return "none".into();
        }
        let parts: Vec<String> = self
            .totals
            .iter()
            .map(|(reason, events)| format!("{}: {events}", reason.as_str_name()))
            .collect();
        parts.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out_once_and_stays_in_the_totals() {
        let mut ledger = Ledger::default();
        ledger.add(LossReason::RingFull, None, 2);
        ledger.add(LossReason::RingFull, None, 3);
        ledger.add(LossReason::HoldFull, Some("c".into()), 1);
        assert_eq!(ledger.take().iter().map(|(.., events)| events).sum::<u64>(), 6);
        assert!(ledger.is_empty());
        assert_eq!(ledger.summary(), "LOSS_REASON_RING_FULL: 5, LOSS_REASON_HOLD_FULL: 1");
    }

    #[test]
    fn a_million_containers_do_not_make_a_million_entries() {
        let mut ledger = Ledger::default();
        for number in 0..10_000 {
            ledger.add(LossReason::ContainerUnknown, Some(number.to_string().into()), 1);
        }
        let taken = ledger.take();
        assert!(taken.len() <= CONTAINERS + 1);
        assert_eq!(taken.iter().map(|(.., events)| events).sum::<u64>(), 10_000);
    }
}
