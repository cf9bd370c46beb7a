//! What moves a row, how far, where, and that moved weights are as good as others.

use super::*;
use crate::{
    behaviour::Dimension,
    decision::{Revocation, Scope},
    event::Image,
    evidence::{EVIDENCE, evidence_markdown},
    indicators::Indicators,
    model::Model,
    params::Params,
};
use proptest::prelude::*;
use std::sync::Arc;

const ROW: &str = "egress_by_new_executable";

fn decision(alert: &str, kind: DecisionKind, rows: &[&str]) -> Decision {
    Decision {
        id: format!("{alert}-{kind:?}"),
        kind,
        dimension: Dimension::Spawn,
        context: "/bin/a".into(),
        value: "/bin/b".into(),
        scope: Scope::Repository("shop/web".into()),
        author: "alice".into(),
        reason: "seen".into(),
        alert: alert.into(),
        rows: rows.iter().map(|row| (*row).to_owned()).collect(),
        created_unix_ns: 1,
        expires_unix_ns: 0,
        revoked: None,
        document: String::new(),
    }
}

fn approved(alert: &str) -> Decision {
    decision(alert, DecisionKind::Approve, &[ROW])
}

fn denied(alert: &str) -> Decision {
    decision(alert, DecisionKind::Deny, &[ROW])
}

/// What decisions move in shop/web at a time.
fn moved_at(time_unix_ns: u64, decisions: Vec<Decision>) -> Vec<MovedRow> {
    let mut model = Model::new(Params::default(), Arc::new(Indicators::default()));
    let image = Image { digest: "sha256:v1", repository: "shop/web", ..Image::default() };
    let mut state = ImageState::new(&image);
    state.last_seen_unix_ns = time_unix_ns;
    model.load(state);
    model.decide(&decisions.into_iter().map(Arc::new).collect::<Vec<_>>());
    let moved = model.moved(model.image("shop/web", "sha256:v1").unwrap());
    moved.into_iter().flat_map(|(_, rows)| rows).collect()
}

fn moved(decisions: Vec<Decision>) -> Vec<MovedRow> {
    moved_at(5, decisions)
}

/// By what share the one row is moved.
fn share(decisions: Vec<Decision>) -> f64 {
    let rows = moved(decisions);
    assert!(rows.len() <= 1 && rows.iter().all(|row| row.name == ROW), "{rows:?}");
    rows.first().map_or(1.0, |row| row.attack / row.fitted_attack)
}

fn is(share: f64, expected: f64) -> bool {
    (share - expected).abs() < 1e-12
}

#[test]
fn each_distinct_alert_is_one_step_and_all_decisions_of_it_are_one_answer() {
    assert!(is(share(vec![approved("1")]), 0.95));
    assert!(is(share(vec![approved("1"), approved("2")]), 0.9));
    assert!(is(share(vec![denied("1"), denied("2"), approved("3")]), 1.05));
    let of_one = |id: &str| Decision { id: id.into(), ..approved("1") };
    assert!(is(share(vec![of_one("a"), of_one("b"), of_one("c")]), 0.95), "behaviours were counted");
    assert!(
        is(share(vec![approved("1"), denied("1")]), 1.05),
        "a denial beats an approval of the same alert"
    );
    assert!(moved(vec![approved("1"), denied("2")]).is_empty(), "one says so, one says no");
}

#[test]
fn both_weights_of_a_row_move_by_the_same_share_and_stop_at_the_bound() {
    for (kind, bound) in [(DecisionKind::Approve, 0.75), (DecisionKind::Deny, 1.25)] {
        let all: Vec<&str> = EVIDENCE.iter().map(|row| row.name).collect();
        let many = (0..100).map(|n| decision(&n.to_string(), kind, &all)).collect();
        let rows = moved(many);
        assert_eq!(rows.len(), EVIDENCE.len() - FIXED.len());
        for row in rows {
            assert!(is(row.drift, row.fitted_drift * bound) && is(row.attack, row.fitted_attack * bound));
            assert!(row.fitted_drift != 0.0 || row.drift == 0.0, "what was 0 weighs something");
            assert_eq!(
                (row.said.approved + row.said.denied, kind == DecisionKind::Deny),
                (100, row.said.denied == 100)
            );
        }
    }
    assert!(is(1.0 - STEP * f64::from(STEPS), 0.75), "the documents say 25 %");
    let document = evidence_markdown();
    assert!(document.contains("approved takes 5 % off") && document.contains("to 25 % down or up"));
    let last = EVIDENCE.iter().rev().take(FIXED.len()).map(|row| row.name);
    assert!(
        last.eq(FIXED.iter().rev().map(|kind| kind.row().name))
            && document.contains("The last eight rows stay")
    );
}

