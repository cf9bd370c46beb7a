//! `alerts consumers` and `forget`: who subscribes by name, and how far each has come.
//!
//! Not here: subscribing itself, which is for programs; people watch.

use std::io::Write;

use plumbline_proto::v1::{Consumer, DeleteConsumerRequest, ListConsumersRequest};

use crate::{
    args::Output,
    escape::escape,
    print,
    server::{CliError, Server},
    show::{table, time},
};

pub(crate) async fn list(server: &Server, output: Output, out: &mut impl Write) -> Result<(), CliError> {
    let response = server.alerts().await?.list_consumers(ListConsumersRequest {}).await;
    let response = response.map_err(|status| server.failed("listing the consumers", &status))?.into_inner();
    if print::list(out, output, &response, &response.consumers)? {
        return Ok(());
    }
    Ok(writeln!(out, "{}", rows(&response.consumers))?)
}

fn rows(consumers: &[Consumer]) -> String {
    if consumers.is_empty() {
        return "No consumers.".to_owned();
    }
    let mut table = table(&["NAME", "CURSOR", "BEHIND", "CONNECTED", "USED", "CREATED"]);
    for consumer in consumers {
        table.add_row([
            escape(&consumer.name),
            consumer.cursor.to_string(),
            consumer.behind.to_string(),
            if consumer.connected { "yes" } else { "no" }.to_owned(),
            time(consumer.used_unix_ns),
            time(consumer.created_unix_ns),
        ]);
    }
    table.trim_fmt()
}

pub(crate) async fn forget(server: &Server, name: String, out: &mut impl Write) -> Result<(), CliError> {
    let request = DeleteConsumerRequest { name: name.clone() };
    let response = server.alerts().await?.delete_consumer(request).await;
    response.map_err(|status| server.failed("forgetting the consumer", &status))?;
    Ok(writeln!(out, "Forgot {}.", escape(&name))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consumers_are_listed_one_a_line() {
        let siem =
            Consumer { name: "siem".into(), cursor: 7, behind: 2, connected: true, ..Default::default() };
        let shown = rows(&[siem.clone(), siem]);
        assert_eq!(shown.lines().count(), 3, "{shown}");
        let words: Vec<_> = shown.lines().nth(1).unwrap().split_whitespace().collect();
        assert_eq!(words, ["siem", "7", "2", "yes", "-", "-"]);
    }
}
