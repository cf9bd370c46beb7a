//! `audit`: who changed what.
//!
//! The whole record is asked for page by page, so that what is printed as JSON is an export. Not here: who may ask it.

use std::io::Write;

use plumbline_proto::v1::{AuditEntry, ListAuditRequest, ListAuditResponse};

use crate::{
    args::Output,
    escape::escape,
    print, progress,
    server::{CliError, Server},
    show::{id, table, text, time},
};

/// Letters of an outcome in a list; the whole is there with -o wide.
const OUTCOME: usize = 72;
/// Entries asked for at once.
const PAGE: u32 = 1000;

pub(crate) async fn list(
    server: &Server,
    after: u64,
    limit: u64,
    output: Output,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let mut client = server.audit().await?;
    let (mut all, mut after_cursor, mut more) = (Vec::new(), after, true);
    let count = progress::count("changes");
    while more && limit > all.len() as u64 {
        let left = limit - all.len() as u64;
        let limit = u32::try_from(left).unwrap_or(PAGE).min(PAGE);
        let response = client.list(ListAuditRequest { after_cursor, limit }).await;
        let page =
            response.map_err(|status| server.failed("listing the audit record", &status))?.into_inner();
        after_cursor = page.entries.last().map_or(after_cursor, |entry| entry.cursor);
        more = page.more;
        all.extend(page.entries);
        count.set_position(all.len() as u64);
    }
    count.finish_and_clear();
    let record = ListAuditResponse { entries: all, more };
    if !print::list(out, output, &record, &record.entries)? {
        writeln!(out, "{}", rows(&record.entries, output.is_wide()))?;
    }
    if more {
        print::more(out, output, &format!("There are more; go on with --after {after_cursor}."))?;
    }
    Ok(())
}

fn rows(entries: &[AuditEntry], wide: bool) -> String {
    if entries.is_empty() {
        return "No changes.".to_owned();
    }
    let mut table = table(&["TIME", "WHO", "ROLE", "FROM", "METHOD", "TARGET", "OUTCOME", "CURSOR"]);
    for entry in entries {
        let or_any = |text: &str| if text.is_empty() { "-".to_owned() } else { escape(text) };
        table.add_row([
            time(entry.unix_ns),
            or_any(&entry.name),
            or_any(&entry.role),
            or_any(&entry.address),
            escape(&entry.method),
            id(&entry.target, wide),
            text(&entry.outcome, OUTCOME, wide),
            entry.cursor.to_string(),
        ]);
    }
    table.trim_fmt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_listed_one_a_line_and_nothing_in_them_reaches_the_terminal_raw() {
        let entry = AuditEntry {
            cursor: 7,
            unix_ns: 1_700_000_000_000_000_000,
            name: "al\x1b[2Jice".into(),
            role: "analyst".into(),
            address: "192.0.2.1".into(),
            method: "IntentService/Deny".into(),
            target: "0123456789abcdef".into(),
            outcome: "approved\nby hand".into(),
            ..Default::default()
        };
        let shown = rows(&[entry, AuditEntry::default()], false);
        assert_eq!(shown.lines().count(), 3, "{shown}");
        let line = shown.lines().nth(1).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(
            line,
            "2023-11-14T22:13:20Z al\\u{1b}[2Jice analyst 192.0.2.1 IntentService/Deny 0123456789ab \
             approved\\nby hand 7"
        );
        assert_eq!(rows(&[], false), "No changes.");
    }
}
