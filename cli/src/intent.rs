//! `intent`: what images are meant to do, as documents that people read, keep in Git and compare.
//!
//! A document comes from files alone (`from`, with a file for each kind of source) or from a server (`export`). What
//! works on documents needs no server. Not here: decisions that are made without a document (`decisions.rs`).

mod apply;
mod compose;
mod convert;
mod diff;
mod dockerfile;
mod document;
mod export;
#[cfg(any(test, fuzzing))]
mod file;
mod from;
mod image;
mod kubernetes;
mod lint;
mod paths;
mod ports;
mod report;
mod running;
mod shell;
mod show;
mod signature;
mod starts;
mod words;
mod yaml;

pub(crate) use apply::apply;
pub(crate) use convert::convert;
pub(crate) use diff::diff;
pub(crate) use export::export;
#[cfg(any(test, fuzzing))]
pub use file::file;
pub(crate) use from::from;
pub(crate) use lint::lint;
pub(crate) use report::report;
pub(crate) use show::show;
pub(crate) use signature::sign;
pub(crate) use yaml::{DocumentError, Source, write as yaml};
