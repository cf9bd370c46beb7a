//! Which ATT&CK techniques an alert's evidence is of.

use plumbline_proto::v1::Alert;

/// Each once, in order.
pub(crate) fn of(alert: &Alert) -> Vec<&str> {
    let mut all: Vec<_> = alert.evidence.iter().map(|item| item.technique.as_str()).collect();
    all.retain(|technique| !technique.is_empty());
    all.sort_unstable();
    all.dedup();
    all
}

/// Whether a technique is the one that is wanted, in either case; T1059 finds its sub-techniques, such as T1059.004, too.
pub(crate) fn is(technique: &str, wanted: &str) -> bool {
    let begins = technique.get(..wanted.len()).is_some_and(|of| of.eq_ignore_ascii_case(wanted));
    begins && matches!(technique.as_bytes().get(wanted.len()), None | Some(b'.'))
}

#[cfg(test)]
mod tests {
    use plumbline_proto::v1::Evidence;

    use super::*;

    #[test]
    fn a_technique_finds_itself_and_its_sub_techniques() {
        for (technique, wanted, found) in [
            ("T1059.004", "T1059", true),
            ("T1059.004", "t1059.004", true),
            ("T1059", "T1059", true),
            ("T1059", "T1059.004", false),
            ("T1059.004", "T105", false),
            ("T1059.004", "T1059.00", false),
            ("T1059", "\u{fc}", false),
        ] {
            assert_eq!(is(technique, wanted), found, "{technique} {wanted}");
        }
    }

    #[test]
    fn those_of_an_alert_are_told_once() {
        let evidence =
            ["T2", "", "T1", "T2"].map(|it| Evidence { technique: it.into(), ..Default::default() });
        assert_eq!(of(&Alert { evidence: evidence.into(), ..Default::default() }), ["T1", "T2"]);
    }
}
