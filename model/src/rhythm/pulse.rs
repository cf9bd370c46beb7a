//! What a container does in one window, counted as it goes.
//!
//! Counting an event is a few additions, without memory to be had. Distinct peers are counted by a bitmap of their
//! hashes (linear counting: Whang, Vander-Zanden and Taylor 1990), exact enough up to about a thousand; who chooses
//! peers that share a bit hides how many there are, but not how often it connects. Rates become bytes on a scale of
//! logarithms, which is as fine as anyone cares and the same on every machine.

use crate::event::{Action, Attempt, CallKind, Event};
use serde::{Deserialize, Serialize};

/// Something that is counted. The order is part of the stored form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Rate {
    /// Programs started.
    Executions,
    /// Programs that could not be started.
    FailedExecutions,
    /// TCP connects.
    Connections,
    /// TCP connects that came to nothing.
    FailedConnections,
    /// TCP accepts, and UDP datagrams from elsewhere.
    Accepts,
    /// UDP datagrams sent.
    Datagrams,
    /// DNS questions.
    Questions,
    /// DNS answers that say no.
    FailedQuestions,
    /// Distinct addresses connected or sent to.
    Peers,
    /// Windows without anything since the last one with something; unusual if short.
    Pause,
}

/// Rates that are sums of events; they come first.
const SUMS: usize = 8;
/// All rates.
const RATES: usize = 10;
/// Steps of a byte for each unit of the natural logarithm.
pub(super) const STEPS: f64 = 16.0;

/// A window, one byte for each rate; see [`byte`]. That of the pause is turned around.
pub(crate) type Rates = [u8; RATES];

impl Rate {
    /// All of them, in their order.
    pub(super) const ALL: [Self; RATES] = [
        Self::Executions,
        Self::FailedExecutions,
        Self::Connections,
        Self::FailedConnections,
        Self::Accepts,
        Self::Datagrams,
        Self::Questions,
        Self::FailedQuestions,
        Self::Peers,
        Self::Pause,
    ];

    /// The name that the API and the documentation use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Executions => "executions",
            Self::FailedExecutions => "failed executions",
            Self::Connections => "connections",
            Self::FailedConnections => "failed connections",
            Self::Accepts => "accepted connections",
            Self::Datagrams => "datagrams",
            Self::Questions => "DNS questions",
            Self::FailedQuestions => "failed DNS questions",
            Self::Peers => "peers",
            Self::Pause => "pauses",
        }
    }

    /// A number of it, for people.
    pub(super) fn phrase(self, number: &str) -> String {
        match self {
            Self::Pause => format!("pauses of {number} windows"),
            _ => format!("{number} {} a window", self.name()),
        }
    }

    /// What an action adds to; `None` for what is no rate.
    fn of(action: &Action<'_>) -> Option<Self> {
        Some(match action {
            Action::Exec => Self::Executions,
            Action::Call(call) if call.kind == CallKind::ExecFailed => Self::FailedExecutions,
            Action::Connect { .. } => Self::Connections,
            Action::Failed(Attempt::Connect) => Self::FailedConnections,
            Action::Accept { .. } | Action::Receive { .. } => Self::Accepts,
            Action::Send { .. } => Self::Datagrams,
            Action::Resolve { .. } => Self::Questions,
            Action::Failed(Attempt::Resolve) => Self::FailedQuestions,
            Action::Listen { .. } | Action::Credentials { .. } | Action::Call(_) | Action::Unusual(_) => {
                return None;
            }
        })
    }

    /// Whether an action is part of it.
    pub(crate) fn counts(self, action: &Action<'_>) -> bool {
        match self {
            Self::Peers => matches!(action, Action::Connect { .. } | Action::Send { .. }),
            Self::Pause => Self::of(action).is_some(),
            _ => Self::of(action) == Some(self),
        }
    }
}

/// A container's open window, and what those before left.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pulse {
    /// Number of the window.
    window: u64,
    /// 1 + the number of the last window with anything in it; 0 before there was one.
    after_active: u64,
    counts: [u32; SUMS],
    peers: [u64; 4],
    /// What bets against its windows have won of late, as a logarithm.
    pub(crate) doubt: f32,
}

impl Pulse {
    /// Number of the open window.
    pub(crate) fn window(&self) -> u64 {
        self.window
    }

