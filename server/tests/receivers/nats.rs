//! The NATS sink against nats-server: over mutual TLS, with its secrets, and with a server that is killed again and again.

use std::{collections::BTreeMap, fs, path::Path};

use async_nats::{ConnectOptions, jetstream};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use nkeys::KeyPair;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use crate::{
    Program, free_port,
    harness::{LIMIT, Server, wait_for},
    secure::Pki,
    sinks,
};

/// A nats-server with a configuration, and a folder that it keeps when it is killed.
struct Nats<'a> {
    program: &'a Path,
    folder: &'a Path,
    port: u16,
}

impl<'a> Nats<'a> {
    fn new(program: &'a Path, folder: &'a Path, more: &str) -> Self {
        let port = free_port();
        let text = format!(
            "listen: \"127.0.0.1:{port}\"\njetstream {{ store_dir: \"{}\" }}\n{more}\n",
            folder.join("js").display()
        );
        fs::write(folder.join("nats.conf"), text).unwrap();
        Self { program, folder, port }
    }

    fn start(&self) -> Program {
        let config = self.folder.join("nats.conf");
        Program::start(self.program, &["-c", config.to_str().unwrap()], &self.folder.join("nats.log"))
    }

    fn table(&self, scheme: &str, more: &str) -> String {
        format!(
            "[[sink]]\nname = \"nats\"\nkind = \"nats\"\nbegin = \"earliest\"\nbatch = 7\nretry_max = \"1s\"\n\
             url = \"{scheme}://localhost:{}\"\n{more}\n",
            self.port
        )
    }

    /// A client of ours; waits for the server.
    async fn client(&self, scheme: &str, options: ConnectOptions) -> jetstream::Context {
        let limit = Instant::now() + LIMIT;
        loop {
            let connected = options.clone().connect(format!("{scheme}://localhost:{}", self.port)).await;
            match connected {
                Ok(client) => return jetstream::new(client),
                Err(error) => {
                    let log = fs::read_to_string(self.folder.join("nats.log")).unwrap_or_default();
                    assert!(Instant::now() < limit, "{error:?}: {log}");
                }
            }
            tokio::task::yield_now().await;
        }
    }
}

async fn stream(client: &jetstream::Context) -> jetstream::stream::Stream {
    let config = jetstream::stream::Config {
        name: "ALERTS".to_owned(),
        subjects: vec!["plumbline.alerts.>".to_owned()],
        ..Default::default()
    };
    let limit = Instant::now() + LIMIT;
    loop {
        match client.create_stream(config.clone()).await {
            Ok(stream) => return client.get_stream(stream.cached_info().config.name.clone()).await.unwrap(),
            Err(error) => assert!(Instant::now() < limit, "{error}"), // it may not be ready yet
        }
        tokio::task::yield_now().await;
    }
}

/// Waits until the stream has as many messages as the server holds changes: subject and payload of each, by its id.
async fn all_there(server: &Server, stream: &jetstream::stream::Stream) -> BTreeMap<String, (String, Value)> {
    let held = sinks::held(server).await;
    let limit = Instant::now() + LIMIT;
    let state = loop {
        let state = stream.get_info().await.unwrap().state;
        if state.messages >= held.len() as u64 {
            break state;
        }
        assert!(Instant::now() < limit, "{} of {}: {}", state.messages, held.len(), server.get("/readyz"));
        tokio::task::yield_now().await;
    };
    let mut messages = BTreeMap::new();
    for number in state.first_sequence..=state.last_sequence {
        let message = stream.get_raw_message(number).await.unwrap();
        let id = message.headers.get("Nats-Msg-Id").unwrap().as_str().to_owned();
        let told = (message.subject.to_string(), serde_json::from_slice(&message.payload).unwrap());
        assert_eq!(messages.insert(id, told), None, "told twice");
    }
    let expected: Vec<_> = held.iter().map(|(cursor, revision)| format!("{revision}-{cursor}")).collect();
    let mut expected: Vec<_> = expected.iter().collect();
    expected.sort();
    assert_eq!(messages.keys().collect::<Vec<_>>(), expected);
    messages
}

/// Both sides are killed while alerts are on their way, and in the end the stream has each change once.
pub(crate) async fn killed(program: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let pki = Pki::new(folder.path());
    pki.issue("collector", "sink");
    let token = folder.path().join("token");
    fs::write(&token, "hush\n").unwrap();
    let more = format!(
        "authorization {{ user: plumbline, password: hush }}\n\
         tls {{ cert_file: \"{}\", key_file: \"{}\", ca_file: \"{}\", verify: true }}",
        pki.path("server.pem"),
        pki.path("server.key"),
        pki.path("ca.pem")
    );
    let nats = Nats::new(program, folder.path(), &more);
    let files = format!(
        "user = \"plumbline\"\ntoken_file = \"{}\"\nca_file = \"{}\"\ncert_file = \"{}\"\nkey_file = \"{}\"",
        token.display(),
        pki.path("ca.pem"),
        pki.path("collector-sink.pem"),
        pki.path("collector-sink.key")
    );
    let table = nats.table("tls", &files);
    let options = ConnectOptions::with_user_and_password("plumbline".to_owned(), "hush".to_owned())
        .add_root_certificates(pki.path("ca.pem").into())
        .add_client_certificate(pki.path("collector-sink.pem").into(), pki.path("collector-sink.key").into());
    let mut running = nats.start();
    stream(&nats.client("tls", options.clone()).await).await;
    let mut server = sinks::start(folder.path(), &table);
    for round in 1..=6 {
        sinks::feed(&server, round).await;
        drop(running); // in the middle of what is sent
        if round % 3 == 0 {
            server.kill();
            server = sinks::start(folder.path(), &table);
        }
        running = nats.start();
    }
    let client = nats.client("tls", options).await;
    let messages = all_there(&server, &stream(&client).await).await;
    for (subject, change) in messages.values() {
        let verdict = change["alert"]["verdict"].as_str().unwrap().trim_start_matches("VERDICT_");
        assert_eq!(*subject, format!("plumbline.alerts.{}", verdict.to_ascii_lowercase()));
    }
    assert!(!server.get("/readyz").contains("sink nats"), "{}", server.get("/readyz"));
    assert_eq!(server.metric("plumbline_server_sink_alerts_dead_total{sink=\"nats\"}"), 0);
    drop(running);
}

