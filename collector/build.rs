//! Compiles the eBPF programs with clang. `src/probe.rs` embeds the object.

use std::{env, path::PathBuf, process::Command};

const WAY_OUT: &str = "install clang and libbpf's headers: apt-get install clang libbpf-dev (or: make setup)";

fn main() {
    println!("cargo::rerun-if-changed=bpf");
    let Some(out) = env::var_os("OUT_DIR").map(PathBuf::from) else { return fail("cargo set no OUT_DIR") };
    let object = out.join("plumbline.bpf.o");
    let arch = match env::var("CARGO_CFG_TARGET_ARCH").as_deref() {
        Ok("x86_64") => "x86",
        Ok("aarch64") => "arm64",
        other => return fail(&format!("no eBPF programs for architecture {other:?}")),
    };
    let status = Command::new("clang")
        .args(["-g", "-O2", "-Wall", "-Werror", "-target", "bpf", "-mcpu=v3"])
        .arg(format!("-D__TARGET_ARCH_{arch}"))
        .args(["-c", "bpf/plumbline.bpf.c", "-o"])
        .arg(&object)
        .status();
    match status {
        Ok(status) if status.success() => {}
        Ok(status) => return fail(&format!("clang ended with {status}; {WAY_OUT}")),
        Err(error) => return fail(&format!("can't run clang: {error}; {WAY_OUT}")),
    }
    // BTF stays, debugging information goes; without llvm-strip the object is only larger.
    let _ = Command::new("llvm-strip").arg("-g").arg(&object).status();
}

fn fail(why: &str) {
    println!("cargo::error={why}");
}
