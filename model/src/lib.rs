//! The mathematics of Plumbline: events in, verdicts out.
//!
//! Pure: no clock, no I/O, no async, no randomness. Time and parameters are arguments, so the same batches
//! in the same order give the same verdicts, bit for bit, on every machine and in every replay; `exp` and
//! `ln` come from the `libm` crate because a platform's own differ in the last bit.
//!
//! The way of an event: [`behaviour`] turns it into a few categorical behaviours, `baseline` says how probable
//! each is (`memo` spares both for what was seen before), `coverage` how far that can be trusted, `signs` finds what
//! speaks of drift or attack in it, with the rules of [`Indicators`], `evidence` weighs that, `posterior` makes three
//! probabilities of the sum, `incident` groups what belongs together and [`Model`] drives it all. When a window closes,
//! `rhythm` finds what is known and comes at an unknown rate. What people say of it comes in by `decision`, and `grounds`
//! carries it to the incidents; `feedback` lets it move what evidence weighs; `diff` compares two images, and
//! `learning` makes what was learned of one the start of it elsewhere.

mod baseline;
pub mod behaviour;
mod by_image;
mod cadence;
mod clocks;
mod commons;
mod coverage;
mod decision;
mod diff;
pub mod event;
mod evidence;
mod explain;
mod feedback;
mod grounds;
mod image;
mod incident;
mod indicators;
mod learning;
mod marks;
mod memo;
mod model;
mod novelty;
mod observer;
mod params;
mod pattern;
mod peer;
mod posterior;
mod quarantine;
mod rhythm;
mod shape;
mod signs;
mod starts;
mod tools;
mod upkeep;
mod versions;
mod weights;

pub use behaviour::Dimension;
pub use commons::{Bases, Commons, Share, Shared};
pub use coverage::BaselineState;
pub use decision::{Decided, Decision, DecisionKind, Revocation, Scope};
pub use diff::KnownBehaviour;
pub use evidence::{EVIDENCE, EvidenceItem, EvidenceRow, evidence_markdown};
pub use feedback::{MovedRow, STEP, STEPS, Said, feedback_rows};
pub use image::{Changed, Delta, DimensionSummary, Form, ImageState, ImageSummary, MergeError};
pub use incident::{Expected, Finding, Implied, Incident};
pub use indicators::{Added, Indicators, RULE_FILE_BYTES, RuleError, RuleProblem};
pub use learning::{LearnedBehaviour, Learning, Taught, Unteachable};
pub use model::{Applied, Belonging, Model};
pub use params::{Hierarchy, Params, ParamsError, Threshold, Weights};
pub use posterior::{Features, Layer, Probabilities, Verdict};
pub use rhythm::{Rate, Unusual};
pub use tools::executable;
