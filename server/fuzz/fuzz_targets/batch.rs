//! Batches of any bytes, as a hostile node sends them: `server/src/fuzz.rs` says what holds.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| plumbline_server::fuzz::batch(bytes));
