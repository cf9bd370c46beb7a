//! Connections, datagrams and names: what a container's sockets did, by the process that did it.

use crate::acting::{Seen, act};
use anyhow::{Context, Result, bail, ensure};
use plumbline_proto::v1::ProcessFlag;
use plumbline_tests::{
    docker::{Lab, docker},
    happened::{Happened, happened},
    harness::{IDLE, LIMIT, recorded},
    programs::collector,
    recording::read,
    wait::until,
};
use rustix::process::Signal;

/// A server and a client in containers of their own; gives what happened and the server's address.
fn network(name: &str, work: impl Fn(&Lab, &str, &str) -> Result<()>) -> Result<(Seen, String)> {
    let mut address = String::new();
    let (batches, repository) = recorded(name, |lab, image| {
        let server = lab.run(image, "server", &[], &[])?;
        docker(&["exec", "--detach", &server, "acts", "serve", "7000"])?;
        docker(&["exec", "--detach", &server, "acts", "dns-server"])?;
        let client = lab.run(image, "client", &[], &[])?;
        address = lab.address(&server)?;
        until("the server to listen", LIMIT, || {
            let open = docker(&["exec", &client, "acts", "connect", &address, "7000"]);
            let asked = docker(&["exec", &client, "timeout", "1", "acts", "dns", &address]);
            Ok((open.is_ok() && asked.is_ok()).then_some(()))
        })?;
        work(lab, &client, &address)
    })?;
    Ok((Seen { happened: happened(&batches, &repository), batches, repository }, address))
}

pub(super) fn connections() -> Result<()> {
    let (seen, server) = network("connections", |_, client, server| {
        docker(&["exec", client, "acts", "connect", server, "7000", "50"])?;
        docker(&["exec", client, "acts", "hold", server, "7000", "300"]).map(drop)
    })?;
    let by = format!("acts connect {server} 7000 50");
    let sum = |by: &str, begin: &str| -> u64 {
        let of = seen.happened.iter().filter(|event| event.by == by && event.what.starts_with(begin));
        of.map(|event| event.count).sum()
    };
    ensure!(sum(&by, "connect ") == 50, "{} of 50 connects: {:#?}", sum(&by, "connect "), seen.happened);
    ensure!(sum("acts serve 7000", "accept ") >= 50, "not every connection was taken by the server");
    ensure!(sum("acts serve 7000", "listen 0.0.0.0:7000") == 1, "the server does not listen");
    // established failed error closed sent received, over the windows
    let mut sums = [0_u64; 6];
    let flow = format!("flow connect {server}:7000 ");
    for event in seen.happened.iter().filter(|event| event.by == by) {
        let numbers = event.what.strip_prefix(&flow).into_iter().flat_map(str::split_ascii_whitespace);
        for (sum, number) in sums.iter_mut().zip(numbers) {
            *sum += number.parse::<u64>()?;
        }
    }
    // A connection that is still in FIN_WAIT when the recording ends has not closed.
    ensure!((45..=50).contains(&sums[0]) && sums[1] == 0 && sums[0] == sums[3], "{sums:?}");
    ensure!(sums[4] == 100 * sums[3] && (7 * sums[3]..=8 * sums[3]).contains(&sums[5]), "{sums:?}");
    let held =
        seen.happened.iter().find(|event| event.by.starts_with("acts hold") && event.what.starts_with(&flow));
    let held = held.with_context(|| format!("no flow of 'acts hold' in {:#?}", seen.happened))?;
    let [latency_ns, duration_ns] = held.numbers[..] else { bail!("{held:?}") };
    // A duration is as exact as two ticks.
    ensure!((1..1_000_000_000).contains(&latency_ns), "{held:?}");
    ensure!((280_000_000..10_000_000_000).contains(&duration_ns), "{held:?}");
    // The other side of the same connections. The kernel may count the peer's FIN as a byte here, too.
    let mut taken = [0_u64; 6];
    for event in seen.happened.iter().filter(|event| event.by == "acts serve 7000") {
        let numbers =
            event.what.strip_prefix("flow accept ").into_iter().flat_map(|flow| flow.split(' ').skip(1));
        for (sum, number) in taken.iter_mut().zip(numbers) {
            *sum += number.parse::<u64>()?;
        }
    }
    let [_, failed, _, closed, sent, received] = taken;
    ensure!(failed == 0 && closed >= 45 && sent == 7 * closed, "{taken:?}");
    ensure!((100 * closed..=101 * closed).contains(&received), "{taken:?}");
    Ok(())
}

