//! The sender against real servers in this process: TLS both ways, renewed certificates, a token, fail-over, refusals.

use super::*;
use crate::tls::TlsArgs;
use bytes::Bytes;
use plumbline_proto::v1::{
    Ack, LossReason, Reject, Welcome,
    ingest_service_server::{IngestService, IngestServiceServer},
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    pin::Pin,
    sync::Mutex,
};
use tokio::task::JoinHandle;
use tokio_stream::{StreamExt, wrappers::TcpListenerStream};
use tonic::transport::{Certificate, Identity, Server, ServerTlsConfig};

const LIMIT: Duration = Duration::from_secs(20);

/// What a server was told.
#[derive(Debug, Default)]
struct Told {
    tokens: Vec<String>,
    batches: Vec<u64>,
    clocks: Vec<ClockAnswer>,
    /// When streams were asked for, by the clock that a test may pause.
    attempts: Vec<tokio::time::Instant>,
    /// Streams that are refused, and after that such that end with the welcome.
    refusals: (usize, usize),
}

/// Takes every batch and acknowledges it, unless it was told otherwise.
#[derive(Clone, Default)]
struct Taker(Arc<Mutex<Told>>);

#[tonic::async_trait]
impl IngestService for Taker {
    type StreamStream = Pin<Box<dyn futures_util::Stream<Item = Result<IngestResponse, Status>> + Send>>;

    async fn stream(
        &self,
        request: Request<Streaming<IngestRequest>>,
    ) -> Result<tonic::Response<Self::StreamStream>, Status> {
        let token = request.metadata().get("authorization").and_then(|token| token.to_str().ok());
        self.0.lock().unwrap().tokens.push(token.unwrap_or("none").to_owned());
        let told = self.0.clone();
        let attempt = {
            let mut told = told.lock().unwrap();
            told.attempts.push(tokio::time::Instant::now());
            told.attempts.len()
        };
        let (refused, left) = told.lock().unwrap().refusals;
        if attempt <= refused {
            return Err(Status::unavailable("not now"));
        }
        let answers = request.into_inner().map(move |request| {
            let kind = match request?.kind {
                Some(ingest_request::Kind::Hello(_)) => {
                    let server_version = "0.1.0".to_owned();
                    let durable_seq = told.lock().unwrap().batches.last().copied().unwrap_or(0);
                    ingest_response::Kind::Welcome(Welcome { durable_seq, server_version })
                }
                Some(ingest_request::Kind::Frame(frame)) => {
                    told.lock().unwrap().batches.push(frame.seq);
                    match &*frame.batch {
                        // Acknowledged once the collector has said what its clock says.
                        b"malformed" => ingest_response::Kind::Reject(Reject {
                            seq: frame.seq,
                            field: "strings".into(),
                            ..Reject::default()
                        }),
                        b"clock" => ingest_response::Kind::Clock(ClockQuestion { asked_unix_ns: frame.seq }),
                        _ => ingest_response::Kind::Ack(Ack { seq: frame.seq }),
                    }
                }
                Some(ingest_request::Kind::Enforcement(_)) => panic!("nobody takes policies here"),
                Some(ingest_request::Kind::Clock(answer)) => {
                    told.lock().unwrap().clocks.push(answer);
                    ingest_response::Kind::Ack(Ack { seq: answer.asked_unix_ns })
                }
                None => return Err(Status::invalid_argument("empty")),
            };
            Ok(IngestResponse { kind: Some(kind) })
        });
        let answers = answers.take(if attempt <= refused + left { 1 } else { usize::MAX });
        Ok(tonic::Response::new(Box::pin(answers)))
    }
}

/// An authority and what it signed.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn pem(&self) -> String {
        self.0.pem()
    }

    /// Certificate and key for localhost.
    fn sign(&self) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        (params.signed_by(&key, &self.0).unwrap().pem(), key.serialize_pem())
    }
}

struct Running {
    told: Arc<Mutex<Told>>,
    address: SocketAddr,
    task: JoinHandle<()>,
}

