//! The committed clients are what the .proto files say. `UPDATE=1 cargo test -p plumbline-collector` rewrites them.
#![allow(clippy::unwrap_used, reason = "a tree that cannot be read fails the test")]

use prost::Message;
use std::{
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

/// Compares what was generated with what is committed, or replaces it.
fn compare(generated: &Path, committed: &str) {
    let generated = fs::read_to_string(generated).unwrap();
    let path = root().join("src").join(committed);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &generated).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(generated == committed, "stale: UPDATE=1 cargo test -p plumbline-collector --test generated");
}

#[test]
fn the_committed_cri_client_is_generated_from_the_proto_file() {
    let descriptors = protox::compile(["cri.proto"], [root().join("proto")]).unwrap();
    let out = tempfile::tempdir().unwrap();
    tonic_prost_build::configure().build_server(false).out_dir(out.path()).compile_fds(descriptors).unwrap();
    compare(&out.path().join("runtime.v1.rs"), "container/generated/runtime.v1.rs");
}

#[test]
fn the_committed_tetragon_client_is_generated_from_the_proto_file() {
    let descriptors = protox::compile(["tetragon.proto"], [root().join("proto")]).unwrap();
    let out = tempfile::tempdir().unwrap();
    pbjson_build::Builder::new()
        .register_descriptors(&descriptors.encode_to_vec())
        .unwrap()
        .ignore_unknown_fields()
        .ignore_unknown_enum_variants()
        .out_dir(out.path())
        .build(&[".tetragon"])
        .unwrap();
    tonic_prost_build::configure()
        .compile_well_known_types(true)
        .extern_path(".google.protobuf", "::pbjson_types")
        .out_dir(out.path())
        .compile_fds(descriptors)
        .unwrap();
    compare(&out.path().join("tetragon.rs"), "source/generated/tetragon.rs");
    compare(&out.path().join("tetragon.serde.rs"), "source/generated/tetragon.serde.rs");
}
