//! What merging keeps, whatever was learned where.

use super::*;
use crate::behaviour::Behaviour;
use proptest::prelude::*;

/// Behaviours that were seen: context, value, when. Enough alike ones to become patterns.
type Sights = Vec<(String, String, u64)>;

fn sights(most: usize) -> impl Strategy<Value = Sights> {
    proptest::collection::vec(
        ("[ab]", "/tmp/[0-9a-f]{1,2}|/(bin|lib)/[a-e]|[a-c](/[0-9]){1,3}", 1..1000_u64),
        0..most,
    )
}

fn learned(sights: &Sights, params: &Params) -> Baseline {
    let mut baseline = Baseline::default();
    for (context, value, time) in sights {
        for (dimension, fixed) in
            [(Dimension::Arguments, false), (Dimension::Spawn, value.starts_with("/bin"))]
        {
            match baseline.find(dimension, context, value) {
                Some(number) => baseline.count(number, *time, 1),
                None => {
                    let (context, value) = (context.as_str().into(), value.as_str().into());
                    baseline.learn(&Behaviour { dimension, context, value, fixed }, *time, params);
                }
            }
        }
    }
    baseline
}

/// All that a baseline says, whatever the numbers of its cells; values for which two patterns stand may be counted in
/// either, so the patterns of a context are one.
fn says(baseline: &Baseline) -> (Vec<String>, Vec<[u64; 3]>) {
    let (mut texts, mut patterns) = (Vec::new(), BTreeMap::<_, Vec<(String, Cell)>>::new());
    for ((dimension, context), values) in Union::of(baseline).contexts {
        for (value, (cell, pattern)) in values {
            if pattern {
                patterns.entry((dimension, context.clone())).or_default().push((value.into(), cell));
            } else {
                texts.push(format!("{context} {value} {cell:?}"));
            }
        }
    }
    for (context, of) in patterns {
        let names: Vec<&str> = of.iter().map(|(name, _)| name.as_str()).collect();
        let whole = of.iter().map(|(_, cell)| cell.clone()).reduce(|whole, cell| whole.with(&cell));
        texts.push(format!("{context:?} {names:?} {whole:?}"));
    }
    let totals = baseline.tables.iter().map(|table| [table.observations, table.behaviours, table.overflowed]);
    (texts, totals.collect())
}

/// Room for everything, and room for little.
fn roomy() -> Params {
    Params::default()
}

fn narrow() -> Params {
    Params { max_contexts: 1, max_values: 6, max_bytes: 2_000, ..Params::default() }
}

#[test]
fn a_loose_value_becomes_part_of_a_pattern_of_the_other() {
    let at = |value: String| ("sh".to_owned(), value, 1);
    let many = learned(&(0..16).map(|n| at(format!("/tmp/{n}"))).collect(), &roomy());
    let one = learned(&vec![at("/tmp/x".into())], &roomy());
    let merged = many.merged(&one, &roomy());
    let number = merged.find(Dimension::Arguments, "sh", "/tmp/x").unwrap();
    assert_eq!(merged.cell(number).unwrap().count, 17);
    assert_eq!(merged.table(Dimension::Arguments).behaviours, 1);
}

proptest! {
    #[test]
    fn merging_is_commutative_within_the_bounds_and_past_them(a in sights(80), b in sights(80)) {
        for params in [roomy(), narrow()] {
            let (a, b) = (learned(&a, &params), learned(&b, &params));
            prop_assert_eq!(a.merged(&b, &params), b.merged(&a, &params));
        }
    }

    #[test]
    fn merging_is_associative_within_the_bounds(a in sights(60), b in sights(60), c in sights(60)) {
        let params = roomy();
        let [a, b, c] = [a, b, c].map(|sights| learned(&sights, &params));
        let (left, right) = (a.merged(&b, &params).merged(&c, &params), a.merged(&b.merged(&c, &params), &params));
        prop_assert_eq!(says(&left), says(&right));
    }

    #[test]
    fn merging_with_nothing_changes_nothing(a in sights(120)) {
        for params in [roomy(), narrow()] {
            let a = learned(&a, &params);
            prop_assert_eq!(says(&a.merged(&Baseline::default(), &params)), says(&a));
            prop_assert_eq!(says(&Baseline::default().merged(&a, &params)), says(&a));
        }
    }

    #[test]
    fn the_merged_knows_what_either_knew_and_counts_what_it_has_no_room_for(a in sights(120), b in sights(120)) {
        let both: Sights = a.iter().chain(&b).cloned().collect();
        for params in [roomy(), narrow()] {
            let (a, b) = (learned(&a, &params), learned(&b, &params));
            let merged = a.merged(&b, &params);
            for dimension in [Dimension::Arguments, Dimension::Spawn] {
                let (table, a_table, b_table) = (merged.table(dimension), a.table(dimension), b.table(dimension));
                let seen = |table: &super::super::Table| table.observations + table.overflowed;
                prop_assert_eq!(seen(table), seen(a_table) + seen(b_table));
                let lost = table.overflowed > a_table.overflowed + b_table.overflowed;
                for (context, value, _) in &both {
                    let known = |baseline: &Baseline| baseline.find(dimension, context, value).is_some();
                    prop_assert!(lost || known(&merged) || !(known(&a) || known(&b)), "{context} {value}");
                }
                prop_assert!(table.contexts.len() <= params.max_contexts);
                prop_assert!(table.contexts.iter().all(|context| context.values.len() <= params.max_values));
            }
            prop_assert!(merged.bytes <= params.max_bytes && merged.free.is_empty());
        }
    }
}
