//! Cross-validation: what is said of a family by weights that were fitted without it.
//!
//! Each family of attacks and drifts is a fold, and ordinary work is dealt out among the folds by recording. For each fold
//! rows and layers are fitted on all others, and the incidents of the fold are weighed anew: the facts found in them
//! stay, what they weigh does not. Whether to take a new row or another penalty is decided by this, so that the
//! half that is reported (`eval`) decides nothing.
//!
//! Not here: the hierarchy and thresholds, which are few numbers and stay as fitted on all; and what would have been learned
//! in between under other weights.

use crate::{ALPHA, Sample, evidence::fit_evidence, fit_layers};
use anyhow::Result;
use plumbline_model::{EVIDENCE, Verdict, Weights};
use std::collections::BTreeSet;

/// Prints what is said of the incidents of models that have learned all, and the mistakes. `known` was judged by weights
/// that were set by hand, `all` by what was fitted on it, for each share of the learning run.
pub(crate) fn validate(known: &[Sample], all: &[Vec<Sample>]) -> Result<()> {
    let of_families = all.iter().flatten().filter(|sample| sample.truth != Verdict::Normal);
    let families: BTreeSet<&str> = of_families.map(|sample| sample.group.as_str()).collect();
    let ordinary = all.iter().flatten().filter(|sample| !families.contains(sample.group.as_str()));
    let ordinary: BTreeSet<&str> = ordinary.map(|sample| sample.group.as_str()).collect();
    let place = |group: &str| {
        families.iter().position(|family| *family == group).or_else(|| {
            ordinary.iter().position(|recording| *recording == group).map(|at| at % families.len())
        })
    };
    let mut sums = [(0.0, 0_u32, 0_u32); 3];
    for (fold, family) in families.iter().enumerate() {
        let rest = |sample: &&Sample| place(&sample.group) != Some(fold);
        let evidence = fit_evidence(known.iter().filter(rest))?;
        let mut weights = Weights { evidence: evidence.into(), ..Weights::by_hand() };
        let anew: Vec<Vec<Sample>> = all
            .iter()
            .map(|samples| samples.iter().map(|sample| sample.weighed(&weights)).collect())
            .collect();
        [weights.unknown, weights.learned] = fit_layers(anew.iter().flatten().filter(rest), ALPHA)?;
        for sample in anew.first().into_iter().flatten().filter(|sample| !rest(sample)) {
            let p = weights.posterior(sample.features);
            let Some((nats, right, count)) = sums.get_mut(sample.truth as usize) else { continue };
            *nats -= p.of(sample.truth).ln();
            *right += u32::from(p.verdict() == sample.truth);
            *count += 1;
            if p.verdict() != sample.truth {
                let [surprise, ..] = sample.features;
                let (said, was) = (p.verdict().name(), sample.truth.name());
                let scenario = &sample.scenario;
                println!(
                    "without {family}: {scenario} is {was}, was called {said} (normal {:.2}, drift {:.2}, attack {:.2}), \
                     surprise {surprise:.1}: {}",
                    p.normal,
                    p.drift,
                    p.attack,
                    sample.rows().join(", ")
                );
            }
        }
    }
    for (verdict, (nats, right, count)) in
        [Verdict::Normal, Verdict::Drift, Verdict::Attack].into_iter().zip(sums)
    {
        println!("{}: {right} of {count} right, {:.3} nats each", verdict.name(), nats / f64::from(count));
    }
    Ok(())
}

impl Sample {
    /// The same incident as other rows weigh it.
    fn weighed(&self, weights: &Weights) -> Self {
        let [surprise, _, _, confidence] = self.features;
        let (mut drift, mut attack) = (0.0, 0.0);
        for (row, share) in EVIDENCE.iter().zip(&self.shares) {
            let (for_drift, for_attack) = weights.of_row(row);
            drift += share * for_drift;
            attack += share * for_attack;
        }
        Self { features: [surprise, drift, attack, confidence], ..self.clone() }
    }

    /// Names of the rows it has, and how much of each if not all.
    fn rows(&self) -> Vec<String> {
        let has = EVIDENCE.iter().zip(&self.shares).filter(|(_, share)| **share > 0.0);
        has.map(
            |(row, share)| if *share < 0.995 { format!("{} {share:.2}", row.name) } else { row.name.into() },
        )
        .collect()
    }
}
