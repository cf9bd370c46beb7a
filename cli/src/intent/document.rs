//! The intent of an image as a document: `apiVersion: plumbline.dev/v1`, `kind: Intent`.
//!
//! Every fact says where it comes from: `file:line`, a file alone where lines say nothing, `server`, or `server:
//! container NAME`. Lists that have no order of their own are sorted, so that the same intent is the same text. Of the
//! environment only names are kept, never values. What could not be found out stands in `notes`, so that nobody takes silence for "none".
//!
//! `cli/schema/intent.json` is made from these types. Not here: reading and writing them (`yaml.rs`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A document. One is of one image, or of one container of a workload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Document {
    pub(crate) api_version: ApiVersion,
    pub(crate) kind: Kind,
    pub(crate) metadata: Metadata,
    /// What the image or the workload says of itself.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) declared: Declared,
    /// For how long a server saw it run. Taken by `apply --learned`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) exposure: Option<Exposure>,
    /// What a server saw it do; by dimension, context and value.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) learned: Vec<Learned>,
    /// What people expect of it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) approved: Vec<Decided>,
    /// What people forbid it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) denied: Vec<Decided>,
    /// What could not be found out, in words.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) notes: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum ApiVersion {
    #[default]
    #[serde(rename = "plumbline.dev/v1")]
    V1,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum Kind {
    #[default]
    Intent,
}

/// Of what the intent is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Metadata {
    /// A name for people.
    pub(crate) name: String,
    /// The image, as a workload or a server names it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) image: Option<String>,
    /// Digest of the image's config, by which a server knows it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) digest: Option<String>,
    /// The Kubernetes object that runs it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) workload: Option<Workload>,
}

/// A container of a Kubernetes object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Workload {
    /// Kind of the object, such as Deployment.
    pub(crate) kind: String,
    /// Its namespace, if the manifest names one.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) namespace: Option<String>,
    /// Its name.
    pub(crate) name: String,
    /// Name of the container in it.
    pub(crate) container: String,
    /// Whether it runs before the others.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) init: bool,
}

/// What is declared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Declared {
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) entrypoint: Option<Fact<Vec<String>>>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) cmd: Option<Fact<Vec<String>>>,
    /// What is run in the end: entrypoint and cmd. Left out where one of them is not known.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) command: Option<Fact<Vec<String>>>,
    /// What the command and the checks start in turn, as wrappers, `sh -c` and scripts of the image say: it may come to that
    /// or not.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) starts: Vec<Fact<Vec<String>>>,
    /// User and group, as written.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) user: Option<Fact<String>>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) ports: Vec<Port>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) volumes: Vec<Volume>,
    /// Health check, probes and hooks: what runs or is asked beside the command.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) checks: Vec<Check>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) capabilities: Vec<Capability>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) read_only_root: Option<Fact<bool>>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) privileged: Option<Fact<bool>>,
    /// Whether a program may gain more rights than the one that starts it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) privilege_escalation: Option<Fact<bool>>,
    /// Namespaces of the host that it is in: network, pid, ipc, user.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) host_namespaces: Vec<Fact<String>>,
    /// When it runs, as in crontab(5).
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) schedule: Option<Fact<String>>,
    /// Names of environment variables.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) environment: Vec<Fact<String>>,
    /// Instructions for images that are built from this one.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) on_build: Vec<Fact<String>>,
    /// Packages that bring programs, if they were asked for.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) packages: Vec<Package>,
}

/// Something and where it is said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Fact<T> {
    pub(crate) value: T,
    pub(crate) from: String,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Port {
    pub(crate) port: u16,
    /// Last port of a range that begins with `port`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) end: Option<u16>,
    /// tcp, udp or sctp.
    pub(crate) protocol: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) name: Option<String>,
    pub(crate) from: String,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Volume {
    /// Where it is in the container.
    pub(crate) path: String,
    /// What is there: a path of the host, or a kind of volume and its name.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) source: Option<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) read_only: bool,
    pub(crate) from: String,
}

