//! A small fleet to feed a server with; the same in tests of the parts and of the whole.

use bytes::Bytes;
use plumbline_proto::v1;
use prost::Message;

const MINUTE_NS: u64 = 60_000_000_000;
/// When the first minute begins.
pub(crate) const BASE_NS: u64 = 1_700_000_040_000_000_000; // a whole minute
/// Images of the fleet.
pub(crate) const REPOSITORIES: [&str; 6] = ["shop/web", "shop/cart", "shop/pay", "db", "cache", "mail"];
/// Minutes worth sending: the break-in is in the last three.
pub(crate) const MINUTES: u64 = 12;

/// One minute of a node that runs a container of every image; in the last minutes one of them is broken into.
pub(crate) fn batch(node: &str, minute: u64) -> Bytes {
    rows(node, minute).encode_to_vec().into()
}

fn rows(node: &str, minute: u64) -> v1::Batch {
    let mut strings = vec![String::new()];
    let mut index = |text: String| {
        strings.push(text);
        strings.len() as u32 - 1
    };
    let mut batch = v1::Batch {
        version: 1,
        base_unix_ns: BASE_NS + minute * MINUTE_NS,
        window_ns: MINUTE_NS,
        node: node.to_owned(),
        ..Default::default()
    };
    let (mut processes, mut execs) = (v1::Processes::default(), v1::Execs::default());
    let (mut sockets, mut windows) = (v1::Sockets::default(), v1::Windows::default());
    for (row, repository) in REPOSITORIES.iter().enumerate() {
        let row = row as u32;
        let entrypoint = index(format!("/usr/bin/{repository}"));
        // The cache also goes by the name of mail: one digest, two baselines.
        let digest = if *repository == "mail" { "cache" } else { repository };
        batch.images.push(v1::Image {
            digest: index(format!("sha256:{digest}")),
            repository: index((*repository).to_owned()),
            entrypoint: vec![entrypoint],
            ..Default::default()
        });
        // Of the shop there are pods.
        let pod = repository.strip_prefix("shop/").map(|name| v1::Pod {
            namespace: index("shop".to_owned()),
            name: index(name.to_owned()),
            ..Default::default()
        });
        batch.containers.push(v1::Container {
            id: index(format!("{repository}@{node}/{}", minute / 3)),
            pod,
            image: row,
            started_unix_ns: BASE_NS + (minute / 3) * 3 * MINUTE_NS,
            ..Default::default()
        });
        let mut process = |executable: String, flags: u32, address: &str| {
            processes.container.push(row);
            processes.pid.push(100 + processes.pid.len() as u32);
            processes.start_ticks.push(minute * 6000);
            processes.parent.push(0);
            processes.executable.push(index(executable));
            processes.argument_count.push(0);
            processes.argument_bytes.push(0);
            processes.uid.push(0);
            processes.gid.push(0);
            processes.flags.push(flags);
            execs.process.push(processes.pid.len() as u32 - 1);
            execs.time_ns.push(u64::from(row) * 1000);
            execs.count.push(1);
            sockets.process.push(processes.pid.len() as u32 - 1);
            sockets.time_ns.push(u64::from(row) * 1000 + 10);
            sockets.count.push(1);
            sockets.action.push(v1::SocketAction::Connect.into());
            sockets.address.push(index(address.to_owned()));
            sockets.port.push(5432);
        };
        process(format!("/usr/bin/{repository}"), 32, "10.0.0.9");
        if minute + 3 >= MINUTES && row == 2 {
            process("/tmp/x".to_owned(), 1 | 4 | 64 | 256, "203.0.113.7");
            process(format!("/tmp/y{minute}"), 1 | 4 | 64 | 256, "203.0.113.8");
        }
        windows.container.push(row);
        windows.window.push(batch.base_unix_ns / MINUTE_NS);
        windows.lossy.push(0);
    }
    batch.strings = strings.into_iter().map(Bytes::from).collect();
    (batch.processes, batch.execs) = (Some(processes), Some(execs));
    (batch.sockets, batch.windows) = (Some(sockets), Some(windows));
    batch
}

/// The same with images that are the node's alone: what two nodes tell of one image comes in any order, and what is found
/// depends on it.
pub(crate) fn own_batch(node: &str, minute: u64) -> Bytes {
    let mut batch = rows(node, minute);
    for image in &mut batch.images {
        for name in [&mut image.repository, &mut image.digest] {
            let text = batch.strings.get(*name as usize).cloned().unwrap_or_default();
            let own = format!("{}-{node}", String::from_utf8_lossy(&text));
            *name = batch.strings.len() as u32;
            batch.strings.push(own.into());
        }
    }
    batch.encode_to_vec().into()
}
