//! `[enforcement]`: the key that policies are signed with. Without the table nothing is enforced anywhere.
//!
//! There are no flags for it: a flag that is left out by mistake would end what holds on all nodes. Not here: what a key must be
//! (`policies/sign.rs`).

use std::{path::PathBuf, time::Duration};

use serde::Deserialize;

use super::{ConfigError, given::Time, range};

/// How long a set of policies holds, unless the table says so.
const VALID_FOR: Duration = Duration::from_secs(86_400);

/// The table as it is given.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GivenEnforcement {
    key_file: PathBuf,
    valid_for: Option<Time>,
}

/// Where the key is, and how long what it signs holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EnforcementSettings {
    pub(crate) key_file: PathBuf,
    pub(crate) valid_for: Duration,
}

impl EnforcementSettings {
    pub(super) fn of(given: GivenEnforcement) -> Self {
        let GivenEnforcement { key_file, valid_for } = given;
        Self { key_file, valid_for: valid_for.map_or(VALID_FOR, |Time(time)| time) }
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let (low, high) = (Duration::from_secs(10), Duration::from_secs(30 * 86_400));
        range("enforcement.valid_for", self.valid_for, low, high)
    }
}

/// A part of the commented configuration file.
pub(super) fn to_toml(settings: Option<&EnforcementSettings>) -> String {
    let mark = if settings.is_some() { "" } else { "# " };
    let key = settings.map_or_else(
        || "/etc/plumbline/enforcement.key".to_owned(),
        |settings| settings.key_file.display().to_string(),
    );
    let valid_for = settings.map_or(VALID_FOR, |settings| settings.valid_for);
    format!(
        "
# What may be started in containers, where people have that enforced (`plumbline enforcement`). Off without this table.
# key_file: the private Ed25519 key (PKCS#8, PEM) that policies are signed with, read at start; `plumbline-server enforcement
# init-key` makes one, and the public one for collectors. valid_for: a node that hears nothing for so long enforces nothing
# any more, 10s to 30d; a new set is sent at a third of it.
{mark}[enforcement]
{mark}key_file = {key}
{mark}valid_for = \"{valid_for}\"
",
        key = toml::Value::String(key),
        valid_for = humantime::format_duration(valid_for),
    )
}
