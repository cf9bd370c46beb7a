//! `intent export`: what a server knows of an image, as a document.
//!
//! Complete, as of one moment. Times keep their nanoseconds, and values what their text does not tell, so that nothing is lost
//! on the way. Not here: the wire's texts are taken as they are; `yaml.rs` makes them safe to look at.

use std::io::Write;

use plumbline_proto::v1::{
    BaselineState, Decision, DecisionKind, DecisionScope, ExportIntentRequest, ImageStatus, IntentDocument,
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    document::{Behaviour, Decided, Document, Exposure, Learned, Metadata, Reach},
    running,
    starts::{self, Found},
    yaml,
};
use crate::{
    args::Output,
    print,
    server::{CliError, Server},
};

pub(crate) async fn export(
    server: &Server,
    image: String,
    output: Output,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let document = ask(server, image).await?;
    if matches!(output, Output::Json | Output::Jsonl) {
        return print::answer(out, output, &document).map(drop);
    }
    Ok(write!(out, "{}", yaml::write(&[document])?)?)
}

/// What the server knows of an image.
pub(super) async fn ask(server: &Server, image: String) -> Result<Document, CliError> {
    let failed = |status| server.failed("exporting the intent", &status);
    let mut client = server.intent().await?;
    let mut parts = client.export(ExportIntentRequest { image }).await.map_err(failed)?.into_inner();
    let mut whole = parts.message().await.map_err(failed)?.unwrap_or_default();
    while let Some(mut part) = parts.message().await.map_err(failed)? {
        whole.learned.append(&mut part.learned);
        whole.decisions.append(&mut part.decisions);
    }
    Ok(document(whole))
}

fn document(intent: IntentDocument) -> Document {
    let of = intent.image.unwrap_or_default();
    let image = match (of.repository.as_str(), of.tag.as_str()) {
        ("", _) => None,
        (repository, "") => Some(repository.to_owned()),
        (repository, tag) => Some(format!("{repository}:{tag}")),
    };
    let name = image.clone().unwrap_or_else(|| of.digest.clone());
    let mut document =
        Document::new(Metadata { name, image, digest: Some(of.digest.clone()), workload: None });
    (document.declared, document.notes) = running::declared(intent.declared.unwrap_or_default());
    // What scripts start is known if a document said it.
    let found = if document.declared.starts.is_empty() { Found::Unknown } else { Found::Program };
    starts::add(&mut document, &mut |_| found.clone());
    document.exposure = Some(exposure(&of));
    for told in intent.learned {
        let learned = told.learned.unwrap_or_default();
        document.learned.push(Learned {
            behaviour: Behaviour { dimension: told.dimension, context: told.context, value: told.value },
            windows: learned.count,
            first_seen: moment(learned.first_seen_unix_ns),
            last_seen: moment(learned.last_seen_unix_ns),
            marks: told.marks,
            pattern: told.pattern,
        });
    }
    for decision in intent.decisions {
        let list = match decision.kind() {
            DecisionKind::Deny => &mut document.denied,
            DecisionKind::Approve | DecisionKind::Unspecified => &mut document.approved,
        };
        list.push(decided(decision));
    }
    let unwatched = of.dimensions.iter().filter(|dimension| dimension.state() == BaselineState::Unwatched);
    for dimension in unwatched {
        document.notes.push(format!("{}{}", super::report::UNWATCHED, dimension.dimension));
    }
    document.sorted()
}

fn exposure(of: &ImageStatus) -> Exposure {
    let windows = of.dimensions.iter().map(|dimension| (dimension.dimension.clone(), dimension.exposures));
    Exposure {
        windows: windows.filter(|(_, windows)| *windows > 0).collect(),
        starts: of.starts,
        first_seen: moment(of.first_seen_unix_ns),
        last_seen: moment(of.last_seen_unix_ns),
    }
}

fn decided(decision: Decision) -> Decided {
    let scope = match decision.scope() {
        DecisionScope::Repository => Reach::Repository,
        DecisionScope::Namespace => Reach::Namespace,
        DecisionScope::All => Reach::All,
        DecisionScope::Image | DecisionScope::Unspecified => Reach::Image,
    };
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    Decided {
        behaviour: Behaviour {
            dimension: decision.dimension,
            context: decision.context,
            value: decision.value,
        },
        scope,
        namespace: some(decision.scope_name).filter(|_| scope == Reach::Namespace),
        reason: decision.reason,
        expires: moment(decision.expires_unix_ns),
        author: some(decision.author),
        created: moment(decision.created_unix_ns),
        decision: some(decision.id),
        alert: some(decision.alert_id),
        document: some(decision.document),
    }
}

/// A time to the nanosecond; none for 0.
fn moment(unix_ns: u64) -> Option<String> {
    let time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(unix_ns)).ok();
    time.filter(|_| unix_ns != 0)?.format(&Rfc3339).ok()
}

/// Nanoseconds since the Unix epoch of a time as RFC 3339 has it.
pub(super) fn unix_ns(moment: &str) -> Option<u64> {
    u64::try_from(OffsetDateTime::parse(moment, &Rfc3339).ok()?.unix_timestamp_nanos()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_comes_back_to_the_nanosecond() {
        for ns in [1, 1_700_000_000_123_456_789, u64::MAX] {
            assert_eq!(moment(ns).and_then(|text| unix_ns(&text)), Some(ns));
        }
        assert_eq!((moment(0), unix_ns("1960-01-01T00:00:00Z"), unix_ns("soon")), (None, None, None));
    }
}
