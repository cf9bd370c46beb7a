//! How bad an alert is, in the five words that all formats have.
//!
//! It follows from verdict and probabilities alone. Numbers are those of the API and of OCSF (`severity_id`).

use plumbline_proto::v1;
use serde::Deserialize;

/// So probable must it be that something is not normal, or an attack, for the higher of two words.
const SURE: f64 = 0.95;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Severity {
    #[default]
    Informational = 1,
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    /// All of them, worst first.
    pub(crate) const ALL: [Self; 5] =
        [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Informational];

    /// That of an alert.
    pub(crate) fn of(alert: &v1::Alert) -> Self {
        let probable = alert.probabilities.unwrap_or_default();
        match alert.verdict() {
            v1::Verdict::Unspecified | v1::Verdict::Normal => Self::Informational,
            v1::Verdict::Drift if probable.drift + probable.attack >= SURE => Self::Medium,
            v1::Verdict::Drift => Self::Low,
            v1::Verdict::Attack if probable.attack >= SURE => Self::Critical,
            v1::Verdict::Attack => Self::High,
            v1::Verdict::Operational if alert.operational.is_some_and(|it| it.ended_unix_ns > 0) => {
                Self::Informational
            }
            v1::Verdict::Operational => Self::Medium,
        }
    }

    /// That of a number; informational where it is none.
    pub(crate) fn told(number: i32) -> Self {
        Self::ALL.into_iter().find(|one| *one as i32 == number).unwrap_or_default()
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

#[cfg(test)]
mod tests {
    use plumbline_proto::v1::{Alert, Operational, Probabilities, Verdict};

    use super::*;

    #[test]
    fn severity_follows_from_the_verdict_and_how_sure_it_is_and_has_the_number_of_the_api() {
        let of = |verdict: Verdict, probability: f64, ended_unix_ns| Alert {
            verdict: verdict.into(),
            probabilities: Some(Probabilities { drift: 0.0, attack: probability, normal: 1.0 - probability }),
            operational: (verdict == Verdict::Operational)
                .then(|| Operational { ended_unix_ns, ..Default::default() }),
            ..Default::default()
        };
        for (alert, severity) in [
            (of(Verdict::Attack, 0.99, 0), v1::Severity::Critical),
            (of(Verdict::Attack, 0.5, 0), v1::Severity::High),
            (of(Verdict::Drift, 0.99, 0), v1::Severity::Medium),
            (of(Verdict::Drift, 0.5, 0), v1::Severity::Low),
            (of(Verdict::Operational, 0.0, 0), v1::Severity::Medium),
            (of(Verdict::Operational, 0.0, 1), v1::Severity::Informational),
            (of(Verdict::Normal, 0.0, 0), v1::Severity::Informational),
        ] {
            let own = Severity::of(&alert);
            assert_eq!(v1::Severity::try_from(own as i32), Ok(severity), "{alert:?}");
            let word = format!("SEVERITY_{}", own.name().to_uppercase());
            assert_eq!((severity.as_str_name(), Severity::told(own as i32)), (word.as_str(), own));
        }
    }
}
