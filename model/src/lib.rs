//! The mathematics of Plumbline: events in, verdicts out.
//!
//! Pure: no clock, no I/O, no async, no randomness. Time and parameters are arguments, so the same batches
//! in the same order give the same verdicts, bit for bit, on every machine and in every replay.

pub mod event;
