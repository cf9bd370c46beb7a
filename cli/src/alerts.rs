//! `alerts`: list, count, show, watch. What people answer is in `decisions.rs`.
//!
//! A watch goes on through a server's restart: it connects again with growing pauses and resumes after the
//! last cursor it printed, so nothing is missed and nothing is printed twice.

use std::{io::Write, time::Duration};

use plumbline_proto::v1::{
    Alert, AlertChange, AlertGap, CountAlertsRequest, CountAlertsResponse, CountBy, Decision, DecisionKind,
    Finding, GetAlertRequest, ListAlertsRequest, Operational, WatchRequest, watch_response::Kind,
};
use tonic::Code;

use crate::{
    args::{By, Count, List, Output, Watch},
    decisions::would_add,
    escape::escape,
    print,
    server::{CliError, Server},
    show::{
        behaviour, coloured, container, id, image, probability, seen, short, table, text, time, user, verdict,
    },
    triage::state,
};

/// Letters of a story in a list; the whole stands in `show`.
const STORY: usize = 72;
/// Pauses between attempts to connect again.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));

pub(crate) async fn list(
    server: &Server,
    args: List,
    output: Output,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let request = ListAlertsRequest {
        filter: Some(args.filter.wire()),
        limit: args.limit,
        page_token: args.page.unwrap_or_default(),
    };
    let response = server.alerts().await?.list(request).await;
    let response = response.map_err(|status| server.failed("listing the alerts", &status))?.into_inner();
    if !print::list(out, output, &response, &response.alerts)? {
        writeln!(out, "{}", rows(&response.alerts, output.is_wide()))?;
    }
    if !response.next_page_token.is_empty() {
        let token = escape(&response.next_page_token);
        print::more(out, output, &format!("There are more; go on with --page {token}, or narrow down."))?;
    }
    Ok(())
}

pub(crate) async fn count(
    server: &Server,
    args: Count,
    output: Output,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let group_by = args.by.map_or(CountBy::Unspecified, By::wire).into();
    let request = CountAlertsRequest { filter: Some(args.filter.wire()), group_by };
    let response = server.alerts().await?.count(request).await;
    let response = response.map_err(|status| server.failed("counting the alerts", &status))?.into_inner();
    if print::answer(out, output, &response)? {
        return Ok(());
    }
    Ok(write!(out, "{}", counts(&response))?)
}

/// A line for each group, and one for all.
fn counts(response: &CountAlertsResponse) -> String {
    let named = |value: &str| if value.is_empty() { "(none)".to_owned() } else { escape(value) };
    let mut text = String::new();
    for group in &response.groups {
        text.push_str(&format!("{:>8}  {}\n", group.alerts, named(&group.value)));
    }
    if response.omitted > 0 {
        text.push_str(&format!("{:>8}  in further groups\n", response.omitted));
    }
    text + &format!("{:>8}  in all\n", response.total)
}

fn rows(alerts: &[Alert], wide: bool) -> String {
    if alerts.is_empty() {
        return "No alerts.".to_owned();
    }
    let mut head = vec!["TIME", "VERDICT", "P", "IMAGE", "CONTAINER"];
    if wide {
        head.extend(["NODE", "NAMESPACE", "EVENTS", "STATE"]);
    }
    head.extend(["STORY", "ID"]);
    let mut table = table(&head);
    for alert in alerts {
        let (word, sure) = verdict(alert);
        let mut row = vec![
            seen(alert, alert.last_seen_unix_ns),
            word.to_owned(),
            sure,
            image(&alert.image_digest, &alert.image_repository, &alert.image_tag),
            container(alert),
        ];
        if wide {
            let or_none = |text: &str| if text.is_empty() { "-".to_owned() } else { escape(text) };
            row.extend([
                or_none(&alert.node),
                or_none(&alert.namespace),
                alert.events.to_string(),
                state(alert),
            ]);
        }
        row.extend([text(&alert.story, STORY, wide), id(&alert.id, wide)]);
        table.add_row(row);
    }
    // In the laid out table, where a colour takes no room: in each line behind the head the first such word is the verdict.
    let mut lines: Vec<String> = table.trim_fmt().lines().map(str::to_owned).collect();
    for (line, alert) in lines.iter_mut().skip(1).zip(alerts) {
        let (word, _) = verdict(alert);
        *line = line.replacen(word, &coloured(word), 1);
    }
    lines.join("\n")
}

