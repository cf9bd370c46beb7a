//! How pages write what they show: times, numbers, words, and text of containers.
//!
//! Templates write every value through [`Visible`], so nothing in them can forget it. Long values are folded by the macro
//! `long` of the templates, which shows the whole on demand; names in lists are cut ([`brief`]), and whole on the page of what
//! they name; what a page has of one incident's texts is bounded ([`Room`]). Functions take references because templates hand
//! them in.

use std::fmt::{self, Write};

use askama::filters::{Escaper, Html};
use plumbline_proto::v1::{
    Alert, BaselineState, ConfirmedAction, DecisionKind, DecisionScope, OrderOutcome, Resolution,
    TriageState, UpkeepKind, Verdict,
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{escape::escape, severity::Severity};

/// Letters of a value that are shown at once.
const LETTERS: usize = 240;
/// Letters of a name where there are many.
const NAME_LETTERS: usize = 80;

/// Makes the invisible visible (`escape.rs`) and then escapes for HTML.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Visible;

impl Escaper for Visible {
    fn write_escaped_str<W: Write>(&self, dest: W, string: &str) -> fmt::Result {
        Html.write_escaped_str(dest, &escape(string))
    }
}

/// The beginning of a value that is too long to be shown at once.
pub(super) fn beginning(text: &str) -> Option<&str> {
    first(text, LETTERS)
}

/// A name where there are many of them; the beginning of one that is longer than any has to be.
pub(super) fn brief(name: &str) -> String {
    first(name, NAME_LETTERS).map_or_else(|| name.to_owned(), |start| format!("{start}…"))
}

/// Whether [`brief`] leaves something out.
pub(super) fn is_cut(name: &str) -> bool {
    first(name, NAME_LETTERS).is_some()
}

/// So many letters of a text that has more.
fn first(text: &str, letters: usize) -> Option<&str> {
    text.char_indices().nth(letters).and_then(|(end, _)| text.get(..end))
}

/// Bytes of texts that a page still has room for; when they are used up, it shows the beginnings of the others.
#[derive(Debug)]
pub(super) struct Room {
    bytes: usize,
    pub(super) cut: bool,
}

impl Room {
    pub(super) fn new(bytes: usize) -> Self {
        Self { bytes, cut: false }
    }

    pub(super) fn fit(&mut self, text: &mut String) {
        if let Some(left) = self.bytes.checked_sub(text.len()) {
            self.bytes = left;
        } else if let Some(start) = beginning(text) {
            (*text, self.cut) = (format!("{start}…"), true);
        }
    }
}

/// A time in UTC to the second; "-" for none.
pub(super) fn time(unix_ns: &u64) -> String {
    let seconds = i64::try_from(unix_ns / 1_000_000_000).unwrap_or(i64::MAX);
    let time = OffsetDateTime::from_unix_timestamp(seconds).ok();
    let text = time.filter(|_| *unix_ns != 0).and_then(|time| time.format(&Rfc3339).ok());
    text.unwrap_or_else(|| "-".to_owned())
}

/// A time of an alert's events, by the server's clock as far as it is known how far that of the node is off.
pub(super) fn seen(alert: &Alert, unix_ns: &u64) -> String {
    time(&unix_ns.saturating_add_signed(alert.clock_offset_ns.saturating_neg()))
}

/// A span of time, in the unit that reads best.
pub(super) fn span(ns: &u64) -> String {
    let seconds = ns / 1_000_000_000;
    match seconds {
        0 => format!("{} ms", ns / 1_000_000),
        1..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// The same, either way.
pub(super) fn signed_span(ns: &i64) -> String {
    format!("{}{}", if *ns < 0 { "-" } else { "" }, span(&ns.unsigned_abs()))
}

/// A probability in percent; one that is not quite 1 never looks like it.
pub(super) fn percent(p: &f64) -> String {
    if *p > 0.999 && *p < 1.0 { ">99.9 %".to_owned() } else { format!("{:.1} %", p * 100.0) }
}

pub(super) fn verdict(alert: &Alert) -> &'static str {
    match alert.verdict() {
        Verdict::Unspecified => "unknown",
        Verdict::Normal => "normal",
        Verdict::Drift => "drift",
        Verdict::Attack => "attack",
        Verdict::Operational => "operational",
    }
}

/// How sure the verdict is; nothing for what nobody judged.
pub(super) fn sure(alert: &Alert) -> String {
    let p = alert.probabilities.unwrap_or_default();
    match alert.verdict() {
        Verdict::Normal => percent(&p.normal),
        Verdict::Drift => percent(&p.drift),
        Verdict::Attack => percent(&p.attack),
        Verdict::Unspecified | Verdict::Operational => String::new(),
    }
}

/// How bad it is, as sinks tell it: of verdict and probabilities.
pub(super) fn severity(alert: &Alert) -> &'static str {
    Severity::of(alert).name()
}

/// How far people are with an alert.
pub(super) fn state(alert: &Alert) -> &'static str {
    match alert.triage.as_ref().map(|triage| triage.state()) {
        None | Some(TriageState::New | TriageState::Unspecified) => "new",
        Some(TriageState::Acknowledged) => "acknowledged",
        Some(TriageState::Resolved) => "resolved",
    }
}

