//! What is taken for a declaration, what of it is kept, and what it does to probabilities.

use super::*;
use crate::{baseline::probability, params::Hierarchy};
use proptest::prelude::*;

fn declaring(ports: &[&str]) -> Declared {
    let mut declared = Declared::default();
    declared.note(&Image { ports: ports.to_vec(), ..Image::default() });
    declared
}

/// Probability of a port under declared ports, over a measure of what others do.
fn of(declared: &Declared, port: u16, hierarchy: Hierarchy, above: impl Fn(&str) -> f64) -> f64 {
    let value = format!("tcp/{port}");
    let level = declared.level(Dimension::Listen, &value, hierarchy.discount, &above);
    probability(hierarchy, &[level], above(&value))
}

#[test]
fn ports_are_taken_strictly_and_what_does_not_parse_is_ignored() {
    let declared = declaring(&[
        "443/tcp",
        "80",
        "80/tcp",
        "65535/tcp",
        "53/udp",
        "9/sctp",
        "0/tcp",
        "080/tcp",
        "+81/tcp",
        "-1/tcp",
        "65536/tcp",
        "82/TCP",
        "83/tcp ",
        " 84",
        "85/tcp/tcp",
        "90-92/tcp",
        "/tcp",
        "",
        "tcp/86",
        "８７/tcp",
    ]);
    assert_eq!(*declared.ports, [80, 443, 65_535]);
    assert!(declared.has_port(443) && !declared.has_port(53));
}

#[test]
fn a_list_that_may_have_been_cut_declares_nothing_and_no_long_command_is_kept() {
    let ports: Vec<String> = (1..=MAX_PORTS).map(|port| format!("{port}/tcp")).collect();
    let ports: Vec<&str> = ports.iter().map(String::as_str).collect();
    assert_eq!(declaring(&ports), Declared::default());
    assert_eq!(declaring(&ports[1..]).ports.len(), MAX_PORTS - 1);
    let long = "x".repeat(COMMAND_BYTES);
    let mut declared = Declared::default();
    declared.note(&Image { entrypoint: vec![&long], health_check: vec![&long, "y"], ..Image::default() });
    assert_eq!((declared.start.len(), declared.health_check.len()), (1, 0));
}

#[test]
fn what_is_declared_late_is_taken_in_and_what_was_declared_stays() {
    let mut declared = declaring(&["80/tcp"]);
    let late =
        Image { entrypoint: vec!["web"], ports: vec!["81"], health_check: vec!["ok"], ..Image::default() };
    declared.note(&late);
    declared.note(&Image { entrypoint: vec!["other"], ..Image::default() });
    declared.note(&Image::default());
    assert!(declared.starts_with(&["web"], true) && declared.checks_health_with(&["ok"], true));
    assert_eq!(*declared.ports, [80]);
}

#[test]
fn two_states_of_one_image_know_what_either_was_told_whichever_comes_first() {
    let (ports, mut words) = (declaring(&["80/tcp"]), Declared::default());
    words.note(&Image { entrypoint: vec!["web"], health_check: vec!["ok"], ..Image::default() });
    let both = ports.merged(&words);
    assert_eq!(both, words.merged(&ports));
    assert!(both.has_port(80) && both.starts_with(&["web"], true) && both.checks_health_with(&["ok"], true));
}

#[test]
fn declarations_come_back_from_storage_as_they_were() {
    let mut declared = declaring(&["80/tcp", "443/tcp"]);
    declared.note(&Image { entrypoint: vec!["web", ""], health_check: vec!["ok"], ..Image::default() });
    let stored = postcard::to_stdvec(&declared).unwrap();
    assert_eq!(postcard::from_bytes::<Declared>(&stored).unwrap(), declared);
}

#[test]
fn a_declared_port_counts_as_seen_so_often_where_others_say_nothing_and_only_ports_count() {
    let declared = declaring(&["80/tcp", "443/tcp"]);
    let level = |dimension, value| declared.level(dimension, value, 0.5, |_| 1.0 / 65_536.0);
    let seen = level(Dimension::Listen, "tcp/443");
    assert!((seen.count - PSEUDO).abs() < 1e-9 && seen.total == 2.0 * PSEUDO && seen.types == 2.0);
    let unseen = level(Dimension::Listen, "tcp/81");
    assert_eq!((unseen.count, unseen.total), (0.0, 2.0 * PSEUDO));
    assert_eq!(level(Dimension::Listen, "tcp/0443").count, 0.0);
    for dimension in Dimension::ALL.into_iter().filter(|dimension| *dimension != Dimension::Listen) {
        assert_eq!(level(dimension, "tcp/443").total, 0.0, "{dimension:?}");
    }
    assert_eq!(Declared::default().level(Dimension::Listen, "tcp/80", 0.5, |_| 0.5).total, 0.0);
}

proptest! {
    #[test]
    fn probabilities_stay_a_distribution_and_no_port_is_less_probable_for_being_declared(
        ports in proptest::collection::btree_set(1..100_u16, 0..MAX_PORTS),
        favourite in 1..100_u16,
        share in 0.0..0.999_f64,
        discount in 0.0..0.99_f64,
        concentration in 0.001..100.0_f64,
    ) {
        let text: Vec<String> = ports.iter().map(|port| format!("{port}/tcp")).collect();
        let declared = declaring(&text.iter().map(String::as_str).collect::<Vec<_>>());
        let hierarchy = Hierarchy { discount, concentration };
        // Others mostly listen on one port of these 99.
        let above = |value: &str| {
            let rest = (1.0 - share) / 99.0;
            if value == format!("tcp/{favourite}") { share + rest } else { rest }
        };
        let mut sum = 0.0;
        for port in 1..100 {
            let (before, now) = (above(&format!("tcp/{port}")), of(&declared, port, hierarchy, above));
            prop_assert!(now > 0.0 && now <= 1.0 + 1e-12, "{now}");
            if ports.contains(&port) {
                prop_assert!(now >= before * (1.0 - 1e-12), "port {port}: {before}, declared {now}");
            } else {
                prop_assert!(now <= before && (ports.is_empty() || now < before), "port {port}: {before}, {now}");
            }
            sum += now;
        }
        prop_assert!((sum - 1.0).abs() < 1e-9, "{sum}");
    }

    #[test]
    fn no_text_at_all_makes_a_panic_or_a_port_that_it_does_not_say(text in "\\PC{0,8}|[0-9+/tcp]{0,10}") {
        let kept = declaring(&[&text]).ports;
        prop_assert!(kept.iter().all(|port| text.trim_end_matches("/tcp") == port.to_string()));
    }
}
