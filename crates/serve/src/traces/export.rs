//! Sends spans to the collector, in batches, one after the other. What it does not take is counted and forgotten.

use std::{io, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use prometheus_client::{
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};
use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::mpsc,
    time::{Instant, timeout, timeout_at},
};
use tokio_rustls::TlsConnector;
use tokio_util::sync::CancellationToken;

use super::{Collector, span::Ended, wire};

/// What was sent, and what was not.
#[derive(Clone, Debug)]
pub(super) struct Counts {
    sent: Counter,
    dropped: [Counter; Reason::ALL.len()],
}

/// Why spans were not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// There were more than could be sent in time.
    QueueFull,
    /// The collector could not be reached, or broke off.
    Unreachable,
    /// It did not answer in time.
    Timeout,
    /// It did not take them.
    Refused,
}

impl Reason {
    const ALL: [Self; 4] = [Self::QueueFull, Self::Unreachable, Self::Timeout, Self::Refused];

    const fn as_str(self) -> &'static str {
        match self {
            Self::QueueFull => "queue-full",
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::Refused => "refused",
        }
    }
}

impl Counts {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let family = Family::<[(&'static str, &'static str); 1], Counter>::default();
        let counts = Self {
            sent: Counter::default(),
            dropped: Reason::ALL.map(|reason| family.get_or_create_owned(&[("reason", reason.as_str())])),
        };
        registry.register("trace_spans_sent", "Spans that the collector took", counts.sent.clone());
        registry.register("trace_spans_dropped", "Spans that the collector did not get, by reason", family);
        counts
    }

    pub(super) fn dropped(&self, reason: Reason, spans: u64) {
        self.dropped[reason as usize].inc_by(spans);
    }
}

/// Sends spans.
pub struct Exporter {
    collector: Collector,
    service: &'static str,
    ended: mpsc::Receiver<Ended>,
    counts: Counts,
}

impl Exporter {
    pub(super) fn new(
        collector: Collector,
        service: &'static str,
        ended: mpsc::Receiver<Ended>,
        counts: Counts,
    ) -> Self {
        Self { collector, service, ended, counts }
    }

    /// Sends spans until `shutdown`, and then what is there, once.
    pub async fn run(mut self, shutdown: CancellationToken) {
        tracing::info!(host = self.collector.url.host(), "traces are sent to a collector");
        let mut failures = 0_u32;
        loop {
            let batch = tokio::select! {
                batch = self.batch() => batch,
                () = shutdown.cancelled() => break,
            };
            let Some(batch) = batch else { return };
            if self.send(batch).await {
                failures = 0;
                continue;
            }
            failures = failures.saturating_add(1);
            if failures.is_power_of_two() {
                tracing::warn!(failures, "the collector of traces does not take them: they are dropped");
            }
            // Meanwhile the queue fills up; what finds no place is counted where it ends.
            let pause = PAUSE.saturating_mul(1 << failures.min(5)).min(LONGEST_PAUSE);
            let _ = timeout(pause, shutdown.cancelled()).await;
        }
        let mut last = Vec::new();
        while let Ok(ended) = self.ended.try_recv() {
            last.push(ended);
        }
        if !last.is_empty() {
            self.send(last).await;
        }
    }

    /// Waits for a span, and for others for a moment.
    async fn batch(&mut self) -> Option<Vec<Ended>> {
        let mut batch = vec![self.ended.recv().await?];
        let until = Instant::now() + GATHER;
        while batch.len() < BATCH {
            match timeout_at(until, self.ended.recv()).await {
                Ok(Some(ended)) => batch.push(ended),
                Ok(None) | Err(_) => break,
            }
        }
        Some(batch)
    }

    /// Tells whether the collector answered well.
    async fn send(&self, batch: Vec<Ended>) -> bool {
        let spans = batch.len() as u64;
        let body = wire::request(self.service, batch);
        let reason = match timeout(DEADLINE, self.post(body)).await {
            Ok(Ok(Some(rejected))) => {
                let rejected = rejected.min(spans);
                self.counts.sent.inc_by(spans - rejected);
                self.counts.dropped(Reason::Refused, rejected);
                return true;
            }
            Ok(Ok(None)) => Reason::Refused,
            Ok(Err(_)) => Reason::Unreachable,
            Err(_) => Reason::Timeout,
        };
        self.counts.dropped(reason, spans);
        false
    }

    /// Returns how many spans were not taken, or `None` if none was.
    async fn post(&self, body: Vec<u8>) -> io::Result<Option<u64>> {
        let url = &self.collector.url;
        let host = url.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let port = url.port_u16().unwrap_or(if self.collector.tls.is_some() { 443 } else { 80 });
        let stream = TcpStream::connect((host, port)).await?;
        match &self.collector.tls {
            None => exchange(stream, url, body).await,
            Some(tls) => {
                let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
                let stream = TlsConnector::from(Arc::clone(tls)).connect(name, stream).await?;
                exchange(stream, url, body).await
            }
        }
    }
}

/// One request on a connection of its own: batches are few.
async fn exchange<S>(stream: S, url: &Uri, body: Vec<u8>) -> io::Result<Option<u64>>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    let asking = async {
        let mut request = Request::new(Full::new(Bytes::from(body)));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = url.path().parse().map_err(io::Error::other)?;
        let host = url.authority().map_or("", |authority| authority.as_str());
        let headers = request.headers_mut();
        headers.insert(header::HOST, HeaderValue::from_str(host).map_err(io::Error::other)?);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        let answer = sender.send_request(request).await.map_err(io::Error::other)?;
        if !answer.status().is_success() {
            return Ok(None);
        }
        let told = Limited::new(answer.into_body(), MOST_ANSWER_BYTES).collect().await;
        Ok(Some(told.map_or(0, |told| wire::rejected(&told.to_bytes()))))
    };
    tokio::pin!(asking, connection);
    tokio::select! {
        answer = &mut asking => answer,
        // The connection may end before its answer was looked at.
        _ = &mut connection => asking.await,
    }
}

impl std::fmt::Debug for Exporter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Exporter")
    }
}

/// Spans of one request to the collector at most.
const BATCH: usize = 512;
/// How long others are waited for.
const GATHER: Duration = Duration::from_secs(1);
/// For one request to the collector, whole.
const DEADLINE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// It has nothing to tell but how much it did not take.
const MOST_ANSWER_BYTES: usize = 65_536;
