//! `status`: the server as a whole, and who is connected to it.
//!
//! Not here: images (`images.rs`), nodes (`nodes.rs`).

use std::io::Write;

use plumbline_proto::v1::{GetStatusRequest, Status};

use crate::{
    args::Output,
    escape::escape,
    print,
    server::{CliError, Server},
    show::{table, time},
};

pub(crate) async fn status(server: &Server, output: Output, out: &mut impl Write) -> Result<(), CliError> {
    let status = server.fleet().await?.get_status(GetStatusRequest {}).await;
    let status = status.map_err(|status| server.failed("getting the status", &status))?.into_inner();
    if print::answer(out, output, &status)? {
        return Ok(());
    }
    Ok(write!(out, "{}", summary(&status))?)
}

fn summary(status: &Status) -> String {
    let mut text = format!(
        "Server   {}, up since {}\nImages   {}: {} learning, {} stable, {} locked, {} archived\nAlerts   {} attack, {} drift\n\
         Batches  {} durable, {} rejected\nLost     {} events\n\
         Nodes    {} connected, {} away, {} silent\n\n",
        escape(&status.server_version),
        time(status.started_unix_ns),
        status.images,
        status.images_learning,
        status.images_stable,
        status.images_locked,
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

#[cfg(test)]
mod tests {
    use plumbline_proto::v1::Collector;

    use super::*;

    #[test]
    fn a_status_is_shown_safely() {
        let status = Status {
            server_version: "0.1.0".into(),
            images: 2,
            images_learning: 1,
            images_archived: 1,
            collectors: vec![Collector { node: "n\x1b[1m".into(), version: "0.1.0".into(), durable_seq: 7 }],
            ..Default::default()
        };
        assert_eq!(
            summary(&status),
            "Server   0.1.0, up since -\n\
             Images   2: 1 learning, 0 stable, 0 locked, 1 archived\n\
             Alerts   0 attack, 0 drift\n\
             Batches  0 durable, 0 rejected\n\
             Lost     0 events\n\
             Nodes    0 connected, 0 away, 0 silent\n\
             \n\
             NODE        COLLECTOR  DURABLE\n\
             n\\u{1b}[1m  0.1.0      7\n"
        );
        assert!(summary(&Status::default()).contains("No collector is connected."));
    }
}
