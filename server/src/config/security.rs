//! Settings of TLS, authentication and the audit record: paths only, so that no secret is ever among the settings.

use std::{ops::RangeInclusive, path::PathBuf, time::Duration};

use super::ConfigError;
use crate::{audit::Keep, security::TlsFiles};

/// What is set of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Security {
    pub(crate) tls_cert: Option<PathBuf>,
    pub(crate) tls_key: Option<PathBuf>,
    pub(crate) tls_client_ca: Option<PathBuf>,
    pub(crate) tokens_file: Option<PathBuf>,
    pub(crate) audit_entries: Option<u32>,
    pub(crate) audit_days: Option<u32>,
}

const AUDIT_ENTRIES: (u32, RangeInclusive<u32>) = (100_000, 1000..=1_000_000);
const AUDIT_DAYS: (u32, RangeInclusive<u32>) = (400, 1..=3650);

impl Security {
    /// Where the certificates are, if there is to be TLS.
    pub(crate) fn tls(&self) -> Option<TlsFiles> {
        let (cert, key) = (self.tls_cert.clone()?, self.tls_key.clone()?);
        Some(TlsFiles { cert, key, client_ca: self.tls_client_ca.clone() })
    }

    /// How much of the audit record is kept.
    pub(crate) fn audit(&self) -> Keep {
        let days = self.audit_days.unwrap_or(AUDIT_DAYS.0);
        Keep {
            entries: self.audit_entries.unwrap_or(AUDIT_ENTRIES.0) as usize,
            age: Duration::from_secs(u64::from(days) * 86_400),
        }
    }

    /// Whether everybody is asked who they are.
    pub(crate) fn authenticates(&self) -> bool {
        self.tls_client_ca.is_some() || self.tokens_file.is_some()
    }

    /// Fails if the settings make no sense together.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let needs = |setting, path: &PathBuf, other: &str| {
            Err(ConfigError::value(setting, path.display(), format!("needs {other} too")))
        };
        for (setting, value, (default, range)) in [
            ("audit_entries", self.audit_entries, AUDIT_ENTRIES),
            ("audit_days", self.audit_days, AUDIT_DAYS),
        ] {
            let value = value.unwrap_or(default);
            if !range.contains(&value) {
                let problem = format!("out of range; choose {} to {}", range.start(), range.end());
                return Err(ConfigError::value(setting, value, problem));
            }
        }
        match self {
            Self { tls_cert: Some(cert), tls_key: None, .. } => needs("tls_cert", cert, "tls_key"),
            Self { tls_cert: None, tls_key: Some(key), .. } => needs("tls_key", key, "tls_cert"),
            Self { tls_cert: None, tls_client_ca: Some(ca), .. } => {
                needs("tls_client_ca", ca, "tls_cert and tls_key")
            }
            _ => Ok(()),
        }
    }

    /// Fails if this is too little for addresses that others can reach.
    pub(super) fn suffices(&self) -> Result<(), ConfigError> {
        let way_out = "or listen on 127.0.0.1, or pass --insecure-listen if the network is trusted";
        let missing = |setting, what: &str, make: &str| {
            let problem = format!(
                "an address that is not loopback needs {what}, or anybody who can reach it could read what is sent or \
                 teach baselines; {make}, {way_out}"
            );
            Err(ConfigError::value(setting, "not set", problem))
        };
        if self.tls_cert.is_none() {
            return missing("tls_cert", "TLS", "make certificates with `plumbline-server certs init`");
        }
        if !self.authenticates() {
            let make = "name a CA, or make a tokens_file with `plumbline-server tokens add`";
            return missing("tls_client_ca, tokens_file", "TLS and authentication", make);
        }
        Ok(())
    }

    /// A part of the commented configuration file.
    pub(super) fn to_toml(&self) -> String {
        let line = |key: &str, value: &Option<PathBuf>, example: &str| match value {
            Some(path) => format!("{key} = {}", toml::Value::String(path.display().to_string())),
            None => format!("# {key} = \"{example}\""),
        };
        let number = |key: &str, value: Option<u32>, default: u32| match value {
            Some(value) => format!("{key} = {value}"),
            None => format!("# {key} = {default}"),
        };
        format!(
            "\
# The server's certificate with those it comes from, and its key; PEM. Both or none; none: plain text. Served on
# both addresses. Read again when they change, as tls_client_ca and tokens_file are. `plumbline-server certs init`
# makes such.
{cert}
{key}

# The CA that certificates of collectors and people must come from, PEM. They name who they are for in a URI
# plumbline://ROLE/NAME. By default no certificate is asked for.
{client_ca}

# Tokens, written by `plumbline-server tokens add`; hashes only. With this or tls_client_ca everybody is asked who
# they are, on loopback too; without both nobody is.
{tokens}

# Entries of the audit record (who changed what) kept, 1000 to 1000000, and for how many days, 1 to 3650. What goes is
# counted; `plumbline audit list -o json` exports it before.
{entries}
{days}
",
            cert = line("tls_cert", &self.tls_cert, "/etc/plumbline/server.pem"),
            key = line("tls_key", &self.tls_key, "/etc/plumbline/server.key"),
            client_ca = line("tls_client_ca", &self.tls_client_ca, "/etc/plumbline/ca.pem"),
            tokens = line("tokens_file", &self.tokens_file, "/etc/plumbline/tokens.toml"),
            entries = number("audit_entries", self.audit_entries, AUDIT_ENTRIES.0),
            days = number("audit_days", self.audit_days, AUDIT_DAYS.0),
        )
    }
}
