//! The learned part of a document: as it is told, and as it is taken in.
//!
//! A document comes from another server, from a repository or from anybody: each text has a bound, times are not of the future,
//! numbers are far from where sums of them would end, and what does not fit is named by its place.
//!
//! Not here: what is taken of it (the model), and bounds of the whole message (`run.rs`).

use plumbline_model::{Dimension, KnownBehaviour, LearnedBehaviour, Learning};
use plumbline_proto::v1;

use crate::status::ApiError;

/// Longest context and value of a behaviour in a document, in bytes: longer than any that a model makes.
pub(super) const TEXT_BYTES: usize = 16 << 10;
/// Behaviours of a document; a baseline holds some thousand.
const BEHAVIOURS: usize = 100_000;
/// Largest count, of windows, starts or behaviours: a window of each second for ten thousand containers and a year.
const COUNT: u64 = 1 << 40;
/// How far ahead of this server's clock a time may be.
const AHEAD_NS: u64 = 86_400_000_000_000;

/// A behaviour as it is told.
pub(crate) fn told(behaviour: LearnedBehaviour) -> v1::LearnedBehaviour {
    let LearnedBehaviour { known, marks, is_pattern } = behaviour;
    v1::LearnedBehaviour {
        dimension: known.dimension.name().to_owned(),
        context: known.context,
        value: known.value,
        learned: Some(v1::Learned {
            count: known.count,
            first_seen_unix_ns: known.first_seen_unix_ns,
            last_seen_unix_ns: known.last_seen_unix_ns,
        }),
        marks,
        pattern: is_pattern,
    }
}

/// What a document says was learned.
pub(super) fn learning(document: &v1::IntentDocument, now_unix_ns: u64) -> Result<Learning, ApiError> {
    let Some(image) = &document.image else {
        return Err(wrong(
            "document.image",
            "not set; it says for how long the image was watched".to_owned(),
        ));
    };
    if document.learned.len() > BEHAVIOURS {
        let problem = format!("{} behaviours; at most {BEHAVIOURS}", document.learned.len());
        return Err(wrong("document.learned", problem));
    }
    let times = (image.first_seen_unix_ns, image.last_seen_unix_ns);
    times_fit("document.image", times, now_unix_ns)?;
    count_fits("document.image.starts", image.starts)?;
    let mut watched = [0; Dimension::ALL.len()];
    for (position, status) in image.dimensions.iter().enumerate() {
        let at = format!("document.image.dimensions[{position}]");
        let dimension = dimension(&at, &status.dimension)?;
        count_fits(&format!("{at}.exposures"), status.exposures)?;
        if let Some(watched) = watched.get_mut(dimension as usize) {
            *watched = status.exposures;
        }
    }
    let behaviours = document.learned.iter().enumerate().map(|(position, told)| {
        let at = format!("document.learned[{position}]");
        behaviour(&at, told, now_unix_ns)
    });
    Ok(Learning {
        watched,
        starts: image.starts,
        first_seen_unix_ns: image.first_seen_unix_ns,
        last_seen_unix_ns: image.last_seen_unix_ns,
        behaviours: behaviours.collect::<Result<_, _>>()?,
    })
}

/// A field of a document that does not fit.
pub(super) fn wrong(name: impl Into<String>, problem: String) -> ApiError {
    ApiError::Parameter { name: name.into(), problem }
}

fn behaviour(at: &str, told: &v1::LearnedBehaviour, now_unix_ns: u64) -> Result<LearnedBehaviour, ApiError> {
    let v1::LearnedBehaviour { context, value, marks, pattern, .. } = told;
    let dimension = dimension(at, &told.dimension)?;
    if value.is_empty() {
        return Err(wrong(format!("{at}.value"), "empty; it is needed".to_owned()));
    }
    for (name, text) in [("context", context), ("value", value), ("marks", marks)] {
        if text.len() > TEXT_BYTES {
            let problem = format!("{} bytes; at most {TEXT_BYTES}", text.len());
            return Err(wrong(format!("{at}.{name}"), problem));
        }
    }
    let Some(learned) = told.learned else {
        return Err(wrong(format!("{at}.learned"), "not set; it says how often it was seen".to_owned()));
    };
    if learned.count == 0 {
        let problem = "0; what was never seen was not learned: approve it instead".to_owned();
        return Err(wrong(format!("{at}.learned.count"), problem));
    }
    count_fits(&format!("{at}.learned.count"), learned.count)?;
    let times = (learned.first_seen_unix_ns, learned.last_seen_unix_ns);
    times_fit(&format!("{at}.learned"), times, now_unix_ns)?;
    let behaviour = LearnedBehaviour {
        known: KnownBehaviour {
            dimension,
            context: context.clone(),
            value: value.clone(),
            count: learned.count,
            first_seen_unix_ns: learned.first_seen_unix_ns,
            last_seen_unix_ns: learned.last_seen_unix_ns,
        },
        marks: marks.clone(),
        is_pattern: *pattern,
    };
    if behaviour.exact().is_none() {
        let problem = "not of this value; a server makes them, and they change with it".to_owned();
        return Err(wrong(format!("{at}.marks"), problem));
    }
    Ok(behaviour)
}

fn dimension(at: &str, name: &str) -> Result<Dimension, ApiError> {
    let known = Dimension::ALL.into_iter().find(|dimension| dimension.name() == name);
    known.ok_or_else(|| {
        wrong(
            format!("{at}.dimension"),
            format!("not one of {}", Dimension::ALL.map(Dimension::name).join(", ")),
        )
    })
}

fn count_fits(name: &str, count: u64) -> Result<(), ApiError> {
    if count <= COUNT { Ok(()) } else { Err(wrong(name, format!("{count}; at most {COUNT}"))) }
}

fn times_fit(at: &str, (first, last): (u64, u64), now_unix_ns: u64) -> Result<(), ApiError> {
    if first > last {
        let problem = format!("{first}; that is after the last time, {last}");
        return Err(wrong(format!("{at}.first_seen_unix_ns"), problem));
    }
    if last > now_unix_ns.saturating_add(AHEAD_NS) {
        let problem = format!("{last}; that is more than a day ahead of this server's clock");
        return Err(wrong(format!("{at}.last_seen_unix_ns"), problem));
    }
    Ok(())
}
