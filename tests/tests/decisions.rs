//! Answering alerts end to end: a real server that is fed the recording of the demo, and the operator's real tool.
#![allow(clippy::indexing_slicing, reason = "what is missing fails the test")]

use anyhow::{Context, Result, ensure};
use plumbline_proto::v1::{Alert, AlertChange, Pod, Verdict};
use plumbline_tests::{
    feed,
    harness::LIMIT,
    programs::{Server, binary},
    recording::read,
    wait::until,
};
use std::{
    collections::BTreeMap,
    fs::File,
    path::Path,
    process::{Command, Output},
};

/// Sends the recording as a collector's session of its own, and waits until all of it is durable.
fn feed(server: &Server, session: u8) -> Result<()> {
    feed_within(server, session, "")
}

/// The same as of pods in a namespace; of none, if it is empty.
fn feed_within(server: &Server, session: u8, namespace: &str) -> Result<()> {
    let mut batches = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo.plumb"))?;
    for batch in batches.iter_mut().filter(|_| !namespace.is_empty()) {
        let namespace_at = u32::try_from(batch.strings.len())?;
        batch.strings.extend([namespace.to_owned().into(), "pod".into()]);
        let pod = Pod { namespace: namespace_at, name: namespace_at + 1, ..Default::default() };
        batch.containers.iter_mut().for_each(|container| container.pod = Some(pod.clone()));
    }
    feed::feed(&server.grpc, session, batches)
}

fn plumbline(server: &Server, line: &[&str]) -> Result<Output> {
    Ok(Command::new(binary("plumbline")?).args(["--server", &server.grpc]).args(line).output()?)
}