/// A server; behind TLS with a certificate of `own`, asking for one of `clients`.
async fn serve(own: Option<&Authority>, clients: Option<&Authority>) -> Running {
    let taker = Taker::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut server = Server::builder();
    if let Some(own) = own {
        let (cert, key) = own.sign();
        let mut tls = ServerTlsConfig::new().identity(Identity::from_pem(cert, key));
        if let Some(clients) = clients {
            tls = tls.client_ca_root(Certificate::from_pem(clients.pem()));
        }
        server = server.tls_config(tls).unwrap();
    }
    let told = taker.0.clone();
    let service = server.add_service(IngestServiceServer::new(taker));
    let task = tokio::spawn(async move {
        let _ = service.serve_with_incoming(TcpListenerStream::new(listener)).await;
    });
    Running { told, address, task }
}

fn endpoint(scheme: &str, address: SocketAddr) -> Endpoint {
    Endpoint::from_shared(format!("{scheme}://localhost:{}", address.port())).unwrap()
}

fn write(directory: &Path, name: &str, text: &str) -> PathBuf {
    let path = directory.join(name);
    fs::write(&path, text).unwrap();
    path
}

fn start(servers: Vec<Endpoint>, args: TlsArgs, queue: &Arc<Queue>) -> JoinHandle<()> {
    let tls = Tls::new(args, &servers).unwrap();
    let renewal = Duration::from_millis(50);
    let sender = Sender {
        servers,
        tls,
        renewal,
        node: "n".into(),
        boot_unix_ns: None,
        queue: queue.clone(),
        metrics: Arc::default(),
        enforcement: None,
    };
    tokio::spawn(sender.run())
}

/// Waits until a server was told what it should have been.
async fn until(what: &str, told: &Mutex<Told>, condition: impl Fn(&Told) -> bool) {
    let wait = async {
        while !condition(&told.lock().unwrap()) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LIMIT, wait).await.unwrap_or_else(|_| panic!("{what}: {:?}", told.lock().unwrap()));
}

async fn delivered(queue: &Queue, sender: JoinHandle<()>) {
    queue.close();
    tokio::time::timeout(LIMIT, sender).await.expect("everything is delivered").unwrap();
}

#[tokio::test]
async fn both_sides_show_certificates_and_the_token_goes_along() {
    let (authority, directory) = (Authority::new(), tempfile::tempdir().unwrap());
    let server = serve(Some(&authority), Some(&authority)).await;
    let (cert, key) = authority.sign();
    let args = TlsArgs {
        tls_ca: Some(write(directory.path(), "ca", &authority.pem())),
        tls_cert: Some(write(directory.path(), "cert", &cert)),
        tls_key: Some(write(directory.path(), "key", &key)),
        token_file: Some(write(directory.path(), "token", "s3cret\n")),
        ..TlsArgs::default()
    };
    let queue = Arc::new(Queue::new(1 << 20));
    assert!(queue.push(Bytes::from_static(b"x"), 1));
    delivered(&queue, start(vec![endpoint("https", server.address)], args, &queue)).await;
    let told = server.told.lock().unwrap();
    assert_eq!(
        (told.batches.as_slice(), told.tokens.as_slice()),
        (&[1][..], &["Bearer s3cret".to_owned()][..])
    );
}

#[tokio::test]
async fn a_stranger_on_either_side_gets_nothing_until_the_right_files_are_there() {
    let (authority, other, directory) = (Authority::new(), Authority::new(), tempfile::tempdir().unwrap());
    let server = serve(Some(&authority), Some(&authority)).await;
    let (cert, key) = other.sign();
    let args = TlsArgs {
        tls_ca: Some(write(directory.path(), "ca", &authority.pem())),
        tls_cert: Some(write(directory.path(), "cert", &cert)),
        tls_key: Some(write(directory.path(), "key", &key)),
        ..TlsArgs::default()
    };
    // The server refuses our certificate, and we refuse a server of another authority.
    let servers = [endpoint("https", server.address)];
    let tls = Tls::new(args.clone(), &servers).unwrap();
    let queue = Arc::new(Queue::new(1 << 20));
    let sender = Sender {
        servers: servers.to_vec(),
        tls,
        renewal: LIMIT,
        node: "n".into(),
        boot_unix_ns: None,
        queue: queue.clone(),
        metrics: Arc::default(),
        enforcement: None,
    };
    let refused = sender.connect(&servers[0], &mut Duration::from_secs(1)).await.unwrap_err();
    assert!(!refused.message().is_empty(), "{refused:?}");
    fs::write(args.tls_ca.as_ref().unwrap(), other.pem()).unwrap();
    let refused = sender.connect(&servers[0], &mut Duration::from_secs(1)).await.unwrap_err();
    assert!(refused.message().contains("certificate"), "{refused:?}");
    assert!(server.told.lock().unwrap().batches.is_empty());
    // The files are put right while it runs.
    let (cert, key) = authority.sign();
    for (path, text) in [(&args.tls_ca, authority.pem()), (&args.tls_cert, cert), (&args.tls_key, key)] {
        fs::write(path.as_ref().unwrap(), text).unwrap();
    }
    assert!(queue.push(Bytes::from_static(b"x"), 1));
    delivered(&queue, tokio::spawn(sender.run())).await;
    assert_eq!(server.told.lock().unwrap().batches, [1]);
}

