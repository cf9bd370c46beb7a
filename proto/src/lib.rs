//! The wire of Plumbline: messages and services of `plumbline.v1`, generated from `proto/`.
//!
//! Nothing else lives here: no conversions, no helpers. The generated file is committed, so that a build
//! needs neither protoc nor a code generator; `tests/generated.rs` compares it with the .proto files and
//! rewrites it when run with `UPDATE=1`.

/// Version 1 of the protocol; every message and field is commented in `proto/plumbline/v1/*.proto`.
#[allow(missing_docs, unreachable_pub, clippy::all, clippy::pedantic)]
pub mod v1 {
    include!("generated/plumbline.v1.rs");
}
