//! Which events of incidents are kept: of each the first and the newest, and of all so many bytes.
//!
//! They are stored in chunks, one or two for each commit that brings some, in the commit of the alert's change, so that an
//! alert never stands without what came with it. A chunk is let go whole, so a few more than the newest may be kept; what was
//! left out is counted in the next. Evidence goes with its alert; past the bound for all, that of the incident goes that was
//! quiet for longest. Memory has a line for each chunk.

use std::collections::{BTreeMap, HashMap, VecDeque};

use plumbline_proto::v1::{EvidenceChunk, EvidenceEvent};
use prost::Message;

use crate::store::Commit;

/// Events kept of an incident: the first, and at least as many of the newest.
const FIRST: usize = 256;
const NEWEST: usize = 256;
/// Encoded events of all incidents.
const MAX_BYTES: u64 = 256 << 20;

/// A chunk, by the alert's id and its number there.
pub(crate) type ChunkKey = (String, u32);

/// A stored chunk, without its events.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) key: ChunkKey,
    pub(crate) events: usize,
    pub(crate) bytes: u64,
    pub(crate) first: bool,
    pub(crate) omitted: u64,
}

/// All that is kept.
#[derive(Debug, Default)]
pub(super) struct Kept {
    incidents: HashMap<String, Incident>,
    /// By when something was last added.
    by_age: BTreeMap<u64, String>,
    bytes: u64,
    next_age: u64,
}

#[derive(Debug, Default)]
struct Incident {
    age: u64,
    next: u32,
    first: usize,
    newest: usize,
    omitted: u64,
    chunks: VecDeque<Line>,
}

impl Kept {
    pub(super) fn new(mut lines: Vec<Line>) -> Self {
        lines.sort_by(|a, b| a.key.cmp(&b.key));
        let mut kept = Self::default();
        lines.into_iter().for_each(|line| kept.note(line));
        kept
    }

    /// Puts what was told of incidents into a commit.
    pub(super) fn plan(&mut self, told: Vec<(String, Vec<EvidenceEvent>)>, commit: &mut Commit) {
        for (id, mut events) in told {
            let (first, newest, next, mut omitted) = match self.incidents.get(&id) {
                Some(known) => (known.first, known.newest, known.next, known.omitted),
                None => (0, 0, 0, 0),
            };
            let rest = events.split_off(events.len().min(FIRST.saturating_sub(first)));
            let skipped = rest.len().saturating_sub(NEWEST);
            let rest: Vec<_> = rest.into_iter().skip(skipped).collect();
            let going = self.surplus(&id, newest + rest.len());
            let left_out = skipped as u64 + going.iter().map(|line| line.events as u64).sum::<u64>();
            omitted += left_out;
            commit.evidence_omitted += left_out;
            going.into_iter().for_each(|line| forget(line.key, commit));
            let chunks = [(true, events), (false, rest)].into_iter().filter(|(_, events)| !events.is_empty());
            for (number, (first, events)) in (next..).zip(chunks) {
                let key = (id.clone(), number);
                let chunk = EvidenceChunk { events, first, omitted };
                let (events, bytes) = (chunk.events.len(), chunk.encoded_len() as u64);
                commit.evidence.push((key.clone(), chunk));
                self.note(Line { key, events, bytes, first, omitted });
            }
        }
        for id in commit.forgotten_heads.clone() {
            self.forget(&id, commit);
        }
        while self.bytes > MAX_BYTES
            && let Some(id) = self.by_age.values().next().cloned()
        {
            let events = self.incidents.get(&id).map_or(0, |incident| incident.first + incident.newest);
            commit.evidence_omitted += events as u64;
            self.forget(&id, commit);
        }
    }

