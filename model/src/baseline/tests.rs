//! Counts, bounds and patterns of a baseline.

use super::*;
use crate::params::Hierarchy;
use proptest::prelude::*;

const EVEN: Hierarchy = Hierarchy { discount: 0.5, concentration: 1.0 };

fn behaviour<'a>(dimension: Dimension, context: &'a str, value: &'a str) -> Behaviour<'a> {
    Behaviour { dimension, context: context.into(), value: value.into(), fixed: false }
}

fn learn(baseline: &mut Baseline, context: &str, value: &str) -> Learned {
    baseline.learn(&behaviour(Dimension::Spawn, context, value), 1, &Params::default())
}

fn see(baseline: &mut Baseline, context: &str, value: &str) {
    match baseline.find(Dimension::Spawn, context, value) {
        Some(number) => baseline.count(number, 1, 1),
        None => assert_ne!(learn(baseline, context, value), Learned::No),
    }
}

#[test]
fn probabilities_of_all_values_add_up_to_one() {
    // A vocabulary of four, two of which were seen.
    let mut baseline = Baseline::default();
    see(&mut baseline, "u", "a");
    (0..8).for_each(|_| see(&mut baseline, "u", "b"));
    let level = |value: &str| {
        [baseline.level(Dimension::Spawn, "u", value), baseline.table(Dimension::Spawn).marginal_level(value)]
    };
    let sum: f64 = ["a", "b", "c", "d"].iter().map(|value| probability(EVEN, &level(value), 0.25)).sum();
    assert!((sum - 1.0).abs() < 1e-12, "{sum}");
}

#[test]
fn a_rare_value_surprises_less_in_a_varied_context_than_in_a_uniform_one() {
    let (mut varied, mut uniform) = (Baseline::default(), Baseline::default());
    for id in 0..50 {
        see(&mut varied, "u", &id.to_string().repeat(1 + id % 3).replace('1', "/"));
        see(&mut uniform, "u", "a");
    }
    let p = |baseline: &Baseline| {
        let table = baseline.table(Dimension::Spawn);
        probability(EVEN, &[baseline.level(Dimension::Spawn, "u", "new"), table.marginal_level("new")], 1e-3)
    };
    assert!(p(&varied) > 2.0 * p(&uniform));
}

#[test]
fn a_full_table_says_so_and_keeps_what_it_has() {
    let params = Params { max_contexts: 1, max_values: 1, ..Params::default() };
    let mut baseline = Baseline::default();
    let mut learn =
        |context, value| baseline.learn(&behaviour(Dimension::Origin, context, value), 1, &params);
    assert_eq!(learn("u", "a"), Learned::As(0));
    assert_eq!(learn("u", "b"), Learned::No);
    assert_eq!(learn("v", "a"), Learned::No);
    let table = baseline.table(Dimension::Origin);
    assert_eq!((table.overflowed, table.behaviours), (2, 1));
}

#[test]
fn names_that_change_with_every_run_become_one_pattern_that_knows_the_next() {
    let mut baseline = Baseline::default();
    for number in 0..FAN - 1 {
        assert!(matches!(learn(&mut baseline, "make", &format!("/build/{number}/test")), Learned::As(_)));
    }
    assert_eq!(baseline.find(Dimension::Spawn, "make", "/build/next/test"), None, "too early");
    let Learned::Pattern(number, freed) = learn(&mut baseline, "make", "/build/last/test") else {
        panic!("no pattern after {FAN} values");
    };
    assert_eq!(freed.len(), FAN);
    assert_eq!(baseline.find(Dimension::Spawn, "make", "/build/next/test"), Some(number));
    assert_eq!(baseline.find(Dimension::Spawn, "make", "/build/next/other"), None);
    assert_eq!(baseline.cell(number).unwrap().count, FAN as u64);
    let table = baseline.table(Dimension::Spawn);
    assert_eq!((table.behaviours, table.observations, table.singletons), (1, FAN as u64, 0));
}

#[test]
fn names_that_change_together_become_one_pattern_too() {
    // A job that packs a file with a name of its own into an archive called like it.
    let mut baseline = Baseline::default();
    for number in 0..FAN {
        let words = format!("czf\u{1f}/tmp/task-{number}.tgz\u{1f}/tmp/task-{number}");
        baseline.learn(&behaviour(Dimension::Arguments, "tar", &words), 1, &Params::default());
    }
    let known = |words| baseline.find(Dimension::Arguments, "tar", words).is_some();
    assert!(known("czf\u{1f}/tmp/task-x.tgz\u{1f}/tmp/task-x"));
    assert!(!known("czf\u{1f}/tmp/task-x.tgz\u{1f}/etc"));
}