/// What is missing is said with the way out, and what was renewed is taken without a restart.
pub(crate) async fn told(program: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    fs::write(&token, "outdated\n").unwrap();
    let nats = Nats::new(program, folder.path(), "authorization { token: hush }");
    let _running = nats.start();
    let client = nats.client("nats", ConnectOptions::with_token("hush".to_owned())).await;
    let table = nats.table("nats", &format!("token_file = \"{}\"\ntimeout = \"2s\"", token.display()));
    let (taken, answer) = sinks::test(folder.path(), &table, "nats");
    assert!(!taken && answer.contains("check token_file"), "{answer}");
    let server = sinks::start(folder.path(), &table);
    sinks::feed(&server, 1).await;
    let said = |word: &'static str| {
        wait_for(word, || server.get("/readyz").contains(word).then_some(()));
        assert!(!server.get("/readyz").contains("hush") && !server.get("/readyz").contains("outdated"));
    };
    said("check token_file");
    fs::write(&token, "hush\n").unwrap();
    said("a stream of JetStream is needed with the subjects plumbline.alerts.>");
    let stream = stream(&client).await;
    all_there(&server, &stream).await;
    let before = stream.get_info().await.unwrap().state.messages;
    let (taken, answer) = sinks::test(folder.path(), &table, "nats");
    assert!(taken && answer.contains("has acknowledged it"), "{answer}");
    assert_eq!(stream.get_info().await.unwrap().state.messages, before + 1);
}

/// A JWT as NATS has it.
fn jwt(issuer: &KeyPair, subject: &KeyPair, nats: Value) -> String {
    let part = |value: Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({
        "jti": subject.public_key(), "iat": 1_700_000_000, "iss": issuer.public_key(), "name": "plumbline",
        "sub": subject.public_key(), "nats": nats,
    });
    let signed = format!("{}.{}", part(json!({"typ": "JWT", "alg": "ed25519-nkey"})), part(claims));
    let signature = BASE64_URL_SAFE_NO_PAD.encode(issuer.sign(signed.as_bytes()).unwrap());
    format!("{signed}.{signature}")
}

/// A server whose accounts an operator gives out lets the sink in by a file of credentials.
pub(crate) async fn by_credentials(program: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let (operator, account, user) = (KeyPair::new_operator(), KeyPair::new_account(), KeyPair::new_user());
    let system = KeyPair::new_account();
    let limits = json!({
        "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "wildcards": true, "conn": -1,
        "leaf": -1, "mem_storage": -1, "disk_storage": -1, "streams": -1, "consumer": -1,
    });
    let for_account = jwt(&operator, &account, json!({"type": "account", "version": 2, "limits": limits}));
    let for_system = jwt(&operator, &system, json!({"type": "account", "version": 2}));
    let for_user = jwt(
        &account,
        &user,
        json!({"type": "user", "version": 2, "subs": -1, "data": -1, "payload": -1, "pub": {}, "sub": {}}),
    );
    let more = format!(
        "operator: \"{}\"\nsystem_account: {}\nresolver: MEMORY\n\
         resolver_preload {{ {}: \"{for_account}\", {}: \"{for_system}\" }}",
        jwt(&operator, &operator, json!({"type": "operator", "version": 2})),
        system.public_key(),
        account.public_key(),
        system.public_key()
    );
    let creds = format!(
        "-----BEGIN NATS USER JWT-----\n{for_user}\n------END NATS USER JWT------\n\n\
         -----BEGIN USER NKEY SEED-----\n{}\n------END USER NKEY SEED------\n",
        user.seed().unwrap()
    );
    let path = folder.path().join("nats.creds");
    fs::write(&path, &creds).unwrap();
    let nats = Nats::new(program, folder.path(), &more);
    let _running = nats.start();
    let client = nats.client("nats", ConnectOptions::with_credentials(&creds).unwrap()).await;
    let stream = stream(&client).await;
    let table = nats.table("nats", &format!("creds_file = \"{}\"\nformat = \"ocsf\"", path.display()));
    let server = sinks::start(folder.path(), &table);
    sinks::feed(&server, 1).await;
    let messages = timeout(LIMIT, all_there(&server, &stream)).await.unwrap();
    assert!(messages.values().all(|(_, event)| event["class_uid"] == 2004));
}
