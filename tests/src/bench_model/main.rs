//! `bench-model`: what judging costs, beside two detectors that people know, on the same events in one run.
//!
//! Known behaviour: nanoseconds and allocations an event. New behaviour: microseconds with evidence and
//! explanation. Memory of a typical baseline, of ten thousand, and of one that ten million paths were thrown at.
//! Peers are half-space trees (river) and an isolation forest (scikit-learn), which score the same recorded events one
//! at a time; ranking is the area under the ROC curve of attack events against those of ordinary work. Prints a table
//! and writes target/bench/model.json.

#![allow(clippy::indexing_slicing, reason = "a benchmark's own indices")]

mod counting;
mod events;
mod peers;

use anyhow::{Context, Result, ensure};
use plumbline_model::{Indicators, Model, Params, event::Batch};
use serde_json::{Value, json};
use std::{
    sync::{Arc, LazyLock},
    time::Instant,
};

#[global_allocator]
static ALLOCATOR: counting::Counting = counting::Counting;

fn main() -> Result<()> {
    // For a profile of one part: `bench-model recorded` measures that alone and writes nothing.
    if std::env::args().nth(1).as_deref() == Some("recorded") {
        return peers::measure().map(drop);
    }
    let begin = Instant::now();
    let mut figures = serde_json::Map::new();
    let mut put = |name: &str, aim: &str, value: f64| {
        println!("{name:26} {aim:>10} {value:>14.4}");
        figures.insert(name.into(), json!(value));
    };
    println!("{:26} {:>10} {:>14}", "", "aim", "plumbline");

    let typical = events::Typical::new();
    let mut model = typical.learned();
    let (nanoseconds, allocations) = known(&mut model, &typical.again())?;
    put("known_event_ns", "<= 150", nanoseconds);
    put("known_event_allocations", "0", allocations);
    put("events_per_s", ">= 5e6", 1e9 / nanoseconds);
    put("novel_event_us", "<= 20", novel(&model, &typical)?);
    // What one more takes: the rest is the model's own, however many there are.
    let (many, one) = (memory_of(|| typical.fleet(11)), memory_of(|| typical.fleet(1)));
    put("typical_baseline_bytes", "<= 32768", (many - one) as f64 / 10.0);
    put("images_10000_bytes", "<= 5.4e8", memory_of(|| typical.fleet(10_000)) as f64);
    put("paths_10m_bytes", "<= 2097152", memory_of(events::ten_million_paths) as f64);

    let compared = peers::measure().unwrap_or_else(|why| {
        println!("no figures of peers: {why:#}");
        Value::Null
    });
    figures.insert("recorded".into(), compared);
    std::fs::create_dir_all("target/bench")?;
    let text = serde_json::to_string_pretty(&figures)?;
    std::fs::write("target/bench/model.json", text).context("can't write target/bench/model.json")?;
    println!("\n{:.0} s; target/bench/model.json has the figures", begin.elapsed().as_secs_f64());
    Ok(())
}

/// Rounds over which known events are timed; the best of them counts, for other programs only slow them down.
const ROUNDS: usize = 50;

/// Nanoseconds and allocations of a known event.
fn known(model: &mut Model, batch: &Batch<'_>) -> Result<(f64, f64)> {
    let empty = Batch { events: Vec::new(), ..batch.clone() };
    let mut once = |batch: &Batch<'_>| -> Result<(f64, u64)> {
        let (begin, before) = (Instant::now(), counting::allocations());
        let applied = model.apply(batch, |_| true);
        let (took, made) = (begin.elapsed(), counting::allocations() - before);
        ensure!(applied.incidents.is_empty(), "known events raised {:?}", applied.incidents.first());
        Ok((took.as_nanos() as f64, made))
    };
    once(batch)?;
    let (mut best, mut extra) = (f64::INFINITY, 0);
    for _ in 0..ROUNDS {
        let (with, without) = (once(batch)?, once(&empty)?);
        best = best.min(with.0);
        extra = extra.max(with.1.saturating_sub(without.1));
    }
    let events = batch.events.len() as f64;
    Ok((best / events, extra as f64 / events))
}

/// Microseconds of a new behaviour, with evidence and explanation: each an incident of its own.
fn novel(model: &Model, typical: &events::Typical) -> Result<f64> {
    let batches = typical.novel();
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let mut model = model.clone();
        let begin = Instant::now();
        let mut told = 0;
        for batch in &batches {
            told += model.apply(batch, |_| true).incidents.len();
        }
        best = best.min(begin.elapsed().as_secs_f64() * 1e6 / batches.len() as f64);
        ensure!(told >= batches.len(), "{told} of {} new behaviours were told", batches.len());
    }
    Ok(best)
}

/// Bytes that what this makes holds on the heap.
fn memory_of<T>(make: impl FnOnce() -> T) -> i64 {
    let before = counting::held();
    let made = make();
    let held = counting::held() - before;
    drop(made);
    held
}

/// Rules of the bench: those of the server. Made once, so that they are no part of what a baseline holds.
fn rules() -> Arc<Indicators> {
    static RULES: LazyLock<Arc<Indicators>> = LazyLock::new(|| Arc::new(Indicators::own()));
    Arc::clone(&RULES)
}

/// Parameters of the bench: those of the server.
fn params() -> Params {
    Params::default()
}
