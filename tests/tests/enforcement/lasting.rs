//! How long a policy kills: to its limit, over the death of those who enforce it, and to its end.

use anyhow::{Context, Result, ensure};
use plumbline_proto::v1::{Alert, OperationalKind};
use plumbline_tests::{
    enforcing::{Stage, ends_with, exec, number},
    harness::LIMIT,
    wait::until,
};
use rustix::process::Signal;
use serde_json::Value;

use super::{KILLED, drop_copy};

pub(super) fn disarmed() -> Result<()> {
    let stage = Stage::new("enforce-disarmed", &[])?;
    let dropped = drop_copy(&stage.container, "true")?;
    let another = drop_copy(&stage.container, "id")?;
    stage.set(&["--mode", "enforce", "--immutable", "--kills-per-minute", "3"])?;
    // The minute may turn once while they are counted.
    let mut killed = 0;
    while killed < 8 && exec(&stage.container, &[&dropped])?.status.code() == KILLED {
        killed += 1;
    }
    ensure!((3..=6).contains(&killed), "{killed} were killed in a minute of three");
    let spared = |list: &Value| list["nodes"][0]["state"]["spared"].to_string().contains("sha256:");
    until("the node to say so", LIMIT, || Ok(spared(&stage.enforcement(&["list"])?).then_some(())))?;
    // One that was told before would be told again only when its window is over, which may be after the next setting.
    ends_with(&stage.container, &[&another], Some(0))?;
    stage.policy("both to be counted", |policy| number(policy, "spared") >= 2)?;
    told_of_the_limit(&stage, true)?;
    stage.set(&["--mode", "enforce", "--immutable", "--kills-per-minute", "3"])?;
    until("the node to enforce it again", LIMIT, || {
        Ok((!spared(&stage.enforcement(&["list"])?)).then_some(()))
    })?;
    told_of_the_limit(&stage, false)?;
    ends_with(&stage.container, &[&dropped], KILLED)
}

/// Waits for the alert that says that the policy came to its limit, or for its end.
fn told_of_the_limit(stage: &Stage, lasts: bool) -> Result<()> {
    until("an alert of the limit, or its end", LIMIT, || {
        let told = |alert: &Alert| {
            alert.operational.as_ref().is_some_and(|told| {
                told.kind() == OperationalKind::PolicySpent && (told.ended_unix_ns == 0) == lasts
            })
        };
        Ok(stage.server()?.alerts("")?.iter().any(told).then_some(()))
    })
}

/// A node that hears nothing of its server does not kill for ever what a person may have allowed since.
pub(super) fn expired() -> Result<()> {
    let mut stage = Stage::with_settings("enforce-expired", &[], "valid_for = \"10s\"\n")?;
    let dropped = drop_copy(&stage.container, "true")?;
    stage.set(&["--mode", "enforce", "--immutable", "--kills-per-minute", "1000"])?;
    ends_with(&stage.container, &[&dropped], KILLED)?;
    let killed = |stage: &Stage, expected: Option<i32>| {
        until("policies to end, or to hold", LIMIT, || {
            Ok((exec(&stage.container, &[&dropped])?.status.code() == expected).then_some(()))
        })
    };
    let stopped = stage.server.take().context("no server")?.kill()?;
    killed(&stage, Some(0))?;
    ends_with(&stage.container, &[&dropped], Some(0))?;
    stage.collector = None;
    stage.server = Some(stopped.start()?);
    stage.collect()?;
    killed(&stage, KILLED)
}

pub(super) fn outlived() -> Result<()> {
    let mut stage = Stage::new("enforce-outlived", &[])?;
    let dropped = drop_copy(&stage.container, "true")?;
    stage.set(&["--mode", "enforce", "--immutable"])?;
    let stopped = stage.server.take().context("no server")?.kill()?;
    ends_with(&stage.container, &[&dropped], KILLED)?;
    // Killed, and started again while nobody can tell it anything.
    stage.collector.take().context("no collector")?.stop(Signal::KILL)?;
    ends_with(&stage.container, &[&dropped], Some(0))?;
    stage.collect()?;
    until("what it kept to hold again", LIMIT, || {
        Ok((exec(&stage.container, &[&dropped])?.status.code() == KILLED).then_some(()))
    })?;
    stage.collector = None;
    stage.server = Some(stopped.start()?);
    stage.collect()?;
    stage.in_force()?;
    // What a killed collector had seen and not yet written is lost with it; the second was stopped in order.
    stage.policy("what was killed meanwhile to be told", |policy| number(policy, "killed") >= 1)?;
    Ok(())
}
