//! What the role counts: requests by route, and the policy that it publishes.

use std::{fmt, sync::Arc};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric as _},
    metrics::{MetricType, gauge::ConstGauge},
    registry::Registry,
};
use serve::metrics::Routes;
use tokio::sync::watch;

use crate::{authority, feed, pages, publisher};

/// Makes the series of all routes, and those of the policy.
pub(crate) fn register(registry: &mut Registry, states: watch::Receiver<publisher::State>) -> Arc<Routes> {
    registry.register_collector(Box::new(Standing(states)));
    let routes = pages::ROUTES.iter().chain(feed::ROUTES).chain(authority::ROUTES);
    Arc::new(Routes::register(registry, routes.copied()))
}

/// What is published, read when somebody asks.
struct Standing(watch::Receiver<publisher::State>);

impl Collector for Standing {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let state = self.0.borrow().clone();
        let mut gauge = |name: &'static str, help: &'static str, value: u64| {
            let value = i64::try_from(value).unwrap_or(i64::MAX);
            ConstGauge::new(value).encode(encoder.encode_descriptor(name, help, None, MetricType::Gauge)?)
        };
        let up = "Whether the database answered the last time it was asked.";
        gauge("database_up", up, state.database_answers.into())?;
        // Without a policy there is no version: a zero would look like one.
        if let Some(published) = &state.published {
            gauge("policy_version", "The version of the policy that is published.", published.version())?;
            gauge("policy_keys", "The API keys in it.", published.keys() as u64)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Standing")
    }
}