/// More flows in a window than there is room for: each is told, and what is no longer summed up is counted, but is no loss of
/// events, or a busy server would never be learned.
pub(super) fn many_flows() -> Result<()> {
    // Wherever a window ends among them, one has more than the 16,384 there is room for.
    let ports = 40_000;
    let directory = tempfile::tempdir()?;
    let mut lab = Lab::new("spray")?;
    let repository = format!("plumbline-spray-{}/idle", std::process::id());
    let image = lab.image(&repository, &[("app/run", IDLE)], &["/app/run"])?;
    let file = directory.path().join("recording");
    let record = ["record", "-o", &file.display().to_string(), "--exposure-window", "1s"];
    let mut recorder = collector(directory.path(), "recorder", &record)?;
    let container = lab.run(&image, "one", &[], &[])?;
    docker(&["exec", &container, "acts", "spray", "127.0.0.1", &ports.to_string()])?;
    ensure!(recorder.stop(Signal::TERM)?.success(), "{}", recorder.log());
    let batches = read(&file)?;
    let happened = happened(&batches, &repository);
    let of = |begin: &str| -> Vec<&Happened> {
        happened.iter().filter(|event| event.what.starts_with(begin)).collect()
    };
    let log = recorder.log();
    let line = log.lines().find(|line| line.contains("hook=\"sum\"")).context("no count")?;
    let dropped: usize = line.rsplit_once("dropped=").context("no number")?.1.trim().parse()?;
    let told = of("send 127.0.0.1:").len();
    let summed_up = of("flow send 127.0.0.1:").iter().filter(|event| event.what.ends_with(" 1 0")).count();
    ensure!(told == ports, "{told} of {ports} are told: {log}");
    // The connection's end may be in the next window, where there is room.
    let refused = of("flow connect 127.0.0.1:9 0 1 111 ").len();
    ensure!(of("connect 127.0.0.1:9").len() == 1, "{log}");
    let all = summed_up + refused + dropped;
    ensure!(summed_up < ports && all > ports, "{summed_up}, {refused} and {dropped} of {ports}: {log}");
    let lost: Vec<_> = batches.iter().flat_map(|batch| &batch.losses).collect();
    let lossy = batches.iter().filter_map(|batch| batch.windows.as_ref()).flat_map(|windows| &windows.lossy);
    ensure!(lost.is_empty() && lossy.copied().all(|lossy| lossy == 0), "{lost:?}");
    Ok(())
}

/// Each of many peers of one call is told, or a container could hide one behind others.
pub(super) fn many_messages() -> Result<()> {
    let peers = 1000;
    let seen = act("messages", &[], &[&["acts", "exchange-at-once", "7005", &peers.to_string()]])?;
    let of = |begin: &str| -> Vec<&str> {
        let of_act = seen.happened.iter().filter(|event| event.by.starts_with("acts exchange-at-once"));
        of_act.map(|event| event.what.as_str()).filter(|what| what.starts_with(begin)).collect()
    };
    let told = of("send 127.0.1.").len() + of("send 127.0.2.").len();
    let told = told + of("send 127.0.3.").len() + of("send 127.0.4.").len();
    ensure!(told == peers, "{told} of {peers} are told");
    // One byte there and one back; where a window ended in between, the answer is an event of its own.
    let there_and_back = of("flow send 127.0.").iter().filter(|what| what.ends_with(" 1 1")).count();
    let later = of("receive 127.0.").iter().filter(|what| !what.ends_with(":7005")).count();
    ensure!(there_and_back + later >= peers, "{there_and_back} and {later} of {peers} are answered");
    Ok(())
}

/// An IPv4 address within IPv6 is told as what it is.
pub(super) fn both_families() -> Result<()> {
    let on = ["--sysctl", "net.ipv6.conf.all.disable_ipv6=0", "--sysctl", "net.ipv6.conf.lo.disable_ipv6=0"];
    let tcp =
        "acts serve-v6 7001 & until acts connect ::1 7001; do :; done; acts connect ::ffff:127.0.0.1 7001";
    let udp = "acts serve-echo :: 7003 & until timeout 1 acts echo ::1 7003; do :; done; acts echo ::ffff:127.0.0.1 7003";
    let seen = act("families", &on, &[&["sh", "-c", tcp], &["sh", "-c", udp]])?;
    seen.find("acts connect ::1", "connect ::1:7001")?;
    seen.find("acts connect ::ffff", "connect 127.0.0.1:7001")?;
    seen.find("acts serve-v6", "listen :::7001")?;
    seen.find("acts serve-v6", "accept ::1:7001")?;
    seen.find("acts serve-v6", "accept 127.0.0.1:7001")?;
    seen.find("acts echo ::1", "send ::1:7003")?;
    seen.find("acts echo ::ffff", "send 127.0.0.1:7003")?;
    seen.find("acts serve-echo", "receive ::1:7003")?;
    seen.find("acts serve-echo", "receive 127.0.0.1:7003")?;
    Ok(())
}

