//! What an image declares comes from its running containers as from its files, and outlives the server's death.

use anyhow::{Context, Result, ensure};
use plumbline_tests::{
    docker::{Lab, docker},
    harness::{IDLE, LIMIT},
    programs::{Server, binary, collector},
    wait::until,
};
use std::{fs, path::Path, process::Command};

fn plumbline(server: &Server, line: &[&str]) -> Result<serde_json::Value> {
    let mut command = Command::new(binary("plumbline")?);
    let output = command.args(["--server", &server.grpc, "-o", "json"]).args(line).output()?;
    ensure!(output.status.success(), "{line:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// What is said of what is declared on one side only.
fn declared(difference: &serde_json::Value, side: &str) -> Vec<String> {
    let all = difference[side].as_array().into_iter().flatten();
    let declared = all.filter(|said| said["section"] == "declared");
    declared.filter_map(|said| said["what"].as_str()).map(str::to_owned).collect()
}

pub(super) fn same_facts() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let mut lab = Lab::new("same-facts")?;
    let repository = format!("plumbline-same-facts-{}/idle", std::process::id());
    let image = lab.image(&repository, &[("app/run", IDLE)], &["/app/run"])?;
    let instructions = [
        "CMD [\"--port\", \"80\"]",
        "ENV A_NAME=its-value-goes-nowhere",
        "USER 12:34",
        "EXPOSE 8080",
        "EXPOSE 53/udp",
        "VOLUME /data",
        "HEALTHCHECK --interval=1h CMD /bin/sh -c 'exit 0'",
    ];
    let image = lab.declaring(&image, &instructions)?;
    let file = directory.path().join("image.json").display().to_string();
    fs::write(&file, docker(&["image", "inspect", &image])?)?;
    let server = Server::start(directory.path(), &[])?;
    let from_file = plumbline(&server, &["intent", "from", "image", &file])?;
    let document = directory.path().join("image.yaml").display().to_string();
    fs::write(&document, serde_json::to_string(&from_file[0])?)?; // JSON is YAML
    saved(&server, directory.path(), (&image, &document))?;

    let options = ["run", "--server", &server.grpc, "--node", "e2e", "--exposure-window", "200ms"];
    let _collector = collector(directory.path(), "collector", &options)?;
    lab.run(&image, "plain", &[], &[])?;
    let difference = |server: &Server| plumbline(server, &["intent", "diff", &document, &repository]);
    until("the server to hear of it", LIMIT, || {
        Ok(server.images(&repository)?.first().is_some_and(|image| image.exposures > 0).then_some(()))
    })?;
    let told = difference(&server)?;
    let (only_file, only_server) = (declared(&told, "onlyA"), declared(&told, "onlyB"));
    ensure!(only_file.is_empty() && only_server.is_empty(), "{told:#}");

    // What another container is started with comes on top, and all of it is still known after a crash.
    let name = lab.run(
        &image,
        "other",
        &["--user", "7", "--cap-add", "NET_ADMIN", "--tmpfs", "/scratch", "--read-only", "--pid", "host"],
        &["--port", "81"],
    )?;
    let all = until("the server to hear of the other", LIMIT, || {
        let all = plumbline(&server, &["intent", "export", &repository])?["declared"].clone();
        Ok((all["user"]["value"] == "7").then_some(all))
    })?;
    let from = format!("server: container {name}");
    ensure!(all["user"]["from"] == from.as_str(), "{all:#}");
    ensure!(all["command"]["value"] == serde_json::json!(["/app/run", "--port", "81"]), "{all:#}");
    ensure!(all["cmd"]["value"] == serde_json::json!(["--port", "80"]), "the image's stays: {all:#}");
    ensure!(all["capabilities"][0]["name"] == "NET_ADMIN", "{all:#}");
    ensure!(all["readOnlyRoot"]["value"] == true && all["hostNamespaces"][0]["value"] == "pid", "{all:#}");
    let volumes = all["volumes"].as_array().context("no volumes")?;
    let volumes: Vec<_> = volumes.iter().map(|one| (&one["path"], &one["source"])).collect();
    ensure!(
        volumes == [(&"/data".into(), &serde_json::Value::Null), (&"/scratch".into(), &"tmpfs".into())],
        "{all:#}"
    );
    ensure!(!all.to_string().contains("goes-nowhere"), "the value of a variable was told");
    // What was not durable yet is sent again.
    let server = server.kill()?.start()?;
    until("the same after a crash", LIMIT, || {
        let again = plumbline(&server, &["intent", "export", &repository])?["declared"].clone();
        Ok((again == all).then_some(()))
    })?;
    Ok(())
}

/// What `docker save` writes declares the same, and what its scripts start, which inspecting does not show.
fn saved(server: &Server, directory: &Path, (image, inspected): (&str, &str)) -> Result<()> {
    let (file, document) = (directory.join("image.tar"), directory.join("saved.yaml"));
    docker(&["save", "--output", &file.display().to_string(), image])?;
    let saved = plumbline(server, &["intent", "from", "image", &file.display().to_string()])?;
    fs::write(&document, serde_json::to_string(&saved[0])?)?;
    let told = plumbline(server, &["intent", "diff", inspected, &document.display().to_string()])?;
    let (only_inspected, only_saved) = (declared(&told, "onlyA"), declared(&told, "onlyB"));
    ensure!(only_inspected.is_empty() && !only_saved.is_empty(), "{told:#}");
    ensure!(only_saved.iter().all(|what| what.starts_with("starts ")), "{told:#}");
    Ok(())
}

/// Before anything is learned: what is declared is no alert, what contradicts it is one, from the first event.
pub(super) fn contradictions() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let mut lab = Lab::new("contradictions")?;
    let repository = format!("plumbline-contradictions-{}/idle", std::process::id());
    let image = lab.image(&repository, &[("app/run", IDLE)], &["/app/run"])?;
    let image = lab.declaring(&image, &["USER 1000:1000", "EXPOSE 8080"])?;
    let server = Server::start(directory.path(), &[])?;
    let options = ["run", "--server", &server.grpc, "--node", "e2e"];
    let _collector = collector(directory.path(), "collector", &options)?;
    let serves =
        |name: &str, port: &str| lab.run(&image, name, &["--entrypoint", "/bin/acts"], &["serve", port]);

    // As declared, by itself and by an operator; and as who starts it wants it.
    let declared = serves("declared", "8080")?;
    let exposed = ["--entrypoint", "/bin/acts", "--expose", "9001"];
    let exposed = lab.run(&image, "exposed", &exposed, &["serve", "9001"])?;
    docker(&["exec", &declared, "/bin/id"])?;
    let as_root = lab.run(&image, "as-root", &["--user", "0"], &[])?;
    docker(&["exec", &as_root, "/bin/id"])?;

    let listener = serves("listener", "9000")?;
    let root = lab.run(&image, "root", &[], &[])?;
    docker(&["exec", "--user", "0", &root, "/bin/ls", "/"])?;
    let shell = lab.run(&image, "shell", &["--user", "0"], &[])?;
    docker(&["exec", &shell, "cp", "/bin/busybox", "/app/sh"])?;
    docker(&["exec", &shell, "/app/sh", "-c", "true; true"])?;

    let expected = [
        (listener.as_str(), "undeclared_listener"),
        (&root, "session_of_another_user"),
        (&shell, "shell_written_after_build"),
    ];
    let mut seen = Vec::new();
    let told = until("the three alerts", LIMIT, || {
        let alerts = server.alerts(&repository)?;
        seen = alerts.iter().map(|alert| format!("{}: {}", alert.container_name, alert.story)).collect();
        let told = |(container, name): &(&str, &str)| {
            let of = alerts.iter().filter(|alert| alert.container_name == *container);
            of.flat_map(|alert| &alert.evidence).any(|item| item.name == *name)
        };
        Ok(expected.iter().all(told).then_some(alerts))
    });
    let alerts = told.with_context(|| format!("{seen:#?}"))?;
    // One node's events are judged in their order.
    for alert in &alerts {
        let quiet = [&declared, &exposed, &as_root].contains(&&alert.container_name);
        ensure!(!quiet, "what is declared was told: {}", alert.story);
    }
    ensure!(
        alerts.len() == expected.len(),
        "{:#?}",
        alerts.iter().map(|alert| &alert.story).collect::<Vec<_>>()
    );
    Ok(())
}

