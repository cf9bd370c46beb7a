//! The results, for people (RESULTS.md) and for programs (results.json).

use crate::{
    curves,
    measure::{Figures, Outcome, Scenario, against, share},
};
use anyhow::{Context, Result};
use plumbline_model::Verdict;
use plumbline_tests::{corpus::Verdict as Truth, trial::Trial};
use serde_json::{Value, json};
use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

/// All that was said of a recording, and what it rests on.
pub(crate) fn trial(trial: &Trial) {
    let recording = &trial.recording;
    println!("{} ({:?}, {:?})", recording.file, recording.kind, recording.split);
    for (number, label) in recording.labels.iter().enumerate() {
        let (verdict, told) = trial.told(number);
        let told = told.map_or("not told".into(), |told| {
            format!("told after {:.1} s", told.saturating_sub(label.start_unix_ns) as f64 / 1e9)
        });
        println!("  {} is {:?} by {}: {}, {told}", label.id, label.verdict, label.entry, verdict.name());
    }
    for judged in &trial.incidents {
        let (incident, p) = (&judged.incident, judged.incident.probabilities);
        let of = judged.label.and_then(|label| recording.labels.get(label)).map_or("-", |label| &label.id);
        let told = if judged.told_unix_ns.is_some() { "told" } else { "" };
        println!(
            "    [{of}] {} n {:.2} d {:.2} a {:.2} surprise {:.1} {told}: {}",
            incident.image_repository, p.normal, p.drift, p.attack, incident.surprise, incident.story
        );
        for item in &incident.evidence {
            println!("        {:+.1} {:+.1} {}", item.drift_weight, item.attack_weight, item.name);
        }
        for finding in &incident.findings {
            let (d, c, v) = (finding.dimension.name(), &finding.context, &finding.value);
            println!("        {d}: {c} -> {v} ({:.1} bits)", finding.surprise_bits);
        }
    }
}

/// A table of what matters.
pub(crate) fn print(outcome: &Outcome) {
    println!("{}", tables(outcome));
}

fn number(value: f64) -> String {
    if value.is_nan() { "-".into() } else { format!("{value:.3}") }
}

fn row(name: &str, figures: &Figures) -> String {
    let f = figures;
    format!(
        "| {name} | {} | {} | {} | {} | {} | {} | {:.2} | {} | {} |",
        f.attacks,
        number(share(f.attacks_told, f.attacks)),
        number(share(f.attacks_called_attack, f.attacks)),
        f.drifts,
        number(share(f.drifts_told, f.drifts)),
        number(share(f.drifts_called_drift, f.drifts)),
        f.false_alerts_per_image_week(),
        number(f.time_to_detect_s),
        number(f.ece),
    )
}

fn tables(outcome: &Outcome) -> String {
    let mut text = String::from(
        "| runs | attacks | told | called attack | drifts | told | called drift | false alerts per image-week | \
         seconds to the first alert | calibration error |\n|---|---|---|---|---|---|---|---|---|---|\n",
    );
    let _ = writeln!(text, "{}", row("**held out**", &outcome.held_out));
    if let Some(unseen) = &outcome.unseen {
        let _ = writeln!(text, "{}", row("**unseen**: another corpus, by other hands", &unseen.figures));
    }
    for (name, figures) in [
        ("held out, a tenth of the events lost", &outcome.with_losses),
        ("held out, learned with attacks in it", &outcome.after_poison),
        ("attacks while learning", &outcome.poisoned),
        ("a new version beside the old", &outcome.upgrades),
        ("the half that may be fitted on", &outcome.fitted),
    ] {
        let _ = writeln!(text, "{}", row(name, figures));
    }
    text.push_str(
        "\n| detector, held out | attacks told | drifts told | false alerts per image-week | \
         seconds to the first alert |\n|---|---|---|---|---|\n",
    );
    let own = &outcome.held_out;
    let _ = writeln!(
        text,
        "| **plumbline** | {} | {} | {:.2} | {} |",
        number(share(own.attacks_told, own.attacks)),
        number(share(own.drifts_told, own.drifts)),
        own.false_alerts_per_image_week(),
        number(own.time_to_detect_s)
    );
    for peer in &outcome.field {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {:.2} | {} |",
            peer.name,
            number(peer.attack_recall),
            number(peer.drift_recall),
            peer.false_alerts_per_image_week,
            number(peer.time_to_detect_s)
        );
    }
    text
}

fn keys(figures: &Figures) -> Value {
    json!({
        "attack_recall": share(figures.attacks_told, figures.attacks),
        "attack_called_attack": share(figures.attacks_called_attack, figures.attacks),
        "attack_precision": share(
            figures.attacks_called_attack,
            figures.attacks_called_attack + figures.false_attacks + figures.drifts_told - figures.drifts_called_drift,
        ),
        "drift_recall": share(figures.drifts_told, figures.drifts),
        "drift_called_drift": share(figures.drifts_called_drift, figures.drifts),
        "false_alerts_per_image_week": figures.false_alerts_per_image_week(),
        "time_to_detect_s": figures.time_to_detect_s,
        "ece": figures.ece,
        "attacks": figures.attacks,
        "drifts": figures.drifts,
        "image_weeks": figures.weeks,
    })
}

