//! Values of the store of any bytes, as an imported file may hold: `server/src/fuzz.rs` says what holds.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| plumbline_server::fuzz::value(bytes));
