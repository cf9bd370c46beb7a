//! Why something was not taken, and what is to be done about it.
//!
//! Messages name neither secrets nor addresses that may hold one. Not here: what is done (`delivery.rs`).

use std::time::Duration;

/// All that was sent was not taken, or nobody knows.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// It is to be sent again, not before a time if the other side named one.
    #[error("{why}")]
    Again { why: String, after: Option<Duration> },
    /// Our credentials are not taken. To be sent again, for they may be renewed; but it does not pass by itself.
    #[error("{why}")]
    Denied { why: String },
    /// It will never be taken.
    #[error("{why}")]
    Refused { why: String },
    /// Nothing will be taken any more.
    #[error("{why}")]
    Gone { why: String },
}

/// One of several that will never be taken; the others were.
#[derive(Debug)]
pub(super) struct Refused {
    /// Its place among what was sent.
    pub(super) index: usize,
    pub(super) why: String,
}

impl Failure {
    /// To be sent again.
    pub(super) fn again(why: impl ToString) -> Self {
        Self::Again { why: why.to_string(), after: None }
    }
}
