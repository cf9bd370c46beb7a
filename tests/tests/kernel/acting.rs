//! An act in a container, and what was seen of it.

use anyhow::{Context, Result};
use plumbline_proto::v1::Batch;
use plumbline_tests::{
    docker::docker,
    happened::{Happened, happened},
    harness::recorded,
    recording::{self, executions},
};

/// Runs `acts` in a new container of a lab, one after the other; what an act ends with does not matter.
pub(super) fn act(name: &str, options: &[&str], acts: &[&[&str]]) -> Result<Seen> {
    let (batches, repository) = recorded(name, |lab, image| {
        let container = lab.run(image, "one", options, &[])?;
        for words in acts {
            let _ = docker(&[&["exec", &container][..], *words].concat());
        }
        Ok(())
    })?;
    Ok(Seen { happened: happened(&batches, &repository), batches, repository })
}

pub(super) struct Seen {
    pub(super) happened: Vec<Happened>,
    pub(super) batches: Vec<Batch>,
    pub(super) repository: String,
}

impl Seen {
    /// The event `what` by a process whose command line begins with `by`.
    pub(super) fn find(&self, by: &str, what: &str) -> Result<&Happened> {
        let found = self.happened.iter().find(|event| event.by.starts_with(by) && event.what == what);
        found.with_context(|| {
            let of: Vec<_> = self.happened.iter().filter(|event| event.by.starts_with(by)).collect();
            format!("no '{what}' by '{by}'; but {of:#?}")
        })
    }

    /// The first program with a command line that begins with `line`.
    pub(super) fn program(&self, line: &str) -> Result<recording::Seen> {
        let seen = executions(&self.batches).into_iter().filter(|seen| seen.repository == self.repository);
        let mut seen: Vec<_> = seen.collect();
        let found = seen.iter().position(|seen| seen.command_line.starts_with(line));
        Ok(seen.swap_remove(found.with_context(|| format!("no '{line}' in {seen:#?}"))?))
    }

    pub(super) fn flags(&self, line: &str) -> Result<u32> {
        let seen = executions(&self.batches).into_iter().filter(|seen| seen.repository == self.repository);
        let seen: Vec<_> = seen.collect();
        let found = seen.iter().find(|seen| seen.command_line == line);
        Ok(found.with_context(|| format!("no '{line}' in {seen:#?}"))?.flags)
    }
}
