//! What is counted of the control plane: how it answers, how far its clock is from ours, and what it is told of keys.

use prometheus_client::{
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::{Registry, Unit},
};

/// What is counted of the control plane.
#[derive(Debug)]
pub(crate) struct Control {
    failures: Family<[(&'static str, &'static str); 1], Counter>,
    apart: Gauge,
    exposed: Counter,
    leaked: Counter,
}

impl Control {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let told = Family::<[(&'static str, &'static str); 1], Counter>::default();
        let control = Self {
            failures: Family::default(),
            apart: Gauge::default(),
            exposed: told.get_or_create_owned(&[("how", "url")]),
            leaked: told.get_or_create_owned(&[("how", "reported")]),
        };
        for reason in REASONS {
            control.failures.get_or_create_owned(&[("reason", reason)]);
        }
        registry.register(
            "policy_failures",
            "Policies that did not come or were not taken, by reason",
            control.failures.clone(),
        );
        registry.register_with_unit(
            "clock_apart",
            "How far the control plane's clock was ahead of this one when it last answered; negative: behind",
            Unit::Seconds,
            control.apart.clone(),
        );
        registry.register(
            "keys_exposed",
            "Genuine keys that were seen in a URL, or that were reported as leaked",
            told,
        );
        control
    }

    /// Counts a policy that did not come or was not taken.
    pub(crate) fn failed(&self, reason: &'static str) {
        self.failures.get_or_create(&[("reason", reason)]).inc();
    }

    /// Notes by how many seconds the control plane's clock is ahead.
    pub(crate) fn apart(&self, seconds: i64) {
        self.apart.set(seconds);
    }

    /// Counts a genuine key in a URL.
    pub(crate) fn exposed(&self) {
        self.exposed.inc();
    }

    /// Counts a genuine key that was reported as leaked.
    pub(crate) fn leaked(&self) {
        self.leaked.inc();
    }
}

/// Why policies do not come or are not taken.
pub(crate) const REASONS: [&str; 7] =
    ["unreachable", "silent", "status", "not-genuine", "not-newer", "unusable", "disk"];
