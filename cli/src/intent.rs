//! `intent`: what images are meant to do, as documents that people read, keep in Git and compare.
//!
//! A document comes from files alone (`from`, with a file for each kind of source) or from a server (`export`). What
//! works on documents needs no server. Not here: decisions that are made without a document (`decisions.rs`).

mod compose;
mod dockerfile;
mod document;
mod from;
mod image;
mod kubernetes;
mod ports;
mod show;
mod words;
mod yaml;

pub(crate) use from::from;
pub(crate) use show::show;
