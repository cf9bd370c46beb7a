//! A new behaviour as an analyst reads it: what was done, by whom, and what the image is known to do instead.
//!
//! Not here: how surprising it is (`novelty`).

use crate::{
    behaviour::family,
    event::{Event, Process, UNKNOWN_ID},
    image::ImageState,
    incident::{Expected, Finding},
    novelty::Novel,
    pattern::readable,
    shape::cut,
};

/// Longest command line kept in a finding, in bytes.
const COMMAND_LINE_BYTES: usize = 1024;
/// Known behaviours named beside a finding.
const EXPECTED: usize = 5;

/// The finding of a behaviour that is new.
pub(super) fn finding(
    image: &ImageState,
    process: &Process<'_>,
    event: &Event<'_>,
    novel: &Novel<'_>,
) -> Finding {
    let behaviour = &novel.behaviour;
    let known = image.baseline.most_frequent(behaviour.dimension, &behaviour.context, EXPECTED);
    let line = if process.arguments.is_empty() {
        process.executable.to_owned()
    } else {
        process.arguments.join(" ")
    };
    Finding {
        dimension: behaviour.dimension,
        context: if behaviour.context.is_empty() {
            family(process.flags).into()
        } else {
            behaviour.context.to_string()
        },
        value: readable(&behaviour.value).into_owned(),
        surprise_bits: novel.surprise_bits,
        expected: known
            .into_iter()
            .map(|(value, cell)| Expected {
                value: readable(value).into_owned(),
                count: cell.count,
                last_seen_unix_ns: cell.last_seen_unix_ns,
            })
            .collect(),
        first_seen_unix_ns: event.time_unix_ns,
        count: u64::from(event.count),
        command_line: cut(&line, COMMAND_LINE_BYTES).to_owned(),
        pid: process.pid,
        uid: if process.uid == UNKNOWN_ID { process.effective_uid } else { process.uid },
        implied: Vec::new(),
        implied_omitted: 0,
        decided: None,
    }
}
