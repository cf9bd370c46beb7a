//! Files of any bytes, as they come in with a pull request: `cli/src/fuzz.rs` says what holds.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| plumbline::fuzz::file(bytes));
