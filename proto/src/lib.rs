//! The wire of Plumbline: messages and services of `plumbline.v1`, generated from `proto/`.
//!
//! What people and programs read (alerts, fleet) also has its proto3 JSON form, with the field names of the
//! .proto files and with default values written out.
//!
//! Nothing else lives here: no conversions, no helpers. The generated files are committed, so that a build
//! needs neither protoc nor a code generator; `tests/generated.rs` compares them with the .proto files and
//! rewrites them when run with `UPDATE=1`.

/// All .proto files as a `google.protobuf.FileDescriptorSet`, without comments: what reflection tells.
pub const DESCRIPTORS: &[u8] = include_bytes!("generated/plumbline.v1.bin");

/// Version 1 of the protocol; every message and field is commented in `proto/plumbline/v1/*.proto`.
#[allow(missing_docs, unreachable_pub, clippy::all, clippy::pedantic)]
pub mod v1 {
    include!("generated/plumbline.v1.rs");
    include!("generated/plumbline.v1.serde.rs");
}
