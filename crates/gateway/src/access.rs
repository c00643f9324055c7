//! One line in the log and one count for each request: what, by whom, how it ended; no path, no query, no text.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use domain::problem::Code;
use http::{Method, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use serve::{
    body::BodyError,
    metrics::{Outcome, Route},
    traces::Span,
};
use tokio::time::Instant;

use crate::{
    forward::Relay,
    identify::Identified,
    limit::{Near, Standing},
    metrics::Metrics,
};

/// What is known of a request so far. The line is written and the request counted when it is dropped: after the last byte of the answer, or
/// when the client is gone.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) request_id: String,
    pub(crate) caller: Option<Identified>,
    pub(crate) operation: Option<Arc<Route>>,
    pub(crate) standing: Option<Standing>,
    pub(crate) code: Option<Code>,
    /// The limits that are nearly used up.
    pub(crate) near: Near,
    /// The request's trace, if it is chosen.
    pub(crate) span: Option<Span>,
    metrics: Arc<Metrics>,
    method: Method,
    started: Instant,
    status: Option<StatusCode>,
    bytes: u64,
}

impl Record {
    pub(crate) fn new(metrics: Arc<Metrics>, method: Method, request_id: String) -> Self {
        metrics.begun();
        Self {
            request_id,
            caller: None,
            operation: None,
            standing: None,
            code: None,
            near: Near::default(),
            span: None,
            metrics,
            method,
            started: Instant::now(),
            status: None,
            bytes: 0,
        }
    }

    /// Returns `response` with a body that keeps the record until it has passed.
    pub(crate) fn follow(mut self, response: Response<Source>) -> Response<serve::body::Body> {
        self.status = Some(response.status());
        response.map(|source| serve::body::Body::new(Followed { source, record: self }))
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let caller = self.caller.as_ref().map(|caller| &caller.key().caller);
        let took = self.started.elapsed();
        let route = self.operation.as_deref().unwrap_or_else(|| self.metrics.nowhere());
        route.ended(Outcome::from(self.status), took, self.bytes);
        self.metrics.ended(self.code);
        if let Some(span) = &mut self.span {
            span.rename(route.name());
            span.tell("request.id", &self.request_id);
            if let Some(code) = self.code {
                span.tell("problem.code", code.as_str());
            }
            span.answered(self.status);
        }
        tracing::info!(
            target: "gateway::access",
            {
                request.id = %self.request_id,
                // Other methods are whatever a client made up.
                method = if self.operation.is_some() { self.method.as_str() } else { "-" },
                operation = route.name(),
                // 499 stands for a client that left before there was an answer.
                status = self.status.map_or(499, |status| status.as_u16()),
                code = self.code.map_or("-", Code::as_str),
                key.id = caller.map_or("-", |caller| caller.key.as_str()),
                tenant = caller.map(|caller| tracing::field::display(caller.tenant)),
                limit.near = (!self.near.is_empty()).then(|| tracing::field::display(self.near.names())),
                duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
                bytes = self.bytes
            },
            "request"
        );
    }
}

/// Where an answer's body comes from.
#[derive(Debug)]
pub(crate) enum Source {
    Gateway(serve::body::Body),
    Upstream(Relay),
}

#[derive(Debug)]
struct Followed {
    source: Source,
    record: Record,
}

impl Body for Followed {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        let polled = match &mut this.source {
            Source::Gateway(body) => Pin::new(body).poll_frame(context),
            Source::Upstream(body) => Pin::new(body).poll_frame(context),
        };
        if let Poll::Ready(Some(Ok(frame))) = &polled {
            this.record.bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        match &self.source {
            Source::Gateway(body) => body.is_end_stream(),
            Source::Upstream(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Gateway(body) => body.size_hint(),
            Source::Upstream(body) => body.size_hint(),
        }
    }
}
