//! The committed code is what the .proto files say. `UPDATE=1 cargo test -p plumbline-proto` rewrites it.

use std::{fs, path::Path};

#[test]
fn the_committed_code_is_generated_from_the_proto_files() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = ["events", "ingest", "alerts", "fleet"].map(|name| format!("plumbline/v1/{name}.proto"));
    let descriptors = protox::compile(files, [root.join("proto")]).unwrap();
    let out = tempfile::tempdir().unwrap();
    tonic_prost_build::configure()
        .bytes(".plumbline.v1.Batch.strings")
        .bytes(".plumbline.v1.Frame.batch")
        .out_dir(out.path())
        .compile_fds(descriptors)
        .unwrap();

    let generated = fs::read_to_string(out.path().join("plumbline.v1.rs")).unwrap();
    let committed = root.join("src/generated/plumbline.v1.rs");
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(committed.parent().unwrap()).unwrap();
        fs::write(&committed, &generated).unwrap();
    }
    let committed = fs::read_to_string(&committed).unwrap_or_default();
    assert!(generated == committed, "proto/src/generated is stale: UPDATE=1 cargo test -p plumbline-proto");
}