#[tokio::test]
async fn renewed_files_are_taken_up_without_a_restart_and_broken_ones_are_not() {
    let (authority, directory) = (Authority::new(), tempfile::tempdir().unwrap());
    let server = serve(Some(&authority), None).await;
    let token = write(directory.path(), "token", "old");
    let args = TlsArgs {
        tls_ca: Some(write(directory.path(), "ca", &authority.pem())),
        token_file: Some(token.clone()),
        ..TlsArgs::default()
    };
    let queue = Arc::new(Queue::new(1 << 20));
    let sender = start(vec![endpoint("https", server.address)], args, &queue);
    until("the first connect", &server.told, |told| told.tokens == ["Bearer old"]).await;
    fs::write(&token, "two words").unwrap();
    assert!(queue.push(Bytes::from_static(b"x"), 1));
    until("a batch on the old token", &server.told, |told| told.batches == [1]).await;
    fs::write(&token, "new").unwrap();
    until("the second connect", &server.told, |told| told.tokens == ["Bearer old", "Bearer new"]).await;
    assert!(queue.push(Bytes::from_static(b"y"), 1));
    delivered(&queue, sender).await;
    assert_eq!(server.told.lock().unwrap().batches, [1, 2]);
}

#[tokio::test]
async fn when_a_server_goes_the_other_gets_what_it_had_not_acknowledged() {
    let (first, second) = (serve(None, None).await, serve(None, None).await);
    let queue = Arc::new(Queue::new(1 << 20));
    let servers = vec![endpoint("http", first.address), endpoint("http", second.address)];
    let sender = start(servers, TlsArgs::default(), &queue);
    assert!(queue.push(Bytes::from_static(b"x"), 1));
    let any = async {
        while first.told.lock().unwrap().batches.is_empty() && second.told.lock().unwrap().batches.is_empty()
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LIMIT, any).await.unwrap();
    let (serving, waiting) =
        if first.told.lock().unwrap().batches.is_empty() { (second, first) } else { (first, second) };
    serving.task.abort();
    let _ = serving.task.await;
    assert!(queue.push(Bytes::from_static(b"y"), 1));
    delivered(&queue, sender).await;
    let all = [serving.told.lock().unwrap().batches.clone(), waiting.told.lock().unwrap().batches.clone()];
    assert!(all.concat().contains(&2), "{all:?}");
}

#[tokio::test]
async fn a_question_for_the_clock_is_answered_by_the_one_that_tells_the_times_of_events() {
    let server = serve(None, None).await;
    let servers = vec![endpoint("http", server.address)];
    let hour_ns = 3_600_000_000_000;
    let now = || clocks().0 + clocks().1;
    for (at, boot_unix_ns, ahead_ns) in [(0, None, 0), (1, Some(clocks().1 + hour_ns), hour_ns)] {
        let queue = Arc::new(Queue::with_spool(1 << 20, [at; 16], None));
        assert!(queue.push(Bytes::from_static(b"clock"), 1));
        let sender = Sender {
            servers: servers.clone(),
            tls: Tls::new(TlsArgs::default(), &servers).unwrap(),
            renewal: LIMIT,
            node: "n".into(),
            boot_unix_ns,
            queue: queue.clone(),
            metrics: Arc::default(),
            enforcement: None,
        };
        let before = now();
        server.told.lock().unwrap().batches.clear();
        delivered(&queue, tokio::spawn(sender.run())).await;
        let answer = server.told.lock().unwrap().clocks[usize::from(at)];
        let ClockAnswer { asked_unix_ns, received_unix_ns, answered_unix_ns } = answer;
        assert!(asked_unix_ns == 1 && received_unix_ns <= answered_unix_ns, "{answer:?}");
        // A second is more than the machine's clock is set by meanwhile.
        let expected = before + ahead_ns - 1_000_000_000..now() + ahead_ns + 1_000_000_000;
        assert!(expected.contains(&received_unix_ns), "{answer:?}");
    }
}

