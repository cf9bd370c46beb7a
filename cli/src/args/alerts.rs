//! The command line of `plumbline alerts`: which alerts are meant, and what is done about them.
//!
//! What is typed here becomes the server's words here; what the server makes of them is its own.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::{Args, ValueEnum};
use plumbline_proto::v1::{
    AlertFilter, CountBy, Resolution as WireResolution, Severity as WireSeverity, TriageState,
    Verdict as WireVerdict,
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Which alerts; all that is given must hold.
#[derive(Debug, Default, Args)]
pub(crate) struct Filter {
    /// Only alerts with this verdict; can be given more than once.
    #[arg(long, value_enum)]
    verdict: Vec<Verdict>,
    /// Only alerts of this severity; can be given more than once.
    #[arg(long, value_enum)]
    severity: Vec<Severity>,
    /// Only alerts with evidence of this ATT&CK technique, such as T1059.004; of T1059, its sub-techniques, too.
    #[arg(long, value_name = "TECHNIQUE")]
    technique: Option<String>,
    /// Only alerts of this image: digest or repository.
    #[arg(long, value_name = "IMAGE")]
    image: Option<String>,
    /// Only alerts in this Kubernetes namespace.
    #[arg(long, value_name = "NAME")]
    namespace: Option<String>,
    /// Only alerts on this node.
    #[arg(long, value_name = "NAME")]
    node: Option<String>,
    /// Only alerts of this container: its id, the beginning of it, or its name.
    #[arg(long, value_name = "CONTAINER")]
    container: Option<String>,
    /// Only alerts in this state; can be given more than once.
    #[arg(long, value_enum)]
    state: Vec<State>,
    /// Only alerts of this assignee.
    #[arg(long, value_name = "NAME")]
    assignee: Option<String>,
    /// Only alerts that changed since then: so long ago, such as 2h, or a time such as 2026-01-31T12:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = point)]
    since: Option<u64>,
    /// Only alerts that changed before then.
    #[arg(long, value_name = "TIME", value_parser = point)]
    until: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct Count {
    #[command(flatten)]
    pub(crate) filter: Filter,
    /// What to count them by.
    #[arg(long, value_enum)]
    pub(crate) by: Option<By>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Verdict {
    /// What was new is approved.
    Normal,
    /// A configuration drift.
    Drift,
    /// An attack.
    Attack,
    /// Something is wrong with the watching itself.
    Operational,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Severity {
    /// What is approved, or operational and over.
    Informational,
    /// A drift.
    Low,
    /// A drift that is certain, or operational.
    Medium,
    /// An attack.
    High,
    /// An attack that is certain.
    Critical,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum By {
    /// Drift, attack, normal, or operational.
    Verdict,
    /// The image's repository.
    Repository,
    /// The Kubernetes namespace.
    Namespace,
    /// The node.
    Node,
    /// New, acknowledged or resolved.
    State,
    /// Informational, low, medium, high or critical.
    Severity,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum State {
    /// Nobody has looked at it, or it was opened again.
    New,
    /// Somebody has seen it.
    Acknowledged,
    /// It is done.
    Resolved,
}

/// What somebody does about an alert.
#[derive(Debug, Args)]
pub(crate) struct Triage {
    /// The alert's id, or the beginning of it.
    pub(crate) id: String,
    /// What there is to say.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) note: String,
    /// Who does it.
    #[arg(long, value_name = "NAME", env = "USER")]
    pub(crate) author: String,
    /// Only if the alert still has this revision.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub(crate) revision: u32,
    /// A name for this call: made again with the same one, it changes nothing more.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) request_id: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Resolution {
    /// There was nothing to it.
    FalsePositive,
    /// A drift, and it may stay.
    DriftAccepted,
    /// An attack.
    AttackConfirmed,
    /// It was dealt with; for operational alerts.
    DealtWith,
}

impl Filter {
    /// As the server is asked.
    pub(crate) fn wire(self) -> AlertFilter {
        let verdict = |verdict| match verdict {
            Verdict::Normal => WireVerdict::Normal.into(),
            Verdict::Drift => WireVerdict::Drift.into(),
            Verdict::Attack => WireVerdict::Attack.into(),
            Verdict::Operational => WireVerdict::Operational.into(),
        };
        let severity = |severity| match severity {
            Severity::Informational => WireSeverity::Informational.into(),
            Severity::Low => WireSeverity::Low.into(),
            Severity::Medium => WireSeverity::Medium.into(),
            Severity::High => WireSeverity::High.into(),
            Severity::Critical => WireSeverity::Critical.into(),
        };
        let state = |state| match state {
            State::New => TriageState::New.into(),
            State::Acknowledged => TriageState::Acknowledged.into(),
            State::Resolved => TriageState::Resolved.into(),
        };
        AlertFilter {
            states: self.state.into_iter().map(state).collect(),
            assignee: self.assignee.unwrap_or_default(),
            verdicts: self.verdict.into_iter().map(verdict).collect(),
            severities: self.severity.into_iter().map(severity).collect(),
            technique: self.technique.unwrap_or_default(),
            image: self.image.unwrap_or_default(),
            namespace: self.namespace.unwrap_or_default(),
            node: self.node.unwrap_or_default(),
            container: self.container.unwrap_or_default(),
            changed_from_unix_ns: self.since.unwrap_or_default(),
            changed_before_unix_ns: self.until.unwrap_or_default(),
        }
    }
}

impl Resolution {
    /// As the server is asked.
    pub(crate) fn wire(self) -> WireResolution {
        match self {
            Self::FalsePositive => WireResolution::FalsePositive,
            Self::DriftAccepted => WireResolution::DriftAccepted,
            Self::AttackConfirmed => WireResolution::AttackConfirmed,
            Self::DealtWith => WireResolution::DealtWith,
        }
    }
}

impl By {
    /// As the server is asked.
    pub(crate) fn wire(self) -> CountBy {
        match self {
            Self::Verdict => CountBy::Verdict,
            Self::Repository => CountBy::Repository,
            Self::Namespace => CountBy::Namespace,
            Self::Node => CountBy::Node,
            Self::State => CountBy::State,
            Self::Severity => CountBy::Severity,
        }
    }
}

/// A point in time, in nanoseconds since the Unix epoch.
fn point(text: &str) -> Result<u64, String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let since_epoch = match humantime::parse_duration(text) {
        Ok(ago) => now.checked_sub(ago),
        Err(_) => {
            let time = OffsetDateTime::parse(text, &Rfc3339).map_err(|error| {
                format!("{error}; it is a duration such as 2h, or a time such as 2026-01-31T12:00:00Z")
            })?;
            u64::try_from(time.unix_timestamp_nanos()).ok().map(Duration::from_nanos)
        }
    };
    let nanos = since_epoch.and_then(|since| u64::try_from(since.as_nanos()).ok());
    nanos.ok_or_else(|| "it is before 1970 or after 2554".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_so_long_ago_or_a_point_and_anything_else_is_refused_with_an_example() {
        assert_eq!(point("1970-01-01T00:00:01Z"), Ok(1_000_000_000));
        assert_eq!(point("1970-01-01T01:00:01+01:00"), Ok(1_000_000_000));
        let ago = point("2h").unwrap();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
        assert!((7_200_000_000_000..7_260_000_000_000).contains(&(now - ago)));
        for wrong in ["yesterday", "9999y", "1960-01-01T00:00:00Z", ""] {
            assert!(point(wrong).is_err(), "{wrong}");
        }
    }
}
