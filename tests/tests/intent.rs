//! Documents of intent and a real server that is fed the recording of the demo: what is exported is what the server knows,
//! and what is applied is decided once.
#![allow(clippy::indexing_slicing, reason = "what is missing fails the test")]

use anyhow::{Context, Result, ensure};
use plumbline_model::Dimension;
use plumbline_tests::{
    feed,
    harness::LIMIT,
    programs::{Server, binary},
    recording::read,
    wait::until,
};
use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

fn plumbline(server: &Server, line: &[&str]) -> Result<Output> {
    Ok(Command::new(binary("plumbline")?).args(["--server", &server.grpc]).args(line).output()?)
}

/// What a call prints that has to succeed.
fn said(server: &Server, line: &[&str]) -> Result<String> {
    let output = plumbline(server, line)?;
    ensure!(output.status.success(), "{line:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

fn json(server: &Server, line: &[&str]) -> Result<serde_json::Value> {
    Ok(serde_json::from_str(&said(server, &[line, &["-o", "json"]].concat())?)?)
}

/// A server that knows the images of the demo, and the digest of the one it knows best.
fn fed(directory: &Path) -> Result<(Server, String)> {
    let server = Server::start(directory, &["--budget", "20"])?;
    feed::feed(&server.grpc, 1, read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo.plumb"))?)?;
    let digest = until("an image", LIMIT, || {
        let images = json(&server, &["images", "list"])?;
        let images = images["images"].as_array().context("no images")?.clone();
        Ok(images.iter().filter_map(|image| image["digest"].as_str()).map(str::to_owned).next())
    })?;
    Ok((server, digest))
}

#[test]
fn what_is_exported_is_what_the_server_knows_and_the_same_each_time() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let (server, digest) = fed(directory.path())?;
    let shown = json(&server, &["intent", "show", &digest])?;
    let exported = json(&server, &["intent", "export", &digest])?;
    let (known, learned) = (&shown["behaviours"], &exported["learned"]);
    let known = known.as_array().context("nothing is known")?;
    // What reads the same is told together by the one, and by itself by the other.
    ensure!(!known.is_empty() && known.len() <= learned.as_array().context("nothing learned")?.len());
    let windows = |value: &serde_json::Value| value["learned"]["count"].as_str()?.parse::<u64>().ok();
    let sum: u64 = known.iter().filter_map(windows).sum();
    let told = learned.as_array().into_iter().flatten().filter_map(|learned| learned["windows"].as_u64());
    ensure!(sum > 0 && told.sum::<u64>() == sum, "counts were lost");
    ensure!(exported["metadata"]["digest"] == digest.as_str(), "{exported}");

    let (a, b) =
        (said(&server, &["intent", "export", &digest])?, said(&server, &["intent", "export", &digest])?);
    ensure!(a == b, "the order changes");
    let file = directory.path().join("a.yaml").display().to_string();
    fs::write(&file, &a)?;
    let differ = said(&server, &["intent", "diff", &file, &digest, "--exit-code"])?;
    ensure!(differ.contains("They say the same."), "{differ}");
    ensure!(said(&server, &["intent", "lint", &file])?.is_empty(), "what is exported is faulty");
    said(&server, &["intent", "report", &digest, "-o", "markdown"])?;
    Ok(())
}

#[test]
fn what_is_applied_is_decided_once_and_again_when_it_no_longer_holds() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let (server, digest) = fed(directory.path())?;
    let file = directory.path().join("a.yaml").display().to_string();
    fs::write(
        &file,
        format!(
            "# kept by the shop's team
apiVersion: plumbline.dev/v1
kind: Intent
metadata: {{name: web, digest: '{digest}'}}
approved:
- behaviour: {{dimension: spawn, context: /usr/bin/shop, value: /bin/sh}}
  reason: the report is a script
  expires: 2099-01-01T00:00:00Z
denied:
- behaviour: {{dimension: listen, context: /bin/nc, value: tcp/4444}}
  scope: all
  reason: no such thing
- behaviour: {{dimension: spawn, context: /bin/sh, value: /bin/nc}}
  scope: namespace
  namespace: shop
  reason: no such thing
"
        ),
    )?;
    let apply = ["intent", "apply", &file, "--author", "alice"];
    let actions = |told: &serde_json::Value| -> Vec<String> {
        let all = told.as_array().into_iter().flatten();
        all.filter_map(|one| one["action"].as_str()).map(str::to_owned).collect()
    };
    let dry = json(&server, &[&apply[..], &["--dry-run"]].concat())?;
    ensure!(actions(&dry) == ["would approve", "would deny", "would deny"], "{dry}");
    ensure!(said(&server, &["decisions", "list"])?.contains("No decisions."), "a dry run decided");
    let looked_at = dry[0]["etag"].as_str().context("no etag")?.to_owned();
    let told = said(&server, &[&apply[..], &["--dry-run"]].concat())?;
    ensure!(told.contains(&format!("--etag {looked_at}")), "{told}");
    let first = json(&server, &[&apply[..], &["--etag", &looked_at]].concat())?;
    ensure!(actions(&first) == ["approved", "denied", "denied"], "{first}");
    // It is now another's: nothing is done, and the error says how it stands.
    let outdated = plumbline(&server, &[&apply[..], &["--etag", &looked_at]].concat())?;
    let error = String::from_utf8_lossy(&outdated.stderr).into_owned();
    let now = first[0]["etag"].as_str().context("no etag")?;
    ensure!(
        outdated.status.code() == Some(1) && error.contains(now) && error.contains("--dry-run"),
        "{error}"
    );
    let several = plumbline(&server, &["intent", "apply", &file, &file, "--etag", now])?;
    ensure!(several.status.code() == Some(65), "an etag of two documents was taken");
    let again = json(&server, &[&apply[..], &["--etag", now]].concat())?;
    ensure!(actions(&again) == ["unchanged"; 3], "{again}");
    let listed = json(&server, &["decisions", "list"])?;
    ensure!(listed["decisions"].as_array().is_some_and(|all| all.len() == 3), "{listed}");

    // What comes back is what went in.
    let exported = json(&server, &["intent", "export", &digest])?;
    let approved = &exported["approved"][0];
    ensure!(approved["reason"] == "the report is a script" && approved["author"] == "alice", "{exported}");
    ensure!(approved["expires"] == "2099-01-01T00:00:00Z", "{exported}");
    ensure!(exported["denied"][0]["scope"] == "all", "{exported}");

    let id = first[1]["decision"].as_str().context("no id")?;
    said(&server, &["decisions", "revoke", id, "--author", "bob"])?;
    let after = json(&server, &apply)?;
    ensure!(actions(&after) == ["unchanged", "denied", "unchanged"], "{after}");
    ensure!(after[1]["decision"] != id, "it was not decided again: {after}");

    // What leaves the document is taken back if somebody says so.
    let text = fs::read_to_string(&file)?;
    fs::write(&file, text.split_once("denied:").context("nothing is denied")?.0)?;
    ensure!(actions(&json(&server, &apply)?) == ["unchanged"], "something was taken back unasked");
    let reduced = json(&server, &[&apply[..], &["--revoke-missing"]].concat())?;
    ensure!(actions(&reduced) == ["unchanged", "revoked", "revoked"], "{reduced}");
    Ok(())
}

#[test]
fn what_one_server_learned_is_the_start_of_the_image_on_another() -> Result<()> {
    let (staging, production) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let (server, digest) = fed(staging.path())?;
    let file = staging.path().join("a.yaml").display().to_string();
    fs::write(&file, said(&server, &["intent", "export", &digest])?)?;
    let learned = json(&server, &["intent", "export", &digest])?["learned"].clone();
    let production = Server::start(production.path(), &["--budget", "20"])?;
    let apply = ["intent", "apply", &file, "--learned", "--author", "alice"];
    let action = |told: &serde_json::Value| told[0]["action"].as_str().unwrap_or_default().to_owned();
    let dry = json(&production, &[&apply[..], &["--dry-run"]].concat())?;
    ensure!(action(&dry) == "would teach", "{dry}");
    ensure!(
        plumbline(&production, &["images", "show", &digest])?.status.code() == Some(3),
        "a dry run taught"
    );
    let taught = json(&production, &apply)?;
    ensure!(action(&taught) == "taught", "{taught}");
    ensure!(json(&production, &["intent", "export", &digest])?["learned"] == learned, "something was lost");
    // The document of one cluster beside the other cluster.
    let difference = json(&production, &["intent", "diff", &file, &digest])?;
    for side in ["onlyA", "onlyB"] {
        let of = difference[side].as_array().context("no such side")?;
        ensure!(of.iter().all(|said| said["section"] != "learned"), "{difference}");
    }
    let again = json(&production, &apply)?;
    ensure!(["unchanged", "left"].contains(&action(&again).as_str()), "{again}");
    Ok(())
}

#[test]
fn two_images_of_a_server_are_compared_by_what_was_learned_of_them() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let (server, _) = fed(directory.path())?;
    let images = until("two images", LIMIT, || {
        let images = json(&server, &["images", "list"])?["images"].clone();
        let digests: Vec<String> = images
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|image| image["digest"].as_str().map(str::to_owned))
            .collect();
        Ok((digests.len() >= 2).then_some(digests))
    })?;
    let code = |line: &[&str]| Ok::<_, anyhow::Error>(plumbline(&server, line)?.status.code());
    let (one, other) = (images[0].as_str(), images[1].as_str());
    ensure!(code(&["intent", "diff", one, one, "--exit-code"])? == Some(0), "an image differs from itself");
    ensure!(code(&["intent", "diff", one, other, "--exit-code"])? == Some(1), "two images are the same");
    let told = json(&server, &["intent", "diff", one, other])?;
    let learned = |side: &str| {
        told[side].as_array().is_some_and(|said| said.iter().any(|said| said["section"] == "learned"))
    };
    ensure!(learned("onlyA") && learned("onlyB"), "{told}");
    Ok(())
}

