//! Weights of the logistic layer, set by hand; `cargo run -p plumbline-tests --bin fit` fits others (see there why
//! they are not these).

/// Rows drift and attack; columns bias, surprise (nats), evidence for drift, evidence for attack.
#[rustfmt::skip]
pub(crate) const WEIGHTS: [f64; 8] = [
    -3.0, 0.5, 1.0, 0.0, // drift
    -7.0, 0.5, 0.0, 1.0, // attack
];
