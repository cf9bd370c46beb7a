//! What machines ask the collector over HTTP: how much it has seen, what it lost, what waits.
//!
//! The pipeline's task puts a copy of its numbers here once a second, a scrape reads the copy: nobody waits for
//! a scrape. Labels are our own words only. Not here: anything about a container but how many there are.

use crate::{container::PodCounts, probe::HookCount, queue::Waiting};
use axum::{Router, extract::State, http::header::CONTENT_TYPE, response::IntoResponse, routing::get};
use plumbline_proto::v1::LossReason;
use prometheus::{Encoder, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder};
use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};
use tokio::net::TcpListener;

/// The numbers of one moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Numbers {
    pub(crate) records: u64,
    pub(crate) events: u64,
    pub(crate) windows: u64,
    pub(crate) batches: u64,
    pub(crate) dns_unreadable: u64,
    pub(crate) digests_missed: u64,
    pub(crate) windows_full: u64,
    pub(crate) containers: usize,
    pub(crate) containers_unknown: usize,
    pub(crate) processes: usize,
    pub(crate) hooks: Vec<(&'static str, HookCount)>,
    /// Lines of another tool that were not used, by reason.
    pub(crate) skipped: Vec<(&'static str, u64)>,
    pub(crate) lost: Vec<(LossReason, u64)>,
    pub(crate) waiting: Waiting,
    /// None while the API server is not asked.
    pub(crate) pods: Option<PodCounts>,
}

/// Where they are put and read.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    numbers: Mutex<Numbers>,
    pub(crate) connected: AtomicBool,
    pub(crate) connects: AtomicU64,
}

impl Metrics {
    pub(crate) fn put(&self, numbers: Numbers) {
        *self.numbers.lock().unwrap_or_else(PoisonError::into_inner) = numbers;
    }

    /// Everything in Prometheus' text form.
    fn text(&self) -> Result<Vec<u8>, prometheus::Error> {
        let numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let page = Page(Registry::new_custom(Some("plumbline_collector".into()), None)?);
        let process = prometheus::process_collector::ProcessCollector::for_self();
        let registry = Registry::new();
        registry.register(Box::new(process))?;
        page.counter(
            "records_total",
            "Records that the kernel side, or another source, handed over.",
            numbers.records,
        )?;
        page.counter("events_total", "Events of containers, repeats counted.", numbers.events)?;
        page.counter("windows_total", "Exposure windows reported.", numbers.windows)?;
        page.counter("batches_total", "Batches handed to the queue.", numbers.batches)?;
        page.counter("dns_unreadable_total", "Messages on port 53 that are no DNS.", numbers.dns_unreadable)?;
        page.counter(
            "digests_missed_total",
            "Executables not in the image whose digest could not be had.",
            numbers.digests_missed,
        )?;
        page.counter(
            "windows_full_total",
            "Events sent one by one, as a window had no room for more different ones.",
            numbers.windows_full,
        )?;
        page.counter(
            "connects_total",
            "Connections to a server that it welcomed.",
            self.connects.load(Ordering::Relaxed),
        )?;
        page.gauge(
            "connected",
            "1 while a server takes batches.",
            self.connected.load(Ordering::Relaxed).into(),
        )?;
        page.gauge("containers", "Containers with processes.", numbers.containers as u64)?;
        page.gauge(
            "containers_unknown",
            "Of these, such that no runtime has described yet.",
            numbers.containers_unknown as u64,
        )?;
        page.gauge("processes", "Processes in the table, those of the host too.", numbers.processes as u64)?;
        page.gauge("waiting_batches", "Batches that no server has yet.", numbers.waiting.batches)?;
        let help = "Batches that no server has yet and that are in memory only.";
        page.gauge("unspooled_batches", help, numbers.waiting.unspooled)?;
        page.gauge("spool_bytes", "Bytes in the spool.", numbers.waiting.spool_bytes)?;
        let help = "Bytes that may be in the spool; 0 without one.";
        page.gauge("spool_limit_bytes", help, numbers.waiting.spool_limit_bytes)?;
        if let Some(pods) = numbers.pods {
            page.gauge("pods", "Pods of this node that the API server has told.", pods.pods as u64)?;
            let help = "Times that the API server did not answer as it should.";
            page.counter("kubernetes_failures_total", help, pods.failures)?;
            page.counter("pods_refused_total", "Pods that found no room with their commands.", pods.refused)?;
        }
        let hooks = page.counters("hook_total", "What the hooks in the kernel did.", &["hook", "what"])?;
        for (hook, count) in &numbers.hooks {
            for (what, value) in
                [("seen", count.seen), ("submitted", count.submitted), ("dropped", count.dropped)]
            {
                hooks.with_label_values(&[*hook, what]).inc_by(value);
            }
        }
        let lost = page.counters("lost_total", "Events lost, by reason.", &["reason"])?;
        let name =
            |reason: LossReason| reason.as_str_name().trim_start_matches("LOSS_REASON_").to_ascii_lowercase();
        // All of them from the start: of a counter that appears with its first count no rate is known.
        for reason in (1..).map_while(|reason| LossReason::try_from(reason).ok()) {
            lost.with_label_values(&[name(reason).as_str()]);
        }
        for (reason, events) in &numbers.lost {
            lost.with_label_values(&[name(*reason).as_str()]).inc_by(*events);
        }
        let skipped = page.counters(
            "source_skipped_total",
            "Events of --source that were not used, by reason.",
            &["reason"],
        )?;
        for (reason, lines) in &numbers.skipped {
            skipped.with_label_values(&[*reason]).inc_by(*lines);
        }
        page.info("build_info", "1, with the version.", "version", env!("CARGO_PKG_VERSION"))?;
        let mut text = Vec::new();
        TextEncoder::new().encode(&page.0.gather(), &mut text)?;
        TextEncoder::new().encode(&registry.gather(), &mut text)?;
        Ok(text)
    }
}

