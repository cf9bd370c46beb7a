//! How bad an alert is, in the five words that all formats have.
//!
//! It follows from verdict and probabilities alone. Numbers are those of OCSF (`severity_id`). The console chooses by it, too.

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

    /// The verdicts that alerts of it have.
    pub(crate) fn verdicts(self) -> &'static [v1::Verdict] {
        match self {
            Self::Informational => &[v1::Verdict::Unspecified, v1::Verdict::Normal, v1::Verdict::Operational],
            Self::Low => &[v1::Verdict::Drift],
            Self::Medium => &[v1::Verdict::Drift, v1::Verdict::Operational],
            Self::High | Self::Critical => &[v1::Verdict::Attack],
        }
    }

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