/// What a call prints that has to succeed.
fn said(server: &Server, line: &[&str]) -> Result<String> {
    let output = plumbline(server, line)?;
    ensure!(output.status.success(), "{line:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

fn judged(server: &Server, verdict: Verdict) -> Result<Alert> {
    until(verdict.as_str_name(), LIMIT, || {
        Ok(server.alerts("")?.into_iter().find(|alert| alert.verdict() == verdict))
    })
}

/// The alerts in which a person's denial is evidence.
fn denied(server: &Server) -> Result<Vec<Alert>> {
    let is_denied = |alert: &Alert| alert.evidence.iter().any(|item| item.name == "denied_behaviour");
    Ok(server.alerts("")?.into_iter().filter(is_denied).collect())
}

#[test]
fn what_is_approved_is_not_told_again_and_what_is_denied_is() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let server = Server::start(directory.path(), &["--budget", "20"])?;
    feed(&server, 1)?;
    let (drift, attack) = (judged(&server, Verdict::Drift)?, judged(&server, Verdict::Attack)?);

    let shown = said(&server, &["alerts", "show", &drift.id])?;
    let (_, added) = shown.split_once("Approving it would make known:").context("no such section")?;
    ensure!(drift.findings.iter().all(|finding| added.contains(&finding.dimension)), "{shown}");
    let dry = said(&server, &["alerts", "approve", &drift.id, "--dry-run"])?;
    ensure!(dry.starts_with("Would approve in image "), "{dry}");
    ensure!(said(&server, &["decisions", "list"])?.contains("No decisions."), "a dry run decided");

    let line = ["alerts", "approve", &drift.id[..12], "--reason", "planned", "--author", "alice"];
    let approved = said(&server, &line)?;
    ensure!(approved.starts_with("Approved in image "), "{approved}");
    let taken_back = judged(&server, Verdict::Normal)?;
    ensure!(taken_back.id == drift.id && taken_back.story.starts_with("approved by alice"), "{taken_back:?}");
    feed(&server, 2)?;
    let news = server.alerts("")?;
    ensure!(news.contains(&taken_back), "the approved alert changed: {news:#?}");
    let value = &drift.findings[0].value;
    let again = news.iter().filter(|alert| alert.id != drift.id);
    let again = again.flat_map(|alert| &alert.findings).any(|finding| finding.value == *value);
    ensure!(!again, "what was approved was told again: {news:#?}");

    let line =
        ["alerts", "deny", &attack.id, "--finding", "1", "--reason", "no such tool", "--author", "bob"];
    said(&server, &line)?;
    let server = server.kill()?.start()?;
    let moved = said(&server, &["decisions", "feedback", &attack.image_digest])?;
    ensure!(moved.contains(&attack.evidence[0].name), "the denial moved nothing: {moved}");
    let before: u64 = denied(&server)?.iter().map(|alert| alert.events).sum();
    // The incident is still open: a repeat is told when it has twice as many events.
    for session in 3..6 {
        feed(&server, session)?;
    }
    let told = until("the denied behaviour to be told", LIMIT, || {
        let told = denied(&server)?;
        Ok((told.iter().map(|alert| alert.events).sum::<u64>() > before).then_some(told))
    })?;
    let fact = told[0].evidence.iter().find(|item| item.name == "denied_behaviour").context("no evidence")?;
    ensure!(fact.fact.ends_with("was denied by bob: no such tool"), "{fact:?}");

    let listed = said(&server, &["decisions", "list", "-o", "json"])?;
    let listed: serde_json::Value = serde_json::from_str(&listed)?;
    let decisions = listed["decisions"].as_array().context("no list")?;
    let id = decisions.iter().find(|d| d["kind"] == "DECISION_KIND_DENY").context("no denial")?["id"].clone();
    let id = id.as_str().context("no id")?;
    ensure!(
        said(&server, &["decisions", "revoke", id, "--author", "carol"])?.contains("by carol"),
        "not revoked"
    );
    ensure!(!said(&server, &["decisions", "list"])?.contains(&id[..12]), "a revoked decision holds");
    ensure!(
        said(&server, &["decisions", "list", "--all"])?.contains(&id[..12]),
        "a revoked decision is lost"
    );
    Ok(())
}

#[test]
fn alerts_are_exported_whole_and_progress_and_colours_are_for_terminals_only() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let server = Server::start(directory.path(), &["--budget", "20"])?;
    feed(&server, 1)?;
    judged(&server, Verdict::Attack)?;
    let all = server.alerts("")?;
    let told = |text: &str| -> Result<Vec<Alert>> {
        text.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
    };
    let output = plumbline(&server, &["alerts", "export"])?;
    ensure!(told(&String::from_utf8(output.stdout)?)? == all, "not all, or in another order");
    ensure!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    // What severity and technique say is the same as what is in the alerts.
    let attacks: Vec<_> = all.iter().filter(|alert| alert.verdict() == Verdict::Attack).cloned().collect();
    let severe = ["alerts", "export", "--severity", "critical", "--severity", "high"];
    ensure!(told(&said(&server, &severe)?)? == attacks, "severity chose others");
    let technique = attacks[0].evidence.iter().map(|item| &item.technique).find(|name| !name.is_empty());
    let technique = technique.context("an attack without a technique")?;
    let found = told(&said(&server, &["alerts", "export", "--technique", technique])?)?;
    let of = |alert: &Alert| alert.evidence.iter().any(|item| item.technique == *technique);
    ensure!(
        found == all.iter().filter(|alert| of(alert)).cloned().collect::<Vec<_>>(),
        "technique chose others"
    );

    let file = directory.path().join("alerts.jsonl");
    std::fs::write(&file, "of yesterday")?;
    let to = file.to_str().context("no path")?;
    let line = said(&server, &["alerts", "export", "--to", to])?;
    ensure!(line.starts_with(&format!("{} alerts are in ", all.len())), "{line}");
    ensure!(told(&std::fs::read_to_string(&file)?)? == all, "the file has others");
    let nowhere = directory.path().join("none/alerts.jsonl");
    let output = plumbline(&server, &["alerts", "export", "--to", nowhere.to_str().context("no path")?])?;
    let error = String::from_utf8(output.stderr)?;
    ensure!(output.status.code() == Some(65) && error.contains("none/alerts.jsonl"), "{error}");

    // script(1) gives it a terminal.
    let call = format!("{} --server {} alerts export --to {to}", binary("plumbline")?.display(), server.grpc);
    let output = Command::new("script").args(["-qec", &call, "/dev/null"]).output()?;
    let shown = String::from_utf8(output.stdout)?;
    ensure!(output.status.success() && shown.contains(&format!("0 of {} alerts", all.len())), "{shown:?}");
    // So does it colours, unless they are not wanted; a pipe has none.
    let list = format!("{} --server {} alerts list", binary("plumbline")?.display(), server.grpc);
    let coloured = |no_color: &str| -> Result<bool> {
        let mut command = Command::new("script");
        command.args(["-qec", &list, "/dev/null"]).env("TERM", "xterm").env("NO_COLOR", no_color);
        if no_color.is_empty() {
            command.env_remove("NO_COLOR");
        }
        let shown = String::from_utf8(command.output()?.stdout)?;
        ensure!(shown.contains("ATTACK"), "{shown:?}");
        Ok(shown.contains("\u{1b}[31m"))
    };
    ensure!(coloured("")? && !coloured("1")?, "colours on a terminal, but not against NO_COLOR");
    ensure!(!said(&server, &["alerts", "list"])?.contains('\u{1b}'), "colours in a pipe");
    Ok(())
}

