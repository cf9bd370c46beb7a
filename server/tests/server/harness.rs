//! The real program, and a collector that says what a test wants it to.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, ChildStderr, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use bytes::Bytes;
use plumbline_proto::v1::{
    AlertChange, Frame, Hello, ImageStatus, IngestRequest, IngestResponse, ListBaselinesRequest,
    WatchRequest, WatchResponse, alert_service_client::AlertServiceClient,
    baseline_service_client::BaselineServiceClient, fleet_service_client::FleetServiceClient,
    ingest_request::Kind, ingest_response, ingest_service_client::IngestServiceClient,
    intent_service_client::IntentServiceClient, watch_response,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming, transport::Channel};

use crate::secure::Bearer;

/// How long anything may take; only a broken server needs it.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);

/// A running server; killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) grpc: String,
    pub(crate) http: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    pub(crate) fn start(data_dir: &Path) -> Self {
        Self::start_with(data_dir, &[])
    }

    pub(crate) fn start_with(data_dir: &Path, flags: &[&str]) -> Self {
        Self::start_by(command(), data_dir, flags)
    }

    /// Starts it by a command that becomes the server, with its log for the test.
    pub(crate) fn start_logged(mut command: Command, data_dir: &Path, flags: &[&str]) -> (Self, ChildStderr) {
        command.stderr(Stdio::piped());
        let mut server = Self::start_by(command, data_dir, flags);
        let log = server.child.stderr.take().unwrap();
        (server, log)
    }

    /// Starts it by a command that becomes the server.
    pub(crate) fn start_by(mut command: Command, data_dir: &Path, flags: &[&str]) -> Self {
        let ready = data_dir.with_extension("ready");
        let _ = fs::remove_file(&ready);
        let mut child = command
            .args([
                "run",
                "--grpc-listen",
                "127.0.0.1:0",
                "--http-listen",
                "127.0.0.1:0",
                "--min-starts",
                "1",
                // Baselines leave memory as soon as they are durable, so that all are read back all the time.
                "--evict-after",
                "0s",
            ])
            .args(flags)
            .arg("--data-dir")
            .arg(data_dir)
            .arg("--ready-file")
            .arg(&ready)
            .spawn()
            .unwrap();
        let text = wait_for("the ready file", || {
            assert!(child.try_wait().unwrap().is_none(), "the server ended");
            fs::read_to_string(&ready).ok()
        });
        let line = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)).unwrap().to_owned();
        Self { child, grpc: line("grpc="), http: line("http=") }
    }

    pub(crate) async fn channel(&self) -> Channel {
        Channel::from_shared(format!("http://{}", self.grpc)).unwrap().connect().await.unwrap()
    }

    pub(crate) async fn fleet(&self) -> FleetServiceClient<Channel> {
        FleetServiceClient::new(self.channel().await)
    }

    pub(crate) async fn baselines(&self) -> BaselineServiceClient<Channel> {
        BaselineServiceClient::new(self.channel().await)
    }

    pub(crate) async fn alerts(&self) -> AlertServiceClient<Channel> {
        AlertServiceClient::new(self.channel().await)
    }

    pub(crate) async fn intent(&self) -> IntentServiceClient<Channel> {
        IntentServiceClient::new(self.channel().await)
    }

    pub(crate) async fn images(&self) -> Vec<ImageStatus> {
        let request = ListBaselinesRequest { limit: 1000, ..Default::default() };
        self.baselines().await.list(request).await.unwrap().into_inner().images
    }

    /// Head and body of a GET.
    pub(crate) fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.http).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    }

    /// Value of a metric.
    pub(crate) fn metric(&self, name: &str) -> u64 {
        let text = self.get("/metrics");
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name} in {text}")).parse().unwrap()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn terminate(&self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    }

    pub(crate) fn wait(&mut self) -> ExitStatus {
        wait_for("the server's end", || self.child.try_wait().unwrap())
    }
}

pub(crate) fn command() -> Command {
    Command::new(env!("CARGO_BIN_EXE_plumbline-server"))
}

pub(crate) fn wait_for<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let limit = Instant::now() + LIMIT;
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(Instant::now() < limit, "no {what} within {LIMIT:?}");
        std::thread::yield_now();
    }
}

/// A watch of alerts.
pub(crate) struct Watch(Streaming<WatchResponse>);

impl Watch {
    pub(crate) async fn begin(server: &Server, request: WatchRequest) -> Self {
        Self(server.alerts().await.watch(request).await.unwrap().into_inner())
    }