/// What its runtime was asked to do to the container, and what came of it; empty if nothing was.
pub(super) fn containment(alert: &Alert) -> String {
    let Some(told) = alert.triage.as_ref().and_then(|triage| triage.containment.as_ref()) else {
        return String::new();
    };
    let (what, done) =
        if told.action() == ConfirmedAction::Stop { ("stop", "stopped") } else { ("pause", "paused") };
    let said = match told.outcome() {
        OrderOutcome::Done => format!("the container is {done}"),
        OrderOutcome::Failed => format!("the container could NOT be {done}"),
        OrderOutcome::Refused => format!("the container was NOT {done}"),
        OrderOutcome::Asked | OrderOutcome::Unspecified => {
            let until = time(&told.expires_unix_ns);
            format!("the node was asked to {what} the container and has not answered; it may until {until}")
        }
    };
    if told.reason.is_empty() { said } else { format!("{said}: {}", told.reason) }
}

pub(super) fn resolution(alert: &Alert) -> &'static str {
    match alert.triage.as_ref().map(|triage| triage.resolution()) {
        None | Some(Resolution::Unspecified) => "",
        Some(Resolution::FalsePositive) => "false positive",
        Some(Resolution::DriftAccepted) => "drift accepted",
        Some(Resolution::AttackConfirmed) => "attack confirmed",
        Some(Resolution::DealtWith) => "dealt with",
    }
}

pub(super) fn baseline(state: BaselineState) -> &'static str {
    match state {
        BaselineState::Unspecified => "unknown",
        BaselineState::Learning => "learning",
        BaselineState::Stable => "stable",
        BaselineState::Open => "open",
        BaselineState::Unwatched => "unwatched",
        BaselineState::Locked => "locked",
        BaselineState::Archived => "archived",
    }
}

/// What people did to a baseline.
pub(super) fn upkeep(kind: UpkeepKind) -> &'static str {
    match kind {
        UpkeepKind::Unspecified => "changed",
        UpkeepKind::Locked => "locked",
        UpkeepKind::Unlocked => "unlocked",
        UpkeepKind::Reset => "reset",
        UpkeepKind::Archived => "archived",
        UpkeepKind::Taught => "taught",
        UpkeepKind::Declared => "declared",
    }
}

/// What was decided.
pub(super) fn kind(kind: DecisionKind) -> &'static str {
    match kind {
        DecisionKind::Unspecified => "decided",
        DecisionKind::Approve => "approved",
        DecisionKind::Deny => "denied",
    }
}

pub(super) fn scope(scope: DecisionScope) -> &'static str {
    match scope {
        DecisionScope::Unspecified | DecisionScope::Image => "image",
        DecisionScope::Repository => "repository",
        DecisionScope::All => "all images",
        DecisionScope::Namespace => "namespace",
    }
}

/// An image by the best name it has, as [`brief`] has it.
pub(super) fn image(digest: &str, repository: &str, tag: &str) -> String {
    brief(&whole_image(digest, repository, tag))
}

/// The same, however long.
pub(super) fn whole_image(digest: &str, repository: &str, tag: &str) -> String {
    match (repository, tag) {
        ("", _) => short(digest),
        (repository, "") => repository.to_owned(),
        (repository, tag) => format!("{repository}:{tag}"),
    }
}

/// The first twelve letters of an id; of a digest, those behind the algorithm.
pub(super) fn short(id: &str) -> String {
    id.strip_prefix("sha256:").unwrap_or(id).chars().take(12).collect()
}

/// A part of a path or a query.
pub(super) fn part(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hostile_in_a_value_reaches_a_page_neither_as_markup_nor_invisibly() {
        let mut page = String::new();
        Visible.write_escaped_str(&mut page, "<img src=x>\u{202e}\"'&\x1b[2J\n").unwrap();
        assert_eq!(page, "&#60;img src=x&#62;\\u{202e}&#34;&#39;&#38;\\u{1b}[2J\\n");
    }

    #[test]
    fn times_spans_and_probabilities_read_as_people_expect() {
        assert_eq!(
            (time(&0).as_str(), time(&1_700_000_000_123_456_789).as_str()),
            ("-", "2023-11-14T22:13:20Z")
        );
        assert_eq!(signed_span(&-90_000_000_000), "-90 s");
        assert_eq!(
            ["1 s", "2 min", "3 h", "2 d"],
            [1, 120, 10_800, 172_800].map(|s| span(&(s * 1_000_000_000)))
        );
        assert_eq!((percent(&0.99999).as_str(), percent(&0.25).as_str()), (">99.9 %", "25.0 %"));
        assert_eq!(part("a/b c+d?#\u{202e}"), "a%2Fb%20c%2Bd%3F%23%E2%80%AE");
        let long = "ü".repeat(LETTERS + 1);
        assert_eq!(beginning(&long).unwrap().chars().count(), LETTERS);
        assert_eq!(beginning(&"x".repeat(LETTERS)), None);
    }

    #[test]
    fn a_name_in_a_list_and_the_texts_of_a_page_are_bounded_however_long_they_are() {
        let long = "ü".repeat(64 << 10);
        assert_eq!(brief(&long).chars().count(), NAME_LETTERS + 1);
        assert_eq!(image("sha256:a", &long, &long), brief(&long));
        assert!(is_cut(&long) && !is_cut(&"x".repeat(NAME_LETTERS)));
        let mut room = Room::new(10);
        let mut texts = ["x".repeat(10), "y".to_owned(), "z".repeat(LETTERS + 1)];
        texts.iter_mut().for_each(|text| room.fit(text));
        assert_eq!((texts[0].len(), texts[1].as_str()), (10, "y"), "what is short is whole");
        assert_eq!(texts[2], format!("{}…", "z".repeat(LETTERS)));
        assert!(room.cut);
    }
}