/// A script of the image starts something that was never seen, in a container with a variable that says so: an alert, unless
/// a document said it, which was read from what `docker save` wrote before any container was there.
pub(super) fn scripts() -> Result<()> {
    const RUN: &str =
        "#!/bin/sh\n[ -z \"$MIGRATE\" ] || /bin/touch /tmp/migrated\nwhile :; do sleep 1; done\n";
    let directory = tempfile::tempdir()?;
    let mut lab = Lab::new("scripts")?;
    let server = Server::start(directory.path(), &[])?;
    let mut images = Vec::new();
    for name in ["said", "silent"] {
        let repository = format!("plumbline-scripts-{}/{name}", std::process::id());
        let image = lab.image(&repository, &[("app/run", RUN)], &["/app/run"])?;
        images.push((lab.declaring(&image, &[&format!("LABEL name={name}")])?, repository));
    }
    let [(said, of_said), (silent, of_silent)] = &images[..] else { anyhow::bail!("two images") };
    let (file, document) = (directory.path().join("image.tar"), directory.path().join("said.yaml"));
    docker(&["save", "--output", &file.display().to_string(), said])?;
    let saved = plumbline(&server, &["intent", "from", "image", &file.display().to_string()])?;
    fs::write(&document, serde_json::to_string(&saved[0])?)?;
    let apply = ["intent", "apply", &document.display().to_string(), "--declared", "--author", "ana"];
    let applied = plumbline(&server, &apply)?;
    ensure!(applied[0]["action"] == "declared", "{applied:#}");

    let options = ["run", "--server", &server.grpc, "--node", "e2e", "--exposure-window", "200ms"];
    let _collector = collector(directory.path(), "collector", &options)?;
    for (image, repository) in &images {
        lab.run(image, &format!("plain-{}", repository.rsplit('/').next().unwrap_or_default()), &[], &[])?;
        until("some windows", LIMIT, || {
            let known = server.images(repository)?;
            Ok(known.first().is_some_and(|image| image.exposures > 3).then_some(()))
        })?;
        plumbline(&server, &["images", "lock", repository, "--author", "ana"])?;
    }
    // One node's events are judged in their order.
    for (image, name) in [(said, "first"), (silent, "second")] {
        lab.run(image, name, &["--env", "MIGRATE=1"], &[])?;
    }
    let alerts = until("the alert", LIMIT, || {
        let alerts = server.alerts(of_silent)?;
        Ok((!alerts.is_empty()).then_some(alerts))
    })?;
    let findings = alerts.iter().flat_map(|alert| &alert.findings);
    let mut values = findings.map(|finding| finding.value.as_str());
    ensure!(values.any(|value| value.contains("touch")), "{alerts:#?}");
    let told = server.alerts(of_said)?;
    ensure!(told.is_empty(), "what the document says was told: {told:#?}");
    let exported = plumbline(&server, &["intent", "export", of_said])?;
    let starts = exported["declared"]["starts"].as_array().context("no starts")?;
    ensure!(starts.iter().any(|start| start["value"][0] == "/bin/touch"), "{exported:#}");
    Ok(())
}