#[test]
fn a_faulty_document_decides_nothing_of_what_is_sound_in_it() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let (server, _) = fed(directory.path())?;
    let file = directory.path().join("a.yaml").display().to_string();
    let head = "apiVersion: plumbline.dev/v1\nkind: Intent\nmetadata: {name: web}\ndenied:\n";
    let entry = "- behaviour: {dimension: spawn, context: a, value: b}\n  scope: all\n  reason: ";
    fs::write(&file, format!("{head}{entry}r\n{entry}''\n"))?;
    let output = plumbline(&server, &["intent", "apply", &file, "--author", "alice"])?;
    ensure!(output.status.code() == Some(65), "{}", String::from_utf8_lossy(&output.stderr));
    ensure!(said(&server, &["decisions", "list"])?.contains("No decisions."), "half of it was decided");
    fs::write(&file, format!("{head}{}r\n", entry.replace("scope: all", "scope: image")))?;
    let output = plumbline(&server, &["intent", "apply", &file, "--author", "alice"])?;
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.code() == Some(65) && error.contains("--image"), "{error}");
    Ok(())
}

/// The tool has a list of its own, so that it needs no server to tell what is misspelt.
#[test]
fn lint_knows_the_dimensions_that_the_model_has_and_no_other() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("intent.yaml").display().to_string();
    let faulty = |dimension: &str| -> Result<bool> {
        let behaviour = serde_json::json!({ "dimension": dimension, "context": "c", "value": "v" });
        let document = serde_json::json!({
            "apiVersion": "plumbline.dev/v1",
            "kind": "Intent",
            "metadata": { "name": "x" },
            "denied": [{ "behaviour": behaviour, "reason": "r" }],
        });
        fs::write(&file, document.to_string())?; // JSON is YAML
        let output = Command::new(binary("plumbline")?).args(["intent", "lint", &file]).output()?;
        Ok(!output.status.success())
    };
    for dimension in Dimension::ALL {
        ensure!(!faulty(dimension.name())?, "{} is not known", dimension.name());
    }
    ensure!(faulty("spawns")?, "any dimension is taken");
    Ok(())
}
