//! What is counted of requests and of the gateway's own state, in the OpenMetrics text format.
//!
//! Every series of a request exists from the start, one set per operation of the contract, so that a request touches
//! counters and formats nothing. Labels are words of ours only: no tenant, key, client, path or method of a client's
//! making ever becomes one.

mod limits;
mod route;
mod standing;

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::Arc,
    time::Duration,
};

use domain::problem::Code;
use prometheus_client::{
    encoding::text,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};
use serve::contract::Contract;

pub(crate) use limits::{Exchange, Limits};
pub(crate) use route::{Outcome, Route};
pub(crate) use standing::Standing;

/// The content type of [`Metrics::text`].
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// All that is counted.
pub(crate) struct Metrics {
    registry: Registry,
    /// By the contract's `operationId`.
    operations: HashMap<String, Arc<Route>>,
    /// What asked for nothing that the contract knows, all of it together.
    nowhere: Arc<Route>,
    in_flight: Gauge,
    refusals: BTreeMap<Code, Counter>,
    upstream: Upstream,
    limits: Arc<Limits>,
}

/// What is counted of the way to the API application.
#[derive(Debug)]
struct Upstream {
    head: Histogram,
    failures: [Counter; Failure::ALL.len()],
}

/// Why the API application gave no answer that could be passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// No connection, or it did not prove to be itself.
    Unreachable,
    /// It broke off before its answer began.
    Broken,
    /// Its answer did not begin in time.
    Timeout,
    /// Its answer has not the form of its answers.
    Foreign,
}

impl Failure {
    const ALL: [Self; 4] = [Self::Unreachable, Self::Broken, Self::Timeout, Self::Foreign];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Broken => "broken",
            Self::Timeout => "timeout",
            Self::Foreign => "foreign",
        }
    }
}

impl Metrics {
    /// Makes every series that requests of `contract` will ever have. `connects` counts connections to the API
    /// application, `standing` tells what the gateway stands on.
    pub(crate) fn new(contract: &Contract, connects: Counter, standing: Standing) -> Self {
        let mut registry = Registry::with_prefix("anp_gateway");
        let ids = contract.operations().iter().map(|operation| operation.id.as_str());
        let (operations, nowhere) = route::register(&mut registry, ids);
        let in_flight = Gauge::default();
        registry.register(
            "requests_in_flight",
            "Requests whose answer has not passed yet, streams included",
            in_flight.clone(),
        );
        let refusals = refusals(&mut registry);
        let upstream = Upstream::register(&mut registry, connects);
        let limits = Arc::new(Limits::register(&mut registry));
        registry.register_collector(Box::new(standing));
        Self { registry, operations, nowhere, in_flight, refusals, upstream, limits }
    }

    /// Returns the series of the operation `id`.
    pub(crate) fn operation(&self, id: &str) -> &Arc<Route> {
        self.operations.get(id).unwrap_or(&self.nowhere)
    }

    /// Returns the series of requests that lead nowhere.
    pub(crate) fn nowhere(&self) -> &Route {
        &self.nowhere
    }

    /// Returns the series of limits.
    pub(crate) fn limits(&self) -> &Arc<Limits> {
        &self.limits
    }

    /// Counts a request that has come; [`Metrics::ended`] counts its end.
    pub(crate) fn begun(&self) {
        self.in_flight.inc();
    }

    /// Counts the end of a request, and why it was refused here if it was.
    pub(crate) fn ended(&self, refused: Option<Code>) {
        self.in_flight.dec();
        if let Some(counter) = refused.and_then(|code| self.refusals.get(&code)) {
            counter.inc();
        }
    }

    /// Counts an answer of the API application that began after `took`.
    pub(crate) fn upstream_answered(&self, took: Duration) {
        self.upstream.head.observe(took.as_secs_f64());
    }

    /// Counts a request for which the API application gave no answer that could be passed on.
    pub(crate) fn upstream_failed(&self, failure: Failure) {
        self.upstream.failures[failure as usize].inc();
    }

    /// Returns all series as text.
    pub(crate) fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::with_capacity(32 * 1_024);
        text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").field("operations", &self.operations.len()).finish_non_exhaustive()
    }
}

impl Upstream {
    fn register(registry: &mut Registry, connects: Counter) -> Self {
        let head = histogram();
        registry.register_with_unit(
            "upstream_duration",
            "From a request to the API application to the head of its answer",
            Unit::Seconds,
            head.clone(),
        );
        registry.register(
            "upstream_connects",
            "Connections that were opened to the API application",
            connects,
        );
        let family = Family::<[(&'static str, &'static str); 1], Counter>::default();
        let failures =
            Failure::ALL.map(|failure| family.get_or_create_owned(&[("reason", failure.as_str())]));
        registry.register(
            "upstream_failures",
            "Requests for which the API application gave no answer that could be passed on",
            family,
        );
        Self { head, failures }
    }
}

fn refusals(registry: &mut Registry) -> BTreeMap<Code, Counter> {
    let family = Family::<[(&'static str, &'static str); 1], Counter>::default();
    let counters = Code::ALL.map(|code| (code, family.get_or_create_owned(&[("code", code.as_str())])));
    registry.register("refusals", "Requests that the gateway itself refused, by problem code", family);
    counters.into()
}

/// Returns a histogram of seconds, from a look-up to a slow model's text.
fn histogram() -> Histogram {
    Histogram::new([0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0])
}
