//! `alerts ack`, `resolve`, `assign` and `reopen`: what people do about what was found.
//!
//! Not here: what they say of the behaviours in it, which the model takes in (`decisions.rs`).

use std::io::Write;

use plumbline_proto::v1::{
    Alert, ConfirmedAction, Containment, OrderOutcome, Resolution as WireResolution, Triage as Told,
    TriageAction, TriageRequest, TriageState, Verdict,
};

use crate::{
    args::{Output, Resolution, Triage},
    escape::escape,
    print,
    server::{CliError, Server},
    show::{short, time},
};

/// What is done.
pub(crate) enum Deed {
    Acknowledge,
    Resolve(Resolution),
    /// To whom.
    Assign(String),
    Reopen,
}

pub(crate) async fn triage(
    server: &Server,
    args: Triage,
    deed: Deed,
    output: Output,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let mut request = TriageRequest {
        alert_id: args.id,
        etag: args.revision,
        request_id: args.request_id,
        author: args.author,
        note: args.note,
        ..Default::default()
    };
    let action = match deed {
        Deed::Acknowledge => TriageAction::Acknowledge,
        Deed::Reopen => TriageAction::Reopen,
        Deed::Resolve(resolution) => {
            request.set_resolution(resolution.wire());
            TriageAction::Resolve
        }
        Deed::Assign(assignee) => {
            request.assignee = assignee;
            TriageAction::Assign
        }
    };
    request.set_action(action);
    let response = server.alerts().await?.triage(request).await;
    let alert = response.map_err(|status| server.failed("noting that", &status))?.into_inner();
    if print::answer(out, output, &alert)? {
        return Ok(());
    }
    Ok(writeln!(out, "{}  revision {}, {}", short(&alert.id), alert.revision, state(&alert))?)
}

/// How far people are with an alert, in a line.
pub(crate) fn state(alert: &Alert) -> String {
    let Some(triage) = &alert.triage else { return "new".to_owned() };
    let Told { assignee, note, author, changed_unix_ns, .. } = triage;
    let mut text = match triage.state() {
        TriageState::New if triage.escalated => {
            let seen = if triage.verdict() == Verdict::Drift { "a drift" } else { "normal" };
            format!("new again: it was {seen} when somebody last saw it")
        }
        TriageState::New | TriageState::Unspecified => "new".to_owned(),
        TriageState::Acknowledged => "acknowledged".to_owned(),
        TriageState::Resolved => format!("resolved as {}", resolution(triage.resolution())),
    };
    if !assignee.is_empty() {
        text.push_str(&format!(", assigned to {}", escape(assignee)));
    }
    text.push_str(&format!("; by {}, {}", escape(author), time(*changed_unix_ns)));
    if !note.is_empty() {
        text.push_str(&format!(": {}", escape(note)));
    }
    triage.containment.iter().for_each(|told| text.push_str(&format!("; {}", containment(told))));
    text
}

/// What its runtime was asked to do to the container, and what came of it.
fn containment(told: &Containment) -> String {
    let (what, done) = match told.action() {
        ConfirmedAction::Stop => ("stop", "stopped"),
        _ => ("pause", "paused"),
    };
    let mut text = match told.outcome() {
        OrderOutcome::Done => format!("the container is {done}, {}", time(told.answered_unix_ns)),
        OrderOutcome::Failed => format!("the container could NOT be {done}"),
        OrderOutcome::Refused => format!("the container was NOT {done}"),
        OrderOutcome::Asked | OrderOutcome::Unspecified => format!(
            "the node was asked to {what} the container and has not answered; it may until {}",
            time(told.expires_unix_ns)
        ),
    };
    if !told.reason.is_empty() {
        text.push_str(&format!(": {}", escape(&told.reason)));
    }
    text
}

fn resolution(resolution: WireResolution) -> &'static str {
    match resolution {
        WireResolution::FalsePositive => "a false positive",
        WireResolution::DriftAccepted => "a drift that may stay",
        WireResolution::AttackConfirmed => "an attack",
        WireResolution::DealtWith => "dealt with",
        WireResolution::Unspecified => "?",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(change: impl FnOnce(&mut Told)) -> String {
        let mut triage = Told {
            state: TriageState::Resolved.into(),
            resolution: WireResolution::DriftAccepted.into(),
            assignee: "b\rob".into(),
            note: "no\nmore".into(),
            author: "al\x1b[2Jice".into(),
            changed_unix_ns: 1_700_000_000_000_000_000,
            verdict: Verdict::Drift.into(),
            ..Default::default()
        };
        change(&mut triage);
        state(&Alert { triage: Some(triage), ..Default::default() })
    }

    #[test]
    fn how_far_people_are_is_told_in_a_line_and_nothing_of_it_reaches_the_terminal_raw() {
        assert_eq!(state(&Alert::default()), "new");
        assert_eq!(
            told(|_| {}),
            "resolved as a drift that may stay, assigned to b\\rob; by al\\u{1b}[2Jice, 2023-11-14T22:13:20Z: no\\nmore"
        );
        let escalated = told(|triage| {
            (triage.state, triage.escalated) = (TriageState::New.into(), true);
            triage.note.clear();
            triage.assignee.clear();
        });
        assert_eq!(
            escalated,
            "new again: it was a drift when somebody last saw it; by al\\u{1b}[2Jice, 2023-11-14T22:13:20Z"
        );
    }
}
