//! What is counted of requests and of the gateway's own state.
//!
//! Every series of a request exists from the start, one set per operation of the contract, so that a request touches
//! counters and formats nothing. Labels are words of ours only: no tenant, key, client, path or method of a client's
//! making ever becomes one.

mod control;
mod limits;
mod standing;

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use domain::problem::Code;
use prometheus_client::{
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::{Registry, Unit},
};
use serve::{
    contract::Contract,
    metrics::{Route, Routes, histogram},
};

pub(crate) use control::Control;
pub(crate) use limits::{Exchange, Limits};
pub(crate) use standing::Standing;

/// All that is counted.
pub(crate) struct Metrics {
    /// By the contract's `operationId`.
    routes: Routes,
    refusals: BTreeMap<Code, Counter>,
    upstream: Upstream,
    limits: Arc<Limits>,
    control: Arc<Control>,
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

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Broken => "broken",
            Self::Timeout => "timeout",
            Self::Foreign => "foreign",
        }
    }
}

impl Metrics {
    /// Makes every series that requests of `contract` will ever have, in `registry`. `connects` counts connections to the
    /// API application, `standing` tells what the gateway stands on.
    pub(crate) fn new(
        registry: &mut Registry,
        contract: &Contract,
        connects: Counter,
        standing: Standing,
    ) -> Self {
        let ids = contract.operations().iter().map(|operation| operation.id.as_str());
        let routes = Routes::register(registry, ids);
        let refusals = refusals(registry);
        let upstream = Upstream::register(registry, connects);
        let limits = Arc::new(Limits::register(registry));
        let control = Arc::new(Control::register(registry));
        registry.register_collector(Box::new(standing));
        Self { routes, refusals, upstream, limits, control }
    }

    /// Returns the series of the operation `id`.
    pub(crate) fn operation(&self, id: &str) -> &Arc<Route> {
        self.routes.operation(id)
    }

    /// Returns the series of requests that lead nowhere.
    pub(crate) fn nowhere(&self) -> &Route {
        self.routes.nowhere()
    }

    /// Returns the series of limits.
    pub(crate) fn limits(&self) -> &Arc<Limits> {
        &self.limits
    }

    /// Returns the series of the control plane.
    pub(crate) fn control(&self) -> &Arc<Control> {
        &self.control
    }

    /// Counts a request that has come; [`Metrics::ended`] counts its end.
    pub(crate) fn begun(&self) {
        self.routes.begun();
    }

    /// Counts the end of a request, and why it was refused here if it was.
    pub(crate) fn ended(&self, refused: Option<Code>) {
        self.routes.ended();
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
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
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