#[test]
fn what_is_revoked_expired_or_of_another_image_moves_nothing() {
    let revocation = Revocation {
        author: "bob".into(),
        reason: String::new(),
        revoked_unix_ns: 3,
        request_id: String::new(),
    };
    assert!(moved(vec![Decision { revoked: Some(revocation), ..approved("1") }]).is_empty());
    let expires = Decision { expires_unix_ns: 10, ..approved("1") };
    assert_eq!(moved_at(9, vec![expires.clone()]).len(), 1);
    assert!(moved_at(10, vec![expires]).is_empty());
    let within = |scope| moved(vec![Decision { scope, ..approved("1") }]).len();
    assert_eq!((within(Scope::All), within(Scope::Image("sha256:v1".into()))), (1, 1));
    assert_eq!(within(Scope::Image("sha256:v2".into())) + within(Scope::Repository("shop/cart".into())), 0);
    let twice = vec![approved("1"), Decision { id: "wide".into(), scope: Scope::All, ..approved("1") }];
    assert!(is(share(twice), 0.95), "one alert counts once, however wide it was approved");
}

#[test]
fn what_a_denial_or_an_operator_weighs_and_what_no_alert_had_is_never_moved() {
    let fixed = ["denied_behaviour", "runtime_exec_session", "terminal", "fleet_wide", "package_manager"];
    assert!(moved(vec![decision("1", DecisionKind::Approve, &fixed)]).is_empty());
    assert!(moved(vec![decision("", DecisionKind::Approve, &[ROW])]).is_empty());
    assert!(moved(vec![decision("1", DecisionKind::Approve, &["no_such_row", "\u{1b}"])]).is_empty());
    assert_eq!(feedback_rows(["terminal", ROW, "no_such_row", ROW]), [ROW]);
    assert!(feedback_rows(EVIDENCE.iter().map(|row| row.name)).len() < EVIDENCE.len());
}

#[test]
fn a_reason_tells_what_is_in_force_what_was_fitted_and_who_moved_it() {
    let fitted = Params::default().weights;
    let of = |approved, denied| {
        let rows = [(Kind::UnusualRate, Said { approved, denied })];
        InForce { fitted: &fitted, rows: &rows }.row(Kind::UnusualRate).reason(0.5)
    };
    let (drift, _) = fitted.of_row(Kind::UnusualRate.row());
    let weighs =
        |share: f64| format!(" (weighs {:.2} instead of {:.2} after ", drift * share * 0.5, drift * 0.5);
    assert_eq!(of(1, 0), weighs(0.95) + "1 approval)");
    assert_eq!(of(9, 2), weighs(0.75) + "9 approvals and 2 denials)");
    assert_eq!(of(2, 2) + &of(0, 0), "");
}

/// A decision as numbers: alert, kind, rows from where on, scope, expiry, revoked.
type Drawn = (u8, bool, usize, u8, u64, bool);

fn drawn() -> impl Strategy<Value = Vec<Drawn>> {
    let one = (0..12_u8, any::<bool>(), 0..EVIDENCE.len(), 0..4_u8, 0..20_u64, prop::bool::weighted(0.1));
    proptest::collection::vec(one, 0..40)
}

fn made(drawn: &[Drawn]) -> Vec<Decision> {
    let made = |(n, drawn): (usize, &Drawn)| {
        let (alert, denies, from, scope, expires_unix_ns, revoked) = *drawn;
        let rows: Vec<&str> = EVIDENCE.iter().skip(from).step_by(7).map(|row| row.name).collect();
        let kind = if denies { DecisionKind::Deny } else { DecisionKind::Approve };
        let revocation = Revocation {
            author: "b".into(),
            reason: String::new(),
            revoked_unix_ns: 2,
            request_id: String::new(),
        };
        Decision {
            id: n.to_string(),
            scope: match scope {
                0 => Scope::Image("sha256:v1".into()),
                1 => Scope::Image("sha256:v2".into()),
                2 => Scope::Repository("shop/web".into()),
                _ => Scope::All,
            },
            expires_unix_ns: if expires_unix_ns < 5 { 0 } else { expires_unix_ns },
            revoked: revoked.then_some(revocation),
            ..decision(&alert.to_string(), kind, &rows)
        }
    };
    drawn.iter().enumerate().map(made).collect()
}