    /// Counts an event. What comes late, for a window that is over, is not counted.
    pub(crate) fn count(&mut self, window: u64, event: &Event<'_>) {
        if window < self.window {
            return;
        }
        self.window = window;
        let Some(rate) = Rate::of(&event.action) else { return };
        if let Some(count) = self.counts.get_mut(rate as usize) {
            *count = count.saturating_add(event.count);
        }
        if let Action::Connect { address, .. } | Action::Send { address, .. } = event.action {
            let bit = hash(address);
            if let Some(bits) = self.peers.get_mut(usize::from(bit / 64)) {
                *bits |= 1 << (bit % 64);
            }
        }
    }

    /// Ends the window; gives its rates if anything was in it.
    pub(crate) fn end(&mut self) -> Option<Rates> {
        let window = self.window;
        self.window = window.saturating_add(1);
        if self.counts == [0; SUMS] {
            return None;
        }
        let pause = if self.after_active == 0 { 0 } else { window.saturating_sub(self.after_active) };
        self.after_active = window.saturating_add(1);
        let mut rates = [0; RATES];
        let peers = distinct(std::mem::take(&mut self.peers));
        let sums = std::mem::take(&mut self.counts).into_iter().chain([peers]).map(byte);
        let pause = u8::MAX - byte(u32::try_from(pause).unwrap_or(u32::MAX));
        rates.iter_mut().zip(sums.chain([pause])).for_each(|(rate, value)| *rate = value);
        Some(rates)
    }
}

/// A number on the scale: steps of a sixteenth of `ln(1 + n)`.
fn byte(number: u32) -> u8 {
    libm::round(libm::log1p(f64::from(number)) * STEPS).min(255.0) as u8
}

/// The number for which a byte stands, about.
pub(super) fn amount(byte: u8) -> u32 {
    libm::round(libm::expm1(f64::from(byte) / STEPS)) as u32
}

/// FNV-1a, its upper bits mixed into eight: the same on every machine.
fn hash(text: &str) -> u8 {
    let fnv = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    ((fnv ^ (fnv >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8
}

/// How many distinct values set these bits.
fn distinct(bits: [u64; 4]) -> u32 {
    let all = f64::from(u64::BITS) * bits.len() as f64;
    let set: u32 = bits.iter().map(|word| word.count_ones()).sum();
    let free = (all - f64::from(set)).max(0.5);
    libm::round(-all * libm::log(free / all)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_keeps_a_number_to_within_a_thirtieth() {
        assert_eq!((byte(0), amount(0)), (0, 0));
        for number in [1, 2, 3, 7, 12, 100, 2_400, 50_000, 4_000_000] {
            let back = f64::from(amount(byte(number)));
            assert!((back - f64::from(number)).abs() <= 1.0 + f64::from(number) / 30.0, "{number}: {back}");
        }
        assert_eq!(byte(u32::MAX), 255);
    }

    #[test]
    fn distinct_peers_are_counted_about_and_repeats_are_not() {
        let count = |peers: usize| {
            let mut pulse = Pulse::default();
            let names: Vec<String> = (0..peers).map(|n| format!("10.1.{}.{}", n / 200, n % 200)).collect();
            for name in names.iter().chain(&names) {
                let action = Action::Connect { address: name, port: 80, name: "" };
                pulse.count(0, &Event { process: 0, time_unix_ns: 0, count: 1, action });
            }
            distinct(pulse.peers)
        };
        assert_eq!(count(1), 1);
        for peers in [3, 20, 250, 800] {
            let ratio = f64::from(count(peers)) / peers as f64;
            assert!((0.7..1.4).contains(&ratio), "{peers}: {ratio}");
        }
    }

    #[test]
    fn a_window_ends_once_and_knows_how_long_nothing_happened_before() {
        let mut pulse = Pulse::default();
        let exec = Event { process: 0, time_unix_ns: 0, count: 3, action: Action::Exec };
        pulse.count(7, &exec);
        let first = pulse.end().unwrap();
        assert_eq!((first[Rate::Executions as usize], first[Rate::Pause as usize]), (byte(3), 255));
        assert_eq!(pulse.end(), None, "an idle window has no rates");
        pulse.count(7, &exec);
        assert_eq!(pulse.end(), None, "what comes late was counted");
        pulse.count(18, &exec);
        assert_eq!(pulse.end().unwrap()[Rate::Pause as usize], 255 - byte(10));
    }
}
