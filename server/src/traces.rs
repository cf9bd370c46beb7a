//! Traces by OpenTelemetry: how long calls, judging and commits take, sent by OTLP to where the settings say.
//!
//! Spans have a target of their own, below every level that is logged, so that they cost next to nothing where nobody is told
//! of them and never stand in the log. They name methods, roles, numbers and sizes: no container, path, node or person. What
//! cannot be sent is let go of and counted; nothing waits for it.
//!
//! Not here: a caller's own trace, since anybody could make one up; TLS, which an OpenTelemetry collector on the machine does.

use std::time::Duration;

use opentelemetry::{KeyValue, trace::TracerProvider};
use opentelemetry_otlp::WithExportConfig;
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{
        BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider, Span, SpanData, SpanExporter,
        SpanProcessor,
    },
};
use prometheus::IntCounter;
use tracing::Subscriber;
use tracing_subscriber::{Layer, filter::filter_fn, registry::LookupSpan};

use crate::metrics::Spans;

/// Target of all spans that are sent.
pub(crate) const TARGET: &str = "plumbline_server::traces";
/// What the program is called there.
const SERVICE: &str = "plumbline-server";
/// Spans that wait to be sent; of more the newest are let go of.
const QUEUE: usize = 2048;
/// How often they are sent, and how long the last may take at the end.
const INTERVAL: Duration = Duration::from_secs(1);
const END: Duration = Duration::from_secs(2);

#[derive(Debug, thiserror::Error)]
pub(crate) enum TracesError {
    #[error(
        "traces cannot be sent to {endpoint} (otlp_endpoint): {source}; leave it out, or give another address"
    )]
    Exporter { endpoint: String, source: opentelemetry_otlp::ExporterBuildError },
}

/// What is sent.
#[derive(Debug)]
pub(crate) struct Traces {
    provider: SdkTracerProvider,
}

#[derive(Debug)]
struct Counted<E> {
    exporter: E,
    sent: IntCounter,
}

#[derive(Debug)]
struct Counter {
    made: IntCounter,
}

impl Traces {
    /// Ready to send. Needs a runtime around it.
    pub(crate) fn new(endpoint: &str, Spans { made, sent }: Spans) -> Result<Self, TracesError> {
        let exporter =
            opentelemetry_otlp::SpanExporter::builder().with_tonic().with_endpoint(endpoint).build();
        let exporter =
            exporter.map_err(|source| TracesError::Exporter { endpoint: endpoint.to_owned(), source })?;
        let config = BatchConfigBuilder::default().with_max_queue_size(QUEUE).with_scheduled_delay(INTERVAL);
        let sending =
            BatchSpanProcessor::builder(Counted { exporter, sent }).with_batch_config(config.build()).build();
        let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        let resource = Resource::builder_empty().with_service_name(SERVICE).with_attribute(version).build();
        let provider = SdkTracerProvider::builder()
            .with_resource(resource)
            .with_span_processor(Counter { made })
            .with_span_processor(sending)
            .build();
        Ok(Self { provider })
    }

    /// What takes the spans.
    pub(crate) fn layer<S: Subscriber + for<'s> LookupSpan<'s>>(&self) -> impl Layer<S> + use<S> {
        let own = filter_fn(|metadata| metadata.is_span() && metadata.target() == TARGET);
        let layer = tracing_opentelemetry::layer().with_tracer(self.provider.tracer(SERVICE));
        layer.with_location(false).with_threads(false).with_tracked_inactivity(false).with_filter(own)
    }

    /// Sends the last of it.
    pub(crate) fn end(self) {
        if let Err(error) = self.provider.shutdown_with_timeout(END) {
            tracing::warn!(%error, "the last spans of traces could not be sent");
        }
    }
}

impl<E: SpanExporter> SpanExporter for Counted<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len() as u64;
        let sent = self.exporter.export(batch).await;
        match &sent {
            Ok(()) => self.sent.inc_by(spans),
            Err(error) => tracing::debug!(%error, spans, "spans of traces were not taken"),
        }
        sent
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

impl SpanProcessor for Counter {
    fn on_start(&self, _: &mut Span, _: &opentelemetry::Context) {}

    fn on_end(&self, _: SpanData) {
        self.made.inc();
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}
