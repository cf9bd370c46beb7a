//! `alerts export`: all alerts that match, for other programs.
//!
//! They are asked for page by page and written as they come, so that memory has one page; a file is written beside its place
//! and moved there whole.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use plumbline_proto::v1::{AlertFilter, CountAlertsRequest, ListAlertsRequest};

use crate::{
    args::Output,
    print, progress,
    server::{CliError, Server},
};

/// Alerts asked for at once.
const PAGE: u32 = 500;

pub(crate) async fn export(
    server: &Server,
    filter: AlertFilter,
    to: Option<PathBuf>,
    output: Output,
    out: &mut impl Write,
) -> Result<(), CliError> {
    // What people read has no whole form.
    let output = match output {
        Output::Yaml => output,
        _ => Output::Jsonl,
    };
    let Some(path) = to else {
        return pages(server, filter, output, out).await.map(drop);
    };
    let new = beside(&path);
    let written = async {
        let mut file = BufWriter::new(File::create(&new)?);
        let alerts = pages(server, filter, output, &mut file).await?;
        file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(&new, &path)?;
        Ok::<_, CliError>(alerts)
    };
    let alerts = written.await.inspect_err(|_| drop(fs::remove_file(&new)));
    let alerts = alerts.map_err(|error| match error {
        CliError::Output(source) => CliError::Document(format!(
            "cannot write {}: {source}; try another place for --to, or without it",
            path.display()
        )),
        error => error,
    })?;
    Ok(writeln!(out, "{alerts} alerts are in {}.", path.display())?)
}

/// Writes all that match; how many.
async fn pages(
    server: &Server,
    filter: AlertFilter,
    output: Output,
    out: &mut impl Write,
) -> Result<u64, CliError> {
    let failed = |status: tonic::Status| server.failed("exporting the alerts", &status);
    let mut client = server.alerts().await?;
    let count = CountAlertsRequest { filter: Some(filter.clone()), group_by: 0 };
    let total = client.count(count).await.map_err(failed)?.into_inner().total;
    let bar = progress::bar(total, "alerts");
    let mut request = ListAlertsRequest { limit: PAGE, filter: Some(filter), page_token: String::new() };
    let mut alerts = 0;
    loop {
        let page = client.list(request.clone()).await.map_err(failed)?.into_inner();
        for alert in &page.alerts {
            print::event(out, output, alert)?;
        }
        alerts += page.alerts.len() as u64;
        bar.set_position(alerts);
        if page.next_page_token.is_empty() {
            bar.finish_and_clear();
            return Ok(alerts);
        }
        request.page_token = page.next_page_token;
    }
}

/// Where a file is written before it is whole.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    path.with_file_name(name)
}
