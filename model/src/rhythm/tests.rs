//! What the rhythm says of windows by themselves; what becomes of that is in tests/verdicts/rhythm.rs.

use super::*;
use crate::event::{Action, Event};
use proptest::prelude::*;

/// Rates of a window with so many executions.
fn executions(count: u32) -> Rates {
    let mut pulse = Pulse::default();
    pulse.count(5, &Event { process: 0, time_unix_ns: 0, count, action: Action::Exec });
    pulse.end().unwrap()
}

/// An image that starts 5 to 9 programs a window, in turn.
fn steady(windows: u32) -> Rhythm {
    let mut rhythm = Rhythm::default();
    (0..windows).for_each(|n| rhythm.learn(executions(5 + n * 3 % 5)));
    rhythm
}

/// Windows of so many executions until there is an alarm, and what stands out; `None` if there is none in a thousand.
fn alarm(rhythm: &Rhythm, count: u32) -> Option<(u64, Vec<Unusual>)> {
    let mut doubt = 0.0;
    (1..1_000).find_map(|window| {
        let judged = rhythm.judge(&executions(count), window, doubt, &Params::default());
        doubt = judged.0;
        (!judged.1.is_empty()).then_some((window, judged.1))
    })
}

#[test]
fn nothing_is_known_of_few_windows() {
    assert!(!steady(127).is_known() && steady(128).is_known());
    assert_eq!(alarm(&steady(127), 5_000), None);
}

#[test]
fn a_rate_that_never_was_is_told_within_a_handful_of_windows_with_what_is_usual() {
    for (learned, within) in [(128, 6), (1_000, 4), (20_000, 3)] {
        let (windows, unusual) = alarm(&steady(learned), 2_400).unwrap();
        assert!((2..=within).contains(&windows), "{windows} windows after {learned}");
        let Unusual { rate, count, low, high } = unusual[0];
        assert_eq!(rate, Rate::Executions);
        assert!((2_300..2_500).contains(&count) && low == 5 && high == 9, "{unusual:?}");
    }
}

#[test]
fn one_odd_window_is_nothing_and_an_ordinary_one_takes_the_doubt_away() {
    let rhythm = steady(20_000);
    let params = Params::default();
    let mut doubt = 0.0;
    for window in 0..2_000 {
        let count = if window % 20 == 0 { 2_400 } else { 5 + window as u32 * 3 % 5 };
        let judged = rhythm.judge(&executions(count), window, doubt, &params);
        assert!(judged.1.is_empty(), "window {window}");
        doubt = judged.0;
    }
}

#[test]
fn what_came_again_and_again_is_known_and_what_is_only_somewhat_more_does_not_stand_out() {
    let mut rhythm = steady(5_000);
    assert_eq!(alarm(&rhythm, 15), None, "less than three times the usual");
    for night in 0..3 {
        for _ in 0..20 {
            rhythm.learn(executions(300));
        }
        (0..1_420).for_each(|n| rhythm.learn(executions(5 + (n + night) * 3 % 5)));
    }
    assert_eq!(alarm(&rhythm, 300), None);
    assert!(alarm(&rhythm, 9_000).is_some());
}

#[test]
fn what_is_counted_otherwise_is_not_compared() {
    let mut rhythm = steady(200);
    assert!(rhythm.note_source(Untold::default(), 60) && !rhythm.is_known());
    assert!(!rhythm.note_source(Untold::default(), 60));
    assert!(!rhythm.note_source(Untold(Untold::LAYERS), 60), "layers are no rate");
    assert!(rhythm.note_source(Untold(Untold::DNS), 60));
}

#[test]
fn an_order_of_magnitude_is_what_a_rate_is_known_by() {
    let of = |rate, count| Unusual { rate, count, low: 0, high: 0 }.magnitude();
    assert_eq!(of(Rate::Connections, 0), "0 to 9 connections a window");
    assert_eq!(of(Rate::Connections, 10), "10 to 99 connections a window");
    assert_eq!(of(Rate::Connections, 2_400), "1000 to 9999 connections a window");
    assert_eq!(of(Rate::Pause, 3), "pauses of 0 to 9 windows");
    assert_eq!(of(Rate::Peers, u32::MAX), "1000000000 to 9999999999 peers a window");
}

const LIMITS: [f64; 5] = [0.01, 0.05, 0.25, 0.5, 0.75];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_windows_keep_the_state_bounded_and_the_p_values_in_range(windows in proptest::collection::vec(any::<Rates>(), 0..300), doubt in -50.0..50.0_f32) {
        let mut rhythm = Rhythm::default();
        for (number, rates) in windows.iter().enumerate() {
            let judged = rhythm.judge(rates, number as u64, doubt, &Params::default());
            prop_assert!(judged.0.is_finite() && judged.1.len() <= Rate::ALL.len());
            if let Some(fitted) = &rhythm.fitted {
                let (_, p) = fitted.p_value(rates, uniform(number as u64));
                prop_assert!(p > 0.0 && p <= 1.0, "{p}");
            }
            rhythm.learn(*rates);
        }
        prop_assert!(rhythm.sample.len() <= SAMPLE && rhythm.sample.capacity() <= SAMPLE);
        prop_assert_eq!(rhythm.is_known(), windows.len() >= 128);
        let stored = postcard::to_stdvec(&rhythm).unwrap();
        prop_assert!(stored.len() <= 900, "{} bytes", stored.len());
        prop_assert!(postcard::from_bytes::<Rhythm>(&stored).unwrap() == rhythm);
    }
}

#[test]
fn p_values_of_windows_that_are_alike_are_uniform() {
    // The bound that alarms rest on.
    for seed in 1..6_u64 {
        let mut rhythm = Rhythm::default();
        let (mut below, mut judged) = ([0.0; 5], 0.0);
        for n in 0..5_000_u64 {
            let rates = executions((uniform(scramble(seed) ^ n) * 40.0) as u32 + 1);
            if let Some(fitted) = &rhythm.fitted {
                let (_, p) = fitted.p_value(&rates, uniform(scramble(seed + 100) ^ n));
                judged += 1.0;
                for (count, limit) in below.iter_mut().zip(LIMITS) {
                    *count += f64::from(p <= limit);
                }
            }
            rhythm.learn(rates);
        }
        for (count, limit) in below.iter().zip(LIMITS) {
            let share = count / judged;
            assert!((share - limit).abs() < 0.03, "{share} instead of {limit}");
        }
    }
}