pub(crate) async fn show(
    server: &Server,
    id: String,
    output: Output,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let alert = server.alerts().await?.get(GetAlertRequest { id }).await;
    let alert = alert.map_err(|status| server.failed("getting the alert", &status))?.into_inner();
    if print::answer(out, output, &alert)? {
        return Ok(());
    }
    let (added, omitted) = match alert.operational {
        Some(_) => (Vec::new(), 0),
        None => would_add(server, &alert).await?,
    };
    Ok(write!(out, "{}{}", page(&alert), addition(&added, omitted))?)
}

/// What an approval of the whole would make known; empty if everything is decided.
fn addition(added: &[Decision], omitted: u32) -> String {
    if added.is_empty() {
        return String::new();
    }
    let mut text = "\nApproving it would make known:\n".to_owned();
    for decision in added {
        let line = behaviour(&decision.dimension, &decision.context, &decision.value);
        text.push_str(&format!("- {line}\n"));
    }
    if omitted > 0 {
        text.push_str(&format!("but not {omitted} more that the alert has not kept\n"));
    }
    text
}

/// Where the container's pod is, if it is in one.
fn namespace(alert: &Alert) -> String {
    if alert.namespace.is_empty() {
        return String::new();
    }
    format!(", namespace {}", escape(&alert.namespace))
}

/// What times were corrected by.
fn corrected(alert: &Alert) -> String {
    let way = match alert.clock_offset_ns {
        0 => return String::new(),
        1.. => "ahead",
        _ => "behind",
    };
    let seconds = Duration::from_secs(alert.clock_offset_ns.unsigned_abs() / 1_000_000_000);
    format!(" by the server's clock; the node's was {} {way}", humantime::format_duration(seconds))
}

/// What a person decided of a finding.
fn decided(finding: &Finding) -> Option<String> {
    let decided = finding.decided.as_ref()?;
    let word = if decided.kind() == DecisionKind::Deny { "denied" } else { "approved" };
    Some(format!("    {word} by {}, decision {}", escape(&decided.author), short(&decided.id)))
}

/// Everything about an operational alert.
fn operational_page(alert: &Alert, told: &Operational) -> String {
    let span = match told.ended_unix_ns {
        0 => format!("open since {}", time(told.since_unix_ns)),
        ended => format!("since {}, over since {}", time(told.since_unix_ns), time(ended)),
    };
    let lines = [
        escape(&alert.story),
        String::new(),
        format!("Operational, {span}"),
        format!("Node       {}", container(alert)),
        format!("Revision   {}, {}", alert.revision, time(alert.last_seen_unix_ns)),
        format!("State      {}", state(alert)),
        format!("Id         {}", escape(&alert.id)),
    ];
    lines.join("\n") + "\n"
}

/// Everything about one alert, the most important first.
fn page(alert: &Alert) -> String {
    if let Some(told) = &alert.operational {
        return operational_page(alert, told);
    }
    let (word, _) = verdict(alert);
    let word = coloured(word);
    let p = alert.probabilities.unwrap_or_default();
    let [normal, drift, attack] = [p.normal, p.drift, p.attack].map(probability);
    let mut lines = vec![
        escape(&alert.story),
        String::new(),
        format!("Verdict    {word}  (attack {attack}, drift {drift}, normal {normal})"),
        format!("Surprise   {:.1} nats, the baseline is worth {:.2}", alert.surprise, alert.confidence),
        format!(
            "Image      {}  {}",
            image(&alert.image_digest, &alert.image_repository, &alert.image_tag),
            escape(&alert.image_digest)
        ),
        format!("Container  {}  {}", container(alert), escape(&alert.container_id)),
        format!("Node       {}{}", escape(&alert.node), namespace(alert)),
        format!(
            "Seen       {} to {}{}",
            seen(alert, alert.first_seen_unix_ns),
            seen(alert, alert.last_seen_unix_ns),
            corrected(alert)
        ),
        format!("Events     {}, revision {}", alert.events, alert.revision),
        format!("State      {}", state(alert)),
        format!("Id         {}", escape(&alert.id)),
        String::new(),
        "Why:".to_owned(),
    ];
    let mut why = table(&["DRIFT", "ATTACK", "EVIDENCE", "FACT", "ATT&CK"]);
    for item in &alert.evidence {
        why.add_row([
            format!("{:+.1}", item.drift_weight),
            format!("{:+.1}", item.attack_weight),
            escape(&item.name),
            escape(&item.fact),
            escape(&item.technique),
        ]);
    }
    lines.extend([why.trim_fmt(), String::new(), "What was new:".to_owned()]);
    for (number, finding) in (1..).zip(&alert.findings) {
        lines.push(format!(
            "{number}. {}  ({:.1} bits, {} times, first {})",
            behaviour(&finding.dimension, &finding.context, &finding.value),
            finding.surprise_bits,
            finding.count,
            seen(alert, finding.first_seen_unix_ns)
        ));
        lines.extend(decided(finding));
        if !finding.command_line.is_empty() {
            let command = escape(&finding.command_line);
            lines.push(format!("    by pid {} as user {}: {command}", finding.pid, user(finding.uid)));
        }
        if finding.expected.is_empty() {
            lines.push("    nothing is known there instead".to_owned());
        }
        for expected in &finding.expected {
            let last = time(expected.last_seen_unix_ns);
            let value = escape(&expected.value);
            lines.push(format!("    expected instead: {value}  ({} windows, last {last})", expected.count));
        }
    }
    if alert.findings_omitted > 0 {
        lines.push(format!("and {} more", alert.findings_omitted));
    }
    if !alert.caveats.is_empty() {
        lines.extend([String::new(), "Mind that:".to_owned()]);
        lines.extend(alert.caveats.iter().map(|caveat| format!("- {}", escape(caveat))));
    }
    lines.join("\n") + "\n"
}

