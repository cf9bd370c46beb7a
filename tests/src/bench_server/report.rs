//! The figures, as tables for people and as JSON.

use plumbline_tests::figures::Spread;
use serde_json::{Value, json};
use std::{fmt, fs, io, path::Path};

/// Images of the fleet that the aims for speed are about.
pub(crate) const SPEED_IMAGES: u64 = 1_000;
/// Images of the fleet that the aims for memory and starting are about.
pub(crate) const SIZE_IMAGES: u64 = 10_000;

/// Of one fleet; what was not measured is `None`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures {
    pub(crate) images: u64,
    pub(crate) containers: u64,
    /// Microseconds of processor time for each row: of the null sink, of the server, and of the senders beside the sink.
    pub(crate) null_us: Option<Spread>,
    pub(crate) server_us: Option<Spread>,
    pub(crate) senders_us: Option<Spread>,
    /// The first by the second, pair by pair.
    pub(crate) ratio: Option<Spread>,
    /// Rows a second as fast as flow control allows.
    pub(crate) null_pushed: Option<Spread>,
    pub(crate) server_pushed: Option<Spread>,
    /// Each half as fast as the one before; the last was kept, if any was.
    pub(crate) paced: Vec<Paced>,
    /// After all containers were active, the most ever, and after all were idle for a while.
    pub(crate) rss_mib: Option<f64>,
    pub(crate) rss_peak_mib: Option<f64>,
    pub(crate) rss_idle_mib: Option<f64>,
    pub(crate) ready_s: Option<Spread>,
    pub(crate) store_mib: Option<f64>,
}

/// At a pace.
#[derive(Clone, Debug, Default)]
pub(crate) struct Paced {
    pub(crate) wanted_rows_per_s: f64,
    /// Until the last frame was acknowledged.
    pub(crate) rows_per_s: f64,
    /// Whether that was soon after it was due.
    pub(crate) is_kept: bool,
    pub(crate) ack_p50_ms: Option<f64>,
    pub(crate) ack_p99_ms: Option<f64>,
    pub(crate) break_ins: usize,
    /// Break-ins that were told.
    pub(crate) alerts: usize,
    pub(crate) alert_p50_ms: Option<f64>,
    pub(crate) alert_p99_ms: Option<f64>,
    /// Cores' worth of processor time.
    pub(crate) server_cores: f64,
    pub(crate) senders_cores: f64,
}

/// Of all fleets, the smallest first.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) fleets: Vec<Figures>,
    /// Events, repeats counted, that a row stands for.
    pub(crate) events_per_row: f64,
    pub(crate) cores: usize,
}

/// A figure's name, its aim if it has one, the fleet it is about, and how it is read.
type Row = (&'static str, &'static str, u64, fn(&Figures) -> Option<f64>);

const ROWS: [Row; 13] = [
    ("null_sink_ratio", ">= 0.30", SPEED_IMAGES, |of| median(of.ratio)),
    ("events_per_s_per_core", ">= 1.5e6", SPEED_IMAGES, |of| median(of.server_us).map(|us| 1e6 / us)),
    ("null_sink_events_per_s_per_core", "", SPEED_IMAGES, |of| median(of.null_us).map(|us| 1e6 / us)),
    ("pushed_events_per_s", "", SPEED_IMAGES, |of| median(of.server_pushed)),
    ("null_sink_pushed_events_per_s", "", SPEED_IMAGES, |of| median(of.null_pushed)),
    ("paced_events_per_s", ">= 2e5", SPEED_IMAGES, |of| Some(of.kept()?.wanted_rows_per_s)),
    ("event_to_alert_p99_ms", "<= 50", SPEED_IMAGES, |of| of.kept()?.alert_p99_ms),
    ("durable_ack_p99_ms", "<= 300", SPEED_IMAGES, |of| of.kept()?.ack_p99_ms),
    ("rss_mib", "<= 1024", SIZE_IMAGES, |of| of.rss_peak_mib),
    ("rss_active_mib", "", SIZE_IMAGES, |of| of.rss_mib),
    ("rss_idle_mib", "", SIZE_IMAGES, |of| of.rss_idle_mib),
    ("ready_s", "<= 2", SIZE_IMAGES, |of| median(of.ready_s)),
    ("store_mib", "", SIZE_IMAGES, |of| of.store_mib),
];