/// When a check happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) enum When {
    Healthcheck,
    Liveness,
    Readiness,
    Startup,
    PostStart,
    PreStop,
}

/// What a check does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) enum Act {
    /// Runs `argv` in the container.
    Exec,
    Http,
    Tcp,
    Grpc,
    Sleep,
    /// Nothing: a check of the base image is switched off.
    Disabled,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Check {
    pub(crate) when: When,
    pub(crate) act: Act,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) argv: Vec<String>,
    /// Number or name of the port that is asked.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) port: Option<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) path: Option<String>,
    /// How often, such as 30s; left out where the default of the runtime holds.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) period: Option<String>,
    pub(crate) from: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) enum Change {
    Add,
    Drop,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Capability {
    /// Without `CAP_`; ALL stands for all.
    pub(crate) name: String,
    pub(crate) change: Change,
    pub(crate) from: String,
}

/// A package of the image, and its programs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// Their paths.
    pub(crate) programs: Vec<String>,
    pub(crate) from: String,
}

/// A behaviour: what happens, in what.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Behaviour {
    /// Such as spawn, connect or listen.
    pub(crate) dimension: String,
    /// Mostly a program. Empty only where nobody knows.
    pub(crate) context: String,
    /// What happens there; `<any>` stands for any part of it.
    pub(crate) value: String,
}

/// How much was seen of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Exposure {
    /// In how many container-windows each dimension was watched.
    pub(crate) windows: BTreeMap<String, u64>,
    /// Container starts seen.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) starts: u64,
    /// Of the first event, in UTC, as in RFC 3339.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) first_seen: Option<String>,
    /// Of the last event.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) last_seen: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Learned {
    pub(crate) behaviour: Behaviour,
    /// In how many container-windows it was seen.
    pub(crate) windows: u64,
    /// In UTC, as in RFC 3339.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) first_seen: Option<String>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) last_seen: Option<String>,
    /// What the text of the value does not tell: where its words begin, and what in them never varies. Made by a server.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) marks: String,
    /// Whether `<any>` in the value stands for any part of it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) pattern: bool,
}

/// Where a decision counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) enum Reach {
    #[default]
    Image,
    Repository,
    Namespace,
    All,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Decided {
    pub(crate) behaviour: Behaviour,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) scope: Reach,
    /// The Kubernetes namespace; for that scope only.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) namespace: Option<String>,
    /// Why.
    pub(crate) reason: String,
    /// From when on it no longer holds, in UTC as in RFC 3339. Left out, it lasts.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) expires: Option<String>,
    /// Who decided, as a server tells. Without effect in `apply`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) author: Option<String>,
    /// When, as a server tells. Without effect in `apply`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) created: Option<String>,
    /// Id of the decision, as a server tells. Without effect in `apply`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) decision: Option<String>,
    /// Id of the alert that it answers, as a server tells. Without effect in `apply`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) alert: Option<String>,
    /// Name of the document that brought it, as a server tells; none if a person decided. Without effect in `apply`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) document: Option<String>,
}

impl Document {
    /// Of nothing yet.
    pub(crate) fn new(metadata: Metadata) -> Self {
        Self {
            api_version: ApiVersion::V1,
            kind: Kind::Intent,
            metadata,
            declared: Declared::default(),
            exposure: None,
            learned: Vec::new(),
            approved: Vec::new(),
            denied: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// In the one order there is. What is there twice stays once.
    pub(crate) fn sorted(mut self) -> Self {
        fn sort<T: Ord>(list: &mut Vec<T>) {
            list.sort();
            list.dedup();
        }
        let declared = &mut self.declared;
        sort(&mut declared.ports);
        sort(&mut declared.volumes);
        sort(&mut declared.checks);
        sort(&mut declared.capabilities);
        sort(&mut declared.host_namespaces);
        sort(&mut declared.environment);
        sort(&mut declared.packages);
        sort(&mut self.learned);
        sort(&mut self.approved);
        sort(&mut self.denied);
        sort(&mut self.notes);
        self
    }
}

pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests;
