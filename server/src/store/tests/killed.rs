//! A process that is killed while it commits: what it said to be durable is, and the store is of one commit.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
};

use super::*;
use crate::store::report::How;

const FOLDER: &str = "PLUMBLINE_TEST_STORE";
const BYTES: usize = 20_000;

#[test]
#[ignore = "the program that the next test kills"]
fn commits_until_killed() {
    let folder = PathBuf::from(std::env::var_os(FOLDER).unwrap());
    let (store, _) = Store::open_when_free(&folder);
    let first = locked(&store.live).totals.commit + 1;
    let images = images(3);
    let plan = Plan::default_in(&folder);
    for number in first.. {
        store.commit(&commit(number, &images, BYTES)).unwrap();
        writeln!(std::io::stderr(), "durable {number}").unwrap();
        if number % 10 == 0 {
            store.back_up(&plan, number, &|| false).unwrap();
        }
    }
}

#[test]
fn what_was_durable_when_a_process_was_killed_is_there_and_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mut durable = 0;
    for round in 0..20 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "store::tests::killed::commits_until_killed", "--ignored", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stderr.take().unwrap()).lines();
        let numbers = said.filter_map(|line| line.unwrap().strip_prefix("durable ")?.parse().ok());
        durable =
            numbers.take(1 + 7 * round % 30).last().unwrap_or_else(|| panic!("no commit in round {round}"));
        child.kill().unwrap();
        child.wait().unwrap();
        let (store, stored, report) = open(folder.path());
        assert_eq!((told(&report).as_str(), report.how), ("", How::Whole), "round {round}");
        let commit = locked(&store.live).totals.commit;
        assert!(commit >= durable, "{durable} was durable, {commit} is there");
        let (_, first) = stored.sessions.iter().find(|(id, _)| *id == [1; 16]).unwrap();
        assert_eq!((first.durable, stored.cursors.unwrap().1), (commit, commit));
    }
    assert!(durable > 200, "only {durable} commits");
}