    /// What is told next.
    pub(crate) async fn next(&mut self) -> watch_response::Kind {
        let next = tokio::time::timeout(LIMIT, self.0.message()).await.expect("nothing told in time");
        next.unwrap().expect("the watch ended without a reason").kind.unwrap()
    }

    /// The next change.
    pub(crate) async fn change(&mut self) -> AlertChange {
        loop {
            if let watch_response::Kind::Change(change) = self.next().await {
                return change;
            }
        }
    }
}

/// One stream.
pub(crate) struct Collector {
    requests: mpsc::Sender<IngestRequest>,
    answers: Streaming<IngestResponse>,
}

/// A hello of a session that is all `id`.
pub(crate) fn hello(id: u8) -> Hello {
    Hello {
        protocol_version: 1,
        collector_version: env!("CARGO_PKG_VERSION").to_owned(),
        session: vec![id; 16],
        node: "node".to_owned(),
        answers_clock: false,
        takes_policies: false,
    }
}

impl Collector {
    pub(crate) async fn open(server: &Server) -> Self {
        Self::over(server.channel().await).await
    }

    pub(crate) async fn over(channel: Channel) -> Self {
        Self::over_as(channel, Bearer::none()).await
    }

    /// With a token.
    pub(crate) async fn over_as(channel: Channel, bearer: Bearer) -> Self {
        let (requests, sent) = mpsc::channel(1024);
        let mut client = IngestServiceClient::new(bearer.over(channel));
        let answers = client.stream(ReceiverStream::new(sent)).await.unwrap().into_inner();
        Self { requests, answers }
    }

    /// As `open`, of a server that may go.
    pub(crate) async fn try_open(server: &Server) -> Option<Self> {
        let (requests, sent) = mpsc::channel(1024);
        let endpoint = Channel::from_shared(format!("http://{}", server.grpc)).unwrap();
        let mut client = IngestServiceClient::new(endpoint.connect().await.ok()?);
        let answers = client.stream(ReceiverStream::new(sent)).await.ok()?.into_inner();
        Some(Self { requests, answers })
    }

    pub(crate) async fn try_say(&self, kind: Kind) -> Option<()> {
        self.requests.send(IngestRequest { kind: Some(kind) }).await.ok()
    }

    pub(crate) async fn try_send(&self, seq: u64, batch: Bytes) -> Option<()> {
        self.try_say(Kind::Frame(Frame { seq, batch })).await
    }

    /// The next answer, while the server is there.
    pub(crate) async fn try_answer(&mut self) -> Option<ingest_response::Kind> {
        self.answers.message().await.ok()??.kind
    }

    /// Says hello; the durable number of the welcome.
    pub(crate) async fn greet(server: &Server, id: u8) -> (Self, u64) {
        let collector = Self::open(server).await;
        collector.welcomed(hello(id)).await
    }

    /// The same with a hello of one's own.
    pub(crate) async fn welcomed(mut self, hello: Hello) -> (Self, u64) {
        self.say(Kind::Hello(hello)).await;
        match self.answer().await.unwrap() {
            ingest_response::Kind::Welcome(welcome) => (self, welcome.durable_seq),
            other => panic!("no welcome but {other:?}"),
        }
    }

    pub(crate) async fn say(&self, kind: Kind) {
        self.requests.send(IngestRequest { kind: Some(kind) }).await.unwrap();
    }

    pub(crate) async fn send(&self, seq: u64, batch: Bytes) {
        self.say(Kind::Frame(Frame { seq, batch })).await;
    }

    /// The next answer, or how the stream ended.
    pub(crate) async fn answer(&mut self) -> Result<ingest_response::Kind, Status> {
        let answer = tokio::time::timeout(LIMIT, self.answers.message()).await.expect("no answer in time");
        Ok(answer?.expect("the stream ended without a reason").kind.unwrap())
    }

    /// How the stream ends, whatever is answered before.
    pub(crate) async fn end(&mut self) -> Status {
        loop {
            if let Err(status) = self.answer().await {
                return status;
            }
        }
    }

    /// Waits until a number is acknowledged; the numbers refused on the way, with their fields.
    pub(crate) async fn acknowledged(&mut self, seq: u64) -> Vec<(u64, String)> {
        let mut refused = Vec::new();
        loop {
            match self.answer().await.unwrap() {
                ingest_response::Kind::Ack(ack) if ack.seq >= seq => return refused,
                ingest_response::Kind::Ack(_) => {}
                ingest_response::Kind::Reject(reject) => {
                    assert!(!reject.message.is_empty() && reject.code != 0);
                    refused.push((reject.seq, reject.field));
                }
                other => {
                    panic!("{other:?}")
                }
            }
        }
    }
}
