//! How many spans of traces were made, and how many of them were taken.
//!
//! They are made before the others, as traces begin with the log. Not here: what is traced and where it is sent (`traces.rs`).

use prometheus::IntCounter;

/// What was made and not sent waits, or is lost.
#[derive(Clone, Debug)]
pub(crate) struct Spans {
    pub(crate) made: IntCounter,
    pub(crate) sent: IntCounter,
}

impl Spans {
    pub(crate) fn new() -> Result<Self, prometheus::Error> {
        let made = IntCounter::new("plumbline_server_spans_total", "Spans of traces that were made.")?;
        let sent = IntCounter::new(
            "plumbline_server_spans_sent_total",
            "Spans that were taken; what is missing to those that were made waits or is lost.",
        )?;
        Ok(Self { made, sent })
    }
}
