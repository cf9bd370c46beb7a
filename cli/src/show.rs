//! Words for people: what many tables have in common.
//!
//! Whatever came from a container goes through [`escape`] here or where it is put into a table.

use comfy_table::{Table, presets::NOTHING};
use console::Style;
use plumbline_proto::v1::{Alert, BaselineState, Verdict};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::escape::escape;

/// A plain table with a head; columns are parted by two spaces, so that awk(1) and people can read it.
pub(crate) fn table(head: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(head.to_vec());
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table
}

/// A time in UTC to the second; "-" for none.
pub(crate) fn time(unix_ns: u64) -> String {
    let seconds = i64::try_from(unix_ns / 1_000_000_000).unwrap_or(i64::MAX);
    let time = OffsetDateTime::from_unix_timestamp(seconds).ok();
    let text = time.filter(|_| unix_ns != 0).and_then(|time| time.format(&Rfc3339).ok());
    text.unwrap_or_else(|| "-".to_owned())
}

/// A time of an alert's events by the server's clock, as far as it is known how far that of the node is off.
pub(crate) fn seen(alert: &Alert, unix_ns: u64) -> String {
    time(unix_ns.saturating_add_signed(alert.clock_offset_ns.saturating_neg()))
}

/// The verdict and how sure it is; an attack stands out. Of what nobody judged none is sure.
pub(crate) fn verdict(alert: &Alert) -> (&'static str, String) {
    let sure = alert.probabilities.unwrap_or_default();
    let (word, sure) = match alert.verdict() {
        Verdict::Operational => return ("operational", "-".to_owned()),
        Verdict::Attack => ("ATTACK", sure.attack),
        Verdict::Drift => ("drift", sure.drift),
        Verdict::Normal => ("normal", sure.normal),
        Verdict::Unspecified => ("?", 0.0),
    };
    (word, probability(sure))
}

/// A verdict's word in its colour, where the standard output is a terminal that takes colours (and NO_COLOR is not set).
pub(crate) fn coloured(word: &str) -> String {
    let style = match word.trim_end() {
        "ATTACK" => Style::new().red().bold(),
        "drift" => Style::new().yellow(),
        "operational" => Style::new().blue(),
        "normal" => Style::new().green(),
        _ => Style::new(),
    };
    style.apply_to(word).to_string()
}

/// A probability; one that is not quite 1 never looks like it.
pub(crate) fn probability(p: f64) -> String {
    if p > 0.9994 && p < 1.0 { ">0.999".to_owned() } else { format!("{p:.3}") }
}

pub(crate) fn state(state: BaselineState) -> &'static str {
    match state {
        BaselineState::Unspecified => "?",
        BaselineState::Learning => "learning",
        BaselineState::Stable => "stable",
        BaselineState::Open => "open",
        BaselineState::Unwatched => "unwatched",
        BaselineState::Locked => "locked",
        BaselineState::Archived => "archived",
    }
}

/// A behaviour: what it is and in which program.
pub(crate) fn behaviour(dimension: &str, context: &str, value: &str) -> String {
    let context = if context.is_empty() { "(unknown)".to_owned() } else { escape(context) };
    format!("{} {}  in {context}", escape(dimension), escape(value))
}

/// A user by number.
pub(crate) fn user(uid: u32) -> String {
    // The id that no user has stands for one that is not known.
    if uid == u32::MAX { "unknown".to_owned() } else { uid.to_string() }
}

/// An image by the best name it has.
pub(crate) fn image(digest: &str, repository: &str, tag: &str) -> String {
    match (repository, tag) {
        ("", _) if digest.is_empty() => "-".to_owned(),
        ("", _) => short(digest),
        (repository, "") => escape(repository),
        (repository, tag) => format!("{}:{}", escape(repository), escape(tag)),
    }
}

/// The first twelve letters of an id; of a digest, those behind the algorithm.
pub(crate) fn short(id: &str) -> String {
    let id = id.strip_prefix("sha256:").unwrap_or(id);
    escape(&id.chars().take(12).collect::<String>())
}

/// An id, short unless there is room.
pub(crate) fn id(id: &str, wide: bool) -> String {
    if wide { escape(id) } else { short(id) }
}

/// Text, cut to a number of letters unless there is room.
pub(crate) fn text(text: &str, letters: usize, wide: bool) -> String {
    if wide { escape(text) } else { cut(text, letters) }
}

/// A container by its name, or else its id; of an operational alert the node, if it is of one.
pub(crate) fn container(alert: &Alert) -> String {
    if alert.operational.is_some() {
        return if alert.node.is_empty() { "-".to_owned() } else { escape(&alert.node) };
    }
    if alert.container_name.is_empty() { short(&alert.container_id) } else { escape(&alert.container_name) }
}

/// Text cut to a number of letters.
fn cut(text: &str, letters: usize) -> String {
    let text = escape(text);
    if text.chars().count() <= letters {
        return text;
    }
    text.chars().take(letters.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_probabilities_and_names_read_as_people_expect() {
        assert_eq!(time(1_700_000_000_123_456_789), "2023-11-14T22:13:20Z");
        assert_eq!((time(0).as_str(), time(u64::MAX).as_str()), ("-", "2554-07-21T23:34:33Z"));
        assert_eq!((user(0).as_str(), user(u32::MAX).as_str()), ("0", "unknown"));
        assert_eq!(probability(0.99999), ">0.999");
        assert_eq!((probability(0.25).as_str(), probability(1.0).as_str()), ("0.250", "1.000"));
        assert_eq!(image("sha256:0123456789abcdef", "", ""), "0123456789ab");
        assert_eq!(image("sha256:0", "shop/web", "1.0"), "shop/web:1.0");
        assert_eq!(cut("a\x1b[2Jb", 4), "a\\u…");
    }
}
