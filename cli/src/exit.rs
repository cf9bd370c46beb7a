//! What the program ends with, in one place for the help, the manual and cli/README.md (a test compares that).
//!
//! From 64 on they are those of sysexits(3). Not here: which error has which (`server.rs`).

use clap::builder::StyledStr;

/// Each code and what it says.
pub(crate) const CODES: [(u8, &str); 7] = [
    (0, "done"),
    (1, "not done; or two things differ and --exit-code was given; or `intent lint` found something"),
    (3, "what was asked for is not there"),
    (4, "not let in, or not allowed"),
    (64, "wrong usage: an option, a value, an address, a context that does not exist"),
    (65, "a file that can't be read or written, or is not what it should be"),
    (69, "no server, or none that answers"),
];

/// All of them, for the end of the help.
pub(crate) fn help() -> StyledStr {
    let lines = CODES.map(|(code, what)| format!("  {code:<3} {what}"));
    format!("Ends with:\n{}", lines.join("\n")).into()
}