/// How a figure grows: its name and how it is read.
type Growing = (&'static str, fn(&Figures) -> Option<f64>);

const GROWTH: [Growing; 15] = [
    ("images", |of| Some(of.images as f64)),
    ("containers", |of| Some(of.containers as f64)),
    ("null_sink_us_per_event", |of| median(of.null_us)),
    ("server_us_per_event", |of| median(of.server_us)),
    ("senders_us_per_event", |of| median(of.senders_us)),
    ("pushed_events_per_s", |of| median(of.server_pushed)),
    ("paced_events_per_s", |of| Some(of.kept()?.wanted_rows_per_s)),
    ("durable_ack_p50_ms", |of| of.kept()?.ack_p50_ms),
    ("durable_ack_p99_ms", |of| of.kept()?.ack_p99_ms),
    ("event_to_alert_p50_ms", |of| of.kept()?.alert_p50_ms),
    ("event_to_alert_p99_ms", |of| of.kept()?.alert_p99_ms),
    ("rss_active_mib", |of| of.rss_mib),
    ("rss_peak_mib", |of| of.rss_peak_mib),
    ("ready_s", |of| median(of.ready_s)),
    ("store_mib", |of| of.store_mib),
];

fn median(spread: Option<Spread>) -> Option<f64> {
    spread.map(|spread| spread.median)
}

impl Figures {
    /// The pace that was kept.
    fn kept(&self) -> Option<&Paced> {
        self.paced.iter().find(|paced| paced.is_kept)
    }

    fn is_about(&self, images: u64) -> bool {
        // A fleet is whole copies of a lab.
        self.images.abs_diff(images) * 20 <= images
    }
}

impl Report {
    fn about(&self, images: u64) -> Option<&Figures> {
        self.fleets.iter().find(|fleet| fleet.is_about(images))
    }

    /// The fleet that the most is known of for speed.
    fn middle(&self) -> Option<&Figures> {
        self.about(SPEED_IMAGES).or(self.fleets.last())
    }

    pub(crate) fn write(&self, path: &Path) -> io::Result<()> {
        let value = |(name, _, images, figure): &Row| {
            ((*name).to_owned(), json!(self.about(*images).and_then(figure)))
        };
        let mut json: serde_json::Map<String, Value> = ROWS.iter().map(value).collect();
        let fleet = |fleet: &Figures| -> Value {
            GROWTH.iter().map(|(name, figure)| ((*name).to_owned(), json!(figure(fleet)))).collect()
        };
        json.insert("growth".into(), self.fleets.iter().map(fleet).collect());
        json.insert("repeats_per_event".into(), json!(self.events_per_row));
        json.insert("cores".into(), json!(self.cores));
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, format!("{:#}\n", Value::from(json)))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            "An event is a row on the wire, which stands for {:.2} with its repeats. Per core: by processor time.\n\
             {} cores, which senders and server share.\n",
            self.events_per_row, self.cores
        )?;
        writeln!(out, "{:34}{:>10}{:>14}", "", "aim", "plumbline")?;
        for (name, aim, images, figure) in ROWS {
            writeln!(out, "{name:34}{aim:>10}{:>14}", show(self.about(images).and_then(figure)))?;
        }
        if let Some(fleet) = self.middle() {
            writeln!(out)?;
            fleet.details(out)?;
        }
        writeln!(out, "\nhow it grows")?;
        for (name, figure) in GROWTH {
            write!(out, "{name:24}")?;
            for fleet in &self.fleets {
                write!(out, "{:>14}", show(figure(fleet)))?;
            }
            writeln!(out)?;
        }
        Ok(())
    }
}

impl Figures {
    fn details(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spreads = [
            ("null sink, us of processor time an event", self.null_us),
            ("server, us of processor time an event", self.server_us),
            ("null_sink_ratio", self.ratio),
        ];
        for (name, spread) in spreads {
            if let Some(Spread { low, high, .. }) = spread {
                writeln!(out, "{} images, half of the pairs of {name}: {low:.3} to {high:.3}", self.images)?;
            }
        }
        for paced in &self.paced {
            writeln!(
                out,
                "{} images, {:.0} events/s wanted, {:.0} done{}: server {:.2} cores, senders {:.2}, {} of {} break-ins told",
                self.images,
                paced.wanted_rows_per_s,
                paced.rows_per_s,
                if paced.is_kept { "" } else { " (not kept)" },
                paced.server_cores,
                paced.senders_cores,
                paced.alerts,
                paced.break_ins
            )?;
        }
        Ok(())
    }
}

fn show(figure: Option<f64>) -> String {
    figure.map_or("-".to_owned(), |figure| match figure {
        large if large >= 1000.0 => format!("{large:.0}"),
        small => format!("{small:.3}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aims_are_held_against_fleets_of_about_their_size_only() {
        let fleet = |images| Figures { images, rss_peak_mib: Some(1.0), ..Figures::default() };
        let report = Report { fleets: vec![fleet(990), fleet(5_000)], ..Report::default() };
        assert_eq!(report.about(SPEED_IMAGES).map(|fleet| fleet.images), Some(990));
        assert!(report.about(SIZE_IMAGES).is_none());
    }

    #[test]
    fn a_pace_that_was_not_kept_gives_no_figure() {
        let paced = |wanted_rows_per_s, is_kept| Paced { wanted_rows_per_s, is_kept, ..Paced::default() };
        let mut fleet = Figures { paced: vec![paced(150.0, false)], ..Figures::default() };
        assert!(fleet.kept().is_none());
        fleet.paced.push(paced(100.0, true));
        assert_eq!(fleet.kept().map(|paced| paced.wanted_rows_per_s), Some(100.0));
    }
}
