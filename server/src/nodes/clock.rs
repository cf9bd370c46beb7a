//! How far the clock of a node is ahead of the server's.
//!
//! Measured as by NTP (RFC 5905): of four times, when it was asked, came, was answered and came back, offset and round trip
//! follow (section 8), and of the newest eight samples that with the shortest round trip counts (the clock filter of section
//! 10), since what delays one way only is wrong by half of the round trip at most. A sample that can't be reconciled with the
//! one that counts, by these bounds, says that a clock was set: then what is older is forgotten.
//!
//! The collector may be hostile: it can say anything of its own clock, which concerns its node alone, but answers only what it
//! was asked, and the time of asking is the server's own word. Our own time goes on evenly between question and answer.

use std::{collections::VecDeque, time::Duration};

use plumbline_proto::v1::{ClockAnswer, ClockQuestion};
use tokio::time::Instant;

/// Samples of the filter.
const SAMPLES: usize = 8;
/// Questions at the beginning, and the time between them and between later ones; NTP polls as often.
const BURST: u32 = 4;
const BURST_EVERY: Duration = Duration::from_secs(1);
const EVERY: Duration = Duration::from_secs(16);
/// A longer round trip says too little: the stream was held back meanwhile.
const MAX_ROUND_TRIP: Duration = Duration::from_secs(5);
/// What clocks may drift apart between samples of the filter, generously.
const DRIFT_NS: i128 = 50_000_000;

/// The clock of a stream's collector.
#[derive(Debug)]
pub(crate) struct Clock {
    asks: bool,
    asked: u32,
    next: Instant,
    question: Option<(ClockQuestion, Instant)>,
    samples: VecDeque<Estimate>,
}

/// How far a clock is ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Estimate {
    pub(super) offset_ns: i64,
    /// At most so wrong, either way.
    pub(super) error_ns: u64,
}

/// An answer to no question.
#[derive(Debug, PartialEq)]
pub(crate) struct Unasked;

impl Clock {
    pub(crate) fn new(asks: bool) -> Self {
        Self { asks, asked: 0, next: Instant::now(), question: None, samples: VecDeque::new() }
    }

    /// When there is something to ask; `None` if nothing ever is.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.asks.then_some(self.next)
    }

    /// The next question. One that was not answered until then is not answered in time.
    pub(crate) fn ask(&mut self, now_unix_ns: u64) -> ClockQuestion {
        let question = ClockQuestion { asked_unix_ns: now_unix_ns };
        self.asked = self.asked.saturating_add(1);
        let now = Instant::now();
        self.next = now + if self.asked < BURST { BURST_EVERY } else { EVERY };
        self.question = Some((question, now));
        question
    }

    /// Takes an answer in; what counts now, unless nothing does.
    pub(crate) fn answered(&mut self, answer: ClockAnswer) -> Result<Option<Estimate>, Unasked> {
        if self.asked == 0 {
            return Err(Unasked);
        }
        let asked = self.question.take_if(|(question, _)| question.asked_unix_ns == answer.asked_unix_ns);
        let sample = asked.and_then(|(_, asked)| sample(answer, asked.elapsed()));
        if let Some(sample) = sample {
            if self.best().is_some_and(|best| !best.agrees(sample)) {
                self.samples.clear();
            }
            self.samples.push_back(sample);
            let surplus = self.samples.len().saturating_sub(SAMPLES);
            self.samples.drain(..surplus);
        }
        Ok(self.best())
    }

    fn best(&self) -> Option<Estimate> {
        self.samples.iter().min_by_key(|sample| sample.error_ns).copied()
    }
}

impl Estimate {
    /// Whether both can be right.
    fn agrees(self, other: Self) -> bool {
        let apart = i128::from(self.offset_ns) - i128::from(other.offset_ns);
        apart.abs() <= i128::from(self.error_ns) + i128::from(other.error_ns) + DRIFT_NS
    }
}

