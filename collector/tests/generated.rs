//! The committed CRI client is what cri.proto says. `UPDATE=1 cargo test -p plumbline-collector` rewrites it.
#![allow(clippy::unwrap_used, reason = "a tree that cannot be read fails the test")]

use std::{fs, path::Path};

#[test]
fn the_committed_client_is_generated_from_the_proto_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let descriptors = protox::compile(["cri.proto"], [root.join("proto")]).unwrap();
    let out = tempfile::tempdir().unwrap();
    tonic_prost_build::configure().build_server(false).out_dir(out.path()).compile_fds(descriptors).unwrap();
    let generated = fs::read_to_string(out.path().join("runtime.v1.rs")).unwrap();
    let committed = root.join("src/container/generated/runtime.v1.rs");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&committed, &generated).unwrap();
    }
    let committed = fs::read_to_string(&committed).unwrap_or_default();
    assert!(generated == committed, "stale: UPDATE=1 cargo test -p plumbline-collector --test generated");
}
