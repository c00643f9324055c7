//! The series of one operation, made at the start and shared by all its requests.

use std::{collections::HashMap, sync::Arc, time::Duration};

use http::StatusCode;
use prometheus_client::{
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::{Registry, Unit},
};

use super::histogram;

/// The label of requests that lead to no operation. No operation has this name: it is no `operationId`.
const NOWHERE: &str = "-";

/// What is counted of one operation's requests.
#[derive(Debug)]
pub(crate) struct Route {
    name: String,
    requests: [Counter; Outcome::ALL.len()],
    duration: Histogram,
    received: Counter,
    sent: Counter,
}

/// How a request ended, as coarse as alarms need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
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
    /// Returns the contract's `operationId`.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Counts a body that was let through.
    pub(crate) fn received(&self, bytes: usize) {
        self.received.inc_by(bytes as u64);
    }

    /// Counts a request that ended after `took` with `sent` bytes of an answer.
    pub(crate) fn ended(&self, outcome: Outcome, took: Duration, sent: u64) {
        self.requests[outcome as usize].inc();
        self.duration.observe(took.as_secs_f64());
        self.sent.inc_by(sent);
    }
}

type Labels<const N: usize> = [(&'static str, String); N];

/// Makes the series of each operation in `ids`, and those of what leads nowhere.
pub(super) fn register<'a>(
    registry: &mut Registry,
    ids: impl Iterator<Item = &'a str>,
) -> (HashMap<String, Arc<Route>>, Arc<Route>) {
    let requests = Family::<Labels<2>, Counter>::default();
    let duration = Family::<Labels<1>, Histogram>::new_with_constructor(histogram);
    let (received, sent) = (Family::<Labels<1>, Counter>::default(), Family::<Labels<1>, Counter>::default());
    let route = |name: &str| {
        let operation = ("operation", name.to_owned());
        let one = [operation.clone()];
        Arc::new(Route {
            name: name.to_owned(),
            requests: Outcome::ALL.map(|outcome| {
                requests.get_or_create_owned(&[operation.clone(), ("status", outcome.as_str().to_owned())])
            }),
            duration: duration.get_or_create_owned(&one),
            received: received.get_or_create_owned(&one),
            sent: sent.get_or_create_owned(&one),
        })
    };
    let operations = ids.map(|id| (id.to_owned(), route(id))).collect();
    let nowhere = route(NOWHERE);
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
    (operations, nowhere)
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
