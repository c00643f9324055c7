//! What roles count in the same way, in the OpenMetrics text format: requests, connections, certificates.
//!
//! Labels are words of ours only: no tenant, key, client, path or method of a client's making ever becomes one.

mod certificates;
mod connections;
mod route;

use std::fmt;

use prometheus_client::{
    encoding::text,
    metrics::{gauge::Gauge, histogram::Histogram},
    registry::Registry,
};
use tokio_util::sync::CancellationToken;

pub use certificates::Certificates;
pub use connections::{Connections, Counted};
pub use route::{Outcome, Route, Routes, Underway};

/// The content type of [`text()`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Returns all series as text.
///
/// # Errors
/// Never with series of ours.
pub fn text(registry: &Registry) -> Result<String, fmt::Error> {
    let mut text = String::with_capacity(32 * 1_024);
    text::encode(&mut text, registry)?;
    Ok(text)
}

/// Returns a histogram of seconds, from a look-up to a slow model's text.
pub fn histogram() -> Histogram {
    Histogram::new([0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0])
}

/// Makes the series that tells whether a role takes no new requests, and keeps it true for as long as it is polled.
pub fn draining(registry: &mut Registry, shutdown: CancellationToken) -> impl Future<Output = ()> + use<> {
    let gauge: Gauge = Gauge::default();
    registry.register(
        "draining",
        "Whether no new requests are taken and running ones end: 1 after the process was told to stop",
        gauge.clone(),
    );
    async move {
        shutdown.cancelled().await;
        gauge.set(1);
    }
}
