//! `decisions feedback`: what decisions have moved, image by image. The decisions themselves are in `decisions.rs`.

use std::io::Write;

use plumbline_proto::v1::{FeedbackRequest, ImageFeedback};

use crate::{
    args::Output,
    escape::escape,
    print,
    server::{CliError, Server},
    show::{id, image, table},
};

pub(crate) async fn list(
    server: &Server,
    image: Option<String>,
    output: Output,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let request = FeedbackRequest { image: image.unwrap_or_default() };
    let response = server.intent().await?.feedback(request).await;
    let response = response.map_err(|status| server.failed("asking what was moved", &status))?.into_inner();
    if print::list(out, output, &response, &response.images)? {
        return Ok(());
    }
    Ok(writeln!(out, "{}", rows(&response.images, output.is_wide()))?)
}

fn rows(images: &[ImageFeedback], wide: bool) -> String {
    if images.is_empty() {
        return "Nothing is moved: all evidence weighs as fitted.".to_owned();
    }
    let mut table =
        table(&["IMAGE", "DIGEST", "NAMESPACE", "EVIDENCE", "DRIFT", "ATTACK", "APPROVED", "DENIED"]);
    for status in images {
        let named = [
            image(&status.digest, &status.repository, &status.tag),
            id(&status.digest, wide),
            if status.namespace.is_empty() { "-".to_owned() } else { escape(&status.namespace) },
        ];
        if status.rows.is_empty() {
            table.add_row(named.iter().cloned().chain(["all as fitted".to_owned()]));
        }
        for row in &status.rows {
            let moved = [
                escape(&row.name),
                weight(row.drift_weight, row.fitted_drift_weight),
                weight(row.attack_weight, row.fitted_attack_weight),
                row.approved.to_string(),
                row.denied.to_string(),
            ];
            table.add_row(named.iter().cloned().chain(moved));
        }
    }
    table.trim_fmt()
}

/// What is in force, and what was fitted.
fn weight(now: f64, fitted: f64) -> String {
    format!("{now:.2} of {fitted:.2}")
}

#[cfg(test)]
mod tests {
    use plumbline_proto::v1::MovedRow;

    use super::*;

    #[test]
    fn each_moved_row_stands_beside_what_was_fitted_and_nothing_reaches_the_terminal_raw() {
        assert_eq!(rows(&[], false), "Nothing is moved: all evidence weighs as fitted.");
        let row = MovedRow {
            name: "ter\x1b[2Jminal".into(),
            drift_weight: 0.375,
            attack_weight: 2.184,
            fitted_drift_weight: 0.5,
            fitted_attack_weight: 2.73,
            approved: 4,
            denied: 0,
        };
        let image = ImageFeedback {
            digest: "sha256:feedfacefeedface".into(),
            repository: "shop/\nweb".into(),
            tag: "1".into(),
            rows: vec![row],
            namespace: String::new(),
        };
        let local = ImageFeedback { rows: vec![], namespace: "sh\rop".into(), ..image.clone() };
        let shown = rows(&[image, local], false);
        assert_eq!(shown.lines().count(), 3, "{shown}");
        assert_eq!(
            shown.lines().nth(1).unwrap().split_whitespace().collect::<Vec<_>>().join(" "),
            "shop/\\nweb:1 feedfacefeed - ter\\u{1b}[2Jminal 0.38 of 0.50 2.18 of 2.73 4 0"
        );
        assert!(shown.contains("sh\\rop") && shown.ends_with("all as fitted"), "{shown}");
    }
}
