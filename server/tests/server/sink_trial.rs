//! `sinks test`: one marked alert by a sink's own settings, and an answer that a person can act on.

use std::{fs, path::Path};

use serde_json::Value;

use crate::{harness::command, receiver::Receiver, sinks::test};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn webhook(folder: &Path, address: &str) -> String {
    let (secret, token) = (folder.join("secret"), folder.join("token"));
    fs::write(&secret, SECRET).unwrap();
    fs::write(&token, "hush").unwrap();
    format!(
        "[[sink]]\nname = \"hook\"\nkind = \"webhook\"\nmin_severity = \"critical\"\nformat = \"ecs\"\nurl = \"http://{address}/a\"\n\
         secret_file = \"{}\"\ntoken_file = \"{}\"\n",
        secret.display(),
        token.display()
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_goes_the_way_of_an_alert_marked_as_one_and_without_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::start(None, |_| (200, "")).await;
    let (taken, said) = test(folder.path(), &webhook(folder.path(), &receiver.address), "hook");
    assert!(taken && said.starts_with("sink hook took the test alert: "), "{said}");
    let requests = receiver.requests();
    let [request] = requests.as_slice() else { panic!("{requests:?}") };
    standardwebhooks::Webhook::new(SECRET)
        .unwrap()
        .verify(request.body.as_bytes(), &request.headers)
        .unwrap();
    let told: Value = serde_json::from_str(&request.body).unwrap();
    assert_eq!((&told["rule"]["name"], &told["event"]["severity"]), (&"Test of a sink".into(), &1.into()));
    assert!(told["message"].as_str().unwrap().contains("This is a test of the sink hook"));
    assert!(told["event"]["id"].as_str().unwrap().starts_with("test-"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_receiver_answered_is_said_with_the_setting_to_look_at_and_once() {
    let folder = tempfile::tempdir().unwrap();
    for (status, body, word) in [
        (401, "who are you?\u{1b}[2J", "401 Unauthorized who are you?\\u{1b}[2J; check token_file"),
        (404, "", "check url"),
        (400, "not this", "400 Bad Request not this"),
        (503, "later", "503 Service Unavailable later"),
        (410, "gone", "410 Gone gone"),
    ] {
        let receiver = Receiver::start(None, move |_| (status, body)).await;
        let (taken, said) = test(folder.path(), &webhook(folder.path(), &receiver.address), "hook");
        assert!(!taken && said.contains(word) && !said.contains("hush"), "{said}");
        assert_eq!(receiver.stop().await.len(), 1);
    }
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let (taken, said) = test(folder.path(), &webhook(folder.path(), &nobody.to_string()), "hook");
    assert!(!taken && said.contains("check url"), "{said}");
    fs::remove_file(folder.path().join("token")).unwrap();
    let table = webhook(folder.path(), "127.0.0.1:1").replace("token\"", "nothing\"");
    let (taken, said) = test(folder.path(), &table, "hook");
    assert!(!taken && said.contains("nothing: No such file"), "{said}");
}

#[test]
fn a_line_is_appended_to_a_file_that_a_server_may_have_and_nothing_of_it_is_touched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alerts.jsonl");
    fs::write(&path, "{}\n{\"torn").unwrap();
    let table = format!(
        "[[sink]]\nname = \"file\"\nkind = \"file\"\nmax_bytes = 65536\npath = \"{}\"\n",
        path.display()
    );
    let (taken, said) = test(folder.path(), &table, "file");
    assert!(taken, "{said}");
    assert!(fs::read_to_string(&path).unwrap().starts_with("{}\n{\"torn{\"cursor\":"));
    let (taken, said) = test(folder.path(), &table.replace("alerts", "missing/alerts"), "file");
    assert!(!taken && said.contains("check path"), "{said}");
}

#[test]
fn a_sink_that_is_not_in_the_settings_or_settings_that_are_no_good_end_with_the_code_for_usage() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("server.toml");
    let run = |text: &str| {
        fs::write(&config, text).unwrap();
        let args = ["sinks", "test", "other", "--config", config.to_str().unwrap()];
        let done = command().args(args).output().unwrap();
        (done.status.code().unwrap(), String::from_utf8(done.stderr).unwrap())
    };
    let file = "[[sink]]\nname = \"file\"\nkind = \"file\"\npath = \"/a\"\n";
    let (code, said) = run(file);
    assert!(code == 64 && said.contains("\"other\"; the settings name file"), "{code} {said}");
    let (code, said) = run("");
    assert!(code == 64 && said.contains("the settings name none"), "{code} {said}");
    let (code, said) = run(&file.replace("file\"\nkind", "other\"\nca_file = \"/c\"\nkind"));
    assert!(code == 64 && said.contains("sink \"other\""), "{code} {said}");
}
