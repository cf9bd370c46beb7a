//! The explanation: one sentence for people, and what was missing when it was said.
//!
//! Text here quotes what containers wrote; whoever prints it escapes it.

use crate::{
    behaviour::Dimension,
    coverage::BaselineState,
    event::Source,
    grounds::is_approved,
    image::ImageState,
    incident::{Finding, Incident},
    params::Params,
    posterior::Verdict,
    shape::cut,
};

/// Findings named in the story.
const NAMED: usize = 3;
/// Longest quotation, in bytes.
const QUOTE_BYTES: usize = 120;

/// The story of an incident.
pub(crate) fn story(incident: &Incident) -> String {
    let image = if incident.image_repository.is_empty() {
        cut(&incident.image_digest, 19)
    } else {
        &incident.image_repository
    };
    let mut findings: Vec<&Finding> = incident.findings.iter().filter(|f| !is_approved(f)).collect();
    let left = findings.len() + incident.findings_omitted as usize;
    if left == 0 {
        return approved(incident);
    }
    findings.sort_by(|a, b| b.dimension.weight().total_cmp(&a.dimension.weight()));
    let named: Vec<String> = findings.iter().take(NAMED).map(|finding| clause(finding)).collect();
    let more = left - named.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let because: Vec<&str> = incident.evidence.iter().take(NAMED).map(|item| item.fact.as_str()).collect();
    let because = match (because.is_empty(), incident.verdict) {
        (false, _) => format!("; {}", because.join("; ")),
        (true, Verdict::Drift | Verdict::Normal) => "; nothing speaks of an attack".to_owned(),
        (true, Verdict::Attack) => String::new(),
    };
    format!("{}{more}, which {image} never did{because}", named.join(", "))
}

/// The story of an incident of which nothing is left.
fn approved(incident: &Incident) -> String {
    let mut authors: Vec<&str> =
        incident.findings.iter().filter_map(|f| Some(f.decided.as_ref()?.author.as_str())).collect();
    authors.sort_unstable();
    authors.dedup();
    let named: Vec<String> = incident.findings.iter().take(NAMED).map(clause).collect();
    let more = incident.findings.len() - named.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let by: Vec<&str> = authors.iter().take(NAMED).map(|author| cut(author, QUOTE_BYTES)).collect();
    format!("approved by {}: {}{more}", by.join(", "), named.join(", "))
}

fn clause(finding: &Finding) -> String {
    let (context, value) = (cut(&finding.context, QUOTE_BYTES), cut(&finding.value, QUOTE_BYTES));
    match finding.dimension {
        Dimension::Spawn => format!("{context} starts {value}"),
        Dimension::Arguments if value.is_empty() => format!("{context} runs without arguments"),
        Dimension::Arguments => format!("{context} runs with arguments {value}"),
        Dimension::Origin => format!("{context} comes from {value}"),
        Dimension::Listen => format!("{context} listens on {value}"),
        Dimension::Connect => format!("{context} connects to {value}"),
        Dimension::Accept => format!("{context} takes connections from {value}"),
        Dimension::Identity => format!("{context} changes its rights ({value})"),
        Dimension::Call => format!("{context} asks the kernel to {value}"),
        Dimension::Resolve => format!("{context} asks for the domain {value}"),
        Dimension::Rate => value.to_owned(),
    }
}

/// What was missing: learning not finished, losses, starts not seen.
pub(crate) fn caveats(
    image: &ImageState,
    params: &Params,
    source: &Source<'_>,
    start_missed: bool,
    arguments_cut: bool,
) -> Vec<String> {
    let mut caveats = Vec::new();
    let untold: Vec<&str> = source.untold.names().collect();
    if !untold.is_empty() {
        caveats.push(format!("the source {} does not tell {}", source.name, untold.join(", ")));
    }
    let in_state = |state: BaselineState| -> Vec<&str> {
        let dimensions = Dimension::ALL.into_iter().filter(|dimension| dimension.is_waited_for());
        dimensions.filter(|d| image.state_of(*d, params) == state).map(Dimension::name).collect()
    };
    let unwatched = in_state(BaselineState::Unwatched);
    if !unwatched.is_empty() {
        caveats.push(format!("nobody watches this image's {}", unwatched.join(", ")));
    }
    let learning = in_state(BaselineState::Learning);
    if !learning.is_empty() {
        let windows = Dimension::ALL.into_iter().map(|dimension| image.exposures_of(dimension)).max();
        let windows = windows.unwrap_or_default();
        caveats.push(format!(
            "the baseline is still learning {} after {windows} container-windows",
            learning.join(", ")
        ));
    }
    if image.starts < params.min_starts {
        caveats.push(format!("only {} of {} container starts were seen", image.starts, params.min_starts));
    }
    if image.events_lost > 0 {
        caveats.push(format!(
            "{} events of this image were lost, so something may be missing here",
            image.events_lost
        ));
    }
    if start_missed {
        caveats.push("the container started before it was watched".to_owned());
    }
    if arguments_cut {
        caveats.push("arguments were too long and were cut".to_owned());
    }
    if image.quarantine.dropped > 0 {
        caveats.push(format!(
            "{} behaviours that were told wait no longer for other replicas to confirm them: too many wait",
            image.quarantine.dropped
        ));
    }
    for dimension in Dimension::ALL {
        let overflowed = image.baseline.table(dimension).overflowed;
        if overflowed > 0 {
            let name = dimension.name();
            caveats
                .push(format!("the baseline of {name} is full: {overflowed} behaviours could not be kept"));
        }
    }
    caveats
}