pub(super) fn host_network() -> Result<()> {
    let flag = ProcessFlag::HostNetwork as u32;
    for (name, options, expected) in
        [("host-network", &["--network", "host"][..], flag), ("own-network", &[], 0)]
    {
        let seen = act(name, options, &[&["acts", "exit", "0"]])?;
        ensure!(seen.flags("acts exit 0")? & flag == expected, "{name}");
    }
    Ok(())
}

/// A socket of multipath TCP has plain ones below it, and it is another one that accept returns.
pub(super) fn multipath() -> Result<()> {
    let script = "acts serve-mptcp 7002 & until acts connect-mptcp 127.0.0.1 7002; do :; done";
    let seen = act("multipath", &[], &[&["sh", "-c", script]])?;
    seen.find("acts connect-mptcp", "connect 127.0.0.1:7002")?;
    seen.find("acts serve-mptcp", "accept 127.0.0.1:7002")?;
    Ok(())
}

pub(super) fn refused_connection() -> Result<()> {
    let seen = act("refused", &[], &[&["acts", "connect", "127.0.0.1", "9"]])?;
    seen.find("acts connect", "connect 127.0.0.1:9")?;
    seen.find("acts connect", "flow connect 127.0.0.1:9 0 1 111 0 0 0")?;
    Ok(())
}

