//! Who may open a stream, the rules of a hello, and of what a collector says that it enforces.
//!
//! A server knows its own version and older ones, so servers are upgraded first. Not here: the stream.

use plumbline_proto::v1::{EnforcementState, Hello, OrderOutcome, OrderResult};
use semver::Version;

use crate::{session::SessionId, status::ApiError, wire};

/// Longest reason why a collector does not enforce, and longest digest, in bytes.
const REASON_BYTES: usize = 1024;
const DIGEST_BYTES: usize = 256;
/// Images whose policy came to its limit; no collector has more policies.
const MAX_SPARED: usize = 1024;
/// Orders that are answered, and longest reason, in bytes.
const MAX_ORDERS: usize = 64;
const ORDER_BYTES: usize = 512;

/// Checks what a collector enforces.
pub(crate) fn enforcement(state: &EnforcementState) -> Result<(), ApiError> {
    let invalid = |field, problem: String| Err(ApiError::Field { field, problem });
    let EnforcementState { inactive, spared, orders, .. } = state;
    if inactive.len() > REASON_BYTES {
        return invalid("enforcement.inactive", format!("{} bytes; at most {REASON_BYTES}", inactive.len()));
    }
    if spared.len() > MAX_SPARED {
        return invalid("enforcement.spared", format!("{} digests; at most {MAX_SPARED}", spared.len()));
    }
    if let Some(long) = spared.iter().map(String::len).find(|bytes| *bytes > DIGEST_BYTES) {
        return invalid("enforcement.spared", format!("a digest of {long} bytes; at most {DIGEST_BYTES}"));
    }
    if orders.len() > MAX_ORDERS {
        return invalid("enforcement.orders", format!("{} results; at most {MAX_ORDERS}", orders.len()));
    }
    for OrderResult { outcome, reason, digest, .. } in orders {
        if digest.len() > DIGEST_BYTES {
            let problem = format!("a digest of {} bytes; at most {DIGEST_BYTES}", digest.len());
            return invalid("enforcement.orders", problem);
        }
        if reason.len() > ORDER_BYTES {
            let problem = format!("a reason of {} bytes; at most {ORDER_BYTES}", reason.len());
            return invalid("enforcement.orders", problem);
        }
        let known = [OrderOutcome::Done, OrderOutcome::Failed, OrderOutcome::Refused];
        if !known.iter().any(|known| i32::from(*known) == *outcome) {
            let problem = format!("an outcome of {outcome}; done, failed or refused belongs here");
            return invalid("enforcement.orders", problem);
        }
    }
    Ok(())
}

/// Checks a hello; its session.
pub(crate) fn check(hello: &Hello) -> Result<SessionId, ApiError> {
    let invalid = |field, problem: String| Err(ApiError::Field { field, problem });
    let newer = |field, value: String, known: String| Err(ApiError::Newer { field, value, known });
    match hello.protocol_version {
        1 => {}
        0 => return invalid("hello.protocol_version", "0 or missing; this is protocol 1".into()),
        version => return newer("hello.protocol_version", version.to_string(), "protocol 1".into()),
    }
    let field = "hello.collector_version";
    let own = Version::new(
        env!("CARGO_PKG_VERSION_MAJOR").parse().unwrap_or_default(),
        env!("CARGO_PKG_VERSION_MINOR").parse().unwrap_or_default(),
        0,
    );
    match Version::parse(&hello.collector_version) {
        Err(error) => {
            return invalid(
                field,
                format!("{:?} is not a semantic version: {error}", hello.collector_version),
            );
        }
        Ok(version) if (version.major, version.minor) > (own.major, own.minor) => {
            return newer(field, version.to_string(), env!("CARGO_PKG_VERSION").into());
        }
        Ok(_) => {}
    }
    let session = SessionId::try_from(hello.session.as_slice());
    let Ok(session) = session else {
        return invalid("hello.session", format!("{} bytes; it is 16 random bytes", hello.session.len()));
    };
    wire::check_node("hello.node", &hello.node)?;
    Ok(session)
}