#[tokio::test]
async fn a_batch_that_is_refused_is_counted_once_and_those_behind_it_go_on() {
    let server = serve(None, None).await;
    let queue = Arc::new(Queue::new(1 << 20));
    for (batch, events) in [(&b"x"[..], 3), (b"malformed", 5), (b"y", 7)] {
        assert!(queue.push(Bytes::from_static(batch), events));
    }
    delivered(&queue, start(vec![endpoint("http", server.address)], TlsArgs::default(), &queue)).await;
    let lost = queue.take_losses();
    assert_eq!(lost.into_iter().collect::<Vec<_>>(), [(LossReason::BatchRefused, 5)]);
    assert_eq!(server.told.lock().unwrap().batches, [1, 2, 3]);
}

/// Time stands still but for the pauses, so that these are all that lies between two attempts.
#[tokio::test(start_paused = true)]
async fn pauses_grow_to_their_bound_and_begin_anew_after_a_welcome() {
    let server = serve(None, None).await;
    let (refused, left) = (10, 2);
    server.told.lock().unwrap().refusals = (refused, left);
    let queue = Arc::new(Queue::new(1 << 20));
    assert!(queue.push(Bytes::from_static(b"x"), 1));
    let sender = start(vec![endpoint("http", server.address)], TlsArgs::default(), &queue);
    queue.close();
    sender.await.unwrap();
    let attempts = server.told.lock().unwrap().attempts.clone();
    let pauses: Vec<Duration> = attempts.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(pauses.len(), refused + left, "{pauses:?}");
    // Timers go by the millisecond.
    let exact = Duration::from_millis(2);
    for (nth, pause) in pauses.iter().take(refused).enumerate() {
        let whole = (PAUSES.0 * (1 << nth)).min(PAUSES.1);
        assert!((whole / 2..=whole + exact).contains(pause), "{nth}: {pauses:?}");
    }
    // Until the end of a stream is heard, the look for renewed files may pass time, too.
    assert!(pauses.iter().skip(refused).all(|pause| *pause < PAUSES.1 / 10), "{pauses:?}");
}

#[test]
fn of_a_thousand_collectors_each_waits_another_half_to_whole_of_the_pause() {
    let mut pauses: Vec<Duration> = (0..1000).map(|_| jittered(PAUSES.1)).collect();
    pauses.sort();
    assert!(pauses[0] >= PAUSES.1 / 2 && pauses[999] <= PAUSES.1);
    for (nth, tenth) in pauses.chunks(100).enumerate() {
        // Even would be 500 ms each.
        let even = PAUSES.1 / 2 + PAUSES.1 / 20 * nth as u32;
        assert!(tenth[50] > even - PAUSES.1 / 20 && tenth[50] < even + PAUSES.1 / 10, "{nth}: {tenth:?}");
    }
}

#[test]
fn files_that_cannot_be_used_are_named_with_the_way_out() {
    let directory = tempfile::tempdir().unwrap();
    let servers = |scheme: &str| [Endpoint::from_shared(format!("{scheme}://plumbline.example:1")).unwrap()];
    let error = |args: TlsArgs, scheme: &str| Tls::new(args, &servers(scheme)).unwrap_err().to_string();
    let missing = TlsArgs { tls_ca: Some(directory.path().join("no")), ..TlsArgs::default() };
    assert!(error(missing, "https").contains("--tls-ca"));
    let garbage = Some(write(directory.path(), "ca", "garbage"));
    assert!(error(TlsArgs { tls_ca: garbage, ..TlsArgs::default() }, "https").contains("no certificate"));
    let token = Some(write(directory.path(), "token", " \n"));
    assert!(error(TlsArgs { token_file: token, ..TlsArgs::default() }, "https").contains("holds no token"));
    let token = Some(write(directory.path(), "token", "t"));
    assert!(error(TlsArgs { token_file: token, ..TlsArgs::default() }, "http").contains("https"));
}
