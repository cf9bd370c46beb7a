//! A collector that hangs looks at no switch and at nothing that has expired, so what it set does not go on for ever.

use anyhow::{Context, Result};
use plumbline_tests::{
    enforcing::{Stage, ends_with, exec},
    harness::LIMIT,
    wait::until,
};
use rustix::process::{Pid, Signal, kill_process};

use super::{KILLED, drop_copy};

pub(super) fn let_go() -> Result<()> {
    let stage = Stage::new("enforce-hung", &[])?;
    let dropped = drop_copy(&stage.container, "true")?;
    // Far from the limit: it is not that which lets go.
    stage.set(&["--mode", "enforce", "--immutable", "--kills-per-minute", "1000"])?;
    ends_with(&stage.container, &[&dropped], KILLED)?;
    let pid = stage.collector.as_ref().context("no collector")?.pid();
    let collector = i32::try_from(pid).ok().and_then(Pid::from_raw).context("no pid")?;
    kill_process(collector, Signal::STOP)?;
    let hung = ends_with(&stage.container, &[&dropped], KILLED).and_then(|()| {
        until("the kernel side to let go", LIMIT, || {
            Ok((exec(&stage.container, &[&dropped])?.status.code() == Some(0)).then_some(()))
        })
    });
    kill_process(collector, Signal::CONT)?;
    hung?;
    until("killing to go on", LIMIT, || {
        Ok((exec(&stage.container, &[&dropped])?.status.code() == KILLED).then_some(()))
    })
}