#[test]
fn what_is_approved_for_a_namespace_is_told_in_others() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let server = Server::start(directory.path(), &["--budget", "20"])?;
    feed_within(&server, 1, "shop")?;
    let drift = judged(&server, Verdict::Drift)?;
    ensure!(said(&server, &["alerts", "show", &drift.id])?.contains(", namespace shop"), "no namespace");
    let line =
        ["alerts", "approve", &drift.id, "--scope", "namespace", "--reason", "planned", "--author", "alice"];
    let approved = said(&server, &line)?;
    ensure!(approved.starts_with("Approved in namespace shop, for good:"), "{approved}");
    ensure!(said(&server, &["decisions", "list"])?.contains("namespace shop"), "not listed");
    let taken_back = judged(&server, Verdict::Normal)?;
    ensure!(taken_back.id == drift.id, "{taken_back:?}");
    feed_within(&server, 2, "bank")?;
    let again = judged(&server, Verdict::Drift)?;
    ensure!(again.namespace == "bank", "{again:?}");
    Ok(())
}

#[test]
fn what_is_done_about_an_alert_is_shown_listed_and_counted() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let server = Server::start(directory.path(), &["--budget", "20"])?;
    feed_within(&server, 1, "shop")?;
    let attack = judged(&server, Verdict::Attack)?;
    let (id, revision) = (attack.id.as_str(), attack.revision.to_string());
    let by = ["--author", "alice", "--note", "look\nhere"];
    let ack = [&["alerts", "ack", id, "--revision", &revision, "--request-id", "r1"], &by[..]].concat();
    ensure!(said(&server, &ack)?.contains("acknowledged; by alice"), "not acknowledged");
    ensure!(said(&server, &ack)?.contains("acknowledged; by alice"), "not the same when made twice");
    said(&server, &[&["alerts", "assign", id, "--to", "bob"], &by[..]].concat())?;
    let shown = said(&server, &["alerts", "show", id])?;
    ensure!(shown.contains("State      acknowledged, assigned to bob; by alice"), "{shown}");
    ensure!(shown.contains("look\\nhere"), "{shown}");
    let resolve = [&["alerts", "resolve", id, "--as", "attack-confirmed"], &by[..]].concat();
    ensure!(said(&server, &resolve)?.contains("resolved as an attack, assigned to bob"), "not resolved");

    let resolved = said(&server, &["alerts", "list", "--state", "resolved", "--namespace", "shop"])?;
    ensure!(resolved.contains(&id[..12]) && resolved.lines().count() == 2, "{resolved}");
    let none = said(&server, &["alerts", "list", "--assignee", "bob", "--until", "1h"])?;
    ensure!(none.contains("No alerts."), "{none}");
    let counted = said(&server, &["alerts", "count", "--by", "state", "--since", "1h"])?;
    ensure!(counted.contains("       1  resolved\n") && counted.contains("  in all\n"), "{counted}");
    let paged = said(&server, &["alerts", "list", "--limit", "1"])?;
    let (_, token) = paged.split_once("--page ").context("no token")?;
    let token = token.split(',').next().context("no token")?;
    let next = said(&server, &["alerts", "list", "--limit", "1", "--page", token])?;
    ensure!(next.lines().nth(1) != paged.lines().nth(1) && next.lines().count() >= 2, "{paged}{next}");

    let outdated = plumbline(&server, &[&["alerts", "reopen", id, "--revision", "1"], &by[..]].concat())?;
    let told = String::from_utf8(outdated.stderr)?;
    ensure!(outdated.status.code() == Some(1) && told.contains("alerts show"), "{told}");
    said(&server, &[&["alerts", "reopen", id], &by[..]].concat())?;
    ensure!(
        said(&server, &["alerts", "list", "--state", "resolved"])?.contains("No alerts."),
        "still resolved"
    );
    ensure!(said(&server, &["alerts", "consumers"])?.contains("No consumers."), "who is that");
    let missing = plumbline(&server, &["alerts", "forget", "siem"])?;
    ensure!(missing.status.code() == Some(3), "{missing:?}");
    Ok(())
}

