//! The one table of what each role may.
//!
//! A method without a row is for nobody: the guard answers that it does not exist. `tests/server/security.rs` calls every
//! method of every .proto file as each role, so that a new one needs its row there and here.
//!
//! What is served as JSON is asked as the method it stands for (`api/table.rs`).
//!
//! Not in the table, because no credentials are asked: `/metrics`, `/healthz` and `/readyz` over HTTP, which name no
//! container or node, and images only where the settings say so (`http.rs`).

use std::fmt;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// What somebody is here for. A collector only sends; of the others each may what the one before may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    /// Sends batches, for one node.
    Collector,
    /// Reads alerts, decisions and images.
    Viewer,
    /// Also decides, revokes, and changes baselines.
    Analyst,
    /// Also reads who changed what, has policies enforced, and gives out tokens.
    Admin,
}

/// The least role of each method.
const METHODS: [(&str, Role); 39] = [
    ("/plumbline.v1.IngestService/Stream", Role::Collector),
    ("/plumbline.v1.AlertService/Watch", Role::Viewer),
    ("/plumbline.v1.AlertService/List", Role::Viewer),
    ("/plumbline.v1.AlertService/Get", Role::Viewer),
    ("/plumbline.v1.AlertService/Count", Role::Viewer),
    ("/plumbline.v1.AlertService/Explain", Role::Viewer),
    ("/plumbline.v1.AlertService/Evidence", Role::Viewer),
    ("/plumbline.v1.AlertService/Subscribe", Role::Viewer),
    ("/plumbline.v1.AlertService/ListConsumers", Role::Viewer),
    ("/plumbline.v1.AlertService/DeleteConsumer", Role::Analyst),
    ("/plumbline.v1.AlertService/Triage", Role::Analyst),
    ("/plumbline.v1.IntentService/Get", Role::Viewer),
    ("/plumbline.v1.IntentService/Approve", Role::Analyst),
    ("/plumbline.v1.IntentService/Deny", Role::Analyst),
    ("/plumbline.v1.IntentService/List", Role::Viewer),
    ("/plumbline.v1.IntentService/Revoke", Role::Analyst),
    ("/plumbline.v1.IntentService/Feedback", Role::Viewer),
    ("/plumbline.v1.IntentService/Export", Role::Viewer),
    // What was learned elsewhere it takes of an admin only.
    ("/plumbline.v1.IntentService/Apply", Role::Analyst),
    ("/plumbline.v1.FleetService/GetStatus", Role::Viewer),
    ("/plumbline.v1.BaselineService/List", Role::Viewer),
    ("/plumbline.v1.BaselineService/Get", Role::Viewer),
    ("/plumbline.v1.BaselineService/Diff", Role::Viewer),
    ("/plumbline.v1.BaselineService/Lock", Role::Analyst),
    ("/plumbline.v1.BaselineService/Unlock", Role::Analyst),
    ("/plumbline.v1.BaselineService/Reset", Role::Analyst),
    ("/plumbline.v1.BaselineService/Archive", Role::Analyst),
    ("/plumbline.v1.NodeService/List", Role::Viewer),
    ("/plumbline.v1.NodeService/Forget", Role::Analyst),
    ("/plumbline.v1.NodeService/ListContainers", Role::Viewer),
    ("/plumbline.v1.EnforcementService/List", Role::Viewer),
    ("/plumbline.v1.EnforcementService/Set", Role::Admin),
    ("/plumbline.v1.EnforcementService/Remove", Role::Admin),
    ("/plumbline.v1.EnforcementService/Arm", Role::Admin),
    ("/plumbline.v1.AuditService/List", Role::Admin),
    ("/plumbline.v1.TokenService/List", Role::Admin),
    ("/plumbline.v1.TokenService/Add", Role::Admin),
    ("/plumbline.v1.TokenService/Remove", Role::Admin),
    ("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", Role::Viewer),
];

/// Methods without credentials: orchestrators that ask whether a server is well have none. Their handlers learn of no caller.
const OPEN: [&str; 2] = ["/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch"];

/// Whether a method is for everybody.
pub(super) fn is_open(path: &str) -> bool {
    OPEN.contains(&path)
}

/// The name of a method as SERVICE/METHOD, if it is in the table.
pub(super) fn name(path: &str) -> Option<&'static str> {
    METHODS.iter().find(|(method, _)| *method == path)?.0.rsplit_once('.').map(|(_, name)| name)
}

/// The least role that may call a method; `None` if there is no such method.
pub(super) fn least(path: &str) -> Option<Role> {
    METHODS.iter().find(|(method, _)| *method == path).map(|(_, role)| *role)
}

impl Role {
    pub(crate) const ALL: [Self; 4] = [Self::Collector, Self::Viewer, Self::Analyst, Self::Admin];

    /// Whether it may what `least` may.
    pub(crate) fn may(self, least: Self) -> bool {
        if least == Self::Collector { self == least } else { self >= least }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Collector => "collector",
            Self::Viewer => "viewer",
            Self::Analyst => "analyst",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