    /// The oldest chunks behind the first that have to go when there are so many of the newest.
    fn surplus(&mut self, id: &str, mut newest: usize) -> Vec<Line> {
        let Some(incident) = self.incidents.get_mut(id) else { return Vec::new() };
        let mut going = Vec::new();
        while let Some(place) = incident.chunks.iter().position(|line| !line.first)
            && let Some(line) = incident.chunks.get(place)
            && newest.saturating_sub(line.events) >= NEWEST
        {
            newest -= line.events;
            going.extend(incident.chunks.remove(place));
        }
        incident.newest -= going.iter().map(|line| line.events).sum::<usize>();
        self.bytes -= going.iter().map(|line| line.bytes).sum::<u64>();
        going
    }

    fn note(&mut self, line: Line) {
        let incident = self.incidents.entry(line.key.0.clone()).or_default();
        self.by_age.remove(&incident.age);
        self.next_age += 1;
        incident.age = self.next_age;
        self.by_age.insert(incident.age, line.key.0.clone());
        incident.next = line.key.1.saturating_add(1);
        *(if line.first { &mut incident.first } else { &mut incident.newest }) += line.events;
        incident.omitted = incident.omitted.max(line.omitted);
        self.bytes += line.bytes;
        incident.chunks.push_back(line);
    }

    fn forget(&mut self, id: &str, commit: &mut Commit) {
        let Some(incident) = self.incidents.remove(id) else { return };
        self.by_age.remove(&incident.age);
        for line in incident.chunks {
            self.bytes -= line.bytes;
            forget(line.key, commit);
        }
    }
}

/// Takes a chunk out of the store, or out of the commit in which it would have come.
fn forget(key: ChunkKey, commit: &mut Commit) {
    commit.evidence.retain(|(coming, _)| *coming != key);
    commit.forgotten_evidence.push(key);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(times: std::ops::Range<u64>) -> Vec<EvidenceEvent> {
        times.map(|time_unix_ns| EvidenceEvent { time_unix_ns, ..Default::default() }).collect()
    }

    #[test]
    fn the_first_and_the_newest_events_are_kept_and_what_is_left_out_is_counted_also_after_a_restart() {
        let mut stored = BTreeMap::new();
        let mut kept = Kept::default();
        for step in 0..20_u64 {
            let mut commit = Commit::default();
            kept.plan(vec![("a".to_owned(), events(step * 100..(step + 1) * 100))], &mut commit);
            commit.forgotten_evidence.iter().for_each(|key| drop(stored.remove(key)));
            stored.extend(commit.evidence);
            if step == 10 {
                let line = |(key, chunk): (&ChunkKey, &EvidenceChunk)| Line {
                    key: key.clone(),
                    events: chunk.events.len(),
                    bytes: chunk.encoded_len() as u64,
                    first: chunk.first,
                    omitted: chunk.omitted,
                };
                kept = Kept::new(stored.iter().map(line).collect());
            }
        }
        let times: Vec<u64> =
            stored.values().flat_map(|chunk| &chunk.events).map(|e| e.time_unix_ns).collect();
        assert_eq!(times[..256], (0..256).collect::<Vec<_>>());
        assert!(
            times.len() < 256 + 256 + 100
                && times[256..] == (2256 - times.len() as u64..2000).collect::<Vec<_>>()
        );
        assert_eq!(stored.values().last().unwrap().omitted, 2000 - times.len() as u64);
        assert_eq!(kept.bytes, stored.values().map(|chunk| chunk.encoded_len() as u64).sum::<u64>());
    }

    #[test]
    fn evidence_goes_with_its_alert_also_out_of_the_commit_in_which_it_comes() {
        let mut kept = Kept::default();
        let mut commit = Commit { forgotten_heads: vec!["a".to_owned()], ..Commit::default() };
        kept.plan(vec![("a".to_owned(), events(0..9)), ("b".to_owned(), events(0..600))], &mut commit);
        let coming: Vec<_> =
            commit.evidence.iter().map(|((id, _), chunk)| (id.as_str(), chunk.events.len())).collect();
        assert_eq!(coming, [("b", 256), ("b", 256)]);
        assert_eq!(commit.evidence[1].1.omitted, 88);
        assert_eq!(commit.forgotten_evidence, [("a".to_owned(), 0)]);
    }
}
