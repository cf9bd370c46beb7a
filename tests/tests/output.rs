//! What the operator's tool prints of the recording of the demo is golden (`UPDATE=1` writes it anew), as people see it in a pipe.
//!
//! Not here: what changes from run to run, such as when a node was last heard (unit tests of `cli`), and forms for programs
//! (`decisions.rs`).

use anyhow::{Context, Result, ensure};
use plumbline_proto::v1::Verdict;
use plumbline_tests::{
    feed,
    harness::LIMIT,
    programs::{Server, binary},
    recording::read,
    wait::until,
};
use std::{fs, path::Path, process::Command};

#[test]
fn what_is_printed_of_the_demo_is_what_it_was() -> Result<()> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let directory = tempfile::tempdir()?;
    let server = Server::start(directory.path(), &["--budget", "20"])?;
    feed::feed(&server.grpc, 1, read(&fixtures.join("demo.plumb"))?)?;
    let attack = until("the attack", LIMIT, || {
        Ok(server.alerts("")?.into_iter().find(|alert| alert.verdict() == Verdict::Attack))
    })?;
    let digests = server.images("")?.into_iter().map(|image| image.digest).collect::<Vec<_>>();
    let [one, other, ..] = digests.as_slice() else { anyhow::bail!("{digests:?}") };
    let (id, image) = (attack.id.as_str(), attack.image_digest.as_str());
    let mut all = String::new();
    for line in [
        &["images", "list"][..],
        &["images", "list", "-o", "wide"],
        &["images", "show", image],
        &["images", "diff", one, other],
        &["images", "diff", one, other, "-o", "markdown"],
        &["alerts", "list"],
        &["alerts", "list", "-o", "wide"],
        &["alerts", "count", "--by", "verdict"],
        &["alerts", "show", id],
        &["alerts", "explain", id],
        &["alerts", "events", id],
        &["decisions", "list"],
        &["intent", "show", image],
        &["intent", "export", image],
    ] {
        let mut command = Command::new(binary("plumbline")?);
        let output = command.args(["--server", &server.grpc]).args(line).output()?;
        ensure!(output.status.success(), "{line:?}: {}", String::from_utf8_lossy(&output.stderr));
        all += &format!("$ plumbline {}\n{}\n", line.join(" "), String::from_utf8(output.stdout)?);
    }
    let golden = fixtures.join("output.txt");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&golden, &all)?;
    }
    let expected = fs::read_to_string(&golden).context("no golden output")?;
    let differs = all.lines().zip(expected.lines()).find(|(now, then)| now != then);
    ensure!(
        all == expected,
        "stale: look at the difference after: UPDATE=1 cargo test -p plumbline-tests --test output: {differs:?}"
    );
    Ok(())
}
