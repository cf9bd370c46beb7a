//! What a verdict is made of: the model's arithmetic once more, part by part, from what the alert tells.
//!
//! The formulas are those of model/EVIDENCE.md; the sum of the parts is compared with what the model says in
//! `tests/server/arithmetic.rs`. Nothing is judged here: an alert of a server with other weights stays as it was judged.

use plumbline_model::{Layer, Params};
use plumbline_proto::v1::{
    Alert, AlertExplanation, EvidenceShare, Logit, LogitWeights, Probabilities, Verdict,
};

pub(super) fn explain(alert: Alert, params: &Params) -> AlertExplanation {
    let weights = &params.weights;
    let [drift, attack] = rows(&weights.unknown, &weights.learned).map(|(unknown, learned)| {
        let mut logit = Logit { unknown: Some(unknown), learned: Some(learned), ..Default::default() };
        fill(&mut logit, &alert);
        logit
    });
    let drift = Logit { verdict: Verdict::Drift.into(), ..drift };
    let attack = Logit { verdict: Verdict::Attack.into(), ..attack };
    // Shifted by the largest, so that exp can't overflow.
    let top = drift.sum.max(attack.sum).max(0.0);
    let [n, d, a] = [0.0, drift.sum, attack.sum].map(|logit: f64| (logit - top).exp());
    let sum = n + d + a;
    AlertExplanation {
        alert: Some(alert),
        logits: vec![drift, attack],
        probabilities: Some(Probabilities { normal: n / sum, drift: d / sum, attack: a / sum }),
        drift_threshold: weights.threshold(params.alerts_per_week),
    }
}

/// The weights for drift and those for attack.
fn rows(unknown: &Layer, learned: &Layer) -> [(LogitWeights, LogitWeights); 2] {
    let row = |[bias, surprise, drift_evidence, attack_evidence]: [f64; 4]| LogitWeights {
        bias,
        surprise,
        drift_evidence,
        attack_evidence,
    };
    let ([ud, ua], [ld, la]) = (*unknown, *learned);
    [(row(ud), row(ld)), (row(ua), row(la))]
}

fn fill(logit: &mut Logit, alert: &Alert) {
    let (unknown, learned) = (logit.unknown.unwrap_or_default(), logit.learned.unwrap_or_default());
    let between = |of: fn(&LogitWeights) -> f64| {
        (1.0 - alert.confidence) * of(&unknown) + alert.confidence * of(&learned)
    };
    let (drift, attack) = (between(|w| w.drift_evidence), between(|w| w.attack_evidence));
    logit.bias = between(|w| w.bias);
    logit.surprise = between(|w| w.surprise) * alert.surprise;
    let share = |item: &plumbline_proto::v1::Evidence| EvidenceShare {
        name: item.name.clone(),
        share: drift * item.drift_weight + attack * item.attack_weight,
    };
    logit.evidence = alert.evidence.iter().map(share).collect();
    logit.sum = logit.bias + logit.surprise + logit.evidence.iter().map(|item| item.share).sum::<f64>();
}