#[test]
fn files_of_the_image_are_never_part_of_a_pattern() {
    let mut baseline = Baseline::default();
    for number in 0..10 * FAN {
        let name = format!("/usr/bin/tool-{number}");
        let file = Behaviour { fixed: true, ..behaviour(Dimension::Spawn, "sh", &name) };
        assert!(matches!(baseline.learn(&file, 1, &Params::default()), Learned::As(_)));
    }
    assert_eq!(baseline.find(Dimension::Spawn, "sh", "/usr/bin/other"), None);
}

#[test]
fn any_number_of_distinct_paths_stays_within_two_mebibytes() {
    // In one part, in two, and in a depth of their own: by how they could escape a pattern.
    let mut baseline = Baseline::default();
    let params = Params::default();
    for number in 0..60_000_u64 {
        let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let path = match number % 3 {
            0 => format!("/tmp/{mixed:x}"),
            1 => format!("/srv/{}/{mixed:x}", number % 7919),
            _ => format!("/x{}", format!("/{mixed:x}").repeat(number as usize % 40)),
        };
        for dimension in [Dimension::Spawn, Dimension::Arguments] {
            let context = if number % 2 == 0 { "sh" } else { &path };
            if baseline.find(dimension, context, &path).is_none() {
                baseline.learn(&behaviour(dimension, context, &path), number, &params);
            }
        }
    }
    let stored = postcard::to_stdvec(&baseline).unwrap().len();
    assert!(stored <= 2 << 20 && baseline.bytes <= params.max_bytes, "{stored} bytes");
}

proptest! {
    #[test]
    fn forgetting_is_the_reverse_of_learning(
        kept in proptest::collection::vec(("[a-c]", "[a-c]"), 0..30),
        gone in proptest::collection::vec(("[d-f]", "[a-f]"), 0..30),
    ) {
        let (mut baseline, mut expected) = (Baseline::default(), Baseline::default());
        for (position, (context, value)) in kept.iter().enumerate() {
            see(&mut baseline, context, value);
            see(&mut expected, context, value);
            if let Some((context, value)) = gone.get(position) {
                see(&mut baseline, context, value);
            }
        }
        for (context, value) in &gone {
            baseline.forget(Dimension::Spawn, context, value);
        }
        prop_assert_eq!(baseline.table(Dimension::Spawn).observations, expected.table(Dimension::Spawn).observations);
        prop_assert_eq!(baseline.table(Dimension::Spawn).singletons, expected.table(Dimension::Spawn).singletons);
        prop_assert_eq!(&baseline.table(Dimension::Spawn).marginal, &expected.table(Dimension::Spawn).marginal);
        prop_assert_eq!(baseline.bytes, expected.bytes);
        for (context, value) in &kept {
            prop_assert_eq!(
                baseline.find(Dimension::Spawn, context, value).and_then(|n| baseline.cell(n)),
                expected.find(Dimension::Spawn, context, value).and_then(|n| expected.cell(n))
            );
        }
    }

    #[test]
    fn totals_are_those_of_the_cells_whatever_is_learned(
        values in proptest::collection::vec(("[ab]", "(/[a-f0-9]{1,2}){1,3}"), 0..200),
    ) {
        let params = Params { max_values: 20, ..Params::default() };
        let mut baseline = Baseline::default();
        for (context, value) in &values {
            match baseline.find(Dimension::Spawn, context, value) {
                Some(number) => baseline.count(number, 1, 1),
                None => {
                    if let Learned::As(number) | Learned::Pattern(number, _) = baseline.learn(&behaviour(Dimension::Spawn, context, value), 1, &params) {
                        prop_assert!(baseline.cell(number).is_some());
                        prop_assert!(baseline.find(Dimension::Spawn, context, value).is_some());
                    }
                }
            }
        }
        let live: Vec<_> = baseline.cells.iter().filter(|cell| cell.count > 0).collect();
        let table = baseline.table(Dimension::Spawn);
        prop_assert_eq!(table.behaviours, live.len() as u64);
        prop_assert_eq!(table.observations, live.iter().map(|cell| cell.count).sum::<u64>());
        prop_assert_eq!(table.singletons, live.iter().filter(|cell| cell.count == 1).count() as u64);
        prop_assert_eq!(table.contexts.iter().map(|c| c.values.len()).sum::<usize>(), live.len());
    }
}
