//! One node: what was heard of it, and what it may still send.

use std::{
    collections::HashSet,
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex},
    time::Duration,
};

use leaky_bucket::RateLimiter;
use plumbline_proto::v1::{self, EnforcementState, NodeState};
use tokio::time::Instant;

use crate::{
    session::locked,
    wire::{Checked, Refusal},
};

use super::{
    NodeRecord, NodeSettings,
    clock::Estimate,
    condition::{Losing, Skew},
    containers::{Containers, Room},
    now_unix_ns,
};

/// How often a node's allowance of bytes is filled up.
const REFILLS_PER_SECOND: u64 = 10;
/// Seconds' worth of bytes it may send at once.
const BURST_SECONDS: u64 = 4;
/// Images and containers are distinct within such a time.
const SPAN: Duration = Duration::from_secs(3600);

/// A node.
#[derive(Debug)]
pub(crate) struct Node {
    pub(super) name: String,
    pub(super) state: Mutex<State>,
    rate: RateLimiter,
    pub(super) settings: NodeSettings,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) record: NodeRecord,
    /// As it was last stored.
    stored: Option<NodeRecord>,
    streams: usize,
    /// Number of the last stream.
    last_stream: u64,
    /// What a collector enforces, as the stream with this number said last.
    enforcement: Option<(u64, EnforcementState)>,
    /// Whether its silence was told.
    silence_told: bool,
    told: Told,
    pub(super) losing: Losing,
    pub(super) skew: Skew,
    pub(super) containers: Containers,
    spoken: Spoken,
}

/// Counts since the server started.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    events: u64,
    lost: u64,
    rejected: u64,
    behind_ns: i64,
    held_back: Duration,
}

/// What it spoke of within a span, by hash.
#[derive(Debug)]
struct Spoken {
    hasher: RandomState,
    images: HashSet<u64>,
    containers: HashSet<u64>,
    since: Instant,
}

/// A stream of a node; it ends when dropped.
#[derive(Debug)]
pub(crate) struct Heard {
    node: Arc<Node>,
    /// Which of its streams it is.
    number: u64,
}

impl Drop for Heard {
    fn drop(&mut self) {
        let mut state = locked(&self.node.state);
        state.streams -= 1;
        state.record.last_heard_unix_ns = now_unix_ns();
        if state.enforcement.as_ref().is_some_and(|(said_by, _)| *said_by == self.number) {
            state.enforcement = None;
        }
    }
}

impl Heard {
    /// Waits until the node may send so many bytes more.
    pub(crate) async fn allow(&self, bytes: usize) {
        let begun = Instant::now();
        self.node.rate.acquire(bytes).await;
        let held_back = begun.elapsed();
        if !held_back.is_zero() {
            locked(&self.node.state).told.held_back += held_back;
        }
    }

    /// Takes a batch's word, unless it speaks of more images or containers than a node may.
    pub(crate) fn take(&self, batch: &Checked) -> Result<(), Refusal> {
        let Self { node, .. } = self;
        let mut state = locked(&node.state);
        state.spoken.renew();
        let Spoken { hasher, images, containers, .. } = &mut state.spoken;
        let limit = |what: &str, known: &mut HashSet<u64>, max: usize, name: &str| {
            let hash = hasher.hash_one(name);
            if known.contains(&hash) {
                return Ok(());
            }
            if known.len() >= max {
                return Err(Refusal::beyond(
                    what,
                    format!("{:?} spoke of {max} {what} within an hour, and may of no more", node.name),
                ));
            }
            known.insert(hash);
            Ok(())
        };
        let (max_images, max_containers) = (node.settings.images, node.settings.containers);
        batch.image_digests().try_for_each(|digest| limit("images", images, max_images, digest))?;
        batch.container_ids().try_for_each(|id| limit("containers", containers, max_containers, id))?;
        state.told.events += batch.events().map(|(_, events)| events).sum::<u64>();
        let lost = batch.losses().fold(0, |lost: u64, (_, events)| lost.saturating_add(events));
        state.told.lost = state.told.lost.saturating_add(lost);
        let now = now_unix_ns();
        state.losing.take(lost, now);
        state.containers.take(batch, now);
        let ahead = state.skew.measured.map_or(0, |measured| measured.offset_ns);
        let (now, then) = (i128::from(now), i128::from(batch.base_unix_ns()) - i128::from(ahead));
        state.told.behind_ns = i64::try_from(now - then).unwrap_or(i64::MAX);
        Ok(())
    }

    /// Takes in how far its clock was found to be ahead.
    pub(crate) fn measured(&self, measured: Estimate) {
        let Self { node, .. } = self;
        let newly_off = locked(&node.state).skew.take(measured, node.settings.clock_skew, now_unix_ns());
        if newly_off {
            let ahead_seconds = measured.offset_ns / 1_000_000_000;
            let (node, allowed) = (&node.name, node.settings.clock_skew);
            tracing::warn!(
                ?node,
                ahead_seconds,
                ?allowed,
                "the clock of a node is off; what is measured by the server's clock is corrected, times of events are not"
            );
        }
    }

    /// How far its clock is ahead, in nanoseconds, and whether that is more than allowed.
    pub(crate) fn clock(&self) -> (i64, bool) {
        self.node.clock().unwrap_or_default()
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.node.name
    }

