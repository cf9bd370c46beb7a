//! What happens when a window closes: its rates are judged, and teach if nothing of it looks like drift or attack.
//!
//! A window is judged once it is known to have closed without losses: at the container's first event of a later
//! window, or at the end of the batch that says so. An unusual rate is an event of the process that did most of it,
//! and goes the way of any other event.

use super::{Observer, Occurrence};
use crate::{
    behaviour::canonicalise,
    event::{Action, Batch, Event},
    image::{ImageState, Place},
    incident::Incident,
    posterior::Verdict,
    rhythm::Rate,
};
use std::collections::BTreeMap;

/// Containers and numbers of the windows of a batch that closed without losses, sorted.
pub(crate) fn closed(batch: &Batch<'_>) -> Vec<(usize, u64)> {
    let whole = batch.windows.iter().filter(|window| !window.lossy);
    let mut closed: Vec<_> = whole.map(|window| (window.container, window.window)).collect();
    closed.sort_unstable();
    closed
}

impl<'a> Observer<'_, 'a> {
    /// Counts an event in the rates of its container; if it is the first of a window, ends the one before.
    pub(super) fn count_rate(
        &self,
        image: &mut ImageState,
        event: &Event<'a>,
        place: Place,
        told: &mut Vec<Incident>,
    ) {
        let Some(open) = image.containers.get(place.slot).map(|seen| seen.pulse.window()) else { return };
        if open < place.window
            && let Some(process) = self.batch.processes.get(event.process)
        {
            self.end_window(image, process.container, place.slot, told);
        }
        if let Some(seen) = image.containers.get_mut(place.slot) {
            seen.pulse.count(place.window, event);
        }
    }

    /// Counts the windows of the batch as exposure, and ends those that were open. Gives the time that has passed.
    pub(super) fn close_windows(
        &self,
        image: &mut ImageState,
        slots: &[usize],
        told: &mut Vec<Incident>,
    ) -> u64 {
        let mut passed = 0;
        for window in self.windows.iter().filter_map(|position| self.batch.windows.get(*position)) {
            let slot = slots.get(window.container).copied().unwrap_or(usize::MAX);
            if image.containers.get(slot).is_some_and(|seen| seen.pulse.window() == window.window) {
                self.end_window(image, window.container, slot, told);
            }
            if window.lossy {
                image.exposures_lossy += 1;
            } else {
                image.expose();
            }
            passed = passed.max(window.window.saturating_mul(self.batch.window_ns));
        }
        passed
    }

    /// Ends the window that a container's rates were counted in.
    fn end_window(&self, image: &mut ImageState, container: usize, slot: usize, told: &mut Vec<Incident>) {
        let Some(seen) = image.containers.get_mut(slot) else { return };
        let (window, doubt) = (seen.pulse.window(), seen.pulse.doubt);
        let Some(rates) = seen.pulse.end() else { return };
        if self.closed.binary_search(&(container, window)).is_err() {
            return;
        }
        let mut excused = false;
        let (doubt, unusual) = image.rhythm.judge(&rates, window, doubt, self.params);
        if let Some(seen) = image.containers.get_mut(slot) {
            seen.pulse.doubt = doubt;
        }
        if let Some(first) = unusual.first()
            && let Some(by) = self.busiest(container, window, first.rate)
        {
            for unusual in unusual {
                let event = Event { count: 1, action: Action::Unusual(unusual), ..by.clone() };
                excused |= self.unusual(image, &event, slot, window, told);
            }
        }
        if !excused && !self.looks_bad(image, container, window) {
            image.rhythm.learn(rates);
        }
    }

    /// The last event of the process that did most of a rate in a window, as far as the batch shows.
    fn busiest(&self, container: usize, window: u64, rate: Rate) -> Option<&Event<'a>> {
        let of_window =
            self.events.iter().filter_map(|position| self.batch.events.get(*position)).filter(|event| {
                let process = self.batch.processes.get(event.process);
                process.is_some_and(|process| process.container == container)
                    && event.time_unix_ns / self.batch.window_ns.max(1) == window
                    && rate.counts(&event.action)
            });
        let mut by_process: BTreeMap<usize, (u64, &Event<'a>)> = BTreeMap::new();
        for event in of_window {
            let (sum, last) = by_process.entry(event.process).or_insert((0, event));
            *sum = sum.saturating_add(u64::from(event.count));
            *last = event;
        }
        by_process.into_values().max_by_key(|(sum, _)| *sum).map(|(_, last)| last)
    }

    /// Takes an unusual rate as any other event: known, approved, or new and part of an incident. True if it was excused
    /// without being learned.
    fn unusual(
        &self,
        image: &mut ImageState,
        event: &Event<'a>,
        slot: usize,
        window: u64,
        told: &mut Vec<Incident>,
    ) -> bool {
        let Some(process) = self.batch.processes.get(event.process) else { return false };
        let Some(container) = self.batch.containers.get(process.container) else { return false };
        let place = Place { slot, time_unix_ns: event.time_unix_ns, window_ns: self.batch.window_ns, window };
        let mut behaviours = Vec::new();
        canonicalise(self.batch, event, &mut behaviours);
        let (namespace, time) = (container.namespace, self.deciders(event.time_unix_ns));
        let mut excused = false;
        behaviours.retain(|b| match image.baseline.find(b.dimension, &b.context, &b.value) {
            _ if self.decisions.denial(image, namespace, b, time).is_some() => true,
            Some(cell) => {
                image.count(cell, place);
                false
            }
            None => {
                let passes = self.decisions.pass(image, namespace, b, (place, time), self.params);
                excused |= passes && image.baseline.find(b.dimension, &b.context, &b.value).is_none();
                !passes
            }
        });
        if !behaviours.is_empty() {
            self.event(image, &Occurrence { container, process, event, place }, &mut behaviours, told);
        }
        excused
    }

    /// Whether something in the container looked like drift or attack in a window or since.
    fn looks_bad(&self, image: &ImageState, container: usize, window: u64) -> bool {
        let begin = window.saturating_mul(self.batch.window_ns);
        let id = self.batch.containers.get(container).map(|container| container.id);
        image.incidents.iter().map(|open| &open.incident).any(|incident| {
            Some(incident.container_id.as_str()) == id
                && incident.verdict != Verdict::Normal
                && incident.last_seen_unix_ns >= begin
        })
    }
}
