//! Syslog sinks against receivers that are killed and come back: what is lost is what was on its way, and what comes later arrives.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader},
    net::{TcpListener, UdpSocket},
    runtime::Runtime,
};
use tokio_rustls::TlsAcceptor;

use crate::{
    harness::{LIMIT, Server, wait_for},
    secure::Pki,
    sink_kinds::{ids, table},
    sink_tls::{files, server_config},
    sinks::{feed, held, start},
};

/// A syslog server of RFC 6587 that takes counted messages; killed when dropped.
struct Counted {
    address: String,
    messages: Arc<Mutex<Vec<String>>>,
    /// Connections that were ended as their protocol says.
    ended: Arc<Mutex<usize>>,
    runtime: Option<Runtime>,
}

impl Counted {
    /// Reads so many messages and then no more.
    async fn start(address: &str, tls: Option<TlsAcceptor>, limit: usize) -> Self {
        let runtime = Runtime::new().unwrap();
        let address = address.to_owned();
        let listener = runtime.spawn(async move { TcpListener::bind(address).await.unwrap() }).await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (messages, ended) = (Arc::<Mutex<Vec<String>>>::default(), Arc::<Mutex<usize>>::default());
        let (told, ends) = (Arc::clone(&messages), Arc::clone(&ended));
        runtime.spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let whole = match &tls {
                    None => read(stream, &told, limit).await,
                    Some(tls) => match tls.accept(stream).await {
                        Ok(stream) => read(stream, &told, limit).await,
                        Err(_) => false,
                    },
                };
                *ends.lock().unwrap() += usize::from(whole);
            }
        });
        Self { address, messages, ended, runtime: Some(runtime) }
    }

    /// Ids of what it read.
    fn ids(&self) -> Vec<String> {
        self.messages.lock().unwrap().iter().map(|message| cef_id(&parsed(message).1)).collect()
    }

    async fn kill(mut self) -> Vec<String> {
        let runtime = self.runtime.take();
        tokio::task::spawn_blocking(move || drop(runtime)).await.unwrap();
        self.ids()
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Reads a connection; whether it was ended between two messages and without an error.
async fn read(stream: impl AsyncRead + Unpin, told: &Mutex<Vec<String>>, limit: usize) -> bool {
    let mut stream = BufReader::new(stream);
    loop {
        if told.lock().unwrap().len() >= limit {
            std::future::pending::<()>().await;
        }
        let mut count = Vec::new();
        match stream.read_until(b' ', &mut count).await {
            Ok(0) => return true,
            Err(_) => return false,
            Ok(_) => {}
        }
        let count: usize = std::str::from_utf8(&count).unwrap().trim_end().parse().unwrap();
        let mut message = vec![0; count];
        if stream.read_exact(&mut message).await.is_err() {
            return false;
        }
        told.lock().unwrap().push(String::from_utf8(message).unwrap());
    }
}

/// Priority and text of a message of RFC 5424.
fn parsed(message: &str) -> (u8, String) {
    let parts: Vec<_> = message.splitn(8, ' ').collect();
    let priority = parts[0].strip_prefix('<').and_then(|part| part.strip_suffix(">1")).unwrap();
    assert!(parts[1].ends_with('Z') && !parts[1].contains(' '), "{message}");
    assert_eq!((parts[3], parts[4], parts[6]), ("plumbline", "-", "-"), "{message}");
    let priority = priority.parse().unwrap();
    assert!((128..136).contains(&priority), "local0: {message}");
    (priority, parts[7].to_owned())
}

/// Id and revision of a CEF text.
fn cef_id(text: &str) -> String {
    assert!(text.starts_with("CEF:0|Plumbline|"), "{text}");
    text.split_once("externalId=").unwrap().1.split(' ').next().unwrap().to_owned()
}

fn set(ids: Vec<String>) -> BTreeSet<String> {
    ids.into_iter().collect()
}

/// What neither of two receivers read came after what the one read and before what the other did.
fn assert_lost_between(first: &[String], second: &[String], held: &BTreeMap<u64, String>) {
    let cursor = |id: &String| *held.iter().find(|(_, held)| *held == id).unwrap().0;
    let (last, next) = (first.last().map(cursor).unwrap(), second.first().map(cursor).unwrap());
    let lost = held.iter().filter(|(_, id)| !first.contains(id) && !second.contains(id));
    for (lost, _) in lost {
        assert!((last..next).contains(lost), "{lost} is lost, but {last} was read and {next} came after it");
    }
    let after: Vec<_> = held.range(next..).map(|(_, id)| id.clone()).collect();
    assert_eq!(second, after, "in the order of the log, without a gap");
}

#[tokio::test(flavor = "multi_thread")]
async fn syslog_over_tcp_is_counted_messages_and_goes_on_with_a_receiver_that_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let first = Counted::start("127.0.0.1:0", None, usize::MAX).await;
    let address = first.address.clone();
    let server = start(folder.path(), &table("syslog", &format!("tcp://{address}"), ""));
    feed(&server, 1).await;
    let before = ids(&server).await;
    wait_for("all messages", || (set(first.ids()) == before).then_some(()));
    let mut got = set(first.kill().await);
    feed(&server, 2).await;
    wait_for("word of the failure", || server.get("/readyz").contains("sink syslog fails").then_some(()));
    let second = Counted::start(&address, None, usize::MAX).await;
    let all = ids(&server).await;
    got.extend(before);
    wait_for("what came meanwhile", || (&got | &set(second.ids()) == all).then_some(()));
}

