//! The figures, as a table for people and as JSON.

use crate::kernel::KernelTime;
use plumbline_tests::figures::quantile;
use std::{collections::BTreeMap, fmt, fs, io, path::Path};

/// Figures of one tracer; what was not measured is `None`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures {
    exec: Storm,
    connect: Storm,
    pub(crate) kernel: Option<KernelTime>,
    pub(crate) exec_to_verdict_p99_ms: Option<f64>,
    /// Of syncs of a small file on the server's disk, meanwhile.
    pub(crate) disk_sync_p99_ms: Option<f64>,
    pub(crate) lost_events: Option<f64>,
    pub(crate) pss_mib: Option<f64>,
    pub(crate) ready_s: Option<f64>,
}

#[derive(Clone, Debug, Default)]
struct Storm {
    slowdown: Option<f64>,
    /// Lower and upper quartile.
    spread: Option<(f64, f64)>,
    cpu_s_per_1000: Option<f64>,
}

/// Of all tracers; of one that could not run, why.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) ours: Figures,
    pub(crate) peers: BTreeMap<&'static str, Result<Figures, String>>,
}

/// A figure's name, its aim if it has one, and how it is read.
type Row = (&'static str, Option<f64>, fn(&Figures) -> Option<f64>);

const ROWS: [Row; 11] = [
    ("exec_slowdown", Some(1.03), |figures| figures.exec.slowdown),
    ("exec_cpu_s_per_1000", Some(0.015), |figures| figures.exec.cpu_s_per_1000),
    ("connect_slowdown", Some(1.06), |figures| figures.connect.slowdown),
    ("connect_cpu_s_per_1000", Some(0.002), |figures| figures.connect.cpu_s_per_1000),
    ("exec_bpf_us", Some(3.0), |figures| figures.kernel.map(|time| time.exec_us)),
    ("connect_bpf_us", Some(1.0), |figures| figures.kernel.map(|time| time.connect_us)),
    ("exec_to_verdict_p99_ms", Some(25.0), |figures| figures.exec_to_verdict_p99_ms),
    ("disk_sync_p99_ms", None, |figures| figures.disk_sync_p99_ms),
    ("lost_events", Some(0.0), |figures| figures.lost_events),
    ("pss_mib", Some(32.0), |figures| figures.pss_mib),
    ("ready_s", Some(1.0), |figures| figures.ready_s),
];

impl Figures {
    pub(crate) fn storm(&mut self, kind: &str, mut slowdowns: Vec<f64>, mut costs: Vec<f64>) {
        let storm = Storm {
            slowdown: quantile(&mut slowdowns, 0.5),
            spread: quantile(&mut slowdowns, 0.25).zip(quantile(&mut slowdowns, 0.75)),
            cpu_s_per_1000: quantile(&mut costs, 0.5),
        };
        *(if kind == "execs" { &mut self.exec } else { &mut self.connect }) = storm;
    }

    fn json(&self) -> serde_json::Map<String, serde_json::Value> {
        ROWS.iter().map(|(name, _, figure)| ((*name).to_owned(), figure(self).into())).collect()
    }
}

impl Report {
    pub(crate) fn write(&self, path: &Path) -> io::Result<()> {
        let mut json = self.ours.json();
        let peers: serde_json::Map<_, _> = self
            .peers
            .iter()
            .map(|(name, figures)| {
                let figures = match figures {
                    Ok(figures) => figures.json(),
                    Err(why) => {
                        let mut none = Figures::default().json();
                        none.insert("reason".into(), why.as_str().into());
                        none
                    }
                };
                ((*name).to_owned(), figures.into())
            })
            .collect();
        json.insert("peers".into(), peers.into());
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, format!("{:#}\n", serde_json::Value::from(json)))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            "Load with the tracer against the load without, in turns, median; processor time, not wall time.\n\
             bpf_us: time in the programs in the kernel for each process or connection, the least of several bursts;\n\
             empty: the same hooks, by bpftrace, with nothing in them, which is what no tracer is without; disk_sync: of\n\
             4 KiB beside the server's store while verdicts are awaited, each of which stands on the disk before it is told.\n"
        )?;
        write!(out, "{:24}{:>9}{:>12}", "", "aim", "plumbline")?;
        for name in self.peers.keys() {
            write!(out, "{name:>12}")?;
        }
        writeln!(out)?;
        let show = |figure: Option<f64>| figure.map_or("-".to_owned(), |figure| format!("{figure:.4}"));
        for (name, aim, figure) in ROWS {
            let aim = aim.map_or("-".to_owned(), |aim| aim.to_string());
            write!(out, "{name:24}{aim:>9}{:>12}", show(figure(&self.ours)))?;
            for peer in self.peers.values() {
                write!(out, "{:>12}", show(peer.as_ref().ok().and_then(figure)))?;
            }
            writeln!(out)?;
        }
        let peers = self.peers.iter().filter_map(|(name, figures)| Some((*name, figures.as_ref().ok()?)));
        for (tracer, figures) in std::iter::once(("plumbline", &self.ours)).chain(peers) {
            for (name, storm) in [("exec", &figures.exec), ("connect", &figures.connect)] {
                if let Some((low, high)) = storm.spread {
                    writeln!(
                        out,
                        "half of the pairs of {name} with {tracer}: slowdown {low:.3} to {high:.3}"
                    )?;
                }
            }
        }
        for (name, peer) in &self.peers {
            if let Err(why) = peer {
                writeln!(out, "{name} has no figures: {why}")?;
            }
        }
        Ok(())
    }
}