#[test]
fn mistakes_in_an_answer_are_named_with_the_way_out() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let server = Server::start(directory.path(), &["--budget", "20"])?;
    feed(&server, 1)?;
    let alert = judged(&server, Verdict::Attack)?;
    let id = alert.id.as_str();
    for (line, code, word) in [
        (&["alerts", "approve", "zzz", "--reason", "r", "--author", "a"][..], 3, "alerts list"),
        (&["alerts", "deny", id, "--author", "a"], 64, "--reason"),
        (&["alerts", "deny", id, "--author", "a", "--reason", " "], 64, "reason: empty"),
        (&["alerts", "deny", id, "--author", "a", "--reason", "r", "--expires", "soon"], 64, "30d"),
        (&["alerts", "deny", id, "--author", "a", "--reason", "r", "--finding", "64"], 64, "findings 1 to"),
        (
            &["alerts", "deny", id, "--author", "a", "--reason", "r", "--scope", "namespace"],
            64,
            "scope: the container is in no namespace",
        ),
        (&["decisions", "revoke", "zzz", "--author", "a"], 3, "decisions list"),
        (&["images", "lock", "no/such", "--author", "a"], 3, "images list"),
        (&["status", "-o", "markdown"], 64, "-o json"),
    ] {
        let output = plumbline(&server, line)?;
        let told = String::from_utf8(output.stderr)?;
        ensure!(
            output.status.code() == Some(code) && told.contains(word),
            "{line:?}: {} {told}",
            output.status
        );
    }
    Ok(())
}