/// Kills a receiver that has read a few messages while more are fed; another is there at once.
async fn killed_during_the_feed(server: &Server, first: Counted, tls: Option<TlsAcceptor>) -> Counted {
    let address = first.address.clone();
    feed(server, 1).await;
    wait_for("some messages", || (first.ids().len() >= 3).then_some(()));
    let read = first.kill().await;
    let second = Counted::start(&address, tls, usize::MAX).await;
    feed(server, 2).await;
    let held = held(server).await;
    assert!(read.len() < held.len());
    let newest = held.values().next_back().unwrap();
    wait_for("the newest message", || (second.ids().last() == Some(newest)).then_some(()));
    assert_lost_between(&read, &second.ids(), &held);
    second
}

#[tokio::test(flavor = "multi_thread")]
async fn of_syslog_over_tcp_only_what_a_killed_receiver_had_not_read_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let first = Counted::start("127.0.0.1:0", None, 3).await;
    let server = start(folder.path(), &table("syslog", &format!("tcp://{}", first.address), "batch = 2"));
    killed_during_the_feed(&server, first, None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_syslog_over_tls_only_what_a_killed_receiver_had_not_read_is_lost_and_its_end_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let pki = Pki::new(folder.path());
    pki.issue("collector", "sink");
    let tls = TlsAcceptor::from(Arc::new(server_config(&pki)));
    let first = Counted::start("127.0.0.1:0", Some(tls.clone()), 3).await;
    let url = format!("tls://localhost:{}", first.address.rsplit(':').next().unwrap());
    let more = format!("batch = 2\n{}", files(&pki, pki.path("ca.pem").as_ref()));
    let mut server = start(folder.path(), &table("syslog", &url, &more));
    let second = killed_during_the_feed(&server, first, Some(tls)).await;
    server.terminate();
    assert!(server.wait().success());
    wait_for("the end of the connection", || (*second.ended.lock().unwrap() == 1).then_some(()));
}

/// Ids of the datagrams that come until one does.
async fn datagrams(socket: &UdpSocket, until: impl Fn(&BTreeSet<String>) -> bool) -> BTreeSet<String> {
    let (mut got, mut datagram) = (BTreeSet::new(), vec![0; 65536]);
    while !until(&got) {
        let length = tokio::time::timeout(LIMIT, socket.recv(&mut datagram)).await.unwrap().unwrap();
        let message = std::str::from_utf8(&datagram[..length]).unwrap();
        let value: Value = serde_json::from_str(&parsed(message).1).unwrap();
        got.insert(value["metadata"]["uid"].as_str().unwrap().to_owned());
    }
    got
}

#[tokio::test(flavor = "multi_thread")]
async fn syslog_over_udp_is_one_datagram_a_change_and_goes_on_with_a_receiver_that_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let server = start(folder.path(), &table("syslog", &format!("udp://{address}"), "format = \"ocsf\""));
    feed(&server, 1).await;
    let first = ids(&server).await;
    assert_eq!(datagrams(&socket, |got| got.len() >= first.len()).await, first);
    drop(socket);
    feed(&server, 2).await;
    let away = ids(&server).await;
    let socket = UdpSocket::bind(address).await.unwrap();
    feed(&server, 3).await;
    let all = ids(&server).await;
    let later: BTreeSet<_> = all.difference(&away).cloned().collect();
    assert!(!later.is_empty());
    let got = datagrams(&socket, |got| later.is_subset(got)).await;
    assert!(got.is_subset(&all) && got.is_disjoint(&first));
}
