//! `status` and `images`: what the server watches and how far it has learned. Two images are compared in `diff.rs`.

use std::{io::Write, time::Duration};

use plumbline_proto::v1::{
    BaselineState, GetStatusRequest, ImageStatus, ListImagesRequest, LockImageRequest, Status,
};

use crate::{
    args::Output,
    escape::escape,
    print_json,
    server::{CliError, Server},
    show::{image, short, state, table, time},
};

pub(crate) async fn status(server: &Server, output: Output, out: &mut impl Write) -> Result<(), CliError> {
    let status = server.fleet().await?.get_status(GetStatusRequest {}).await;
    let status = status.map_err(|status| server.failed("getting the status", &status))?.into_inner();
    match output {
        Output::Json => print_json(out, &status),
        Output::Table | Output::Markdown => Ok(write!(out, "{}", summary(&status))?),
    }
}

fn summary(status: &Status) -> String {
    let mut text = format!(
        "Server   {}, up since {}\nImages   {}, of them {} stable and {} archived\nAlerts   {} attack, {} drift\n\
         Batches  {} durable, {} rejected\nLost     {} events\n\
         Nodes    {} connected, {} away, {} silent\n\n",
        escape(&status.server_version),
        time(status.started_unix_ns),
        status.images,
        status.images_stable,
        status.images_archived,
        status.alerts_attack,
        status.alerts_drift,
        status.batches_durable,
        status.batches_rejected,
        status.events_lost,
        status.nodes_connected,
        status.nodes_away,
        status.nodes_silent
    );
    if !status.paused.is_empty() {
        let since = time(status.paused_since_unix_ns);
        text += &format!("PAUSED since {since}: {}\n\n", escape(&status.paused));
    }
    if status.collectors.is_empty() {
        return text + "No collector is connected.\n";
    }
    let mut collectors = table(&["NODE", "COLLECTOR", "DURABLE"]);
    for collector in &status.collectors {
        collectors.add_row([
            escape(&collector.node),
            escape(&collector.version),
            collector.durable_seq.to_string(),
        ]);
    }
    text.push_str(&collectors.trim_fmt());
    text + "\n"
}

pub(crate) async fn images(
    server: &Server,
    image: Option<String>,
    output: Output,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let one = image.is_some();
    let request = ListImagesRequest { image: image.unwrap_or_default() };
    let response = server.fleet().await?.list_images(request).await;
    let response = response.map_err(|status| server.failed("listing the images", &status))?.into_inner();
    if one && response.images.is_empty() {
        let status = tonic::Status::not_found("no image has this digest or repository");
        return Err(server.failed("listing the images", &status));
    }
    if output == Output::Json {
        return print_json(out, &response);
    }
    writeln!(out, "{}", rows(&response.images))?;
    if one {
        for image in &response.images {
            writeln!(out, "\n{}\n{}", escape(&image.digest), dimensions(image))?;
        }
    }
    Ok(())
}

pub(crate) async fn lock(
    server: &Server,
    image: String,
    locked: bool,
    output: Output,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let response = server.fleet().await?.lock_image(LockImageRequest { image, locked }).await;
    let call = if locked { "locking the image" } else { "unlocking the image" };
    let status = response.map_err(|status| server.failed(call, &status))?.into_inner();
    if output == Output::Json {
        return print_json(out, &status);
    }
    Ok(writeln!(out, "{}", rows(&[status]))?)
}

fn rows(images: &[ImageStatus]) -> String {
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
            short(&status.digest),
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
    use plumbline_proto::v1::{Collector, DimensionStatus};

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
        let shown = rows(&[image]);
        let row = shown.lines().last().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(row.contains("archived - ") && row.contains("2023-11-14T22:13:20Z"), "{shown}");
    }

    #[test]
    fn a_status_and_its_images_are_shown_safely() {
        let status = Status {
            server_version: "0.1.0".into(),
            images: 2,
            images_archived: 1,
            collectors: vec![Collector { node: "n\x1b[1m".into(), version: "0.1.0".into(), durable_seq: 7 }],
            ..Default::default()
        };
        let shown = summary(&status);
        assert!(
            shown.contains("n\\u{1b}[1m") && shown.contains("Images   2, of them 0 stable and 1 archived"),
            "{shown}"
        );
        assert!(summary(&Status::default()).contains("No collector is connected."));

        let call = DimensionStatus {
            dimension: "call".into(),
            state: BaselineState::Unwatched.into(),
            expected_new_per_day: f64::INFINITY,
            ..Default::default()
        };
        let (digest, repository) = ("sha256:ab".into(), "a\nb".into());
        let image = ImageStatus { digest, repository, dimensions: vec![call], ..Default::default() };
        let shown = rows(&[image]);
        assert_eq!(shown.lines().count(), 2);
        assert!(shown.trim_end().ends_with("call") && !shown.contains("inf"), "{shown}");
    }
}
