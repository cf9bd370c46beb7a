//! Falco's alerts as JSON lines. What is needed of an event stands in `output_fields`, if its rule prints it.
//!
//! Any rule's alert is an event, but a kind of event counts as told only once one of our own rules
//! (`deploy/falco/plumbline_rules.yaml`), which leave nothing out, told one: a stock rule tells the odd shell, not
//! all programs. Field names are those of falcosecurity/libs and of the container plugin. What Falco does not tell:
//! words of the command line one by one, real users, capabilities, and whether the runtime put a process in.

use super::{
    Sense,
    text::{container_id, signal, words},
};
use crate::{
    container::Facts,
    pipeline::told::{Act, Aspects, Told, ToldContainer, ToldProcess, UNKNOWN_ID},
    process::{Program, Rights},
    raw::SocketAction,
};
use plumbline_proto::v1::{Aspect, ProcessFlag};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::{net::IpAddr, str::FromStr, time::UNIX_EPOCH};

/// Rules of ours, which leave nothing out.
const OWN_RULES: &str = "Plumbline ";
const DROPS: &str = "Falco internal: syscall event drop";
/// Bytes after which Falco cuts a command line.
const CUT_BYTES: usize = 4095;

/// An alert.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Alert {
    rule: String,
    time: String,
    output_fields: Map<String, Value>,
}

/// Values by name, whether they are written as text or not; null, "" and "<NA>" are none.
struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    fn text(&self, name: &str) -> Option<&'a str> {
        self.0.get(name)?.as_str().filter(|text| !text.is_empty() && *text != "<NA>")
    }

    fn number<N: TryFrom<i128> + FromStr>(&self, name: &str) -> Option<N> {
        match self.0.get(name)? {
            Value::Number(number) => {
                let number = number.as_i64().map(i128::from).or(number.as_u64().map(i128::from))?;
                N::try_from(number).ok()
            }
            Value::String(text) => text.parse().ok(),
            _ => None,
        }
    }

    fn flag(&self, name: &str) -> Option<bool> {
        match self.0.get(name)? {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The first that is there.
    fn any<T>(&self, names: &[&str], get: impl Fn(&Self, &str) -> Option<T>) -> Option<T> {
        names.iter().find_map(|name| get(self, name))
    }
}

/// A line of Falco's output.
pub(super) fn line(line: &[u8]) -> Sense {
    let Ok(alert) = serde_json::from_slice::<Alert>(line) else { return Sense::Invalid("not_json") };
    let fields = Fields(&alert.output_fields);
    let time = time(&alert, &fields);
    if alert.rule.starts_with(DROPS) {
        let events = fields.number::<u64>("n_drops").unwrap_or(1).max(1);
        return Sense::Lost { events, time_unix_ns: time };
    }
    if alert.output_fields.is_empty() {
        return Sense::Skip("no_fields");
    }
    let Some(id) = fields.text("container.id") else { return Sense::Skip("no_container") };
    let Some(id) = container_id(id) else { return Sense::Skip("host") };
    let own = alert.rule.starts_with(OWN_RULES);
    let (act, aspects) = match act(&fields, own) {
        Ok(what) => what,
        Err(reason) if own => return Sense::Invalid(reason),
        Err(reason) => return Sense::Skip(reason),
    };
    let Some(time_unix_ns) = time else { return Sense::Invalid("no_time") };
    let Some(process) = process(&fields) else { return Sense::Invalid("no_process") };
    if process.program.executable.is_empty() && act == Act::Exec {
        return if own { Sense::Invalid("no_executable") } else { Sense::Skip("no_executable") };
    }
    let container = ToldContainer { id: id.into(), facts: facts(id, &fields).info(), started_unix_ns: None };
    Sense::Event(Box::new(Told { time_unix_ns, container, process, act, tells: aspects }))
}

fn time(alert: &Alert, fields: &Fields<'_>) -> Option<u64> {
    fields.any(&["evt.rawtime", "evt.time", "evt.time.iso8601"], Fields::number).or_else(|| {
        let time = humantime::parse_rfc3339(&alert.time).ok()?;
        u64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_nanos()).ok()
    })
}

