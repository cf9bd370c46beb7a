//! What the rows of the evidence table weigh between drift and attack: how far the recordings move what was set by hand.
//!
//! A logistic regression on attacks and drifts, with a penalty on moving; a row that no recording has stays. A row's
//! weights say what its fact means, and a corpus of one lab is no judge of that: the regression says how much, within
//! [`MOST`]. Else what the few recordings of a row happen to have beside it would decide whether it speaks for or against.

use crate::{ALPHA, SCALE, Sample};
use anyhow::{Context, Result, ensure};
use linfa::prelude::*;
use linfa_logistic::LogisticRegression;
use ndarray::{Array1, Array2};
use plumbline_model::{EVIDENCE, EvidenceRow, Verdict};

/// By how much the difference of a row's two weights moves at most, as a share of the larger of them.
const MOST: f64 = 0.5;

/// Weights of rows for drift and for attack that differ from those set by hand.
///
/// # Errors
/// If the regression does not converge, or says the opposite of what was set by hand.
pub(crate) fn fit_evidence<'s>(
    known: impl IntoIterator<Item = &'s Sample>,
) -> Result<Vec<(&'static str, f64, f64)>> {
    let samples: Vec<&Sample> = known.into_iter().filter(|sample| sample.truth != Verdict::Normal).collect();
    let mut held = vec![None; EVIDENCE.len()];
    // Each round holds at least one row more.
    let moved = loop {
        let moved = regress(&samples, &held)?;
        let beyond = EVIDENCE.iter().zip(&moved).map(|(row, by)| {
            let most = MOST * row.drift.max(row.attack);
            (by.abs() > most).then_some(most.copysign(*by))
        });
        let mut done = true;
        for (held, beyond) in held.iter_mut().zip(beyond).filter(|(held, _)| held.is_none()) {
            done &= beyond.is_none();
            *held = beyond;
        }
        if done {
            break moved;
        }
    };
    let hundredths = |weight: f64| (weight * 100.0).round() / 100.0;
    let weights = EVIDENCE.iter().zip(moved).map(|(row, by)| {
        let attack = row.attack + by;
        // What can't be taken from the attack's weight is given to the drift's.
        (row.name, hundredths(row.drift - attack.min(0.0)), hundredths(attack.max(0.0)))
    });
    let differs =
        |(row, moved): &(&EvidenceRow, (&str, f64, f64))| (row.drift, row.attack) != (moved.1, moved.2);
    Ok(EVIDENCE.iter().zip(weights).filter(differs).map(|(_, moved)| moved).collect())
}

/// By how much each row's weight for attack should be moved, in log-odds; those that are held, by what they are held at.
fn regress(samples: &[&Sample], held: &[Option<f64>]) -> Result<Vec<f64>> {
    // What speaks for attack rather than drift, as it was set or is held; then how much of each other row there is.
    let features = samples.iter().flat_map(|sample| {
        let [_, drift, attack, _] = sample.features;
        let rows = sample.shares.iter().zip(held);
        let by: f64 = rows.clone().map(|(share, held)| share * held.unwrap_or_default()).sum();
        let free = rows.map(|(share, held)| if held.is_some() { 0.0 } else { *share });
        std::iter::once((attack - drift + by) / SCALE).chain(free)
    });
    let features = Array2::from_shape_vec((samples.len(), 1 + EVIDENCE.len()), features.collect())?;
    let truth: Array1<bool> = samples.iter().map(|sample| sample.truth == Verdict::Attack).collect();
    let fitted = LogisticRegression::default()
        .alpha(ALPHA)
        .max_iterations(10_000)
        .fit(&Dataset::new(features, truth))
        .context("the regression of the evidence does not converge")?;
    // linfa names the classes in the order in which they come.
    let sign = if fitted.labels().pos.class { 1.0 } else { -1.0 };
    let scale = sign * fitted.params().first().copied().unwrap_or_default() / SCALE;
    ensure!(scale > 0.0, "what was set by hand tells attacks from drifts the wrong way round");
    let moved = fitted.params().iter().skip(1).zip(held);
    Ok(moved.map(|(weight, held)| held.unwrap_or(sign * weight / scale)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An incident with these rows in full, as they were set by hand.
    fn incident(rows: &[&str], truth: Verdict) -> Sample {
        let shares: Vec<f64> = EVIDENCE.iter().map(|row| f64::from(rows.contains(&row.name))).collect();
        let sum = |of: fn(&EvidenceRow) -> f64| shares.iter().zip(EVIDENCE).map(|(s, row)| s * of(row)).sum();
        let features = [12.0, sum(|row| row.drift), sum(|row| row.attack), 1.0];
        Sample { features, shares, truth, group: String::new(), scenario: String::new() }
    }

    /// In a corpus where most of what nobody started was drift, that became evidence for drift.
    #[test]
    fn no_row_moves_by_more_than_half_of_its_weight_and_what_is_never_seen_stays() {
        let known: Vec<Sample> = [
            incident(&["service_started_shell"], Verdict::Attack),
            incident(&["nobody_at_work"], Verdict::Drift),
            incident(&["nobody_at_work", "terminal"], Verdict::Drift),
        ]
        .into_iter()
        .flat_map(|sample| std::iter::repeat_n(sample, 200))
        .collect();
        let free = regress(&known.iter().collect::<Vec<_>>(), &vec![None; EVIDENCE.len()]).unwrap();
        let nobody = EVIDENCE.iter().position(|row| row.name == "nobody_at_work").unwrap();
        assert!(free[nobody] < -MOST, "the bound has nothing to hold: {}", free[nobody]);
        let fitted = fit_evidence(&known).unwrap();
        assert!(fitted.contains(&("nobody_at_work", 0.0, 0.5)), "{fitted:?}");
        for (name, drift, attack) in &fitted {
            let row = EVIDENCE.iter().find(|row| row.name == *name).unwrap();
            let by = (attack - drift) - (row.attack - row.drift);
            assert!(by.abs() <= MOST * row.drift.max(row.attack) + 0.01, "{name} by {by}");
        }
        assert!(!fitted.iter().any(|(name, ..)| *name == "miner_started"), "{fitted:?}");
    }
}
