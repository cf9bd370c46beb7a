//! Sinks over HTTPS: whom they trust, who the server is there, and that no answer leads them elsewhere.

use std::{fs, path::Path, sync::Arc};

use rustls::{
    RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::WebPkiClientVerifier,
};
use serde_json::json;

use crate::{
    harness::wait_for,
    receiver::{Receiver, Request},
    secure::Pki,
    sink_kinds::{ids, lines, table, token},
    sinks::{feed, start, test},
};

/// A server's settings that ask for a client's certificate of the same CA.
pub(crate) fn server_config(pki: &Pki) -> ServerConfig {
    let provider = Arc::new(ring::default_provider());
    let certificates = |name: &str| CertificateDer::pem_file_iter(pki.path(name)).unwrap();
    let mut roots = RootCertStore::empty();
    certificates("ca.pem").for_each(|certificate| roots.add(certificate.unwrap()).unwrap());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let chain = certificates("server.pem").map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(pki.path("server.key")).unwrap();
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier.build().unwrap())
        .with_single_cert(chain, key)
        .unwrap()
}

/// Keys of a table with a file of a CA and the client's certificate.
pub(crate) fn files(pki: &Pki, ca: &Path) -> String {
    format!(
        "ca_file = \"{}\"\ncert_file = \"{}\"\nkey_file = \"{}\"\n",
        ca.display(),
        pki.path("collector-sink.pem"),
        pki.path("collector-sink.key")
    )
}

fn url(receiver: &Receiver) -> String {
    format!("https://localhost:{}", receiver.address.rsplit(':').next().unwrap())
}

/// Neither a receiver of another CA nor one that asks for a certificate gets anything; with the right ones it gets all.
async fn over_tls(kind: &str, more: &str, answer: fn(&Request) -> (u16, String)) -> Vec<Request> {
    let folder = tempfile::tempdir().unwrap();
    let (pki, other) = (Pki::new(folder.path()), Pki::new(&folder.path().join("other")));
    pki.issue("collector", "sink");
    let receiver = Receiver::over_tls(server_config(&pki), move |_, request| answer(request)).await;
    let secret = folder.path().join("secret");
    fs::write(&secret, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    let more = more.replace("SECRET", &secret.display().to_string());
    let ca = folder.path().join("trusted.pem");
    let tables = table(kind, &url(&receiver), &format!("{more}\n{}", files(&pki, &ca)));

    fs::copy(pki.path("ca.pem"), &ca).unwrap();
    let without =
        tables.lines().filter(|line| !line.starts_with("cert_file") && !line.starts_with("key_file"));
    let (taken, said) = test(folder.path(), &without.collect::<Vec<_>>().join("\n"), kind);
    assert!(!taken && said.contains("check cert_file and key_file"), "{said}");

    fs::copy(other.path("ca.pem"), &ca).unwrap();
    let (taken, said) = test(folder.path(), &tables, kind);
    assert!(!taken && said.contains("its certificate is of another CA; check ca_file"), "{said}");
    let server = start(folder.path(), &tables);
    feed(&server, 1).await;
    wait_for("word of the CA", || server.get("/readyz").contains("check ca_file").then_some(()));
    assert!(receiver.requests().is_empty());

    fs::copy(pki.path("ca.pem"), &ca).unwrap(); // taken without a restart
    let expected = ids(&server).await.len();
    let lag = format!("plumbline_server_sink_lag_alerts{{sink=\"{kind}\"}}");
    wait_for("the end of the lag", || (server.metric(&lag) == 0).then_some(()));
    let sent = format!("plumbline_server_sink_alerts_sent_total{{sink=\"{kind}\"}}");
    assert_eq!(server.metric(&sent), expected as u64);
    receiver.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_over_tls_trusts_its_ca_alone_and_shows_its_certificate() {
    let requests = over_tls("webhook", "secret_file = \"SECRET\"", |_| (200, String::new())).await;
    assert!(requests.iter().all(|request| request.headers.contains_key("webhook-signature")));
}

#[tokio::test(flavor = "multi_thread")]
async fn elasticsearch_over_tls_is_one_of_its_ca_and_is_shown_the_certificate() {
    let requests = over_tls("elasticsearch", "", |request| {
        let items: Vec<_> = lines(request).chunks(2).map(|_| json!({"create": {"status": 201}})).collect();
        (200, json!({"errors": false, "items": items}).to_string())
    });
    assert!(requests.await.iter().all(|request| request.path.ends_with("/_bulk")));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_redirect_leads_nothing_is_sent_and_what_was_to_be_sent_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = Receiver::start(None, |_| (200, "")).await;
    let location = format!("http://{}/", elsewhere.address);
    let receiver = Receiver::answering(None, move |_, _| (302, location.clone())).await;
    let more = token(folder.path());
    let server = start(folder.path(), &table("falco", &format!("http://{}", receiver.address), &more));
    feed(&server, 1).await;
    wait_for("another attempt", || (receiver.requests().len() > 1).then_some(()));
    wait_for("word of it", || server.get("/readyz").contains("to be tried again: 302 Found").then_some(()));
    let requests = receiver.requests();
    assert_eq!(requests[0].body, requests[1].body);
    assert!(elsewhere.requests().is_empty());
    assert_eq!(server.metric("plumbline_server_sink_alerts_dead_total{sink=\"falco\"}"), 0);
}
