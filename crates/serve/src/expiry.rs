//! Says loudly that a certificate is about to end, or has ended, for as long as nobody renews it.

use std::sync::Arc;

use domain::{Timestamp, clock::Clock};

use crate::shown::Shown;

/// A certificate, by the setting that names its file or by what it is for.
pub type Shows = (&'static str, Arc<Shown>);

/// Looks at `certificates` now and every ten minutes, for ever.
pub async fn watch(certificates: &[Shows], clock: &dyn Clock) {
    let mut interval = tokio::time::interval(INTERVAL);
    loop {
        interval.tick().await;
        for (name, shown) in certificates {
            tell(name, shown, clock.now());
        }
    }
}

fn tell(name: &str, shown: &Shown, now: Timestamp) {
    let Some(certificate) = shown.certificate().filter(|certificate| certificate.ends_soon(now)) else {
        return;
    };
    let left = certificate.left(now);
    if left.is_positive() {
        tracing::warn!(
            certificate = name,
            days_left = left.whole_days(),
            hours_left = left.whole_hours(),
            "this certificate ends soon and was not renewed: new files are taken without a restart"
        );
    } else {
        tracing::error!(certificate = name, "this certificate has ended: nobody accepts it");
    }
}

const INTERVAL: std::time::Duration = std::time::Duration::from_secs(10 * 60);
