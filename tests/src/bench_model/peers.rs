//! The model and two detectors that know no images on the same recorded events: how fast, and how well they rank.
//!
//! The peers score an event. The model judges it, with evidence and explanation, and learns from it: that is what is
//! timed, batch after batch as they were recorded.

use anyhow::Result;
use plumbline_model::{Model, Params, event::Batch};
use plumbline_tests::{
    corpus::{Kind, Split, folder},
    forests::Events,
    trial::Corpus,
};
use serde_json::{Value, json};
use std::time::Instant;

/// Events a second and ranking of the model and each peer.
pub(crate) fn measure() -> Result<Value> {
    let corpus = Corpus::read(&folder())?;
    let model = corpus.learned(&Params::default(), corpus.of(Kind::Learn));
    let events = Events::of(&corpus, &model)?;
    let own = speed(&corpus, &model, &[Kind::Attack, Kind::Drift, Kind::Normal]);
    let (ordinary, ranking) = (speed(&corpus, &model, &[Kind::Normal]), events.ranking(&events.surprise));
    println!("\n{:26} {:>10} {:>14} {:>10}", "on recorded events", "events/s", "slower by", "ranking");
    println!("{:26} {own:>10.0} {:>14} {ranking:>10.4}", "plumbline", 1);
    println!("{:26} {ordinary:>10.0}", "  of ordinary work");
    let mut peers = serde_json::Map::new();
    for (name, scored) in events.scored()? {
        let ranking = events.ranking(&scored.scores);
        let slower = own / scored.events_per_s;
        println!("{name:26} {:>10.0} {slower:>14.0} {ranking:>10.4}", scored.events_per_s);
        let figures =
            json!({"events_per_s": scored.events_per_s, "slower_by": slower, "ranking_auc": ranking});
        peers.insert(name, figures);
    }
    Ok(
        json!({"events_per_s": own, "ordinary_events_per_s": ordinary, "ranking_auc": ranking, "peers": peers}),
    )
}

/// Events a second that the model judges, in recordings of some kinds of the half that is reported. Each begins with
/// what was learned.
fn speed(corpus: &Corpus, learned: &Model, kinds: &[Kind]) -> f64 {
    let (mut events, mut seconds) = (0, 0.0);
    let reported = corpus.manifest.recordings.iter().filter(|recording| recording.split == Split::Report);
    for recording in reported.filter(|recording| kinds.contains(&recording.kind)) {
        let mut model = learned.clone();
        let batches: Vec<Batch<'_>> = corpus.batches(recording).collect();
        let begin = Instant::now();
        for batch in &batches {
            model.apply(batch, |_| true);
        }
        seconds += begin.elapsed().as_secs_f64();
        events += batches.iter().map(|batch| batch.events.len()).sum::<usize>();
    }
    events as f64 / seconds
}
