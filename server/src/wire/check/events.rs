//! What events may look like: the tables of a batch that tell what processes did.

use super::{MAX_ROWS, Tables};
use crate::wire::refusal::{Check, bounded, column, each, equal, equal_or_absent, invalid, non_zero};
use plumbline_proto::v1;
use std::{fmt::Display, net::IpAddr};

/// Addresses of all DNS answers together.
const MAX_ADDRESSES: usize = 1 << 16;

/// The columns every kind of event has.
struct Happened<'a> {
    table: &'a str,
    process: &'a [u32],
    time_ns: &'a [u64],
    /// A table of sums has none.
    count: Option<&'a [u32]>,
}

impl Tables<'_> {
    pub(super) fn events(&self) -> Check {
        let batch = self.batch;
        batch.execs.as_ref().map_or(Ok(()), |rows| self.execs(rows))?;
        batch.forks.as_ref().map_or(Ok(()), |rows| self.forks(rows))?;
        batch.exits.as_ref().map_or(Ok(()), |rows| self.exits(rows))?;
        batch.sockets.as_ref().map_or(Ok(()), |rows| self.sockets(rows))?;
        batch.flows.as_ref().map_or(Ok(()), |rows| self.flows(rows))?;
        batch.credentials.as_ref().map_or(Ok(()), |rows| self.credentials(rows))?;
        batch.calls.as_ref().map_or(Ok(()), |rows| self.calls(rows))?;
        batch.dns.as_ref().map_or(Ok(()), |rows| self.dns(rows))?;
        batch.file_digests.as_ref().map_or(Ok(()), |rows| self.file_digests(rows))?;
        batch.enforcements.as_ref().map_or(Ok(()), |rows| self.enforcements(rows))
    }

    fn enforcements(&self, rows: &v1::Enforcements) -> Check {
        let (process, time_ns, count) = (&rows.process, &rows.time_ns, Some(rows.count.as_slice()));
        let columns = [("rule", rows.rule.len()), ("outcome", rows.outcome.len())];
        self.happened(&Happened { table: "enforcements", process, time_ns, count }, &columns)?;
        each("enforcements.rule", &rows.rule, |rule| match v1::EnforcementRule::try_from(rule) {
            Ok(known) if known != v1::EnforcementRule::Unspecified => Ok(()),
            _ => Err(format!("{rule}; not a rule this server knows")),
        })?;
        each("enforcements.outcome", &rows.outcome, |outcome| {
            match v1::EnforcementOutcome::try_from(outcome) {
                Ok(known) if known != v1::EnforcementOutcome::Unspecified => Ok(()),
                _ => Err(format!("{outcome}; not an outcome this server knows")),
            }
        })
    }

    fn execs(&self, rows: &v1::Execs) -> Check {
        let (process, time_ns, count) = (&rows.process, &rows.time_ns, Some(rows.count.as_slice()));
        self.happened(&Happened { table: "execs", process, time_ns, count }, &[])
    }

    fn forks(&self, rows: &v1::Forks) -> Check {
        let (process, time_ns, count) = (&rows.process, &rows.time_ns, Some(rows.count.as_slice()));
        self.happened(&Happened { table: "forks", process, time_ns, count }, &[])
    }

    fn exits(&self, rows: &v1::Exits) -> Check {
        let (process, time_ns, count) = (&rows.process, &rows.time_ns, Some(rows.count.as_slice()));
        let columns = [
            ("code", rows.code.len()),
            ("signal", rows.signal.len()),
            ("user_ns", rows.user_ns.len()),
            ("system_ns", rows.system_ns.len()),
            ("max_rss_bytes", rows.max_rss_bytes.len()),
        ];
        self.happened(&Happened { table: "exits", process, time_ns, count }, &columns)?;
        each("exits.code", &rows.code, |code| at_most(code, 255, "an exit code"))?;
        each("exits.signal", &rows.signal, |signal| at_most(signal, 127, "a signal"))
    }

    fn sockets(&self, rows: &v1::Sockets) -> Check {
        let (process, time_ns, count) = (&rows.process, &rows.time_ns, Some(rows.count.as_slice()));
        let columns =
            [("action", rows.action.len()), ("address", rows.address.len()), ("port", rows.port.len())];
        self.happened(&Happened { table: "sockets", process, time_ns, count }, &columns)?;
        // Collectors of the first version did not send it.
        equal_or_absent("sockets", "process", rows.process.len(), &[("name", rows.name.len())])?;
        column("sockets.name", &rows.name, self.strings, "strings")?;
        self.peers("sockets", &rows.action, &rows.address, &rows.port)
    }

    fn flows(&self, rows: &v1::Flows) -> Check {
        let columns = [
            ("action", rows.action.len()),
            ("address", rows.address.len()),
            ("port", rows.port.len()),
            ("established", rows.established.len()),
            ("failed", rows.failed.len()),
            ("error", rows.error.len()),
            ("closed", rows.closed.len()),
            ("sent_bytes", rows.sent_bytes.len()),
            ("received_bytes", rows.received_bytes.len()),
            ("latency_ns", rows.latency_ns.len()),
            ("duration_ns", rows.duration_ns.len()),
        ];
        let (process, time_ns) = (&rows.process, &rows.time_ns);
        self.happened(&Happened { table: "flows", process, time_ns, count: None }, &columns)?;
        self.peers("flows", &rows.action, &rows.address, &rows.port)
    }

    fn credentials(&self, rows: &v1::Credentials) -> Check {
        let (process, time_ns, count) = (&rows.process, &rows.time_ns, Some(rows.count.as_slice()));
        let columns = [("before", rows.before.len())];
        self.happened(&Happened { table: "credentials", process, time_ns, count }, &columns)?;
        column("credentials.before", &rows.before, self.processes_len(), "processes")?;
        let pids = self.batch.processes.as_ref().map_or(&[][..], |processes| &processes.pid);
        for (row, (now, before)) in rows.process.iter().zip(&rows.before).enumerate() {
            if pids.get(*now as usize) != pids.get(*before as usize) {
                let message = format!("{before}; a row of the same process, whose rights it had");
                return invalid(format!("credentials.before[{row}]"), message);
            }
        }
        Ok(())
    }

    fn calls(&self, rows: &v1::Calls) -> Check {
        let (process, time_ns, count) = (&rows.process, &rows.time_ns, Some(rows.count.as_slice()));
        let columns = [
            ("kind", rows.kind.len()),
            ("error", rows.error.len()),
            ("subject", rows.subject.len()),
            ("detail", rows.detail.len()),
            ("value", rows.value.len()),
        ];
        self.happened(&Happened { table: "calls", process, time_ns, count }, &columns)?;
        each("calls.kind", &rows.kind, |kind| match v1::CallKind::try_from(kind) {
            Ok(known) if known != v1::CallKind::Unspecified => Ok(()),
            _ => Err(format!("{kind}; not a kind of call this server knows")),
        })?;
        column("calls.subject", &rows.subject, self.strings, "strings")?;
        column("calls.detail", &rows.detail, self.strings, "strings")
    }

    fn dns(&self, rows: &v1::Dns) -> Check {
        let (process, time_ns, count) = (&rows.process, &rows.time_ns, Some(rows.count.as_slice()));
        let columns = [
            ("answer", rows.answer.len()),
            ("name", rows.name.len()),
            ("type", rows.r#type.len()),
            ("rcode", rows.rcode.len()),
            ("address_count", rows.address_count.len()),
        ];
        self.happened(&Happened { table: "dns", process, time_ns, count }, &columns)?;
        each("dns.answer", &rows.answer, |answer| at_most(answer, 1, "0 for a question, 1 for an answer"))?;
        column("dns.name", &rows.name, self.strings, "strings")?;
        each("dns.type", &rows.r#type, |kind| at_most(kind, 65_535, "a record type"))?;
        each("dns.rcode", &rows.rcode, |rcode| at_most(rcode, 4095, "a response code"))?;
        let addresses: u64 = rows.address_count.iter().map(|&count| u64::from(count)).sum();
        if addresses != rows.addresses.len() as u64 {
            let message = format!("sums to {addresses}, but addresses has {} entries", rows.addresses.len());
            return invalid("dns.address_count", message);
        }
        bounded("dns.addresses", rows.addresses.len(), MAX_ADDRESSES, "entries")?;
        self.addresses("dns.addresses", &rows.addresses)
    }

    fn file_digests(&self, rows: &v1::FileDigests) -> Check {
        let len = rows.container.len();
        bounded("file_digests", len, MAX_ROWS, "rows")?;
        let columns = [
            ("executable", rows.executable.len()),
            ("inode", rows.inode.len()),
            ("device", rows.device.len()),
            ("size", rows.size.len()),
            ("sha256", rows.sha256.len()),
        ];
        equal("file_digests", "container", len, &columns)?;
        // Collectors of before do not tell these two.
        let told = [("process", rows.process.len()), ("time_ns", rows.time_ns.len())];
        let told = told.into_iter().filter(|(_, told)| *told > 0).collect::<Vec<_>>();
        equal("file_digests", "container", len, &told)?;
        each("file_digests.process", &rows.process, |row| {
            let known = row as usize <= self.processes_len();
            known
                .then_some(())
                .ok_or_else(|| format!("{row}, but there are {} processes", self.processes_len()))
        })?;
        column("file_digests.container", &rows.container, self.batch.containers.len(), "containers")?;
        column("file_digests.executable", &rows.executable, self.strings, "strings")?;
        non_zero("file_digests.executable", &rows.executable)?;
        column("file_digests.sha256", &rows.sha256, self.strings, "strings")?;
        each("file_digests.sha256", &rows.sha256, |index| {
            let digits = self.string(index).bytes();
            let good = digits.len() == 64 && digits.clone().all(|d| matches!(d, b'0'..=b'9' | b'a'..=b'f'));
            good.then_some(()).ok_or_else(|| "not 64 lower-case hexadecimal digits".to_owned())
        })
    }

    fn processes_len(&self) -> usize {
        self.batch.processes.as_ref().map_or(0, |processes| processes.container.len())
    }

    fn happened(&self, happened: &Happened<'_>, columns: &[(&str, usize)]) -> Check {
        let Happened { table, process, time_ns, count } = happened;
        bounded(table, process.len(), MAX_ROWS, "rows")?;
        equal(table, "process", process.len(), &[("time_ns", time_ns.len())])?;
        equal(table, "process", process.len(), columns)?;
        column(format_args!("{table}.process"), process, self.processes_len(), "processes")?;
        each(format_args!("{table}.time_ns"), time_ns, |time| {
            let end = self.batch.base_unix_ns.checked_add(time);
            end.map(drop).ok_or_else(|| format!("{time}; after base_unix_ns it does not fit 64 bits"))
        })?;
        let Some(count) = count else { return Ok(()) };
        equal(table, "process", process.len(), &[("count", count.len())])?;
        non_zero(format_args!("{table}.count"), count)
    }

    fn peers(&self, table: &str, action: &[i32], address: &[u32], port: &[u32]) -> Check {
        each(format_args!("{table}.action"), action, |action| match v1::SocketAction::try_from(action) {
            Ok(known) if known != v1::SocketAction::Unspecified => Ok(()),
            _ => Err(format!("{action}; 1 (listen), 2 (connect), 3 (accept), 4 (send) or 5 (receive)")),
        })?;
        self.addresses(format_args!("{table}.address"), address)?;
        each(format_args!("{table}.port"), port, |port| at_most(port, 65_535, "a port"))
    }

    fn addresses(&self, field: impl Display, addresses: &[u32]) -> Check {
        column(&field, addresses, self.strings, "strings")?;
        each(field, addresses, |index| match self.string(index).parse::<IpAddr>() {
            Ok(ip) if ip.to_canonical() == ip => Ok(()),
            Ok(ip) => Err(format!("{ip}; an IPv4-mapped address is written as IPv4")),
            Err(_) => Err("not an IP address in text form".to_owned()),
        })
    }
}

fn at_most(value: u32, most: u32, what: &str) -> Result<(), String> {
    if value <= most { Ok(()) } else { Err(format!("{value}; {what}, at most {most}")) }
}
