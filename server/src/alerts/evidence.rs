//! What is kept of an incident's events, in the order in which they are told.

use plumbline_proto::v1::{EvidenceChunk, EvidenceOmitted, EvidenceResponse, evidence_response::Kind};

/// The first events, how many were left out behind them, and the newest.
pub(super) fn told(chunks: Vec<EvidenceChunk>) -> impl Iterator<Item = EvidenceResponse> + Send {
    let omitted = chunks.iter().map(|chunk| chunk.omitted).max().unwrap_or_default();
    let (first, newest): (Vec<_>, Vec<_>) = chunks.into_iter().partition(|chunk| chunk.first);
    let events =
        |chunks: Vec<EvidenceChunk>| chunks.into_iter().flat_map(|chunk| chunk.events).map(Kind::Event);
    let left_out = (omitted > 0).then_some(Kind::Omitted(EvidenceOmitted { events: omitted }));
    let kinds = events(first).chain(left_out).chain(events(newest));
    kinds.map(|kind| EvidenceResponse { kind: Some(kind) })
}
