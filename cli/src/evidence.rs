//! `alerts events`: what an incident's processes did, one event a line.

use std::io::Write;

use plumbline_proto::v1::{
    CallKind, EvidenceEvent, EvidenceKind, EvidenceProcess, EvidenceRequest, SocketAction,
    evidence_response::Kind,
};

use crate::{
    args::Output,
    escape::escape,
    print,
    server::{CliError, Server},
    show::{time, user},
};

pub(crate) async fn events(
    server: &Server,
    id: String,
    output: Output,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let failed = |status: tonic::Status| server.failed("getting the events", &status);
    let told = server.watched_alerts().await?.evidence(EvidenceRequest { id }).await;
    let mut told = told.map_err(failed)?.into_inner();
    let mut any = false;
    while let Some(next) = told.message().await.map_err(failed)? {
        any = true;
        if print::event(out, output, &next)? {
            continue;
        }
        match next.kind {
            Some(Kind::Event(event)) => writeln!(out, "{}", line(&event))?,
            Some(Kind::Omitted(omitted)) => writeln!(out, "... {} events are not kept ...", omitted.events)?,
            None => {} // of a newer server
        }
    }
    if !any {
        print::more(out, output, "No events are kept of it.")?;
    }
    Ok(())
}

fn line(event: &EvidenceEvent) -> String {
    let process = event.process.clone().unwrap_or_default();
    let count = if event.count > 1 { format!("  ({} times)", event.count) } else { String::new() };
    format!(
        "{}  {} [{}] by {} [{}], user {}  {}{count}",
        time(event.time_unix_ns),
        program(&process),
        process.pid,
        if process.parent_pid == 0 { "-".to_owned() } else { escape(&process.parent_executable) },
        process.parent_pid,
        user(process.effective_uid.min(process.uid)),
        what(event)
    )
}

fn program(process: &EvidenceProcess) -> String {
    if process.executable.is_empty() { "?".to_owned() } else { escape(&process.executable) }
}

fn what(event: &EvidenceEvent) -> String {
    let peer = || {
        let name = if event.name.is_empty() { String::new() } else { format!(" ({})", escape(&event.name)) };
        format!("{} {} port {}{name}", socket(event.socket()), escape(&event.address), event.port)
    };
    match event.kind() {
        EvidenceKind::Unspecified => "?".to_owned(),
        EvidenceKind::Exec => {
            let words = event.process.iter().flat_map(|process| &process.arguments);
            format!("started: {}", words.map(|word| escape(word)).collect::<Vec<_>>().join(" "))
        }
        EvidenceKind::Fork => "began a process".to_owned(),
        EvidenceKind::Exit if event.signal != 0 => format!("ended by signal {}", event.signal),
        EvidenceKind::Exit => format!("ended with {}", event.exit_code),
        EvidenceKind::Socket => peer(),
        EvidenceKind::Traffic => format!(
            "{}: {} established, {} failed, {} bytes sent, {} received",
            peer(),
            event.established,
            event.failed,
            event.sent_bytes,
            event.received_bytes
        ),
        EvidenceKind::Credentials => {
            let before = event.before.clone().unwrap_or_default();
            format!("changed its rights, before: user {}", user(before.effective_uid))
        }
        EvidenceKind::Call => {
            let call = CallKind::try_from(event.call).unwrap_or_default().as_str_name();
            let call = call.trim_start_matches("CALL_KIND_").to_lowercase();
            let failed = if event.error == 0 { String::new() } else { format!(", error {}", event.error) };
            format!("{call} {} {}{failed}", escape(&event.subject), escape(&event.detail))
        }
        EvidenceKind::File => format!(
            "{}: {} bytes that were not in the image, SHA-256 {}",
            escape(&event.subject),
            event.value,
            escape(&event.detail)
        ),
        EvidenceKind::Question => format!("asked for {}", escape(&event.name)),
        EvidenceKind::Answer => {
            let addresses: Vec<String> = event.addresses.iter().map(|address| escape(address)).collect();
            format!("was answered {}: code {} {}", escape(&event.name), event.rcode, addresses.join(" "))
        }
    }
}

fn socket(action: SocketAction) -> &'static str {
    match action {
        SocketAction::Unspecified => "?",
        SocketAction::Listen => "listened on",
        SocketAction::Connect => "connected to",
        SocketAction::Accept => "accepted",
        SocketAction::Send => "sent to",
        SocketAction::Receive => "received from",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line_and_nothing_in_it_reaches_the_terminal_raw() {
        let process = EvidenceProcess {
            pid: 7,
            parent_pid: 1,
            parent_executable: "/usr/bin/web".into(),
            executable: "/bin/sh\n\x1b[2J".into(),
            arguments: vec!["sh".into(), "-c\r".into()],
            ..Default::default()
        };
        let event = EvidenceEvent {
            time_unix_ns: 1_700_000_000_000_000_000,
            count: 2,
            kind: EvidenceKind::Exec.into(),
            process: Some(process),
            ..Default::default()
        };
        assert_eq!(
            line(&event),
            "2023-11-14T22:13:20Z  /bin/sh\\n\\u{1b}[2J [7] by /usr/bin/web [1], user 0  started: sh -c\\r  (2 times)"
        );
    }
}
