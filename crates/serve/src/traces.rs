//! Traces: what became of some requests, step by step, sent to a collector by OTLP (decision 0018).
//!
//! Off unless a collector is configured. A request never waits for it: a span that has ended goes into a bounded queue, and
//! what finds no place there is counted and forgotten. Spans hold words of ours, numbers and the request id; nobody is
//! named in them, and nothing of a body, a path or a query stands there.

mod context;
mod export;
mod settings;
mod span;
mod wire;

use std::{fmt, sync::Arc};

use domain::clock::{Clock, Entropy};
use http::{HeaderMap, HeaderName};
use prometheus_client::registry::Registry;
use tokio::sync::mpsc;

pub use context::Context;
pub use export::Exporter;
pub use settings::{CA_FILE, Collector, SAMPLE, URL};
pub use span::{Kind, Span, Within};

use export::Counts;
use span::Ended;

/// The header that carries a trace from one part to the next (W3C Trace Context).
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Begins spans, of the requests that are chosen; none where no collector is configured.
#[derive(Clone, Default)]
pub struct Tracer(Option<Arc<Inner>>);

struct Inner {
    /// How many of a million requests are chosen.
    chosen: u32,
    queue: mpsc::Sender<Ended>,
    counts: Counts,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl Tracer {
    /// Returns what begins the spans of `service`, and what sends them. Without a collector neither does anything.
    pub fn new(
        collector: Option<Collector>,
        service: &'static str,
        registry: &mut Registry,
        clock: &Arc<dyn Clock>,
        entropy: &Arc<dyn Entropy>,
    ) -> (Self, Option<Exporter>) {
        let Some(collector) = collector else { return (Self::default(), None) };
        let (queue, ended) = mpsc::channel(QUEUE);
        let counts = Counts::register(registry);
        let inner = Inner {
            chosen: collector.chosen,
            queue,
            counts: counts.clone(),
            clock: Arc::clone(clock),
            entropy: Arc::clone(entropy),
        };
        (Self(Some(Arc::new(inner))), Some(Exporter::new(collector, service, ended, counts)))
    }

    /// Begins the span of a request from outside, if it is chosen: by chance, whatever the caller wishes. A trace that the
    /// caller began goes on.
    pub fn begin(&self, headers: &HeaderMap, name: &'static str) -> Option<Span> {
        let inner = self.0.as_ref()?;
        let mut random = [0; 4];
        inner.entropy.fill(&mut random);
        if u32::from_le_bytes(random) % 1_000_000 >= inner.chosen {
            return None;
        }
        let parent = Context::from_headers(headers);
        Some(self.span(inner, parent, name, Kind::Server))
    }

    /// Goes on with the span that another part of ours began, if it did.
    pub fn go_on(&self, headers: &HeaderMap, name: &'static str) -> Option<Span> {
        let inner = self.0.as_ref()?;
        let parent = Context::from_headers(headers).filter(Context::is_sampled)?;
        Some(self.span(inner, Some(parent), name, Kind::Server))
    }

    fn span(&self, inner: &Arc<Inner>, parent: Option<Context>, name: &'static str, kind: Kind) -> Span {
        let context = Context::below(parent.as_ref(), &*inner.entropy);
        Span::new(Arc::clone(inner), context, parent.map(|parent| parent.span()), name, kind)
    }
}

impl Inner {
    fn take(&self, ended: Ended) {
        if self.queue.try_send(ended).is_err() {
            self.counts.dropped(export::Reason::QueueFull, 1);
        }
    }
}

impl fmt::Debug for Tracer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tracer").field(&self.0.is_some()).finish()
    }
}

/// Spans that wait to be sent: about a megabyte.
const QUEUE: usize = 2_048;