/// What was done, and what that shows to be told.
fn act(fields: &Fields<'_>, own: bool) -> Result<(Act, Aspects), &'static str> {
    let socket = |action, addresses: &[&str], ports: &[&str]| {
        let address: IpAddr = fields.any(addresses, Fields::text)?.parse().ok()?;
        let port = fields.any(ports, Fields::number::<u16>)?;
        Some(Act::Socket { action, address: address.to_canonical(), port })
    };
    let udp = fields.text("fd.l4proto") == Some("udp");
    let (act, told) = match fields.text("evt.type").ok_or("no_type")? {
        "execve" | "execveat" => {
            if fields.text("evt.res").is_some_and(|result| result != "SUCCESS") {
                return Err("failed");
            }
            let has = |name: &str, aspect: Aspect| fields.0.contains_key(name).then_some(aspect);
            let facts = [
                Some(Aspect::Execs),
                Some(Aspect::ResolvedPaths),
                has("proc.is_exe_upper_layer", Aspect::Layers),
                has("proc.is_exe_from_memfd", Aspect::Memory),
                has("proc.tty", Aspect::Terminals),
                has("proc.stdin.type", Aspect::SocketStdio),
            ];
            (Act::Exec, facts.into_iter().flatten().collect())
        }
        "procexit" => {
            let code = fields.number::<i64>("evt.arg.ret").unwrap_or_default() as u8;
            let signal = fields.text("evt.arg.sig").map(signal).or(fields.number("evt.arg.sig"));
            (Act::Exit { code, signal: signal.unwrap_or_default() }, vec![Aspect::Exits])
        }
        "connect" | "sendto" | "sendmsg" => {
            let action = if udp { SocketAction::Send } else { SocketAction::Connect };
            let act = socket(action, &["fd.rip", "fd.sip"], &["fd.rport", "fd.sport"]);
            (act.ok_or("no_address")?, if udp { vec![] } else { vec![Aspect::Connect] })
        }
        "accept" | "accept4" => {
            let act = socket(SocketAction::Accept, &["fd.cip", "fd.rip"], &["fd.sport", "fd.lport"]);
            (act.ok_or("no_address")?, vec![Aspect::Accept])
        }
        "listen" => {
            let act = socket(SocketAction::Listen, &["fd.sip", "fd.lip"], &["fd.sport", "fd.lport"]);
            (act.ok_or("no_address")?, vec![Aspect::Listen])
        }
        _ => return Err("other_call"),
    };
    Ok((act, Aspects::default().with(&told, own)))
}

/// The process; none without a pid.
fn process(fields: &Fields<'_>) -> Option<ToldProcess> {
    let pid = fields.number::<u32>("proc.pid").filter(|pid| *pid > 0)?;
    let ancestors = ["proc.ppid", "proc.apid[2]", "proc.apid[3]", "proc.apid[4]", "proc.apid[5]"];
    let ancestors = ancestors.iter().filter_map(|name| fields.number(name)).collect();
    let first = fields.number::<u32>("proc.vpid") == Some(1);
    let is_socket = |name| matches!(fields.text(name), Some("ipv4" | "ipv6"));
    let line = fields.text("proc.cmdline").unwrap_or_default();
    let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
    let rest = fields.text("proc.args").unwrap_or(rest);
    let called = fields.any(&["proc.exe", "proc.name"], Fields::text).unwrap_or(name);
    let flags = [
        (fields.flag("proc.is_exe_upper_layer") == Some(true), ProcessFlag::UpperLayer),
        (fields.flag("proc.is_exe_from_memfd") == Some(true), ProcessFlag::Memfd),
        (fields.number::<u32>("proc.tty").is_some_and(|tty| tty != 0), ProcessFlag::Terminal),
        (is_socket("proc.stdin.type") || is_socket("proc.stdout.type"), ProcessFlag::SocketStdio),
        (rest.len() >= CUT_BYTES || line.len() >= CUT_BYTES, ProcessFlag::ArgumentsTruncated),
        (first, ProcessFlag::InitFamily),
    ];
    let executable = fields.text("proc.exepath").unwrap_or_default().to_owned();
    // Nothing is said of the arguments if nothing of the command line is told.
    let told = !line.is_empty() || fields.0.contains_key("proc.args");
    let first_word = Some(called.to_owned()).filter(|_| told);
    let program = Program {
        arguments: first_word.into_iter().chain(words(rest)).collect(),
        executable,
        rights: Rights {
            uid: UNKNOWN_ID,
            gid: UNKNOWN_ID,
            euid: fields.number("user.uid").unwrap_or(UNKNOWN_ID),
            egid: UNKNOWN_ID,
            capabilities: 0,
        },
        flags: flags.into_iter().filter(|(is, _)| *is).fold(0, |flags, (_, flag)| flags | flag as u32),
        ..Program::default()
    };
    let start_unix_ns = fields.number("proc.pid.ts");
    Some(ToldProcess { pid, start_unix_ns, first, program, parent: None, ancestors })
}

fn facts<'a>(id: &'a str, fields: &Fields<'a>) -> Facts<'a> {
    let text = |name| fields.text(name).unwrap_or_default();
    // `container.image` has the tag, or "name@sha256:..." for one that was pulled by digest.
    let whole = text("container.image");
    let tagged = fields.text("container.image.tag").is_none() && !whole.is_empty();
    Facts {
        id,
        runtime: text("container.type"),
        name: text("container.name"),
        pod: text("k8s.pod.name"),
        namespace: text("k8s.ns.name"),
        pod_uid: text("k8s.pod.uid"),
        pod_labels: None,
        image: if tagged { whole } else { text("container.image.repository") },
        tag: if tagged { "" } else { text("container.image.tag") },
        digest: text("container.image.digest"),
    }
}

#[cfg(test)]
mod tests;
