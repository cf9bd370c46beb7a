//! An alert says what its probabilities were made of: whoever has it can make them again, as model/EVIDENCE.md says.

use super::{
    fixture::{MINUTES, batch},
    harness::{Collector, Server},
};
use plumbline_model::{Params, Weights};
use plumbline_proto::v1::{Alert, ExplainAlertRequest, ListAlertsRequest, Verdict};

/// Probabilities of normal, drift and attack, from what the API tells and the weights that the model comes with.
fn again(alert: &Alert, weights: &Weights) -> [f64; 3] {
    let drift: f64 = alert.evidence.iter().map(|item| item.drift_weight).sum();
    let attack: f64 = alert.evidence.iter().map(|item| item.attack_weight).sum();
    let layer = |[bias, a, b, c]: [f64; 4]| bias + a * alert.surprise + b * drift + c * attack;
    let odds = [0, 1].map(|row| {
        let (unknown, learned) = (layer(weights.unknown[row]), layer(weights.learned[row]));
        ((1.0 - alert.confidence) * unknown + alert.confidence * learned).exp()
    });
    let sum = 1.0 + odds[0] + odds[1];
    [1.0 / sum, odds[0] / sum, odds[1] / sum]
}

fn holds(alert: &Alert) {
    let p = alert.probabilities.unwrap();
    let told = [p.normal, p.drift, p.attack];
    for (told, again) in told.into_iter().zip(again(alert, &Params::default().weights)) {
        assert!((told - again).abs() < 1e-9, "{told} is told, {again} follows from {alert:?}");
    }
}

#[test]
fn the_probabilities_of_the_golden_alerts_follow_from_what_the_api_tells() {
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/demo.json");
    let alerts: Vec<Alert> = serde_json::from_str(&std::fs::read_to_string(golden).unwrap()).unwrap();
    assert!(alerts.iter().all(|alert| alert.surprise > 0.0 && (0.0..=1.0).contains(&alert.confidence)));
    assert_eq!(alerts.iter().map(holds).count(), 2);
}

#[tokio::test]
async fn the_probabilities_of_what_a_server_finds_follow_from_what_it_tells() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let (mut collector, _) = Collector::greet(&server, 1).await;
    for minute in 0..MINUTES {
        collector.send(minute + 1, batch("a", minute)).await;
    }
    collector.acknowledged(MINUTES).await;
    let list = server.alerts().await.list(ListAlertsRequest::default()).await;
    let alerts = list.unwrap().into_inner().alerts;
    assert!(!alerts.is_empty() && alerts.iter().all(|alert| alert.confidence > 0.0));
    alerts.iter().for_each(holds);

    // The server tells the same part by part.
    for alert in alerts {
        let request = ExplainAlertRequest { id: alert.id.clone() };
        let told = server.alerts().await.explain(request).await.unwrap().into_inner();
        assert_eq!(told.alert.as_ref(), Some(&alert));
        let (again, p) = (told.probabilities.unwrap(), alert.probabilities.unwrap());
        for (again, told) in [(again.normal, p.normal), (again.drift, p.drift), (again.attack, p.attack)] {
            assert!((again - told).abs() < 1e-9, "{again} is explained, {told} is told");
        }
        let verdicts: Vec<_> = told.logits.iter().map(|logit| logit.verdict()).collect();
        assert_eq!(verdicts, [Verdict::Drift, Verdict::Attack]);
        for logit in told.logits {
            let names = logit.evidence.iter().map(|item| item.name.as_str());
            assert!(names.eq(alert.evidence.iter().map(|item| item.name.as_str())));
            let parts = logit.bias + logit.surprise + logit.evidence.iter().map(|e| e.share).sum::<f64>();
            assert!((logit.sum - parts).abs() < 1e-9 && logit.unknown != logit.learned);
        }
        assert!(told.drift_threshold >= 0.5);
    }
}