#[test]
fn two_images_are_compared_and_a_locked_one_says_so() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let server = Server::start(directory.path(), &["--budget", "20"])?;
    feed(&server, 1)?;
    let images = server.images("")?;
    ensure!(images.len() > 1, "{images:?}");
    let (a, b) = (images[0].digest.as_str(), images[1].digest.as_str());
    let markdown = plumbline(&server, &["images", "diff", a, b, "--exit-code", "-o", "markdown"])?;
    ensure!(markdown.status.code() == Some(1), "{markdown:?}");
    ensure!(String::from_utf8(markdown.stdout)?.contains("### Only "), "no Markdown");
    let same = plumbline(&server, &["images", "diff", a, a, "--exit-code"])?;
    ensure!(
        same.status.success() && String::from_utf8(same.stdout)?.contains("the same"),
        "an image differs"
    );
    let json: serde_json::Value =
        serde_json::from_str(&said(&server, &["images", "diff", a, b, "-o", "json"])?)?;
    ensure!(json["only_a"].as_array().is_some_and(|only| !only.is_empty()), "{json}");

    ensure!(said(&server, &["images", "lock", a, "--author", "a"])?.contains("locked"), "not locked");
    let server = server.kill()?.start()?;
    ensure!(said(&server, &["images", "list", a])?.contains("locked"), "a restart lost the lock");
    let reset = plumbline(&server, &["images", "reset", a, "--author", "a"])?;
    ensure!(reset.status.code() == Some(1), "a locked image was reset: {reset:?}");
    ensure!(!said(&server, &["images", "unlock", a, "--author", "a"])?.contains("locked"), "still locked");
    let shown = said(&server, &["images", "show", a, "--dimension", "spawn"])?;
    ensure!(shown.contains("Revision 2: unlocked by ") && shown.contains("\nspawn "), "{shown}");
    let again = plumbline(&server, &["images", "archive", a, "--author", "a", "--revision", "1"])?;
    ensure!(again.status.code() == Some(1), "an outdated request was taken: {again:?}");
    let done = ["images", "reset", a, "--author", "alice", "--reason", "learn anew", "--request-id", "r"];
    said(&server, &done)?;
    said(&server, &done)?;
    let shown = said(&server, &["images", "show", a])?;
    ensure!(shown.contains("Revision 3: ") && shown.contains("learn anew"), "{shown}");
    ensure!(shown.contains("Nothing is known of what it does."), "{shown}");
    let behaviour = ["--dimension", "spawn", "--context", "/bin/a", "--value", "/bin/b"];
    let by = ["--author", "alice", "--reason", "no", "--request-id", "s"];
    let deny = [&["intent", "deny", a], &behaviour[..], &by[..]].concat();
    let denied = said(&server, &deny)?;
    ensure!(denied.starts_with("Denied in image ") && said(&server, &deny)? == denied, "{denied}");
    let shown = said(&server, &["intent", "show", a, "--decided"])?;
    ensure!(shown.contains("DENIED by alice [") && shown.matches("DENIED").count() == 1, "{shown}");
    let approve = [&["intent", "approve", b], &behaviour[..], &by[..5], &["t"]].concat();
    let approved = said(&server, &approve)?;
    ensure!(approved.starts_with("Approved in image ") && said(&server, &approve)? == approved, "{approved}");
    let shown = said(&server, &["intent", "show", b, "--decided"])?;
    ensure!(shown.contains("approved by alice [") && !shown.contains("DENIED"), "{shown}");
    let nowhere = [&["intent", "deny"], &behaviour[..], &by[..4]].concat();
    let nowhere = plumbline(&server, &nowhere)?;
    ensure!(String::from_utf8(nowhere.stderr)?.contains("image: empty"), "an image is needed");
    said(&server, &["images", "archive", a, "--author", "alice"])?;
    let archived = said(&server, &["images", "list", "--state", "archived"])?;
    ensure!(archived.lines().count() == 2, "{archived}");
    Ok(())
}

