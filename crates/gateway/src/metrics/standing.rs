//! The policy in force, read when somebody asks.

use std::{fmt, sync::Arc};

use domain::{Timestamp, clock::Clock};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric as _},
    metrics::{MetricType, gauge::ConstGauge},
    registry::Unit,
};

use crate::policy::Policy;

/// What is told of the policy.
pub(crate) struct Standing {
    pub(crate) policy: Arc<Policy>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Collector for Standing {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let now = self.clock.now();
        // Without a policy there is no version and no age: a zero would look like a fresh one.
        if let Some(version) = self.policy.version() {
            ConstGauge::new(i64::try_from(version).unwrap_or(i64::MAX)).encode(
                encoder.encode_descriptor(
                    "policy_version",
                    "The version of the policy in force.",
                    None,
                    MetricType::Gauge,
                )?,
            )?;
        }
        if let Some(confirmed_at) = self.policy.confirmed_at() {
            ConstGauge::new(seconds(now, confirmed_at).max(0)).encode(encoder.encode_descriptor(
                "policy_age",
                "Since the control plane last said that the policy in force is the newest.",
                Some(&Unit::Seconds),
                MetricType::Gauge,
            )?)?;
        }
        Ok(())
    }
}

fn seconds(later: Timestamp, earlier: Timestamp) -> i64 {
    (later - earlier).whole_seconds()
}

impl fmt::Debug for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Standing")
    }
}