/// Offset and error of one exchange, if its times make sense.
fn sample(answer: ClockAnswer, elapsed: Duration) -> Option<Estimate> {
    let elapsed_ns = i128::try_from(elapsed.as_nanos()).ok()?;
    let asked = i128::from(answer.asked_unix_ns);
    let (received, answered) = (i128::from(answer.received_unix_ns), i128::from(answer.answered_unix_ns));
    let round_trip = elapsed_ns - (answered - received);
    if answered < received || round_trip < 0 || elapsed > MAX_ROUND_TRIP {
        return None;
    }
    let offset = ((received - asked) + (answered - asked - elapsed_ns)) / 2;
    Some(Estimate { offset_ns: i64::try_from(offset).ok()?, error_ns: u64::try_from(round_trip / 2).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_NS: i64 = 3_600_000_000_000;
    const NOW: u64 = 1_700_000_000_000_000_000;

    /// One exchange with a clock that is so far ahead: so long on the way there, and back.
    async fn exchange(clock: &mut Clock, ahead_ns: i64, there_ms: u64, back_ms: u64) -> Option<Estimate> {
        let ClockQuestion { asked_unix_ns } = clock.ask(NOW);
        let received = (NOW + there_ms * 1_000_000).saturating_add_signed(ahead_ns);
        tokio::time::advance(Duration::from_millis(there_ms + back_ms + 1)).await;
        let answered_unix_ns = received + 1_000_000;
        clock.answered(ClockAnswer { asked_unix_ns, received_unix_ns: received, answered_unix_ns }).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn the_shortest_round_trip_counts_and_its_bound_holds() {
        let mut clock = Clock::new(true);
        for ahead_ns in [5 * HOUR_NS, -5 * HOUR_NS] {
            let late = exchange(&mut clock, ahead_ns, 400, 0).await.unwrap();
            assert_eq!((late.offset_ns, late.error_ns), (ahead_ns + 200_000_000, 200_000_000));
            let good = exchange(&mut clock, ahead_ns, 2, 4).await.unwrap();
            assert_eq!((good.offset_ns, good.error_ns), (ahead_ns - 1_000_000, 3_000_000));
            assert_eq!(
                exchange(&mut clock, ahead_ns, 0, 900).await,
                Some(good),
                "a worse one changes nothing"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_jumps_is_believed_at_once_and_one_that_drifts_is_not_taken_for_that() {
        let mut clock = Clock::new(true);
        exchange(&mut clock, 0, 1, 1).await.unwrap();
        assert_eq!(exchange(&mut clock, 20_000_000, 10, 10).await.unwrap().offset_ns, 0);
        assert_eq!(exchange(&mut clock, HOUR_NS, 10, 10).await.unwrap().offset_ns, HOUR_NS);
        assert_eq!(exchange(&mut clock, -HOUR_NS, 30, 30).await.unwrap().offset_ns, -HOUR_NS);
        for _ in 0..SAMPLES {
            exchange(&mut clock, -HOUR_NS, 40, 40).await.unwrap();
        }
        assert_eq!(clock.best().unwrap().error_ns, 40_000_000, "what is older than the filter is gone");
    }

    #[tokio::test(start_paused = true)]
    async fn answers_that_nobody_asked_for_come_late_or_make_no_sense_say_nothing() {
        let answer = |asked_unix_ns, received_unix_ns, answered_unix_ns| ClockAnswer {
            asked_unix_ns,
            received_unix_ns,
            answered_unix_ns,
        };
        let mut clock = Clock::new(true);
        assert_eq!(clock.answered(answer(NOW, NOW, NOW)), Err(Unasked));
        clock.ask(NOW);
        assert_eq!(clock.answered(answer(NOW + 1, NOW, NOW)), Ok(None), "of another question");
        assert_eq!(clock.answered(answer(NOW, NOW, NOW - 1)), Ok(None), "answered before it came");
        assert_eq!(clock.answered(answer(NOW, NOW, NOW)), Ok(None), "a second time");
        clock.ask(NOW);
        assert_eq!(clock.answered(answer(NOW, 0, u64::MAX)), Ok(None), "longer than the round trip");
        assert_eq!(exchange(&mut clock, 0, 3000, 3000).await, None);
        clock.ask(NOW);
        let most = clock.answered(answer(NOW, u64::MAX, u64::MAX)).unwrap();
        assert!(most.is_none_or(|most| most.offset_ns > 0), "{most:?}");
        assert_eq!(Clock::new(false).due(), None);
    }
}
