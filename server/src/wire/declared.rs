//! What was declared of images and containers: the promises of events.proto about it, a part of `check.rs`.

use std::fmt::Display;

use plumbline_proto::v1;

use super::{
    super::refusal::{Check, bounded, invalid},
    MAX_WORDS, Tables,
};

impl Tables<'_> {
    /// Words that stand sorted.
    pub(super) fn sorted(&self, field: impl Display, words: &[u32]) -> Check {
        self.words(&field, words)?;
        let mut last = "";
        for (nth, &word) in words.iter().enumerate() {
            let text = self.string(word);
            if text < last {
                return invalid(format!("{field}[{nth}]"), "lower than the entry before it; sort them");
            }
            last = text;
        }
        Ok(())
    }

    pub(super) fn labels(&self, field: impl Display, labels: &[v1::Label]) -> Check {
        bounded(&field, labels.len(), MAX_WORDS, "labels")?;
        let mut last = "";
        for (nth, label) in labels.iter().enumerate() {
            let key = || format!("{field}[{nth}].key");
            self.text(key, label.key)?;
            self.index(|| format!("{field}[{nth}].value"), label.value)?;
            let text = self.string(label.key);
            if text < last {
                return invalid(key(), "lower than the key before it; sort labels by key");
            }
            last = text;
        }
        Ok(())
    }

    pub(super) fn mounts(&self, field: impl Display, mounts: &[v1::Mount]) -> Check {
        bounded(&field, mounts.len(), MAX_WORDS, "mounts")?;
        let mut last = "";
        for (nth, mount) in mounts.iter().enumerate() {
            let at = |name: &str| format!("{field}[{nth}].{name}");
            self.text(|| at("destination"), mount.destination)?;
            self.index(|| at("kind"), mount.kind)?;
            self.index(|| at("source"), mount.source)?;
            let text = self.string(mount.destination);
            if text < last {
                return invalid(
                    at("destination"),
                    "lower than the one before it; sort mounts by destination",
                );
            }
            last = text;
        }
        Ok(())
    }

    pub(super) fn confinement(&self, field: impl Display, told: &v1::Confinement) -> Check {
        let at = |name: &str| format!("{field}.{name}");
        self.sorted(format_args!("{field}.added_capabilities"), &told.added_capabilities)?;
        self.sorted(format_args!("{field}.dropped_capabilities"), &told.dropped_capabilities)?;
        self.sorted(format_args!("{field}.effective_capabilities"), &told.effective_capabilities)?;
        if !told.effective_known && !told.effective_capabilities.is_empty() {
            return invalid(at("effective_known"), "false, but effective_capabilities is not empty");
        }
        self.index(|| at("seccomp"), told.seccomp)?;
        self.index(|| at("apparmor"), told.apparmor)?;
        self.index(|| at("user"), told.user)
    }

    pub(super) fn probe(&self, field: impl Display, probe: &v1::Probe) -> Check {
        match v1::ProbeKind::try_from(probe.kind) {
            Ok(known) if known != v1::ProbeKind::Unspecified => {}
            _ => {
                return invalid(
                    format!("{field}.kind"),
                    format!("{}; 1 (health check) to 6 (pre-stop hook)", probe.kind),
                );
            }
        }
        if probe.command.is_empty() {
            return invalid(format!("{field}.command"), "empty; a probe runs a command");
        }
        self.words(format_args!("{field}.command"), &probe.command)
    }
}
