//! The processes of an incident as a tree, of the events that are kept: who began whom, what is anomalous, and the way there.
//!
//! A process id can come again, so that a process is its id and its start. A parent that did nothing which is kept is
//! shown by what its child knows of it, once. Depth and breadth are bounded by the events that are kept.

use std::collections::{BTreeMap, BTreeSet};

use plumbline_proto::v1::{Alert, EvidenceEvent, EvidenceProcess};

/// Deeper than this a tree goes on beside its parent, or no page could show it.
const MAX_DEPTH: usize = 24;

/// A line of the tree, in the order in which they are shown.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) pid: u32,
    pub(super) executable: String,
    pub(super) command_line: String,
    pub(super) uid: u32,
    /// A finding is of it.
    pub(super) anomalous: bool,
    /// It, or one below it, is anomalous.
    pub(super) on_path: bool,
    /// It opens a list below the line before.
    pub(super) opens: bool,
    /// Lists that end before it.
    pub(super) closes: usize,
    depth: usize,
}

/// A process: its id and its start; the start of one that is only known as a parent is 0.
type Key = (u32, u64);

/// The tree, and the lists that are open at its end.
pub(super) fn tree(alert: &Alert, events: &[EvidenceEvent]) -> (Vec<Node>, usize) {
    let mut processes: BTreeMap<Key, &EvidenceProcess> = BTreeMap::new();
    for process in events.iter().filter_map(|event| event.process.as_ref()) {
        processes.insert((process.pid, process.start_ticks), process); // the last program that it ran
    }
    let mut parents: BTreeMap<Key, String> = BTreeMap::new();
    let mut children: BTreeMap<Option<Key>, Vec<Key>> = BTreeMap::new();
    for (key, process) in &processes {
        // The youngest with the parent's id that began no later, and is not the process itself.
        let known = processes.range((process.parent_pid, 0)..=(process.parent_pid, key.1)).next_back();
        let parent = match known.map(|(parent, _)| *parent).filter(|parent| parent.0 != key.0) {
            Some(parent) => Some(parent),
            None if process.parent_pid == 0 || process.parent_pid == key.0 => None,
            None => {
                let parent = (process.parent_pid, 0);
                if parents.insert(parent, process.parent_executable.clone()).is_none() {
                    children.entry(None).or_default().push(parent);
                }
                Some(parent)
            }
        };
        children.entry(parent).or_default().push(*key);
    }
    let found: BTreeSet<u32> = alert.findings.iter().map(|finding| finding.pid).collect();
    let mut walk = Walk { processes, parents, children, found, seen: BTreeSet::new(), nodes: Vec::new() };
    walk.below(None, 0);
    // Ids that came again can make a circle, which nothing leads to.
    let left = walk.processes.keys().filter(|key| !walk.seen.contains(*key)).copied().collect();
    walk.children.insert(None, left);
    walk.below(None, 0);
    let nodes = nested(walk.nodes);
    let open = nodes.last().map_or(0, |node| node.depth + 1);
    (nodes, open)
}

struct Walk<'a> {
    processes: BTreeMap<Key, &'a EvidenceProcess>,
    parents: BTreeMap<Key, String>,
    children: BTreeMap<Option<Key>, Vec<Key>>,
    found: BTreeSet<u32>,
    seen: BTreeSet<Key>,
    nodes: Vec<Node>,
}

