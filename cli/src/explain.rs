//! `alerts explain`: what a verdict is made of.
//!
//! Numbers are the server's; nothing is judged here.

use std::io::Write;

use plumbline_proto::v1::{AlertExplanation, ExplainAlertRequest};

use crate::{
    args::Output,
    escape::escape,
    print,
    server::{CliError, Server},
    show::{probability, table},
};

pub(crate) async fn explain(
    server: &Server,
    id: String,
    output: Output,
    out: &mut impl Write,
) -> Result<(), CliError> {
    let told = server.alerts().await?.explain(ExplainAlertRequest { id }).await;
    let told = told.map_err(|status| server.failed("explaining the alert", &status))?.into_inner();
    if print::answer(out, output, &told)? {
        return Ok(());
    }
    Ok(write!(out, "{}", page(&told))?)
}

/// The parts of both logits side by side, and what they come to.
fn page(told: &AlertExplanation) -> String {
    let alert = told.alert.clone().unwrap_or_default();
    let [drift, attack] = [0, 1].map(|row| told.logits.get(row).cloned().unwrap_or_default());
    let mut parts = table(&["DRIFT", "ATTACK", "PART"]);
    let mut add = |drift: f64, attack: f64, part: String| {
        parts.add_row([format!("{drift:+.2}"), format!("{attack:+.2}"), part]);
    };
    add(drift.bias, attack.bias, "before anything is known".to_owned());
    let surprise = format!("surprise of {:.1} nats", alert.surprise);
    add(drift.surprise, attack.surprise, surprise);
    for (of_drift, of_attack) in drift.evidence.iter().zip(&attack.evidence) {
        add(of_drift.share, of_attack.share, escape(&of_drift.name));
    }
    add(drift.sum, attack.sum, "log-odds against normal".to_owned());
    let p = told.probabilities.unwrap_or_default();
    format!(
        "{}\n\nThe baseline is worth {:.2}: so much count the weights of learned images.\nattack {}, drift {}, normal {}; \
         drift is told if it is not normal by {:.2} at least\n",
        parts.trim_fmt(),
        alert.confidence,
        probability(p.attack),
        probability(p.drift),
        probability(p.normal),
        told.drift_threshold
    )
}

#[cfg(test)]
mod tests {
    use plumbline_proto::v1::{EvidenceShare, Logit, Probabilities};

    use super::*;

    #[test]
    fn each_part_has_a_line_and_nothing_reaches_the_terminal_raw() {
        let logit = |bias, share| Logit {
            bias,
            sum: bias + share,
            evidence: vec![EvidenceShare { name: "shell\x1b".into(), share }],
            ..Default::default()
        };
        let told = AlertExplanation {
            logits: vec![logit(-6.0, 0.5), logit(-10.0, 12.0)],
            probabilities: Some(Probabilities { normal: 0.119, drift: 0.001, attack: 0.88 }),
            drift_threshold: 0.62,
            ..Default::default()
        };
        assert_eq!(
            page(&told),
            "DRIFT  ATTACK  PART\n-6.00  -10.00  before anything is known\n+0.00  +0.00   surprise of 0.0 nats\n\
             +0.50  +12.00  shell\\u{1b}\n-5.50  +2.00   log-odds against normal\n\n\
             The baseline is worth 0.00: so much count the weights of learned images.\n\
             attack 0.880, drift 0.001, normal 0.119; drift is told if it is not normal by 0.62 at least\n"
        );
    }
}
