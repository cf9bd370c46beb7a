//! Documents of any bytes, as an analyst may be led to apply them: `server/src/fuzz.rs` says what holds.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| plumbline_server::fuzz::document(bytes));
