//! Which incidents the feed shows, as its URL says: what can be sent to somebody else, and gone back to.
//!
//! What the services can choose by is asked of them; free text is looked for here, in alerts that were read. A parameter that is none is refused, so that a misspelt one never means everything.

use std::time::UNIX_EPOCH;

use plumbline_proto::v1::{Alert, AlertFilter, TriageState, Verdict};

use super::text;
use crate::{severity::Severity, status::ApiError, techniques};

/// What is chosen by. Empty: not by that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filters {
    pub(super) verdicts: Vec<String>,
    pub(super) states: Vec<String>,
    pub(super) severities: Vec<String>,
    pub(super) image: String,
    pub(super) namespace: String,
    pub(super) node: String,
    pub(super) assignee: String,
    pub(super) technique: String,
    pub(super) text: String,
    /// UTC, as browsers write it: `2027-01-31T09:30`.
    pub(super) from: String,
    pub(super) before: String,
    /// Where the page begins: a token of the list.
    pub(super) page: String,
    /// Behind which change a live view begins.
    pub(super) after: u64,
}

impl Filters {
    pub(super) fn parse(query: &str) -> Result<Self, ApiError> {
        let mut filters = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let value = value.trim().to_owned();
            let place = match &*name {
                "verdict" if !value.is_empty() => {
                    filters.verdicts.push(value);
                    continue;
                }
                "state" if !value.is_empty() => {
                    filters.states.push(value);
                    continue;
                }
                "severity" if !value.is_empty() => {
                    filters.severities.push(value);
                    continue;
                }
                "verdict" | "state" | "severity" => continue,
                "after" => {
                    let wrong = |error| wrong("after", &format!("{value:?}: {error}"));
                    filters.after = value.parse().map_err(wrong)?;
                    continue;
                }
                "image" => &mut filters.image,
                "namespace" => &mut filters.namespace,
                "node" => &mut filters.node,
                "assignee" => &mut filters.assignee,
                "technique" => &mut filters.technique,
                "text" => &mut filters.text,
                "from" => &mut filters.from,
                "before" => &mut filters.before,
                "page" => &mut filters.page,
                _ => return Err(wrong(&name, "the feed has no such filter; choose one on the page")),
            };
            *place = value;
        }
        Ok(filters)
    }

    /// The URL's query, without page and place.
    pub(super) fn query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.verdicts.iter().map(|word| ("verdict", word)));
        query.extend_pairs(self.states.iter().map(|word| ("state", word)));
        query.extend_pairs(self.severities.iter().map(|word| ("severity", word)));
        let rest = [
            ("image", &self.image),
            ("namespace", &self.namespace),
            ("node", &self.node),
            ("assignee", &self.assignee),
            ("technique", &self.technique),
            ("text", &self.text),
            ("from", &self.from),
            ("before", &self.before),
        ];
        query.extend_pairs(rest.into_iter().filter(|(_, value)| !value.is_empty()));
        query.finish()
    }

    /// What the services are asked for.
    pub(super) fn asked(&self) -> Result<AlertFilter, ApiError> {
        let verdict = |word: &String| {
            let found = Verdict::from_str_name(&format!("VERDICT_{}", word.to_uppercase()));
            found.map(i32::from).ok_or_else(|| wrong("verdict", &format!("{word:?}; no verdict")))
        };
        let state = |word: &String| {
            let found = TriageState::from_str_name(&format!("TRIAGE_STATE_{}", word.to_uppercase()));
            found.map(i32::from).ok_or_else(|| wrong("state", &format!("{word:?}; no state")))
        };
        let severity = |word: &String| {
            let found = Severity::ALL.into_iter().find(|severity| severity.name() == word);
            found
                .map(|found| found as i32)
                .ok_or_else(|| wrong("severity", &format!("{word:?}; no severity")))
        };
        Ok(AlertFilter {
            verdicts: self.verdicts.iter().map(verdict).collect::<Result<_, _>>()?,
            severities: self.severities.iter().map(severity).collect::<Result<_, _>>()?,
            technique: self.technique.clone(),
            states: self.states.iter().map(state).collect::<Result<_, _>>()?,
            image: self.image.clone(),
            namespace: self.namespace.clone(),
            node: self.node.clone(),
            assignee: self.assignee.clone(),
            changed_from_unix_ns: time("from", &self.from)?,
            changed_before_unix_ns: time("before", &self.before)?,
            ..Default::default()
        })
    }

    /// Whether it is chosen by what the page does not show at first.
    pub(super) fn is_narrow(&self) -> bool {
        let narrow = [
            &self.image,
            &self.namespace,
            &self.node,
            &self.assignee,
            &self.technique,
            &self.from,
            &self.before,
        ];
        narrow.iter().any(|value| !value.is_empty())
    }

    /// Whether alerts have to be read to be chosen.
    pub(super) fn searches(&self) -> bool {
        !self.text.is_empty()
    }

    /// Whether a live view shows an alert. It asks for what never changes of one: where it was.
    pub(super) fn shows(&self, alert: &Alert) -> bool {
        let given = |all: &[String], word: &str| all.is_empty() || all.iter().any(|one| one == word);
        let by_technique = || techniques::of(alert).iter().any(|one| techniques::is(one, &self.technique));
        given(&self.verdicts, text::verdict(alert))
            && given(&self.states, text::state(alert))
            && given(&self.severities, text::severity(alert))
            && (self.technique.is_empty() || by_technique())
            && self.finds(alert)
    }

    /// Whether an alert tells the text that is searched for.
    pub(super) fn finds(&self, alert: &Alert) -> bool {
        if self.text.is_empty() {
            return true;
        }
        let wanted = self.text.to_lowercase();
        let findings = alert.findings.iter().flat_map(|one| [&one.context, &one.value, &one.command_line]);
        let evidence = alert.evidence.iter().flat_map(|one| [&one.name, &one.fact]);
        let names = [
            &alert.story,
            &alert.id,
            &alert.image_digest,
            &alert.image_repository,
            &alert.image_tag,
            &alert.container_id,
            &alert.container_name,
            &alert.node,
            &alert.namespace,
        ];
        let note = alert.triage.iter().map(|triage| &triage.note);
        let mut all = names.into_iter().chain(note).chain(evidence).chain(findings);
        all.any(|told| told.to_lowercase().contains(&wanted))
    }
}

