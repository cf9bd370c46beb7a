//! Tokens given out and taken back from elsewhere.

use std::fs;

use plumbline_proto::v1::{
    AddTokenRequest, ListAuditRequest, ListTokensRequest, RemoveTokenRequest, Role, WatchRequest,
    alert_service_client::AlertServiceClient, audit_service_client::AuditServiceClient,
    token_service_client::TokenServiceClient,
};
use tonic::Code;

use crate::{
    harness::{LIMIT, Server, command},
    secure::{Bearer, Pki, done, status},
    web::get_over_tls,
};

fn asked(name: &str) -> AddTokenRequest {
    AddTokenRequest { name: name.to_owned(), role: Role::Viewer.into(), ..Default::default() }
}

fn named(name: &str) -> RemoveTokenRequest {
    RemoveTokenRequest { name: name.to_owned() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_admin_gives_out_a_token_that_holds_at_once_and_takes_it_back_with_its_streams() {
    let folder = tempfile::tempdir().unwrap();
    let pki = Pki::new(folder.path());
    let admin = Bearer::new(&pki.token("root", "admin", &[]));
    let log = folder.path().join("log");
    let mut command = command();
    command.env("RUST_LOG", "trace").stderr(fs::File::create(&log).unwrap());
    let server = pki.start_as(command, &folder.path().join("data"));
    let channel = pki.channel(&server, None).await;
    let mut tokens = TokenServiceClient::new(admin.over(channel.clone()));

    let request = AddTokenRequest { lifetime_ns: 3_600_000_000_000, ..asked("siem") };
    let added = tokens.add(request).await.unwrap().into_inner();
    let siem = Bearer::new(&added.text);
    assert_eq!(status(&channel, &siem).await, Code::Ok, "it holds when the call returns");
    let told = added.token.unwrap();
    assert_eq!((told.name.as_str(), told.role()), ("siem", Role::Viewer));
    assert_eq!(told.expires_unix_ns - told.created_unix_ns, 3_600_000_000_000);
    let collector = AddTokenRequest { role: Role::Collector.into(), node: "n1".into(), ..asked("n1") };
    tokens.add(collector).await.unwrap();
    let listed = tokens.list(ListTokensRequest {}).await.unwrap().into_inner();
    assert_eq!(listed.tokens.iter().map(|token| &*token.name).collect::<Vec<_>>(), ["root", "siem", "n1"]);
    assert_eq!(listed.tokens[1], told);
    assert_eq!(listed.tokens[2].node, "n1");
    // The command of the server's own machine sees the same.
    let file = pki.path("tokens.toml");
    let shown = String::from_utf8(done(&["tokens", "list", "--tokens-file", &file]).stdout).unwrap();
    assert!(shown.contains("siem") && shown.contains("n1"), "{shown}");

    let mut alerts = AlertServiceClient::new(siem.over(channel.clone()));
    let mut watch = alerts.watch(WatchRequest::default()).await.unwrap().into_inner();
    let gone = tokens.remove(named("siem")).await.unwrap().into_inner();
    assert_eq!(gone, told);
    assert_eq!(status(&channel, &siem).await, Code::Unauthenticated, "it is none when the call returns");
    let end = loop {
        if let Err(end) = tokio::time::timeout(LIMIT, watch.message()).await.unwrap() {
            break end;
        }
    };
    assert_eq!(end.code(), Code::Unauthenticated, "{end}");

    let mut audit = AuditServiceClient::new(admin.over(channel.clone()));
    let entries = audit.list(ListAuditRequest::default()).await.unwrap().into_inner().entries;
    let told: Vec<_> =
        entries.iter().map(|entry| (&*entry.method, &*entry.target, &*entry.name, &*entry.outcome)).collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(
        matches!(told[0], ("TokenService/Add", "siem", "root", outcome) if outcome.starts_with("gave out a token of viewer until "))
    );
    assert_eq!(told[1], ("TokenService/Add", "n1", "root", "gave out a token of collector for the node n1"));
    assert_eq!(told[2], ("TokenService/Remove", "siem", "root", "took back a token of viewer"));
    server.kill();
    assert!(!fs::read_to_string(&file).unwrap().contains(&added.text));
    assert!(!fs::read_to_string(log).unwrap().contains(&added.text), "the log has it");
}

#[tokio::test]
async fn a_token_that_can_not_be_given_out_says_why_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let pki = Pki::new(folder.path());
    let text = pki.token("root", "admin", &[]);
    let admin = Bearer::new(&text);
    let server = pki.start(&folder.path().join("data"));
    let channel = pki.channel(&server, None).await;
    let mut tokens = TokenServiceClient::new(admin.over(channel.clone()));
    let file = pki.path("tokens.toml");
    let before = fs::read_to_string(&file).unwrap();
    for (request, code, said) in [
        (asked("a b"), Code::InvalidArgument, "name: "),
        (AddTokenRequest { role: 0, ..asked("a") }, Code::InvalidArgument, "role: "),
        (AddTokenRequest { role: 9, ..asked("a") }, Code::InvalidArgument, "role: "),
        (AddTokenRequest { node: "n".into(), ..asked("a") }, Code::InvalidArgument, "node: "),
        (AddTokenRequest { role: Role::Collector.into(), ..asked("a") }, Code::InvalidArgument, "node: "),
        (AddTokenRequest { lifetime_ns: 1, ..asked("a") }, Code::InvalidArgument, "lifetime: "),
        (asked("root"), Code::AlreadyExists, "root"),
    ] {
        let refused = tokens.add(request.clone()).await.unwrap_err();
        assert_eq!(refused.code(), code, "{request:?}: {refused}");
        assert!(refused.message().contains(said), "{request:?}: {refused}");
    }
    let refused = tokens.remove(named("nobody")).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound, "{refused}");
    // Somebody else is at it.
    fs::write(format!("{file}.new"), "").unwrap();
    let refused = tokens.add(asked("a")).await.unwrap_err();
    assert!(refused.code() == Code::Aborted && refused.message().contains("tokens.toml.new"), "{refused}");
    fs::remove_file(format!("{file}.new")).unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), before);
    // Of what was not done nothing is told.
    let mut audit = AuditServiceClient::new(admin.over(channel.clone()));
    assert!(audit.list(ListAuditRequest::default()).await.unwrap().into_inner().entries.is_empty());
    // As JSON, and that alone.
    let header = format!("Authorization: Bearer {text}");
    let told = get_over_tls(&pki, &server, "/api/v1/tokens", &[&header], None).json();
    assert_eq!(
        (&told["tokens"][0]["name"], &told["tokens"][0]["role"]),
        (&"root".into(), &"ROLE_ADMIN".into())
    );
    assert!(told["tokens"][0].get("sha256").is_none());

    let open = Server::start(&folder.path().join("open"));
    let refused = TokenServiceClient::new(open.channel().await).add(asked("a")).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition, "{refused}");
    assert!(refused.message().contains("plumbline-server tokens add"), "{refused}");
}
