//! What is kept of a batch: all that fits, of the container that was started last.

use plumbline_proto::v1::DeclaredProbe;
use prost::Message;

use super::super::{check, shard_of, tests::sample};
use super::*;

fn checked(batch: &v1::Batch) -> Checked {
    check(batch.encode_to_vec().into()).unwrap()
}

/// What a batch tells of its one image.
fn facts(batch: &v1::Batch) -> DeclaredFacts {
    let checked = checked(batch);
    let mut all = checked.tellings_of(shard_of("shop/web"));
    let telling = all.next().unwrap();
    assert!(all.next().is_none() && telling.entries() > 0);
    telling.facts()
}

#[test]
fn all_that_a_runtime_told_is_kept_and_no_other_shard_is_told() {
    let mut batch = sample();
    batch.containers.truncate(1);
    batch.processes = None;
    batch =
        v1::Batch { images: batch.images, containers: batch.containers, strings: batch.strings, ..empty() };
    let told = facts(&batch);
    let container = told.container.clone().unwrap();
    assert_eq!((told.entrypoint.join(" "), told.command.join(" ")), ("/bin/sh".into(), "-c".into()));
    assert_eq!((told.user.as_str(), told.environment.join(" ")), ("app", "app x".into()));
    assert_eq!((told.ports.join(" "), told.volumes.join(" "), told.cut), ("1.0".into(), "/bin/sh".into(), 1));
    let probe = DeclaredProbe { kind: 1, command: vec!["/bin/sh".into(), "-c".into()], period_ns: 1 };
    assert_eq!(told.health_check, Some(probe));
    assert_eq!((container.id.as_str(), container.name.as_str()), ("c0ffee", "web-1"));
    assert_eq!((container.namespace.as_str(), container.pod.as_str()), ("app", "web-1"));
    assert_eq!(container.start_command, ["/bin/sh", "-c"]);
    assert_eq!((container.mounts.len(), container.probes.len()), (2, 1));
    let confinement = container.confinement.unwrap();
    assert_eq!(
        (confinement.user.as_str(), confinement.added_capabilities.join(" ")),
        ("app", "app x".into())
    );
    let other = (shard_of("shop/web") + 1) % super::super::SHARDS;
    assert_eq!(checked(&batch).tellings_of(other).count(), 0);
}

#[test]
fn the_container_that_was_started_last_speaks_for_its_image() {
    let mut batch = sample();
    batch =
        v1::Batch { images: batch.images, containers: batch.containers, strings: batch.strings, ..empty() };
    batch.containers[0].started_unix_ns = 7;
    assert_eq!(facts(&batch).container.unwrap().id, "c0ffee");
    batch.containers[1].started_unix_ns = 8;
    assert_eq!(facts(&batch).container.unwrap().id, "x");
}

/// Everything at once, and more than there is room for: what an image says first is what is worth most.
#[test]
fn what_finds_no_room_is_left_out_and_counted() {
    let mut batch = sample();
    batch =
        v1::Batch { images: batch.images, containers: batch.containers, strings: batch.strings, ..empty() };
    batch.containers.truncate(1);
    let first = batch.strings.len() as u32;
    batch
        .strings
        .extend((0..100).map(|number| format!("{number:03}{}", "x".repeat(1000)).into_bytes().into()));
    batch.images[0].environment = (first..first + 100).collect();
    batch.images[0].volumes = (first..first + 20).collect();
    let told = facts(&batch);
    assert!(told.encoded_len() < BYTES + BYTES / 4, "{} bytes", told.encoded_len());
    assert_eq!(told.volumes.len(), 20);
    let left_out = 100 - told.environment.len();
    assert!(left_out > 80 && told.cut as usize == left_out + 1, "{} of {left_out}", told.cut);
    assert_eq!(told.container.unwrap().start_command, ["/bin/sh", "-c"]);
}

fn empty() -> v1::Batch {
    let v1::Batch { version, base_unix_ns, window_ns, node, .. } = sample();
    v1::Batch { version, base_unix_ns, window_ns, node, ..v1::Batch::default() }
}
