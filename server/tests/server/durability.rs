//! A server whose store was damaged, or whose backup took its place, and the commands for the store.
//!
//! The tests have a thread for connections: while they wait for a server to end, it asks its clients to let go.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    fixture::{REPOSITORIES, batch},
    harness::{Collector, Server, command, wait_for},
};

/// Runs `store` with these words on a data folder: exit code, what it says, and its errors.
fn store(data: &Path, words: &[&str]) -> (i32, String, String) {
    let output = command().arg("store").args(words).arg("--data-dir").arg(data).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn backups(data: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(data.join("backups")).into_iter().flatten().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|end| end == "plumbline")).collect();
    found.sort();
    found
}

/// A server that has taken so many minutes of one collector, ended in peace.
async fn fed(data: &Path, minutes: u64) {
    let mut server = Server::start(data);
    let (mut collector, durable) = Collector::greet(&server, 1).await;
    for seq in durable + 1..=minutes {
        collector.send(seq, batch("a", seq - 1)).await;
    }
    collector.acknowledged(minutes).await;
    server.terminate();
    collector.end().await;
    assert!(server.wait().success());
}

fn truncate(data: &Path, length: u64) {
    fs::OpenOptions::new().write(true).open(data.join("store/db")).unwrap().set_len(length).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_server_whose_store_is_lost_goes_on_with_its_backup_and_no_collector_is_stuck() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fed(&data, 3).await;
    assert_eq!(store(&data, &["backup"]).0, 0);
    fed(&data, 8).await;
    truncate(&data, 0);

    // The collector was told that eight are durable and no longer has them.
    let server = Server::start(&data);
    let ready = server.get("/readyz");
    assert!(ready.contains("200 OK") && ready.contains("replaced by the backup"), "{ready}");
    assert_eq!(server.metric("plumbline_server_store_opened{how=\"backup\"}"), 1);
    let (mut collector, durable) = Collector::greet(&server, 1).await;
    assert_eq!(durable, 3);
    for seq in 9..=10 {
        collector.send(seq, batch("a", seq - 1)).await;
    }
    assert!(collector.acknowledged(10).await.is_empty());
    assert_eq!(server.metric("plumbline_server_batches_missing_total"), 5);
    let exposures: Vec<u64> = server.images().await.iter().map(|image| image.exposures).collect();
    assert_eq!(exposures, [5; REPOSITORIES.len()], "three of the backup and two since");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_server_without_a_backup_starts_empty_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fed(&data, 2).await;
    truncate(&data, 0);
    let (code, said, _) = store(&data, &["check"]);
    assert!(
        code == 1 && said.contains("is damaged: it was never finished, or has lost everything"),
        "{said}"
    );
    let server = Server::start(&data);
    assert!(server.get("/readyz").contains("EMPTY"));
    assert_eq!(server.metric("plumbline_server_store_opened{how=\"empty\"}"), 1);
    assert!(server.images().await.is_empty());
    let (mut collector, durable) = Collector::greet(&server, 1).await;
    assert_eq!(durable, 0);
    collector.send(3, batch("a", 2)).await;
    collector.acknowledged(3).await;
    let aside = fs::read_dir(&data).unwrap().filter(|entry| {
        entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("store-set-aside-")
    });
    assert_eq!(aside.count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_running_server_writes_backups_from_which_a_store_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut server = Server::start_with(&data, &["--backup-interval", "1s", "--backups-kept", "2"]);
    let (mut collector, _) = Collector::greet(&server, 1).await;
    for seq in 1..=4 {
        collector.send(seq, batch("a", seq - 1)).await;
    }
    collector.acknowledged(4).await;
    let taken = backups(&data).pop();
    wait_for("a backup after that", || backups(&data).pop().filter(|newest| Some(newest) > taken.as_ref()));
    wait_for("its time in the metrics", || {
        (server.metric("plumbline_server_backup_timestamp_seconds") > 1_700_000_000).then_some(())
    });
    assert_eq!(server.metric("plumbline_server_backups_failed_total"), 0);
    let images = server.images().await;

    // What needs the store for itself says who has it, and how backups come about.
    for words in [&["check"][..], &["export", "x"], &["import", "x"], &["compact"], &["backup"]] {
        let (code, _, error) = store(&data, words);
        assert!(code == 74 && error.contains("in use by another server"), "{error}");
        assert!(error.contains("stop that one") && error.contains(data.to_str().unwrap()), "{error}");
    }
    assert!(store(&data, &["backup"]).2.contains("by itself: one each 1h into"));
    server.terminate();
    collector.end().await;
    assert!(server.wait().success());
    let newest = backups(&data).pop().unwrap();
    assert!(backups(&data).len() <= 2);

    let other = folder.path().join("other");
    let (code, said, error) = store(&other, &["import", newest.to_str().unwrap()]);
    assert!(code == 0 && said.contains("imported"), "{said}{error}");
    let server = Server::start(&other);
    assert_eq!(server.images().await, images);
    assert_eq!(Collector::greet(&server, 1).await.1, 4);
    assert!(server.get("/readyz").ends_with("ready\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_commands_say_what_they_did_and_why_they_did_not() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for words in [&["check"][..], &["export", "x"], &["compact"], &["backup"]] {
        let (code, _, error) = store(&data, words);
        assert!(code == 66 && error.contains("there is no store in"), "{error}");
    }
    assert!(!data.exists(), "nothing is made by asking");
    fed(&data, 4).await;
    let (code, said, _) = store(&data, &["check"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.lines().any(|line| line.starts_with("baselines") && line.contains(" 6 ")), "{said}");

    let file = folder.path().join("file");
    let file = file.to_str().unwrap();
    let (code, said, _) = store(&data, &["export", file]);
    assert!(code == 0 && said.contains("exported") && said.contains("KiB"), "{said}");
    let (code, _, error) = store(&data, &["import", file]);
    assert!(code == 74 && error.contains("not empty") && error.contains("--force"), "{error}");
    let (code, _, error) = store(&data, &["import", file, "--force"]);
    assert!(code == 0 && error.contains("store-set-aside-"), "{error}");
    let (code, said, _) = store(&data, &["compact"]);
    assert!(code == 0 && said.contains("before") && said.contains("after"), "{said}");
    let (code, said, _) = store(&data, &["backup"]);
    assert!(code == 0 && said.contains("backups/backup-"), "{said}");
    let (code, _, error) = store(&data, &["import", "/nonexistent", "--force"]);
    assert!(code == 65 && error.contains("/nonexistent cannot be read"), "{error}");
    assert_eq!(store(&data, &["check"]).0, 0);
    let server = Server::start(&data);
    assert_eq!(server.images().await.len(), REPOSITORIES.len());
    assert!(server.get("/readyz").ends_with("ready\n"));
}