impl Walk<'_> {
    /// Whether anything below is anomalous. Recursion is bounded: children beyond the depth are beside their parent, and
    /// each process comes once, of at most as many as events are kept.
    fn below(&mut self, parent: Option<Key>, depth: usize) -> bool {
        let mut any = false;
        for key in self.children.get(&parent).cloned().unwrap_or_default() {
            if !self.seen.insert(key) {
                continue;
            }
            let anomalous = self.found.contains(&key.0) && self.processes.contains_key(&key);
            let place = self.nodes.len();
            self.nodes.push(self.node(key, anomalous, depth.min(MAX_DEPTH)));
            let on_path = self.below(Some(key), depth + 1) || anomalous;
            if let Some(node) = self.nodes.get_mut(place) {
                node.on_path = on_path;
            }
            any |= on_path;
        }
        any
    }

    fn node(&self, key: Key, anomalous: bool, depth: usize) -> Node {
        let node = Node { pid: key.0, anomalous, depth, uid: u32::MAX, ..Default::default() };
        match self.processes.get(&key) {
            Some(process) => Node {
                executable: process.executable.clone(),
                command_line: process.arguments.join(" "),
                uid: process.effective_uid.min(process.uid),
                ..node
            },
            None => Node { executable: self.parents.get(&key).cloned().unwrap_or_default(), ..node },
        }
    }
}

/// Says where lists begin and end.
fn nested(mut nodes: Vec<Node>) -> Vec<Node> {
    let mut before: Option<usize> = None;
    for node in &mut nodes {
        node.opens = before.is_none_or(|before| node.depth > before);
        node.closes = before.map_or(0, |before| before.saturating_sub(node.depth));
        before = Some(node.depth);
    }
    nodes
}

#[cfg(test)]
mod tests {
    use plumbline_proto::v1::Finding;

    use super::*;

    fn event(pid: u32, start_ticks: u64, parent_pid: u32, executable: &str) -> EvidenceEvent {
        let process = EvidenceProcess {
            pid,
            start_ticks,
            parent_pid,
            parent_executable: "/parent".into(),
            executable: executable.into(),
            ..Default::default()
        };
        EvidenceEvent { process: Some(process), ..Default::default() }
    }

    fn shown(events: &[EvidenceEvent], anomalous: u32) -> Vec<String> {
        let alert =
            Alert { findings: vec![Finding { pid: anomalous, ..Default::default() }], ..Default::default() };
        let (nodes, open) = tree(&alert, events);
        let opened = nodes.iter().filter(|node| node.opens).count();
        let closed: usize = nodes.iter().map(|node| node.closes).sum();
        assert_eq!(opened - closed, open, "each list that begins ends");
        let mark = |node: &Node| match (node.anomalous, node.on_path) {
            (true, true) => "!",
            (false, true) => "*",
            _ => "",
        };
        nodes
            .iter()
            .map(|node| format!("{}{}{}", "-".repeat(node.depth), node.executable, mark(node)))
            .collect()
    }

    #[test]
    fn who_began_whom_is_nested_and_the_way_to_what_is_anomalous_is_marked() {
        let events = [
            event(10, 1, 0, "/web"),
            event(11, 2, 10, "/sh"),
            event(12, 3, 11, "/tmp/x"),
            event(13, 3, 10, "/worker"),
            event(20, 9, 7, "/cron"),
            event(21, 9, 7, "/job"),
        ];
        let tree = shown(&events, 12);
        assert_eq!(tree, ["/web*", "-/sh*", "--/tmp/x!", "-/worker", "/parent", "-/cron", "-/job"]);
    }

    #[test]
    fn ids_that_come_again_and_processes_that_claim_to_be_their_own_parents_end() {
        let again = [
            event(10, 1, 0, "/old"),
            event(10, 5, 0, "/new"),
            event(11, 3, 10, "/a"),
            event(12, 7, 10, "/b"),
        ];
        assert_eq!(shown(&again, 0), ["/old", "-/a", "/new", "-/b"]);
        assert_eq!(shown(&[event(10, 1, 10, "/own")], 10), ["/own!"]);
        let circle = [event(10, 1, 11, "/a"), event(11, 1, 10, "/b")];
        assert_eq!(shown(&circle, 10), ["/a!", "-/b"]);
        let deep: Vec<_> = (1..500).map(|pid| event(pid, u64::from(pid), pid - 1, "/x")).collect();
        assert_eq!(shown(&deep, 499).len(), 499);
    }
}
