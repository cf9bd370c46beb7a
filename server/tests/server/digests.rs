//! Digests of what an incident's processes ran, which come as events, are told with its alert in each format that has a place.

use std::fs;

use prost::Message;
use serde_json::Value;

use crate::{
    evidence::{BROKEN, broken_into},
    fixture::batch,
    harness::{Collector, wait_for},
    sinks::start,
};

#[tokio::test(flavor = "multi_thread")]
async fn digests_of_an_incident_are_told_in_each_format_that_has_a_field_for_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = |format: &str| folder.path().join(format);
    let tables = ["ocsf", "ecs", "falco", "cef"].map(|format| {
        format!(
            "[[sink]]\nname = \"{format}\"\nkind = \"file\"\nbegin = \"earliest\"\nformat = \"{format}\"\npath = \"{}\"\n",
            path(format).display()
        )
    });
    let server = start(folder.path(), &tables.concat());
    let (mut collector, _) = Collector::greet(&server, 1).await;
    for minute in 0..BROKEN {
        collector.send(minute + 1, batch("node", minute)).await;
    }
    collector.send(BROKEN + 1, broken_into().encode_to_vec().into()).await;
    collector.acknowledged(BROKEN + 1).await;
    let digest = "ab".repeat(32);
    let told = |format: &str| {
        wait_for("the digest", || {
            let text = fs::read_to_string(path(format)).ok()?;
            text.lines().find(|line| line.contains(&digest)).map(str::to_owned)
        })
    };
    let json = |format: &str| -> Value { serde_json::from_str(&told(format)).unwrap() };
    let ocsf = json("ocsf");
    let processes = ocsf["evidences"].as_array().unwrap().iter().map(|evidence| &evidence["process"]);
    let shell = processes.into_iter().find(|process| !process["file"].is_null()).unwrap();
    assert_eq!(
        (&shell["file"]["path"], &shell["file"]["hashes"][0]["value"]),
        (&"/tmp/x".into(), &Value::from(digest.clone()))
    );
    let ecs = json("ecs");
    assert_eq!((&ecs["file"]["path"], &ecs["file"]["size"]), (&"/tmp/x".into(), &345.into()));
    assert_eq!(ecs["file"]["hash"]["sha256"], digest);
    assert_eq!(ecs["related"]["hash"][0], digest);
    let falco = json("falco");
    assert_eq!(
        (&falco["output_fields"]["file.path"], &falco["output_fields"]["file.sha256"]),
        (&"/tmp/x".into(), &Value::from(digest.clone()))
    );
    let cef = told("cef");
    assert!(cef.contains(&format!("filePath=/tmp/x fileHash={digest} fsize=345 ")), "{cef}");
}
