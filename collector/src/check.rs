//! `check`: what works on this machine, what does not, and the way out of each.

use crate::{
    cgroup,
    config::Output,
    container::{Address, KubernetesArgs, Runtime},
    probe::{Options, Probe, ProbeError},
};
use std::path::Path;

/// Size of the ring that is made to see whether one can be made.
const TRIAL: Options =
    Options { ring_bytes: 1 << 16, cgroup_v1: false, boot_unix_ns: 0, window_ns: 1_000_000_000 };

/// One line.
struct Item {
    name: &'static str,
    /// Collecting is impossible without it.
    needed: bool,
    result: Result<String, String>,
}

/// Checks and prints everything. True if collecting would work.
pub(crate) async fn check(output: Output, runtimes: Vec<Address>, kubernetes: &KubernetesArgs) -> bool {
    let mut items = items(runtimes).await;
    let pods = kubernetes.check().await.map_err(|error| error.to_string());
    items.push(Item { name: "Kubernetes", needed: false, result: pods });
    match output {
        Output::Table => items.iter().for_each(print),
        Output::Json => {
            let json: Vec<_> = items.iter().map(json).collect();
            println!("{}", serde_json::Value::from(json));
        }
    }
    items.iter().all(|item| item.result.is_ok() || !item.needed)
}

async fn items(runtimes: Vec<Address>) -> Vec<Item> {
    let system = rustix::system::uname();
    let btf = Path::new("/sys/kernel/btf/vmlinux");
    let cgroups = if cgroup::is_v1(Path::new("/sys")) { "v1 controllers" } else { "v2" };
    let root = rustix::process::geteuid().is_root();
    let no_btf =
        "no /sys/kernel/btf/vmlinux; use a kernel 5.15 or later built with CONFIG_DEBUG_INFO_BTF".to_owned();
    let probe = if btf.exists() { Probe::attach(TRIAL).map(drop) } else { Err(ProbeError::Missing("BTF")) };
    let mut items = vec![
        Item { name: "kernel", needed: false, result: Ok(system.release().to_string_lossy().into_owned()) },
        Item {
            name: "BTF",
            needed: true,
            result: if btf.exists() { Ok("present".into()) } else { Err(no_btf) },
        },
        Item {
            name: "privileges",
            needed: false,
            result: if root {
                Ok("root".into())
            } else {
                Err("not root; run with sudo, or with CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE".into())
            },
        },
        Item {
            name: "eBPF programs",
            needed: true,
            result: probe.map(|()| "load and attach".into()).map_err(|error| error.to_string()),
        },
        Item { name: "control groups", needed: false, result: Ok(cgroups.into()) },
    ];
    for runtime in runtimes.into_iter().map(Runtime::new) {
        let path = runtime.address.path.display();
        let version = runtime.version().await.map(|version| format!("{version} at {path}"));
        items.push(Item {
            name: "runtime",
            needed: false,
            result: version.map_err(|error| {
                format!("{error}; start it, or name its socket with --runtime; events wait for it")
            }),
        });
    }
    items
}

fn print(item: &Item) {
    match &item.result {
        Ok(fact) => println!("ok       {:<15} {fact}", item.name),
        Err(way_out) => {
            println!("{}  {:<15} {way_out}", if item.needed { "MISSING" } else { "without" }, item.name)
        }
    }
}

fn json(item: &Item) -> serde_json::Value {
    let (ok, text) = match &item.result {
        Ok(text) => (true, text),
        Err(text) => (false, text),
    };
    serde_json::json!({ "name": item.name, "ok": ok, "needed": item.needed, "detail": text })
}
