//! What is counted of limits: refusals and warnings by limit, and the exchange with other gateways.

use std::time::Duration;

use prometheus_client::{
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

use crate::limit::Kind;

/// What is counted of limits.
#[derive(Debug)]
pub(crate) struct Limits {
    reached: [Counter; Kind::ALL.len()],
    near: [Counter; Kind::ALL.len()],
    exchanges: [Counter; Exchange::ALL.len()],
    exchange: Histogram,
    together: Gauge,
    foreign: Counter,
}

/// How an exchange with other gateways ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exchange {
    Answered,
    Unreachable,
    Slow,
    Broken,
    Forgetful,
}

impl Exchange {
    const ALL: [Self; 5] = [Self::Answered, Self::Unreachable, Self::Slow, Self::Broken, Self::Forgetful];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Unreachable => "unreachable",
            Self::Slow => "slow",
            Self::Broken => "broken",
            Self::Forgetful => "forgetful",
        }
    }
}

impl Limits {
    /// Makes every series. Those of the exchange exist also where a gateway counts alone, and stay zero.
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let reached = Family::<[(&'static str, &'static str); 1], Counter>::default();
        let near = Family::<[(&'static str, &'static str); 1], Counter>::default();
        let exchanges = Family::<[(&'static str, &'static str); 1], Counter>::default();
        let limits = Self {
            reached: Kind::ALL.map(|kind| reached.get_or_create_owned(&[("limit", kind.as_str())])),
            near: Kind::ALL.map(|kind| near.get_or_create_owned(&[("limit", kind.as_str())])),
            exchanges: Exchange::ALL
                .map(|outcome| exchanges.get_or_create_owned(&[("outcome", outcome.as_str())])),
            exchange: Histogram::new([0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0]),
            together: Gauge::default(),
            foreign: Counter::default(),
        };
        registry.register(
            "limit_reached",
            "Requests that were refused, by the limit that was reached",
            reached,
        );
        registry.register(
            "limit_nearly_reached",
            "Windows in which four fifths of a limit were used, by limit",
            near,
        );
        registry.register(
            "limit_store_exchanges",
            "Exchanges of counts with other gateways, by how they ended",
            exchanges,
        );
        registry.register_with_unit(
            "limit_store_duration",
            "How long exchanges took that were answered",
            Unit::Seconds,
            limits.exchange.clone(),
        );
        registry.register(
            "limit_store_up",
            "Whether limits are counted together with other gateways; 0: alone, or each its share",
            limits.together.clone(),
        );
        registry.register(
            "limit_store_foreign_counts",
            "Counts in the store that no gateway with our key pepper wrote",
            limits.foreign.clone(),
        );
        limits
    }

    /// Counts a request that was refused because of `kind`.
    pub(crate) fn reached(&self, kind: Kind) {
        self.reached[kind as usize].inc();
    }

    /// Counts a window of `kind` that is nearly used up.
    pub(crate) fn near(&self, kind: Kind) {
        self.near[kind as usize].inc();
    }

    /// Counts an exchange; `took` if it was answered.
    pub(crate) fn exchanged(&self, outcome: Exchange, took: Option<Duration>) {
        self.exchanges[outcome as usize].inc();
        self.together.set((outcome == Exchange::Answered).into());
        if let Some(took) = took {
            self.exchange.observe(took.as_secs_f64());
        }
    }

    /// Counts what no gateway of ours wrote.
    pub(crate) fn foreign_counts(&self, count: u64) {
        self.foreign.inc_by(count);
    }
}
