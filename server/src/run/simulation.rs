//! The whole server but for its listener and HTTP, with collectors and people who follow alerts, in one thread: the network is
//! turmoil's, the disk one that takes its time or takes nothing (`blocking/simulated.rs`), and troubles follow from a seed.
//!
//! What must hold, whatever comes between: a batch counts once, so images and alerts are in the end what they are without any
//! trouble; what was acknowledged is durable; changes of alerts are told in order, none is missing, and one that was told before
//! it was durable is not told again on the same stream; what a subscriber was confirmed to have acknowledged is not told again;
//! and nobody is stuck. What a node sends is its own, since what comes first decides of what is shared.
//!
//! When something happens follows from the seed. In which order things happen at the same moment is left to tokio. Clients are
//! those of `simulation/clients.rs`: the collector's own sender is of another crate, as this server is to its tests. Disks that
//! tear, and power that fails, are the matter of `server/tests/server/kills.rs` and of the store's tests.

mod clients;

use std::{
    cell::Cell,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use futures_util::stream::unfold;
use tokio::{io::ReadBuf, sync::Notify};
use turmoil::net::TcpStream;

use super::*;
use crate::blocking::simulated::{self, Chance};
use clients::{Found, Seen};

/// Where the server listens; its host is `server`.
const PORT: u16 = 7443;
/// Clients, each a host.
const CLIENTS: [&str; 4] = ["a", "b", "watcher", "siem"];
/// Troubles begin up to here, in the time that is simulated.
const TROUBLED: Duration = Duration::from_secs(25);
/// Whoever is not done by then is stuck.
const STUCK: Duration = Duration::from_secs(300);
/// So short that baselines leave memory and are read back all the time.
const EVICT_AFTER: Duration = Duration::from_millis(100);
/// How long the store of a life may take to be free for the next, in real time.
const LET_GO: Duration = Duration::from_secs(20);
const SEEDS: std::ops::Range<u64> = 0..6;

/// What goes wrong for a while.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Trouble {
    /// What is sent to and from a client comes late, all at once.
    Held(&'static str),
    /// What is sent to and from a client is lost, and with it the connection.
    Cut(&'static str),
    /// What is sent to and from a client takes its time.
    Slow(&'static str),
    /// The server is killed.
    Crashed,
    /// It ends in peace.
    Left,
    /// Its disk takes nothing.
    Full,
}

impl Trouble {
    fn draw(chance: &mut Chance) -> Self {
        let client = *CLIENTS.get(chance.below(4) as usize).unwrap();
        match chance.below(8) {
            0 => Self::Held(client),
            1 | 2 => Self::Cut(client),
            3 => Self::Slow(client),
            4 | 5 => Self::Crashed,
            6 => Self::Left,
            _ => Self::Full,
        }
    }

    fn begin(self, sim: &mut turmoil::Sim<'_>, seen: &Seen) {
        match self {
            Self::Held(client) => sim.hold("server", client),
            Self::Cut(client) => sim.partition("server", client),
            Self::Slow(client) => {
                sim.set_link_max_message_latency("server", client, Duration::from_secs(1));
            }
            Self::Crashed => sim.crash("server"),
            Self::Left => seen.leave.borrow().notify_one(),
            Self::Full => simulated::set_full(true),
        }
    }

    fn end(self, sim: &mut turmoil::Sim<'_>) {
        match self {
            Self::Held(client) => sim.release("server", client),
            Self::Cut(client) => sim.repair("server", client),
            Self::Slow(client) => {
                sim.set_link_max_message_latency("server", client, Duration::from_millis(50));
            }
            Self::Crashed | Self::Left => sim.bounce("server"),
            Self::Full => simulated::set_full(false),
        }
    }
}

/// A connection within the simulation.
struct Accepted(TcpStream);

impl Connected for Accepted {
    type ConnectInfo = ();

    fn connect_info(&self) {}
}

impl AsyncRead for Accepted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Accepted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// One life of the server: until it is told to leave, a task fails, or it is killed.
async fn serve(folder: PathBuf, seen: Rc<Seen>) -> turmoil::Result {
    let config = Config { data_dir: folder, min_starts: 1, evict_after: EVICT_AFTER, ..Config::default() };
    let metrics = Arc::new(Metrics::new()?);
    let leave = Rc::new(Notify::new());
    seen.lives.borrow_mut().push(Arc::clone(&metrics));
    seen.leave.replace(Rc::clone(&leave));
    let gate = Gate::new(&config.security, &metrics)?;
    let durability = Durability::new(Arc::clone(&metrics));
    let shutdown = CancellationToken::new();
    let (ready, _) = watch::channel(Readiness::No("opening the store"));
    let (streams, mut tasks) = (TaskTracker::new(), Tasks::new());
    let patience = Instant::now() + LET_GO;
    let ways = loop {
        let listener = turmoil::net::TcpListener::bind((Ipv4Addr::UNSPECIFIED, PORT)).await?;
        let connections = unfold(listener, |listener| async move {
            let accepted = listener.accept().await.map(|(stream, _)| Accepted(stream));
            Some((accepted, listener))
        });
        let door = (connections, Arc::clone(&gate.guard));
        let (standard, _) = standard::services(ready.subscribe(), shutdown.clone())?;
        let rules = Arc::default();
        let started =
            start(&config, &rules, &metrics, &durability, door, standard, &shutdown, &streams, &mut tasks);
        match started.await {
            Ok(ways) => break ways,
            // The life before has not yet let go of it.
            Err(RunError::Store(StoreError::Locked { .. })) if Instant::now() < patience => {
                std::thread::yield_now();
            }
            Err(error) => return Err(error.into()),
        }
    };
    tokio::select! {
        () = leave.notified() => {}
        ended = tasks.join_next() => return Err(reason(ended).into()),
    }
    drop(ways);
    shutdown.cancel();
    match drain(tasks, &streams, config.shutdown_grace).await {
        Some(RunError::Store(error)) if error.is_of_the_disk() => Ok(()), // nothing of that was acknowledged
        Some(error) => Err(error.into()),
        None => Ok(()),
    }
}

/// A run: what the server has learned and found in the end, and what was seen on the way.
fn simulated(folder: &Path, seed: u64, troubled: bool) -> (Found, Rc<Seen>) {
    simulated::begin(seed);
    let seen = Rc::new(Seen::default());
    let mut sim = turmoil::Builder::new()
        .rng_seed(seed)
        .tick_duration(Duration::from_millis(5))
        .min_message_latency(Duration::from_millis(1))
        .max_message_latency(Duration::from_millis(50))
        .simulation_duration(STUCK)
        .build();
    let life = {
        let (folder, seen) = (folder.to_owned(), Rc::clone(&seen));
        move || serve(folder.clone(), Rc::clone(&seen))
    };
    sim.host("server", life);
    for (id, node) in clients::NODES.into_iter().enumerate() {
        sim.client(node, clients::collect(node, id as u8, Chance::new(seed, node), Rc::clone(&seen)));
    }
    let follower = Rc::clone(&seen);
    sim.host("watcher", move || clients::watch(Rc::clone(&follower)));
    let (follower, drawn) = (Rc::clone(&seen), Cell::new(0));
    sim.host("siem", move || {
        clients::subscribe(
            Chance::new(seed, &format!("siem {}", drawn.replace(drawn.get() + 1))),
            Rc::clone(&follower),
        )
    });
    sim.client("reader", clients::read(Rc::clone(&seen)));

    let mut chance = Chance::new(seed, "troubles");
    let (mut next, mut begun) = (chance.time(Duration::from_secs(2)), Vec::<(Trouble, Duration)>::new());
    loop {
        let now = sim.elapsed();
        begun.retain(|(trouble, until)| {
            let over = now >= *until;
            over.then(|| trouble.end(&mut sim));
            !over
        });
        if troubled && now >= next && now < TROUBLED {
            let trouble = Trouble::draw(&mut chance);
            let server = |trouble: &Trouble| matches!(trouble, Trouble::Crashed | Trouble::Left);
            let (until, wait) = (chance.time(Duration::from_secs(3)), chance.time(Duration::from_secs(1)));
            // One at a time of each kind, and of the server only one of its ends.
            if !begun.iter().any(|(other, _)| *other == trouble || (server(other) && server(&trouble))) {
                trouble.begin(&mut sim, &seen);
                begun.push((trouble, now + until));
            }
            next = now + wait;
        }
        match sim.step() {
            Ok(true) => break,
            Ok(false) => {}
            Err(error) => panic!("seed {seed}, after {now:?}: {error}"),
        }
    }
    simulated::end();
    let found = seen.found.take().unwrap();
    (found, seen)
}

#[test]
fn whatever_becomes_of_network_server_and_disk_every_batch_counts_once_and_what_was_confirmed_stays() {
    let folder = tempfile::tempdir().unwrap();
    let (expected, _) = simulated(&folder.path().join("untroubled"), SEEDS.start, false);
    assert!(expected.images.len() > 6 && expected.alerts.len() > 20, "{expected:?}");
    let (mut early, mut skipped, mut again, mut streams) = (0, 0, 0, 0);
    for seed in SEEDS {
        let (found, seen) = simulated(&folder.path().join(seed.to_string()), seed, true);
        assert_eq!(found.images, expected.images, "seed {seed}");
        assert_eq!(found.alerts, expected.alerts, "seed {seed}");
        early += seen.early.get();
        again += seen.again.get();
        streams += seen.streams.get();
        skipped += seen.lives.borrow().iter().map(|life| life.batches_skipped.get()).sum::<u64>();
        assert!(seen.lives.borrow().len() > 1, "seed {seed}: the server never ended");
    }
    // Or what is said above was not put to the test.
    assert!(early > 0 && skipped > 0 && again > 0 && streams > 50, "{early} {skipped} {again} {streams}");
}
