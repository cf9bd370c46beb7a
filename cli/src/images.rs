//! `images`: how far images have been learned, what they are known for, and what people do to that.
//!
//! Answers come page by page and are printed as one. Not here: the difference of two images (`diff.rs`).

use std::{io::Write, time::Duration};

use plumbline_proto::v1::{
    Baseline, BaselineState, ChangeBaselineRequest, GetBaselineRequest, ImageStatus, KnownBehaviour,
    ListBaselinesRequest, ListBaselinesResponse, UpkeepKind,
};

use crate::{
    args::{ImageList, ImageShow, ImageUpkeep, Output},
    decisions::author,
    escape::escape,
    print,
    server::{CliError, Server},
    show::{id, image, state, table, time},
};

/// Asked for at once, at most.
const IMAGES: u32 = 1000;
const BEHAVIOURS: u32 = 10_000;

/// What is done to a baseline.
pub(crate) enum Deed {
    Lock,
    Unlock,
    /// The dimensions; none: all.
    Reset(Vec<String>),
    Archive,
}

pub(crate) async fn list(
    server: &Server,
    args: ImageList,
    output: Output,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let failed = |status| server.failed("listing the images", &status);
    let (one, mut client) = (args.image.is_some(), server.baselines().await?);
    let mut request = ListBaselinesRequest {
        image: args.image.unwrap_or_default(),
        states: args.state.into_iter().map(|state| state.wire().into()).collect(),
        limit: IMAGES,
        page_token: String::new(),
    };
    let mut all = ListBaselinesResponse::default();
    loop {
        let page = client.list(request.clone()).await.map_err(failed)?.into_inner();
        all.images.extend(page.images);
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    if one && all.images.is_empty() {
        return Err(failed(tonic::Status::not_found("no such image has this digest or repository")));
    }
    if print::list(out, output, &all, &all.images)? {
        return Ok(());
    }
    writeln!(out, "{}", rows(&all.images, output.is_wide()))?;
    if one {
        for image in &all.images {
            writeln!(out, "\n{}\n{}", escape(&image.digest), dimensions(image))?;
        }
    }
    Ok(())
}

pub(crate) async fn show(
    server: &Server,
    args: ImageShow,
    output: Output,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let mut client = server.baselines().await?;
    let mut request = GetBaselineRequest {
        image: args.image,
        dimensions: args.dimension,
        limit: args.limit.min(BEHAVIOURS),
        page_token: String::new(),
    };
    let mut all = Baseline::default();
    loop {
        let page = client.get(request.clone()).await;
        let page = page.map_err(|status| server.failed("getting the image", &status))?.into_inner();
        all.image = page.image;
        all.behaviours.extend(page.behaviours);
        all.next_page_token = page.next_page_token;
        let left = u32::try_from(all.behaviours.len()).map_or(0, |shown| args.limit.saturating_sub(shown));
        if all.next_page_token.is_empty() || left == 0 {
            break;
        }
        (request.page_token, request.limit) = (all.next_page_token.clone(), left.min(BEHAVIOURS));
    }
    if print::answer(out, output, &all)? {
        return Ok(());
    }
    Ok(write!(out, "{}", baseline(&all, output.is_wide()))?)
}

pub(crate) async fn change(
    server: &Server,
    args: ImageUpkeep,
    deed: Deed,
    output: Output,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let mut request = ChangeBaselineRequest {
        image: args.image,
        etag: args.revision,
        request_id: args.request_id,
        author: author(server, args.author),
        reason: args.reason,
        dimensions: Vec::new(),
    };
    let mut client = server.baselines().await?;
    let (call, response) = match deed {
        Deed::Lock => ("locking the image", client.lock(request).await),
        Deed::Unlock => ("unlocking the image", client.unlock(request).await),
        Deed::Archive => ("archiving the image", client.archive(request).await),
        Deed::Reset(dimensions) => {
            request.dimensions = dimensions;
            ("resetting the image", client.reset(request).await)
        }
    };
    let status = response.map_err(|status| server.failed(call, &status))?.into_inner();
    if print::answer(out, output, &status)? {
        return Ok(());
    }
    Ok(writeln!(out, "{}", rows(&[status], output.is_wide()))?)
}

fn baseline(baseline: &Baseline, wide: bool) -> String {
    let image = baseline.image.clone().unwrap_or_default();
    let mut text = format!("{}\n", rows(std::slice::from_ref(&image), wide));
    text += &format!("\n{}\n", escape(&image.digest));
    if let Some(upkeep) = upkeep(&image) {
        text += &format!("{upkeep}\n");
    }
    text += &format!("\n{}\n", dimensions(&image));
    if baseline.behaviours.is_empty() {
        return text + "\nNothing is known of what it does.\n";
    }
    text += &format!("\n{}\n", behaviours(&baseline.behaviours));
    if !baseline.next_page_token.is_empty() {
        text += "There is more; raise --limit, or choose with --dimension.\n";
    }
    text
}

/// What people did last, in a line.
fn upkeep(image: &ImageStatus) -> Option<String> {
    let upkeep = image.upkeep.as_ref()?;
    let done = match upkeep.kind() {
        UpkeepKind::Locked => "locked".to_owned(),
        UpkeepKind::Unlocked => "unlocked".to_owned(),
        UpkeepKind::Archived => "archived".to_owned(),
        UpkeepKind::Taught => "taught what was learned elsewhere".to_owned(),
        UpkeepKind::Declared => "declared what its scripts start".to_owned(),
        UpkeepKind::Reset => {
            let dimensions: Vec<String> = upkeep.dimensions.iter().map(|name| escape(name)).collect();
            format!("{} behaviours of {} forgotten", upkeep.forgotten, dimensions.join(", "))
        }
        UpkeepKind::Unspecified => "changed".to_owned(),
    };
    let (author, when) = (escape(&upkeep.author), time(upkeep.changed_unix_ns));
    let mut text = format!("Revision {}: {done} by {author}, {when}", image.revision);
    if !upkeep.reason.is_empty() {
        text += &format!(": {}", escape(&upkeep.reason));
    }
    Some(text)
}

fn behaviours(known: &[KnownBehaviour]) -> String {
    let mut table = table(&["DIMENSION", "CONTEXT", "VALUE", "WINDOWS", "FIRST SEEN", "LAST SEEN"]);
    for behaviour in known {
        table.add_row([
            escape(&behaviour.dimension),
            escape(&behaviour.context),
            escape(&behaviour.value),
            behaviour.count.to_string(),
            time(behaviour.first_seen_unix_ns),
            time(behaviour.last_seen_unix_ns),
        ]);
    }
    table.trim_fmt()
}

fn rows(images: &[ImageStatus], wide: bool) -> String {
    if images.is_empty() {
        return "No images.".to_owned();
    }
    let mut table = table(&[
        "IMAGE",
        "DIGEST",
        "STATE",
        "LEFT",
        "WINDOWS",
        "LOSSY",
        "STARTS",
        "NEW/DAY",
        "LAST SEEN",
        "UNWATCHED",
    ]);
    for status in images {
        let (unwatched, watched): (Vec<_>, Vec<_>) =
            status.dimensions.iter().partition(|dimension| dimension.state() == BaselineState::Unwatched);
        let unwatched: Vec<String> = unwatched.iter().map(|dimension| escape(&dimension.dimension)).collect();
        let new = watched.iter().map(|dimension| dimension.expected_new_per_day);
        table.add_row([
            image(&status.digest, &status.repository, &status.tag),
            id(&status.digest, wide),
            state(status.state()).to_owned(),
            left(status),
            status.exposures.to_string(),
            status.exposures_lossy.to_string(),
            status.starts.to_string(),
            format!("{:.1}", new.fold(0.0, f64::max)),
            time(status.last_seen_unix_ns),
            if unwatched.is_empty() { "-".to_owned() } else { unwatched.join(",") },
        ]);
    }
    table.trim_fmt()
}

/// How much longer an image has to be watched, at the rate so far: in whole minutes, or in windows where no rate is
/// known yet. Of an archived one nobody can tell.
fn left(status: &ImageStatus) -> String {
    match (status.windows_left, status.learned_in_ns) {
        (0, _) => "-".to_owned(),
        _ if status.state() == BaselineState::Archived => "-".to_owned(),
        (windows, 0) => format!("{windows} windows"),
        (_, ns) => {
            let minutes = Duration::from_nanos(ns).as_secs().div_ceil(60).max(1);
            format!("~{}", humantime::format_duration(Duration::from_secs(60 * minutes)))
        }
    }
}

fn dimensions(image: &ImageStatus) -> String {
    let mut table =
        table(&["DIMENSION", "STATE", "WINDOWS", "BEHAVIOURS", "OBSERVATIONS", "NEW/DAY", "OVERFLOWED"]);
    for dimension in &image.dimensions {
        table.add_row([
            escape(&dimension.dimension),
            state(dimension.state()).to_owned(),
            dimension.exposures.to_string(),
            dimension.behaviours.to_string(),
            dimension.observations.to_string(),
            format!("{:.2}", dimension.expected_new_per_day),
            dimension.overflowed.to_string(),
        ]);
    }
    table.trim_fmt()
}

#[cfg(test)]
mod tests {
    use plumbline_proto::v1::{DimensionStatus, Upkeep};

    use super::*;

    #[test]
    fn what_is_left_to_learn_stands_in_time_once_a_rate_is_known() {
        let left = |windows_left, learned_in_ns| {
            super::left(&ImageStatus { windows_left, learned_in_ns, ..ImageStatus::default() })
        };
        assert_eq!(left(0, 5), "-");
        assert_eq!(left(4_314, 0), "4314 windows");
        assert_eq!(left(100, 93_600_000_000_000), "~1day 2h");
        assert_eq!(left(1, 1), "~1m");
    }

    #[test]
    fn an_archived_image_is_listed_as_that_with_its_last_seen_time_and_nothing_left_to_learn() {
        let image = ImageStatus {
            state: BaselineState::Archived.into(),
            windows_left: 4_000,
            learned_in_ns: 1,
            last_seen_unix_ns: 1_700_000_000_000_000_000,
            ..ImageStatus::default()
        };
        let shown = rows(&[image], false);
        let row = shown.lines().last().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(row.contains("archived - ") && row.contains("2023-11-14T22:13:20Z"), "{shown}");
    }

    #[test]
    fn an_image_and_what_was_done_to_it_are_shown_safely() {
        let call = DimensionStatus {
            dimension: "call".into(),
            state: BaselineState::Unwatched.into(),
            expected_new_per_day: f64::INFINITY,
            ..Default::default()
        };
        let (digest, repository) = ("sha256:ab".into(), "a\nb".into());
        let image = ImageStatus { digest, repository, dimensions: vec![call], ..Default::default() };
        let shown = rows(&[image], false);
        assert_eq!(shown.lines().count(), 2);
        assert!(shown.trim_end().ends_with("call") && !shown.contains("inf"), "{shown}");
    }

    #[test]
    fn what_an_image_is_known_for_and_who_changed_that_is_told_and_that_there_is_more() {
        let known = KnownBehaviour {
            dimension: "call".into(),
            context: "a\nb".into(),
            count: 7,
            ..Default::default()
        };
        let upkeep = Upkeep {
            kind: UpkeepKind::Reset.into(),
            dimensions: vec!["call".into(), "spawn".into()],
            forgotten: 3,
            author: "al\x1b[2Jice".into(),
            reason: "new\nrelease".into(),
            changed_unix_ns: 1_700_000_000_000_000_000,
            ..Default::default()
        };
        let image = ImageStatus { revision: 4, upkeep: Some(upkeep), ..Default::default() };
        let mut told =
            Baseline { image: Some(image), behaviours: vec![known], next_page_token: String::new() };
        let shown = baseline(&told, false);
        let line = "Revision 4: 3 behaviours of call, spawn forgotten by al\\u{1b}[2Jice, 2023-11-14T22:13:20Z: new\\nrelease";
        assert!(shown.contains(line), "{shown}");
        let row = shown.lines().last().unwrap_or_default();
        assert!(row.starts_with("call") && row.contains("a\\nb") && row.contains(" 7 "), "{shown}");
        told.next_page_token = "x".into();
        assert!(
            baseline(&told, false).ends_with("There is more; raise --limit, or choose with --dimension.\n")
        );
        assert!(baseline(&Baseline::default(), false).contains("Nothing is known"));
    }
}