/// An incident with these rows, each moved by so many steps.
fn incident(rows: &[(usize, i32)], surprise: f64, confidence: f64) -> Incident {
    let fitted = Params::default().weights;
    let mut items: Vec<EvidenceItem> = Vec::new();
    for (row, steps) in rows {
        let kind = Kind::named(EVIDENCE[*row].name).unwrap();
        let (approved, denied) = (u32::try_from(-steps).unwrap_or(0), u32::try_from(*steps).unwrap_or(0));
        let said = [(kind, Said { approved, denied })];
        let item = kind.item(String::new(), 1.0, InForce { fitted: &fitted, rows: &said });
        items.extend(item.filter(|item| items.iter().all(|known| known.name != item.name)));
    }
    Incident {
        id: String::new(),
        revision: 0,
        verdict: Verdict::Normal,
        probabilities: Probabilities { normal: 1.0, drift: 0.0, attack: 0.0 },
        surprise,
        confidence,
        story: String::new(),
        image_digest: String::new(),
        image_repository: String::new(),
        image_tag: String::new(),
        container_id: String::new(),
        container_name: String::new(),
        namespace: String::new(),
        node: String::new(),
        first_seen_unix_ns: 1,
        last_seen_unix_ns: 1,
        events: 1,
        findings: Vec::new(),
        findings_omitted: 0,
        evidence: items,
        caveats: Vec::new(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn weights_follow_from_the_decisions_that_hold_in_whatever_order_they_come(drawn in drawn(), time in 0..25_u64, turn in 0..40_usize) {
        let decisions = made(&drawn);
        let mut turned = decisions.clone();
        turned.rotate_left(turn % decisions.len().max(1));
        turned.reverse();
        let rows = moved_at(time, decisions.clone());
        prop_assert_eq!(&rows, &moved_at(time, turned));
        let holding = decisions.into_iter().filter(|decision| decision.holds(time)).collect();
        prop_assert_eq!(&rows, &moved_at(time, holding));
        for row in rows {
            for (now, fitted) in [(row.drift, row.fitted_drift), (row.attack, row.fitted_attack)] {
                prop_assert!(now >= 0.0 && (fitted == 0.0) == (now == 0.0));
                prop_assert!(now >= 0.75 * fitted - 1e-12 && now <= 1.25 * fitted + 1e-12);
            }
        }
    }

    #[test]
    fn what_is_remembered_for_an_image_is_what_would_be_found_anew(drawn in drawn(), local in 1..5_usize, times in proptest::collection::vec((0..25_u64, 0..3_usize), 1..30)) {
        const NAMESPACES: [&str; 3] = ["", "shop", "bank"];
        let mut model = Model::new(Params::default(), Arc::new(Indicators::default()));
        let mut decisions = made(&drawn);
        for (number, decision) in decisions.iter_mut().enumerate().filter(|(number, _)| number % 4 >= local) {
            decision.scope = Scope::Namespace(NAMESPACES[1 + number % 2].into());
        }
        model.decide(&decisions.into_iter().map(Arc::new).collect::<Vec<_>>());
        let image = ImageState::new(&Image { digest: "sha256:v1", repository: "shop/web", ..Image::default() });
        let mut kept = Feedback::default();
        for (time, namespace) in times {
            let namespace = NAMESPACES[namespace];
            let anew = Feedback::of(&model.decisions, &image, namespace, time);
            prop_assert!(anew.holds(namespace, time));
            if !kept.holds(namespace, time) {
                kept = anew.clone();
            }
            prop_assert_eq!(&kept.rows, &anew.rows);
            prop_assert_eq!(kept.holds_ns, anew.holds_ns);
        }
    }

    #[test]
    fn moved_weights_give_probabilities_more_evidence_of_attack_raises_it_and_no_attack_is_made_normal(
        rows in proptest::collection::vec((0..EVIDENCE.len(), -5..=5_i32), 0..8),
        more in (0..EVIDENCE.len(), -5..=5_i32),
        surprise in 0.0..12.0,
        confidence in 0.0..=1.0,
    ) {
        let weights = Params::default().weights;
        let of = |rows: &[(usize, i32)]| judge(&incident(rows, surprise, confidence), &weights).0;
        let p = of(&rows);
        prop_assert!((p.normal + p.drift + p.attack - 1.0).abs() < 1e-9);
        let fitted: Vec<_> = rows.iter().map(|(row, _)| (*row, 0)).collect();
        if of(&fitted).verdict() == Verdict::Attack {
            prop_assert_ne!(p.verdict(), Verdict::Normal);
        }
        let (drift, _) = weights.of_row(&EVIDENCE[more.0]);
        if drift == 0.0 && rows.iter().all(|(row, _)| *row != more.0) {
            let with = of(&[rows.as_slice(), &[more]].concat());
            prop_assert!(with.attack >= p.attack - 1e-9, "{p:?} {with:?}");
        }
    }
}
