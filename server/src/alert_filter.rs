//! Which alerts a reader wants: the same filter for lists, counts, watches and subscriptions.
//!
//! Invariants: a filter that was taken is bounded, and asks nothing that a head does not tell, so that choosing reads
//! nothing. Every part that is given must hold.

use plumbline_proto::v1;
use prost::Message;
use sha2::{Digest, Sha256};

use crate::{alert_log::Head, status::ApiError, techniques};

/// Longest text of a filter, in bytes.
const TEXT_BYTES: usize = 1024;
/// Most verdicts and states that can be given.
const MAX_VALUES: usize = 16;

/// A filter that was checked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter(v1::AlertFilter);

impl Filter {
    pub(crate) fn new(filter: Option<v1::AlertFilter>) -> Result<Self, ApiError> {
        let filter = filter.unwrap_or_default();
        let field = |field, problem| Err(ApiError::Field { field, problem });
        for (name, text) in [
            ("filter.image", &filter.image),
            ("filter.namespace", &filter.namespace),
            ("filter.node", &filter.node),
            ("filter.container", &filter.container),
            ("filter.assignee", &filter.assignee),
            ("filter.technique", &filter.technique),
        ] {
            if text.len() > TEXT_BYTES {
                return field(name, format!("{} bytes; at most {TEXT_BYTES}", text.len()));
            }
        }
        for (name, values) in [
            ("filter.verdicts", &filter.verdicts),
            ("filter.states", &filter.states),
            ("filter.severities", &filter.severities),
        ] {
            if values.len() > MAX_VALUES {
                return field(name, format!("{}; at most {MAX_VALUES}", values.len()));
            }
        }
        if let Some(wrong) = filter.states.iter().find(|&&state| v1::TriageState::try_from(state).is_err()) {
            return field("filter.states", format!("{wrong}; not a state this server knows"));
        }
        if let Some(wrong) = filter.verdicts.iter().find(|&&verdict| v1::Verdict::try_from(verdict).is_err())
        {
            return field("filter.verdicts", format!("{wrong}; not a verdict this server knows"));
        }
        if let Some(wrong) = filter.severities.iter().find(|&&one| v1::Severity::try_from(one).is_err()) {
            return field("filter.severities", format!("{wrong}; not a severity this server knows"));
        }
        let (from, before) = (filter.changed_from_unix_ns, filter.changed_before_unix_ns);
        if before != 0 && before <= from {
            let problem = format!("{before}; it must be later than changed_from_unix_ns, {from}");
            return field("filter.changed_before_unix_ns", problem);
        }
        Ok(Self(filter))
    }

    pub(crate) fn matches(&self, head: &Head) -> bool {
        let Self(filter) = self;
        let given = |wanted: &str, told: &[&str]| wanted.is_empty() || told.contains(&wanted);
        (filter.verdicts.is_empty() || filter.verdicts.contains(&head.verdict))
            && given(&filter.image, &[&head.digest, &head.repository])
            && given(&filter.namespace, &[&head.namespace])
            && given(&filter.node, &[&head.node])
            && (given(&filter.container, &[&head.container_name])
                || head.container_id.starts_with(&filter.container))
            && (filter.states.is_empty() || filter.states.contains(&head.state))
            && given(&filter.assignee, &[&head.assignee])
            && (filter.severities.is_empty() || filter.severities.contains(&head.severity))
            && (filter.technique.is_empty()
                || head.techniques.split(' ').any(|one| techniques::is(one, &filter.technique)))
            && head.changed_unix_ns >= filter.changed_from_unix_ns
            && (filter.changed_before_unix_ns == 0 || head.changed_unix_ns < filter.changed_before_unix_ns)
    }

    /// Tells filters apart: a page belongs to the list it is of.
    pub(crate) fn fingerprint(&self) -> u64 {
        let hash = Sha256::digest(self.0.encode_to_vec());
        hash.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_that_is_given_must_hold() {
        let head = Head {
            cursor: 1,
            changed_unix_ns: 10,
            revision: 1,
            verdict: 2,
            digest: "sha256:a".into(),
            repository: "shop/web".into(),
            namespace: "shop".into(),
            node: "n".into(),
            container_id: "c0ffee".into(),
            container_name: "web".into(),
            state: 2,
            assignee: "alice".into(),
            triage: Vec::new(),
            severity: 4,
            techniques: "T1059.004 T1105".into(),
        };
        let matches = |filter: v1::AlertFilter| Filter::new(Some(filter)).unwrap().matches(&head);
        let none = v1::AlertFilter::default;
        assert!(matches(none()));
        let all = v1::AlertFilter {
            verdicts: vec![3, 2],
            image: "shop/web".into(),
            namespace: "shop".into(),
            node: "n".into(),
            container: "c0f".into(),
            changed_from_unix_ns: 10,
            changed_before_unix_ns: 11,
            states: vec![3, 2],
            assignee: "alice".into(),
            severities: vec![5, 4],
            technique: "T1059".into(),
        };
        assert!(matches(all.clone()));
        for wrong in [
            v1::AlertFilter { verdicts: vec![3], ..all.clone() },
            v1::AlertFilter { image: "shop".into(), ..all.clone() },
            v1::AlertFilter { namespace: "web".into(), ..all.clone() },
            v1::AlertFilter { node: "m".into(), ..all.clone() },
            v1::AlertFilter { states: vec![1, 3], ..all.clone() },
            v1::AlertFilter { assignee: "bob".into(), ..all.clone() },
            v1::AlertFilter { severities: vec![5], ..all.clone() },
            v1::AlertFilter { technique: "T1068".into(), ..all.clone() },
            v1::AlertFilter { container: "ffee".into(), ..all.clone() },
            v1::AlertFilter { changed_from_unix_ns: 11, changed_before_unix_ns: 0, ..all.clone() },
            v1::AlertFilter { changed_from_unix_ns: 9, changed_before_unix_ns: 10, ..all.clone() },
        ] {
            assert!(!matches(wrong.clone()), "{wrong:?}");
            let other = Filter::new(Some(wrong)).unwrap().fingerprint();
            assert_ne!(other, Filter::new(Some(all.clone())).unwrap().fingerprint());
        }
        assert!(matches(v1::AlertFilter { image: "sha256:a".into(), ..none() }));
        assert!(matches(v1::AlertFilter { container: "web".into(), ..none() }));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let none = v1::AlertFilter::default;
        for (filter, name) in [
            (v1::AlertFilter { image: "x".repeat(1025), ..none() }, "filter.image"),
            (v1::AlertFilter { verdicts: vec![9], ..none() }, "filter.verdicts"),
            (v1::AlertFilter { verdicts: vec![2; 17], ..none() }, "filter.verdicts"),
            (v1::AlertFilter { states: vec![9], ..none() }, "filter.states"),
            (v1::AlertFilter { severities: vec![9], ..none() }, "filter.severities"),
            (v1::AlertFilter { technique: "T".repeat(1025), ..none() }, "filter.technique"),
            (
                v1::AlertFilter { changed_from_unix_ns: 5, changed_before_unix_ns: 5, ..none() },
                "filter.changed_before_unix_ns",
            ),
        ] {
            let refused = Filter::new(Some(filter)).unwrap_err().to_string();
            assert!(refused.starts_with(&format!("{name}: ")), "{refused}");
        }
    }
}
