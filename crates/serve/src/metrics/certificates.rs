//! How long certificates still hold, read when somebody asks.

use std::{fmt, sync::Arc};

use domain::clock::Clock;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric as _},
    metrics::{MetricType, gauge::ConstGauge},
    registry::Unit,
};

use crate::expiry::Shows;

/// Tells how long certificates still hold, and whether their renewal fails.
pub struct Certificates {
    /// By the setting that names the file.
    pub certificates: Vec<Shows>,
    /// What the time left is told by.
    pub clock: Arc<dyn Clock>,
}

impl Collector for Certificates {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let now = self.clock.now();
        let mut left = encoder.encode_descriptor(
            "certificate_left",
            "Until a certificate ends, by the setting that names its file; negative after its end.",
            Some(&Unit::Seconds),
            MetricType::Gauge,
        )?;
        for (setting, shown) in &self.certificates {
            let Some(certificate) = shown.certificate() else { continue };
            let labels = [("certificate", *setting)];
            let seconds = certificate.left(now).whole_seconds();
            ConstGauge::new(seconds).encode(left.encode_family(&labels)?)?;
        }
        let mut lifetime = encoder.encode_descriptor(
            "certificate_lifetime",
            "From a certificate's begin to its end, by the setting that names its file.",
            Some(&Unit::Seconds),
            MetricType::Gauge,
        )?;
        for (setting, shown) in &self.certificates {
            let Some(certificate) = shown.certificate() else { continue };
            let labels = [("certificate", *setting)];
            let seconds = (certificate.ends - certificate.begins).whole_seconds();
            ConstGauge::new(seconds).encode(lifetime.encode_family(&labels)?)?;
        }
        let mut failures = encoder.encode_descriptor(
            "certificate_renewal_failures",
            "How often in a row a newer certificate was due and did not come, or could not be used.",
            None,
            MetricType::Gauge,
        )?;
        for (setting, shown) in &self.certificates {
            let labels = [("certificate", *setting)];
            ConstGauge::new(i64::from(shown.failures())).encode(failures.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Certificates")
    }
}
