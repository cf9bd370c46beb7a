//! How far long work has come: on the standard error, and only where that is a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Times a second that it is drawn.
const RATE: u8 = 10;

/// Of work that is done in so many steps.
pub(crate) fn bar(total: u64, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(RATE));
    styled(bar, "{wide_bar} {pos} of {len} {msg}, {eta} left", what)
}

/// Of work of which nobody knows how much there is.
pub(crate) fn count(what: &'static str) -> ProgressBar {
    let count = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(RATE));
    styled(count, "{spinner} {pos} {msg} in {elapsed}", what)
}

fn styled(bar: ProgressBar, template: &str, what: &'static str) -> ProgressBar {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_message(what);
    bar.tick();
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}