/// A scrape's own registry.
struct Page(Registry);

impl Page {
    fn counter(&self, name: &str, help: &str, value: u64) -> Result<(), prometheus::Error> {
        let counter = prometheus::IntCounter::new(name, help)?;
        counter.inc_by(value);
        self.0.register(Box::new(counter))
    }

    fn gauge(&self, name: &str, help: &str, value: u64) -> Result<(), prometheus::Error> {
        let gauge = IntGauge::new(name, help)?;
        gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        self.0.register(Box::new(gauge))
    }

    fn info(&self, name: &str, help: &str, label: &str, value: &str) -> Result<(), prometheus::Error> {
        let info = IntGaugeVec::new(Opts::new(name, help), &[label])?;
        info.with_label_values(&[value]).set(1);
        self.0.register(Box::new(info))
    }

    fn counters(&self, name: &str, help: &str, labels: &[&str]) -> Result<IntCounterVec, prometheus::Error> {
        let counters = IntCounterVec::new(Opts::new(name, help), labels)?;
        self.0.register(Box::new(counters.clone()))?;
        Ok(counters)
    }
}

/// Serves them for as long as the program runs. An address that is taken is said, and nothing else changes.
pub(crate) async fn serve(address: SocketAddr, metrics: Arc<Metrics>) {
    let listener = match TcpListener::bind(address).await {
        Ok(listener) => listener,
        Err(error) => {
            tracing::warn!(%address, %error, "no metrics; name another --metrics-address, or say off");
            return;
        }
    };
    let router = Router::new()
        .route("/metrics", get(text))
        .route("/healthz", get(async || "alive\n"))
        .with_state(metrics);
    if let Err(error) = axum::serve(listener, router).await {
        tracing::warn!(%address, %error, "no more metrics");
    }
}

async fn text(State(metrics): State<Arc<Metrics>>) -> impl IntoResponse {
    let text = metrics.text().unwrap_or_else(|error| error.to_string().into_bytes());
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_told_under_its_name() {
        let metrics = Metrics::default();
        metrics.put(Numbers {
            records: 7,
            hooks: vec![("exec", HookCount { seen: 3, submitted: 2, dropped: 1 })],
            lost: vec![(LossReason::RingFull, 5)],
            skipped: vec![("host", 4)],
            windows_full: 6,
            waiting: Waiting { batches: 9, unspooled: 8, ..Waiting::default() },
            pods: Some(PodCounts { pods: 3, failures: 4, refused: 0 }),
            ..Numbers::default()
        });
        metrics.connected.store(true, Ordering::Relaxed);
        let text = String::from_utf8(metrics.text().unwrap()).unwrap();
        for line in [
            "plumbline_collector_records_total 7",
            "plumbline_collector_hook_total{hook=\"exec\",what=\"dropped\"} 1",
            "plumbline_collector_lost_total{reason=\"ring_full\"} 5",
            "plumbline_collector_lost_total{reason=\"queue_full\"} 0",
            "plumbline_collector_source_skipped_total{reason=\"host\"} 4",
            "plumbline_collector_connected 1",
            "plumbline_collector_windows_full_total 6",
            "plumbline_collector_waiting_batches 9",
            "plumbline_collector_unspooled_batches 8",
            "plumbline_collector_kubernetes_failures_total 4",
        ] {
            assert!(text.lines().any(|of| of == line), "no '{line}' in {text}");
        }
        assert!(text.contains("process_resident_memory_bytes"), "{text}");
    }
}