#[test]
fn every_form_of_an_answer_has_the_same_value_and_jsonl_a_line_for_each_thing() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let server = Server::start(directory.path(), &["--budget", "20"])?;
    feed(&server, 1)?;
    let alert = judged(&server, Verdict::Attack)?;
    let (id, image) = (alert.id.as_str(), alert.image_digest.as_str());
    said(&server, &["alerts", "deny", id, "--reason", "no", "--author", "alice"])?;
    for (line, list) in [
        (&["status"][..], None),
        (&["images", "list"], Some("images")),
        (&["images", "show", image], None),
        (&["alerts", "list"], Some("alerts")),
        (&["alerts", "count", "--by", "verdict"], None),
        (&["alerts", "show", id], None),
        (&["alerts", "explain", id], None),
        (&["alerts", "consumers"], Some("consumers")),
        (&["decisions", "list"], Some("decisions")),
        (&["decisions", "feedback"], Some("images")),
        (&["intent", "show", image], None),
        (&["nodes", "list"], Some("nodes")),
        (&["containers", "list"], Some("containers")),
        (&["audit", "list"], Some("entries")),
    ] {
        let form = |form: &str| said(&server, &[line, &["-o", form]].concat());
        let json: serde_json::Value = serde_json::from_str(&form("json")?)?;
        let yaml: serde_json::Value = serde_saphyr::from_str(&form("yaml")?)?;
        ensure!(json == yaml, "{line:?}: {json} is not {yaml}");
        let lines = form("jsonl")?;
        let lines = lines.lines().map(serde_json::from_str).collect::<Result<Vec<serde_json::Value>, _>>()?;
        let expected = match list {
            Some(list) => json[list].as_array().context("no list")?.clone(),
            None => vec![json],
        };
        ensure!(lines == expected, "{line:?}: {lines:?}");
        said(&server, &[line, &["-o", "wide"]].concat())?;
    }
    let events = said(&server, &["alerts", "events", id, "-o", "jsonl"])?;
    let documents: Vec<serde_json::Value> =
        serde_saphyr::from_multiple(&said(&server, &["alerts", "events", id, "-o", "yaml"])?)?;
    ensure!(events.lines().count() == documents.len() && !documents.is_empty(), "{events}");
    // People see whole ids where there is room.
    let wide = said(&server, &["alerts", "list", "-o", "wide"])?;
    ensure!(wide.contains(id) && wide.contains("NAMESPACE"), "{wide}");
    // Who reads lines is told beside them that there are more.
    let first = plumbline(&server, &["alerts", "list", "--limit", "1", "-o", "jsonl"])?;
    let note = String::from_utf8(first.stderr)?;
    ensure!(String::from_utf8(first.stdout)?.lines().count() == 1 && note.contains("--page "), "{note}");
    Ok(())
}

