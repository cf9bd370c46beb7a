//! The one table of what is served as JSON: where, and which method of gRPC answers.
//!
//! A part of a path in braces is the field of that name; every other field is a parameter of the query. Who may ask is
//! what `security/roles.rs` says of the method. Every method that reads has a row, and the unit test of `api.rs` names
//! those that have none. The tests of the real program go through the same rows.

/// Path, and SERVICE/METHOD of `plumbline.v1`.
pub(crate) const ROUTES: [(&str, &str); 20] = [
    ("/api/v1/status", "FleetService/GetStatus"),
    ("/api/v1/alerts", "AlertService/List"),
    ("/api/v1/alerts/count", "AlertService/Count"),
    ("/api/v1/alerts/watch", "AlertService/Watch"),
    ("/api/v1/alerts/{id}", "AlertService/Get"),
    ("/api/v1/alerts/{id}/explanation", "AlertService/Explain"),
    ("/api/v1/alerts/{id}/evidence", "AlertService/Evidence"),
    ("/api/v1/consumers", "AlertService/ListConsumers"),
    ("/api/v1/decisions", "IntentService/List"),
    ("/api/v1/feedback", "IntentService/Feedback"),
    ("/api/v1/images", "BaselineService/List"),
    ("/api/v1/images/diff", "BaselineService/Diff"),
    ("/api/v1/images/{image}", "BaselineService/Get"),
    ("/api/v1/images/{image}/intent", "IntentService/Get"),
    ("/api/v1/images/{image}/intent/export", "IntentService/Export"),
    ("/api/v1/nodes", "NodeService/List"),
    ("/api/v1/containers", "NodeService/ListContainers"),
    ("/api/v1/policies", "EnforcementService/List"),
    ("/api/v1/audit", "AuditService/List"),
    ("/api/v1/tokens", "TokenService/List"),
];