pub(crate) async fn watch(
    server: &Server,
    args: Watch,
    output: Output,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let mut request =
        WatchRequest { after_cursor: args.after, only_new: args.new, filter: Some(args.filter.wire()) };
    let mut connected = false;
    let mut pause = PAUSES.0;
    loop {
        let failure = match follow(server, &mut request, output, out, &mut connected, &mut pause).await {
            // A mistake in the call, or a server that was never there, does not mend itself.
            Err(error) if !connected || error.exit() != 69 => return Err(error),
            Err(error) => error,
            Ok(never) => match never {},
        };
        eprintln!("note: {failure}; connecting again after {pause:?}, from cursor {}", request.after_cursor);
        tokio::time::sleep(pause).await;
        pause = PAUSES.1.min(pause * 2);
    }
}

/// Prints changes until the server ends the watch.
async fn follow(
    server: &Server,
    request: &mut WatchRequest,
    output: Output,
    out: &mut impl Write,
    connected: &mut bool,
    pause: &mut Duration,
) -> Result<std::convert::Infallible, CliError> {
    let failed = |status: tonic::Status| server.failed("watching the alerts", &status);
    let mut client = server.watched_alerts().await?;
    let mut told = client.watch(request.clone()).await.map_err(failed)?.into_inner();
    *connected = true;
    *pause = PAUSES.0;
    loop {
        let ended = || tonic::Status::new(Code::Unavailable, "the server ended the watch");
        let next = told.message().await.and_then(|next| next.ok_or_else(ended)).map_err(failed)?;
        let change = match next.kind {
            Some(Kind::Change(change)) => change,
            Some(Kind::Gap(gap)) => {
                eprintln!("note: {}", gone(gap));
                go_on(request, gap.to);
                continue;
            }
            Some(Kind::Early(change)) => {
                eprintln!("note: the server's disk takes nothing; what follows is not durable yet");
                tell(&change, output, out)?;
                continue;
            }
            Some(Kind::Progress(progress)) => {
                go_on(request, progress.cursor);
                continue;
            }
            None => continue, // of a newer server
        };
        go_on(request, change.cursor);
        tell(&change, output, out)?;
    }
}

fn tell(change: &AlertChange, output: Output, out: &mut impl Write) -> Result<(), CliError> {
    if !print::event(out, output, change)? {
        writeln!(out, "{}", line(change, output.is_wide()))?;
    }
    Ok(out.flush()?)
}

/// Resumes behind a cursor. Of a log that is still empty there is none.
fn go_on(request: &mut WatchRequest, cursor: u64) {
    (request.after_cursor, request.only_new) = (cursor, request.only_new && cursor == 0);
}

/// Changes that the server does not hold any more.
fn gone(gap: AlertGap) -> String {
    let AlertGap { from, to } = gap;
    format!(
        "changes {from} to {to} are not held any more: they were too old or too many, or were lost with a store"
    )
}

fn line(change: &AlertChange, wide: bool) -> String {
    let alert = change.alert.clone().unwrap_or_default();
    let (word, sure) = verdict(&alert);
    let place = match wide {
        true => format!("  node {}{}", escape(&alert.node), namespace(&alert)),
        false => String::new(),
    };
    format!(
        "{}  {}  {sure}  {}  {}{place}  {}  {}",
        seen(&alert, alert.last_seen_unix_ns),
        coloured(&format!("{word:<6}")),
        image(&alert.image_digest, &alert.image_repository, &alert.image_tag),
        container(&alert),
        id(&alert.id, wide),
        escape(&alert.story)
    )
}

#[cfg(test)]
mod tests;