/// Without a route, and where somebody forbids it: none of these reaches the state in which a connection begins.
pub(super) fn no_way() -> Result<()> {
    let seen = act(
        "no-way",
        &["--network", "none"],
        &[&["acts", "connect", "10.9.8.7", "80"], &["acts", "connect", "2001:db8::7", "81"]],
    )?;
    // There is no address of the other family at all.
    for (by, to, error) in [("10.9.8.7 80", "10.9.8.7:80", 101), ("2001:db8::7 81", "2001:db8::7:81", 99)] {
        let by = format!("acts connect {by}");
        seen.find(&by, &format!("connect {to}"))?;
        seen.find(&by, &format!("flow connect {to} 0 1 {error} 0 0 0"))?;
    }
    let directory = tempfile::tempdir()?;
    let profile = directory.path().join("profile.json");
    let forbids = r#"{"names": ["connect"], "action": "SCMP_ACT_ERRNO"}"#;
    std::fs::write(&profile, format!(r#"{{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{forbids}]}}"#))?;
    let option = format!("seccomp={}", profile.display());
    let seen = act("forbidden", &["--security-opt", &option], &[&["acts", "connect", "10.9.8.7", "80"]])?;
    seen.find("acts connect", "connect 10.9.8.7:80")?;
    seen.find("acts connect", "flow connect 10.9.8.7:80 0 1 1 0 0 0")?;
    Ok(())
}

/// How long a connection took is what the kernel measured of its first packet's answer; where that packet was sent
/// again, this would leave out the wait.
pub(super) fn slow_connection() -> Result<()> {
    let seen = act("slow", &[], &[&["acts", "slow-connect", "127.0.0.1", "7004"]])?;
    let slow = seen.happened.iter().find(|event| {
        event.by.starts_with("acts slow-connect")
            && event.what.starts_with("flow connect 127.0.0.1:7004 2 0 ")
    });
    let slow = slow.with_context(|| format!("no flow of both connections: {:#?}", seen.happened))?;
    let [latency_ns, _] = slow.numbers[..] else { bail!("{slow:?}") };
    ensure!((900_000_000..30_000_000_000).contains(&latency_ns), "{slow:?}");
    Ok(())
}

pub(super) fn exec_between_connects() -> Result<()> {
    let seen = act(
        "between",
        &[],
        &[&[
            "sh",
            "-c",
            "nc 127.0.0.1 9 </dev/null; acts connect 127.0.0.1 9; exec acts connect 127.0.0.1 9",
        ]],
    )?;
    seen.find("nc 127.0.0.1 9", "connect 127.0.0.1:9")?;
    seen.find("acts connect", "connect 127.0.0.1:9")?;
    Ok(())
}

/// What resolvers ask over TCP, each in its own way: questions and answers come in any pieces, and an answer may be longer
/// than what is copied of it.
pub(super) fn dns_streams() -> Result<()> {
    let ways = ["gathered", "messages", "whole", "bytes"];
    let (seen, server) = network("dns-streams", |lab, client, server| {
        let ask = |way: &str, name: &str| docker(&["exec", client, "acts", "dns-stream", server, way, name]);
        docker(&["exec", "--detach", &lab.container("server"), "acts", "dns-stream-server"])?;
        until("the server of names to listen", LIMIT, || Ok(ask("whole", "warm").ok()))?;
        for way in ways {
            ask(way, "acts")?;
        }
        ask("whole", "many")?;
        ask("gathered", "none")?;
        let _ = docker(&["exec", client, "timeout", "2", "acts", "connect", "10.99.99.7", "83"]);
        Ok(())
    })?;
    let once = |by: &str, what: &str| -> Result<()> {
        let by = format!("acts dns-stream {server} {by}");
        let found = seen.happened.iter().filter(|event| event.by == by && event.what.starts_with(what));
        let count: u64 = found.map(|event| event.count).sum();
        ensure!(count == 1, "{by}: {count} times {what}: {:#?}", seen.happened);
        Ok(())
    };
    for way in ways {
        once(&format!("{way} acts"), "question acts.example 1 0")?;
        once(&format!("{way} acts"), "answer acts.example 1 0 10.99.99.7")?;
    }
    once("gathered acts", "question acts.example 28 0")?;
    once("gathered acts", "answer acts.example 28 0 fd00::7")?;
    once("whole many", "answer many.example 1 0 10.99.99.7 10.99.99.7")?;
    for record in ["1", "28"] {
        once("gathered none", &format!("question none.example {record} 0"))?;
        once("gathered none", &format!("answer none.example {record} 3"))?;
    }
    ensure!(
        seen.happened.iter().any(|event| event.what == "connect 10.99.99.7:83 (many.example)"),
        "{:#?}",
        seen.happened
    );
    Ok(())
}

pub(super) fn dns() -> Result<()> {
    let (seen, server) = network("dns", |lab, client, server| {
        docker(&["exec", client, "acts", "dns-write", server])?;
        docker(&["exec", client, "acts", "dns-messages", server])?;
        let _ = docker(&["exec", client, "timeout", "2", "acts", "connect", "10.99.99.7", "81"]);
        // One that asked for no name.
        let image = docker(&["inspect", "--format", "{{.Config.Image}}", client])?;
        let other = lab.run(&image, "other", &[], &[])?;
        let _ = docker(&["exec", &other, "timeout", "2", "acts", "connect", "10.99.99.7", "82"]);
        Ok(())
    })?;
    // Looked at first, it is taken once.
    let taken = seen.happened.iter().filter(|event| event.by.starts_with("acts dns-write "));
    let taken: u64 = taken.filter(|event| event.what.starts_with("answer ")).map(|event| event.count).sum();
    ensure!(taken == 1, "an answer is told {taken} times: {:#?}", seen.happened);
    for by in ["acts dns ", "acts dns-write "] {
        seen.find(by, &format!("send {server}:53"))?;
        seen.find(by, "question acts.example 1 0")?;
        seen.find(by, "answer acts.example 1 0 10.99.99.7")
            .or_else(|_| seen.find(by, "answer acts.example 1 0"))?;
        ensure!(seen.find(by, &format!("receive {server}:53")).is_err(), "an answer is no event of its own");
    }
    for what in [
        "question acts.example 1 0",
        "question acts.example 28 0",
        "answer acts.example 1 0 10.99.99.7",
        "answer acts.example 28 0 fd00::7",
        "question none.example 1 0",
        "answer none.example 1 3",
    ] {
        seen.find("acts dns-messages ", what)?;
    }
    ensure!(
        seen.happened.iter().any(|event| event.by == "acts dns-server" && event.what.starts_with("receive ")),
        "the server took no datagram: {:#?}",
        seen.happened
    );
    // The name that the container resolved stands beside the address it led to.
    seen.find("timeout 2 acts connect", "connect 10.99.99.7:81 (acts.example)")
        .or_else(|_| seen.find("acts connect 10.99.99.7", "connect 10.99.99.7:81 (acts.example)"))?;
    let other = seen.happened.iter().find(|event| event.what.starts_with("connect 10.99.99.7:82"));
    ensure!(other.context("no connection of the other")?.what == "connect 10.99.99.7:82", "{other:?}");
    Ok(())
}
