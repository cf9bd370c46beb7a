//! What lets everything run: the label of one container, the switch at the server, the file on the node.

use anyhow::Result;
use plumbline_tests::{
    enforcing::{Stage, ends_with},
    harness::LIMIT,
    wait::until,
};
use std::{fs, path::Path};

use super::{KILLED, drop_copy};

pub(super) fn off() -> Result<()> {
    let stage = Stage::new("enforce-switched-off", &[])?;
    let dropped = drop_copy(&stage.container, "true")?;
    let glass = stage.lab.run(&stage.image, "glass", &["--label", "plumbline.dev/break-glass=1"], &[])?;
    let in_glass = drop_copy(&glass, "true")?;
    stage.set(&["--mode", "enforce", "--immutable"])?;
    ends_with(&stage.container, &[&dropped], KILLED)?;
    until("the label to be seen", LIMIT, || {
        let list = stage.enforcement(&["list"])?;
        Ok((list["nodes"][0]["state"]["broken_glass"] == 1).then_some(()))
    })?;
    ends_with(&glass, &[&in_glass], Some(0))?;
    until("the audit record to tell of the label", LIMIT, || {
        let recorded = stage.plumbline(&["audit", "list"])?;
        Ok(recorded.contains("exempts 1 containers by their break-glass label").then_some(()))
    })?;

    stage.enforcement(&["off", "--author", "alice"])?;
    stage.in_force()?;
    ends_with(&stage.container, &[&dropped], Some(0))?;
    stage.enforcement(&["on", "--author", "alice"])?;
    stage.in_force()?;
    ends_with(&stage.container, &[&dropped], KILLED)?;

    let off = stage.off_file();
    fs::write(&off, "")?;
    until("the node to say that it is off", LIMIT, || {
        let list = stage.enforcement(&["list"])?;
        let said = list["nodes"][0]["state"]["inactive"].to_string();
        Ok(said.contains(&off).then_some(()))
    })?;
    ends_with(&stage.container, &[&dropped], Some(0))?;
    fs::remove_file(Path::new(&off))?;
    stage.in_force()?;
    ends_with(&stage.container, &[&dropped], KILLED)?;

    stage.enforcement(&["remove", &stage.repository, "--author", "alice"])?;
    stage.in_force()?;
    ends_with(&stage.container, &[&dropped], Some(0))
}
