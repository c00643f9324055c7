//! The series of requests: one set per operation, made at the start, so that a request touches counters and formats
//! nothing.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body::{Frame, SizeHint};
use prometheus_client::{
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};
use tokio::time::Instant;

use super::histogram;
use crate::{
    body::{Body, BodyError},
    traces::Span,
};

/// The label of requests that lead to no operation. No operation has this name: it is no `operationId`.
const NOWHERE: &str = "-";

/// What is counted of one operation's requests.
#[derive(Debug)]
pub struct Route {
    name: String,
    requests: [Counter; Outcome::ALL.len()],
    duration: Histogram,
    received: Counter,
    sent: Counter,
}

/// How a request ended, as coarse as alarms need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// 2xx, and the rare 1xx.
    Success,
    /// 3xx.
    Redirection,
    /// 4xx.
    ClientError,
    /// 5xx.
    ServerError,
    /// The client left before there was an answer.
    Gone,
}

impl Outcome {
    const ALL: [Self; 5] =
        [Self::Success, Self::Redirection, Self::ClientError, Self::ServerError, Self::Gone];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "2xx",
            Self::Redirection => "3xx",
            Self::ClientError => "4xx",
            Self::ServerError => "5xx",
            Self::Gone => "gone",
        }
    }
}

impl From<Option<StatusCode>> for Outcome {
    fn from(status: Option<StatusCode>) -> Self {
        match status.map(|status| status.as_u16()) {
            None => Self::Gone,
            Some(..=299) => Self::Success,
            Some(300..=399) => Self::Redirection,
            Some(400..=499) => Self::ClientError,
            Some(500..) => Self::ServerError,
        }
    }
}

impl Route {
    /// Returns the operation's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Counts a body that was let through.
    pub fn received(&self, bytes: usize) {
        self.received.inc_by(bytes as u64);
    }

    /// Counts a request that ended after `took` with `sent` bytes of an answer.
    pub fn ended(&self, outcome: Outcome, took: Duration, sent: u64) {
        self.requests[outcome as usize].inc();
        self.duration.observe(took.as_secs_f64());
        self.sent.inc_by(sent);
    }
}

/// The series of every operation.
#[derive(Debug)]
pub struct Routes {
    operations: HashMap<String, Arc<Route>>,
    nowhere: Arc<Route>,
    in_flight: Gauge,
}

type Labels<const N: usize> = [(&'static str, String); N];

impl Routes {
    /// Makes the series of each operation in `names`, and those of what leads nowhere.
    pub fn register<'a>(registry: &mut Registry, names: impl IntoIterator<Item = &'a str>) -> Self {
        let requests = Family::<Labels<2>, Counter>::default();
        let duration = Family::<Labels<1>, Histogram>::new_with_constructor(histogram);
        let (received, sent) =
            (Family::<Labels<1>, Counter>::default(), Family::<Labels<1>, Counter>::default());
        let route = |name: &str| {
            let operation = ("operation", name.to_owned());
            let one = [operation.clone()];
            Arc::new(Route {
                name: name.to_owned(),
                requests: Outcome::ALL.map(|outcome| {
                    requests
                        .get_or_create_owned(&[operation.clone(), ("status", outcome.as_str().to_owned())])
                }),
                duration: duration.get_or_create_owned(&one),
                received: received.get_or_create_owned(&one),
                sent: sent.get_or_create_owned(&one),
            })
        };
        let operations = names.into_iter().map(|name| (name.to_owned(), route(name))).collect();
        let nowhere = route(NOWHERE);
        let in_flight = Gauge::default();
        registry.register("requests", "Requests that ended, by the class of their status", requests);
        registry.register_with_unit(
            "request_duration",
            "From the head of a request to the last byte of its answer",
            Unit::Seconds,
            duration,
        );
        registry.register_with_unit(
            "request_body",
            "Bodies of requests that were let through",
            Unit::Bytes,
            received,
        );
        registry.register_with_unit("response_body", "Bodies of answers", Unit::Bytes, sent);
        registry.register(
            "requests_in_flight",
            "Requests whose answer has not passed yet, streams included",
            in_flight.clone(),
        );
        Self { operations, nowhere, in_flight }
    }

    /// Returns the series of the operation `name`.
    pub fn operation(&self, name: &str) -> &Arc<Route> {
        self.operations.get(name).unwrap_or(&self.nowhere)
    }

    /// Returns the series of requests that lead nowhere.
    pub fn nowhere(&self) -> &Arc<Route> {
        &self.nowhere
    }

    /// Counts a request that has come.
    pub fn begun(&self) {
        self.in_flight.inc();
    }

    /// Counts that a request has ended; [`Route::ended`] counts how.
    pub fn ended(&self) {
        self.in_flight.dec();
    }
}

/// One request, counted when it is dropped: after the last byte of its answer, or when its client is gone.
#[derive(Debug)]
pub struct Underway {
    routes: Arc<Routes>,
    route: Arc<Route>,
    started: Instant,
    status: Option<StatusCode>,
    sent: u64,
    span: Option<Span>,
}

impl Underway {
    /// Begins to count a request.
    pub fn begin(routes: &Arc<Routes>) -> Self {
        routes.begun();
        Self {
            routes: Arc::clone(routes),
            route: Arc::clone(routes.nowhere()),
            started: Instant::now(),
            status: None,
            sent: 0,
            span: None,
        }
    }

    /// Notes what it asks for.
    pub fn is_for(&mut self, operation: &str) -> &Arc<Route> {
        self.route = Arc::clone(self.routes.operation(operation));
        &self.route
    }

    /// Keeps `span`, which ends with the request and is told how it ended.
    pub fn trace(&mut self, span: Option<Span>) {
        self.span = span;
    }

    /// Returns `response` with a body that keeps this until it has passed.
    pub fn follow(mut self, response: Response<Body>) -> Response<Body> {
        self.status = Some(response.status());
        response.map(|body| Body::new(Followed { body, underway: self }))
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        self.route.ended(Outcome::from(self.status), self.started.elapsed(), self.sent);
        if let Some(span) = &mut self.span {
            span.rename(self.route.name());
            span.answered(self.status);
        }
        self.routes.ended();
    }
}

struct Followed {
    body: Body,
    underway: Underway,
}

impl http_body::Body for Followed {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled {
            this.underway.sent += frame.data_ref().map_or(0, |data| data.len() as u64);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_has_its_class_and_no_status_means_that_the_client_left() {
        for (status, expected) in
            [(200, "2xx"), (204, "2xx"), (304, "3xx"), (400, "4xx"), (499, "4xx"), (500, "5xx"), (599, "5xx")]
        {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(Outcome::from(Some(status)).as_str(), expected, "{status}");
        }
        assert_eq!(Outcome::from(None).as_str(), "gone");
        for (index, outcome) in Outcome::ALL.into_iter().enumerate() {
            assert_eq!(outcome as usize, index);
        }
    }
}