fn time(field: &'static str, text: &str) -> Result<u64, ApiError> {
    if text.is_empty() {
        return Ok(0);
    }
    let whole = if text.len() == "2027-01-31T09:30".len() { format!("{text}:00Z") } else { text.to_owned() };
    let parsed = humantime::parse_rfc3339_weak(&whole).ok();
    let since = parsed.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let ns = since.and_then(|since| u64::try_from(since.as_nanos()).ok());
    ns.ok_or_else(|| wrong(field, &format!("{text:?}; a time in UTC such as 2027-01-31T09:30 belongs here")))
}

fn wrong(name: &str, problem: &str) -> ApiError {
    ApiError::Parameter { name: name.to_owned(), problem: problem.to_owned() }
}

#[cfg(test)]
mod tests {
    use plumbline_proto::v1::{Evidence, Finding, Severity as WireSeverity};

    use super::*;

    #[test]
    fn a_query_is_the_filters_it_was_made_of_and_what_is_none_is_refused() {
        let query = "verdict=attack&verdict=drift&state=new&severity=high&image=shop%2Fweb&technique=T1059&text=a+%26+b&from=2027-01-31T09%3A30";
        let filters = Filters::parse(query).unwrap();
        assert_eq!(filters.query(), query);
        assert_eq!(Filters::parse("verdict=&node=").unwrap(), Filters::default());
        let asked = filters.asked().unwrap();
        assert_eq!(asked.verdicts, [i32::from(Verdict::Attack), i32::from(Verdict::Drift)]);
        assert_eq!(
            (asked.image.as_str(), asked.changed_from_unix_ns),
            ("shop/web", 1_801_387_800_000_000_000)
        );
        assert_eq!(
            (asked.severities, asked.technique),
            (vec![WireSeverity::High.into()], "T1059".to_owned())
        );
        for wrong in ["nod=a", "verdict=evil", "state=x", "severity=x", "from=yesterday", "after=-1"] {
            let refused = Filters::parse(wrong).and_then(|filters| filters.asked()).unwrap_err().to_string();
            assert!(refused.starts_with(wrong.split('=').next().unwrap()), "{wrong}: {refused}");
        }
    }

    #[test]
    fn free_text_and_technique_find_what_an_alert_tells() {
        let alert = Alert {
            story: "pay ran a shell".into(),
            verdict: Verdict::Attack.into(),
            findings: vec![Finding { command_line: "/bin/SH -c id".into(), ..Default::default() }],
            evidence: vec![Evidence { technique: "T1059.004".into(), ..Default::default() }],
            ..Default::default()
        };
        for (query, found) in [
            ("", true),
            ("text=SHELL", true),
            ("text=%2Fbin%2Fsh", true),
            ("text=bash", false),
            ("technique=t1059", true),
            ("technique=T1059.004", true),
            ("technique=T105", false),
            ("technique=T1059&text=bash", false),
            ("verdict=attack&state=new", true),
            ("verdict=drift", false),
            ("state=resolved", false),
            ("severity=high&severity=low", true),
            ("severity=critical", false),
        ] {
            assert_eq!(Filters::parse(query).unwrap().shows(&alert), found, "{query}");
        }
    }
}
