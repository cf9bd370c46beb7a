//! The model and two detectors that know no images on the same recorded events: how fast, and how well they rank.

use anyhow::Result;
use plumbline_model::Params;
use plumbline_tests::{
    corpus::{Kind, folder},
    forests::Events,
    trial::Corpus,
};
use serde_json::{Value, json};

/// Figures of the peers by name, and how well the model ranks. `events_per_s` is the model's own speed.
pub(crate) fn measure(events_per_s: f64) -> Result<(Value, f64)> {
    let corpus = Corpus::read(&folder())?;
    let model = corpus.learned(&Params::default(), corpus.of(Kind::Learn));
    let events = Events::of(&corpus, &model)?;
    let own = events.ranking(&events.surprise);
    println!("\n{:20} {:>14} {:>10} {:>8}", "on recorded events", "events/s", "slower by", "ranking");
    println!("{:20} {events_per_s:>14.0} {:>10} {own:>8.4}", "plumbline", 1);
    let mut peers = serde_json::Map::new();
    for (name, scored) in events.scored()? {
        let ranking = events.ranking(&scored.scores);
        let slower = events_per_s / scored.events_per_s;
        println!("{name:20} {:>14.0} {slower:>10.0} {ranking:>8.4}", scored.events_per_s);
        peers.insert(name, json!({"events_per_s": scored.events_per_s, "ranking_auc": ranking}));
    }
    Ok((Value::Object(peers), own))
}