#[test]
fn a_watch_goes_on_through_a_crash_of_the_server_and_misses_nothing_and_repeats_nothing() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let server = Server::start(directory.path(), &["--budget", "20"])?;
    feed(&server, 1)?;
    judged(&server, Verdict::Attack)?;
    let (told, log) = (directory.path().join("told.jsonl"), directory.path().join("watch.log"));
    let mut watch = Command::new(binary("plumbline")?)
        .args(["--server", &server.grpc, "alerts", "watch", "-o", "jsonl"])
        .stdout(File::create(&told)?)
        .stderr(File::create(&log)?)
        .spawn()?;
    let (watched, ended) = (told.clone(), directory.path().join("ended"));
    let result = (|| {
        until("the first change", LIMIT, || Ok((!std::fs::read(&told)?.is_empty()).then_some(())))?;
        let server = server.kill()?;
        until("the note of the crash", LIMIT, || {
            Ok(std::fs::read_to_string(&log)?.contains("connecting again after").then_some(()))
        })?;
        let server = server.start()?;
        let attack = judged(&server, Verdict::Attack)?;
        said(&server, &["alerts", "ack", &attack.id, "--author", "alice"])?;
        let changes = until("what was done after the crash", LIMIT, || {
            let lines = std::fs::read_to_string(&watched)?;
            let changes = lines.lines().map(serde_json::from_str).collect::<Result<Vec<AlertChange>, _>>();
            let Ok(changes) = changes else { return Ok(None) }; // the last line is not whole yet
            let done = |change: &AlertChange| {
                change
                    .alert
                    .as_ref()
                    .is_some_and(|alert| alert.triage.as_ref().is_some_and(|t| t.author == "alice"))
            };
            Ok(changes.last().is_some_and(done).then_some(changes))
        })?;
        ensure!(changes.windows(2).all(|two| two[0].cursor < two[1].cursor), "told twice, or not in order");
        // The newest change of each alert is the alert.
        let newest: BTreeMap<&str, &Alert> = changes
            .iter()
            .filter_map(|change| change.alert.as_ref())
            .map(|alert| (&*alert.id, alert))
            .collect();
        let all = server.alerts("")?;
        ensure!(
            all.iter().all(|alert| newest.get(&*alert.id) == Some(&alert)),
            "missed: {newest:?} of {all:?}"
        );
        // Who has read enough is left alone.
        let line = format!(
            "set -o pipefail; {} --server {} alerts watch | head -n 1 > {}",
            binary("plumbline")?.display(),
            server.grpc,
            ended.display()
        );
        let first = Command::new("bash").args(["-c", &line]).spawn()?;
        until("the first line", LIMIT, || {
            Ok((std::fs::read(&ended).unwrap_or_default().len() > 1).then_some(()))
        })?;
        // It hears of the closed pipe when there is something to tell.
        said(&server, &["alerts", "reopen", &attack.id, "--author", "alice"])?;
        let output = first.wait_with_output()?;
        ensure!(output.status.success(), "{output:?}");
        Ok(())
    })();
    watch.kill()?;
    watch.wait()?;
    result.with_context(|| std::fs::read_to_string(&log).unwrap_or_default())
}

#[test]
fn what_containers_call_things_reaches_no_terminal_as_it_is() -> Result<()> {
    const LURE: &str = "\u{1b}[2J\u{202e}\r\u{7}";
    let directory = tempfile::tempdir()?;
    let server = Server::start(directory.path(), &["--budget", "20"])?;
    let mut batches = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo.plumb"))?;
    for text in batches.iter_mut().flat_map(|batch| &mut batch.strings) {
        // Paths and names, but neither addresses nor digests.
        let is_name = text.first().is_some_and(|first| *first == b'/' || first.is_ascii_alphabetic());
        if is_name && !text.starts_with(b"sha256:") {
            *text = [&text[..], LURE.as_bytes()].concat().into();
        }
    }
    feed::feed(&server.grpc, 1, batches)?;
    let alert = judged(&server, Verdict::Attack)?;
    let (id, image) = (alert.id.as_str(), alert.image_digest.as_str());
    for line in [
        &["images", "list"][..],
        &["images", "show", image],
        &["images", "diff", image, image],
        &["alerts", "list"],
        &["alerts", "show", id],
        &["alerts", "explain", id],
        &["alerts", "events", id],
        &["alerts", "count", "--by", "image"],
        &["alerts", "export"],
        &["intent", "show", image],
        &["intent", "export", image],
        &["nodes", "list"],
        &["containers", "list"],
        &["alerts", "approve", id, "--dry-run"],
    ] {
        for form in ["table", "wide", "json", "jsonl", "yaml", "markdown"] {
            let output = plumbline(&server, &[line, &["-o", form]].concat())?;
            let all = [output.stdout, output.stderr].concat();
            let all = String::from_utf8(all)?;
            let bare = |one: char| one.is_control() && one != '\n' || one == '\u{202e}';
            ensure!(!all.contains(bare), "{line:?} -o {form}: {all:?}");
            ensure!(!all.is_empty(), "{line:?} -o {form} says nothing");
        }
    }
    let missing = plumbline(&server, &["alerts", "show", &format!("none{LURE}")])?;
    ensure!(!String::from_utf8(missing.stderr)?.contains('\u{1b}'), "an error is said as it came");
    said(&server, &["nodes", "forget", "lab"]).map(drop)
}