    /// Takes in what it enforces.
    pub(crate) fn enforces(&self, state: EnforcementState) {
        locked(&self.node.state).enforcement = Some((self.number, state));
    }

    /// Takes note of a batch that was refused.
    pub(crate) fn refused(&self) {
        locked(&self.node.state).told.rejected += 1;
    }
}

impl Node {
    pub(super) fn new(name: String, record: NodeRecord, settings: NodeSettings, room: Room) -> Self {
        let refill = usize::try_from(settings.bytes_per_second / REFILLS_PER_SECOND).unwrap_or(usize::MAX);
        let burst = usize::try_from(settings.bytes_per_second * BURST_SECONDS).unwrap_or(usize::MAX);
        let rate = RateLimiter::builder()
            .initial(burst)
            .max(burst)
            .refill(refill)
            .interval(Duration::from_millis(1000 / REFILLS_PER_SECOND))
            .build();
        let spoken = Spoken {
            hasher: RandomState::new(),
            images: HashSet::new(),
            containers: HashSet::new(),
            since: Instant::now(),
        };
        let state = State {
            record,
            stored: None,
            streams: 0,
            last_stream: 0,
            enforcement: None,
            silence_told: false,
            told: Told::default(),
            losing: Losing::default(),
            skew: Skew::default(),
            containers: Containers::new(room),
            spoken,
        };
        Self { name, state: Mutex::new(state), rate, settings }
    }

    pub(super) fn enter(node: &Arc<Self>, version: &str, now_unix_ns: u64, max: usize) -> Option<Heard> {
        let mut state = locked(&node.state);
        if state.streams >= max {
            return None;
        }
        state.streams += 1;
        state.last_stream += 1;
        state.record.last_heard_unix_ns = now_unix_ns;
        version.clone_into(&mut state.record.version);
        Some(Heard { node: Arc::clone(node), number: state.last_stream })
    }

    /// What a collector of it enforces; `None` if no connected one said so.
    pub(super) fn enforcement(&self) -> Option<EnforcementState> {
        locked(&self.state).enforcement.as_ref().map(|(_, state)| state.clone())
    }

    /// Digests of the images of its containers.
    pub(super) fn image_digests(&self) -> HashSet<String> {
        locked(&self.state).containers.digests().map(str::to_owned).collect()
    }

    pub(super) fn is_connected(&self) -> bool {
        locked(&self.state).streams > 0
    }

    pub(super) fn last_heard(&self) -> u64 {
        locked(&self.state).record.last_heard_unix_ns
    }

    pub(super) fn state(&self, now_unix_ns: u64) -> NodeState {
        locked(&self.state).of(now_unix_ns, self.settings.silent_after)
    }

    /// Since when it is silent, nanoseconds since the Unix epoch, if that was not told yet; with what it last was.
    pub(super) fn newly_silent(&self, now_unix_ns: u64) -> Option<NodeRecord> {
        let mut state = locked(&self.state);
        let silent = state.of(now_unix_ns, self.settings.silent_after) == NodeState::Silent;
        let news = silent && !state.silence_told;
        state.silence_told = silent;
        news.then(|| state.record.clone())
    }

    /// What to store of it, if that changed.
    pub(super) fn record(&self, now_unix_ns: u64) -> Option<NodeRecord> {
        let mut state = locked(&self.state);
        if state.streams > 0 {
            state.record.last_heard_unix_ns = now_unix_ns;
        }
        if state.stored.as_ref() == Some(&state.record) {
            return None;
        }
        state.stored = Some(state.record.clone());
        state.stored.clone()
    }

    pub(super) fn message(&self, now_unix_ns: u64) -> v1::Node {
        let state = locked(&self.state);
        let State { record, told, .. } = &*state;
        v1::Node {
            name: self.name.clone(),
            collector_version: record.version.clone(),
            state: state.of(now_unix_ns, self.settings.silent_after).into(),
            first_heard_unix_ns: record.first_heard_unix_ns,
            last_heard_unix_ns: if state.streams > 0 { now_unix_ns } else { record.last_heard_unix_ns },
            events: told.events,
            events_lost: told.lost,
            batches_rejected: told.rejected,
            behind_ns: told.behind_ns,
            clock_offset_ns: state.skew.measured.map(|measured| measured.offset_ns),
            clock_error_ns: state.skew.measured.map_or(0, |measured| measured.error_ns),
            clock_off: state.skew.is_off(),
            held_back_ns: u64::try_from(told.held_back.as_nanos()).unwrap_or(u64::MAX),
        }
    }
}

impl State {
    pub(super) fn of(&self, now_unix_ns: u64, silent_after: Duration) -> NodeState {
        let away = Duration::from_nanos(now_unix_ns.saturating_sub(self.record.last_heard_unix_ns));
        match self.streams {
            1.. => NodeState::Connected,
            0 if away < silent_after => NodeState::Away,
            0 => NodeState::Silent,
        }
    }
}

impl Spoken {
    /// Begins a new span when the last is over.
    fn renew(&mut self) {
        if self.since.elapsed() >= SPAN {
            self.images = HashSet::new();
            self.containers = HashSet::new();
            self.since = Instant::now();
        }
    }
}