/// Writes RESULTS.md, results.json and curves.svg.
pub(crate) fn write(outcome: &Outcome, folder: &Path) -> Result<()> {
    let mut json = keys(&outcome.held_out);
    let points: BTreeMap<_, _> = against(&outcome.curves, &outcome.field).into_iter().collect();
    let peers = outcome.field.iter().map(|peer| {
        let figures = json!({
            "attack_recall": peer.attack_recall,
            "attack_called_attack": Value::Null,
            "drift_called_drift": Value::Null,
            "drift_recall": peer.drift_recall,
            "false_alerts_per_image_week": peer.false_alerts_per_image_week,
            "time_to_detect_s": peer.time_to_detect_s,
            "ece": Value::Null,
            "points_where_plumbline_tells_more_same_fewer": points.get(&peer.name),
        });
        (peer.name.clone(), figures)
    });
    if let Value::Object(json) = &mut json {
        json.insert("peers".into(), Value::Object(peers.collect()));
        for (name, figures) in [
            ("with_losses", &outcome.with_losses),
            ("after_poison", &outcome.after_poison),
            ("poisoned", &outcome.poisoned),
            ("upgrades", &outcome.upgrades),
        ] {
            json.insert(name.into(), keys(figures));
        }
        if let Some(unseen) = &outcome.unseen {
            json.insert("unseen".into(), keys(&unseen.figures));
        }
    }
    let put = |name: &str, text: String| {
        fs::write(folder.join(name), text).with_context(|| format!("can't write {name}"))
    };
    put("results.json", serde_json::to_string_pretty(&json)? + "\n")?;
    put("RESULTS.md", markdown(outcome))?;
    curves::draw(&outcome.curves, &outcome.field, &folder.join("curves.svg"))
}

fn markdown(outcome: &Outcome) -> String {
    let corpus = &outcome.corpus;
    let mut text = format!(
        "# What the model says of the corpus\n\nWritten by `make eval`; not by hand. The corpus is {} recordings of {} \
         images with {} attacks, {} drifts and {} container-windows (README.md here says how it was made). The half \
         `fit` may be fitted on; what counts is the other, of images and families that nothing is fitted on. The weights \
         are what `fit` makes of its half. The other detectors are made again from their documentation; they tell no drift from attack, so for \
         them \"told\" is all there is.\n\n{}\n![Attacks told against false alerts](curves.svg)\n\n",
        corpus.recordings,
        corpus.images,
        corpus.attacks,
        corpus.drifts,
        corpus.windows,
        tables(outcome)
    );
    text.push_str(
        "How many attacks each detector tells depends on where its threshold is. At each point of another's curve (one \
         without a threshold has a single point), plumbline with no more false alerts than there:\n\n\
         | detector | points | tells more | as many | fewer |\n|---|---|---|---|---|\n",
    );
    for (name, [more, same, fewer]) in against(&outcome.curves, &outcome.field) {
        let _ = writeln!(text, "| {name} | {} | {more} | {same} | {fewer} |", more + same + fewer);
    }
    text.push('\n');
    text.push_str("## Each held-out scenario\n\n");
    listed(&mut text, &outcome.scenarios);
    if let Some(unseen) = &outcome.unseen {
        let corpus = &unseen.corpus;
        let _ = writeln!(
            text,
            "\n## Each unseen scenario\n\nThe set in [`unseen/`](unseen), {} recordings of {} other images, was made by other hands, who had \
             not looked at the evidence that the model weighs; it was never fitted on; model/README.md says what was learned of its mistakes.\n",
            corpus.recordings, corpus.images
        );
        listed(&mut text, &unseen.scenarios);
    }
    text
}

/// A table of scenarios.
fn listed(text: &mut String, scenarios: &[Scenario]) {
    text.push_str(
        "| scenario | family | image | entry | is | was called | seconds |\n|---|---|---|---|---|---|---|\n",
    );
    for scenario in scenarios {
        let label = &scenario.label;
        let is = match label.verdict {
            Truth::Attack => Verdict::Attack,
            Truth::Drift => Verdict::Drift,
        };
        let called = if scenario.seconds.is_none() { "nothing" } else { scenario.said.name() };
        let mark = if is == scenario.said { String::from(called) } else { format!("**{called}**") };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {mark} | {} |",
            label.id,
            label.family,
            label.image,
            label.entry,
            is.name(),
            number(scenario.seconds.unwrap_or(f64::NAN))
        );
    }
}
