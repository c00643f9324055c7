//! Sends to the control plane what it is to hear of keys: `POST /reports` beside the policy feed, mutual TLS.
//!
//! Uses go every quarter of a minute, exposures and leaks at once. What can't be delivered is kept and sent later.

use std::{sync::Arc, time::Duration};

use domain::report::Report;
use http::{HeaderValue, Method, Request, StatusCode, Uri, header};
use http_body_util::Full;
use seal::pki;
use tokio_util::sync::CancellationToken;

use crate::{forward::chain, outage::Outage, reports::Reports, upstream::Upstream};

/// The way from the gateway to the control plane.
pub(crate) struct Reporter {
    pub(crate) control_plane: Arc<Upstream>,
    pub(crate) reports: Arc<Reports>,
    /// How often uses are reported.
    pub(crate) every: Duration,
}

/// A report was not taken.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("can't reach the control plane: {0}")]
    Unreachable(String),
    #[error("the control plane was silent for too long")]
    Silent,
    #[error("the control plane answered {0}")]
    Status(StatusCode),
}

impl Error {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "unreachable",
            Self::Silent => "silent",
            Self::Status(_) => "status",
        }
    }
}

impl Reporter {
    /// Reports until the last request has `ended`, and what is left then.
    pub(crate) async fn run(&self, ended: CancellationToken) {
        let (mut failures, mut outage) = (0_u32, Outage::begin());
        let mut is_last = false;
        while !is_last {
            tokio::select! {
                () = tokio::time::sleep(self.pause(failures)) => {}
                () = self.reports.urgent() => {}
                () = ended.cancelled() => is_last = true,
            }
            match self.report_all().await {
                Ok(()) => (failures, outage) = (0, Outage::begin()),
                Err(error) => {
                    failures = failures.saturating_add(1);
                    if outage.is_news(error.kind()) {
                        tracing::warn!(error.kind = error.kind(), error.message = %error, failures, "can't report on keys");
                    }
                }
            }
        }
    }

    async fn report_all(&self) -> Result<(), Error> {
        while let Some(report) = self.reports.take() {
            if let Err(error) = self.send(&report).await {
                self.reports.put_back(report);
                return Err(error);
            }
        }
        Ok(())
    }

    async fn send(&self, report: &Report) -> Result<(), Error> {
        let answer = tokio::time::timeout(DEADLINE, self.control_plane.send(request(report))).await;
        let answer = answer.map_err(|_| Error::Silent)?;
        let status = answer.map_err(|error| Error::Unreachable(chain(&error)))?.status();
        if status == StatusCode::NO_CONTENT { Ok(()) } else { Err(Error::Status(status)) }
    }

    /// A failure is tried again sooner than the next uses are due, since something urgent may be among what waits.
    fn pause(&self, failures: u32) -> Duration {
        match failures {
            0 => self.every,
            _ => self.every.min(Duration::from_millis(500 << failures.min(5))),
        }
    }
}

fn request(report: &Report) -> Request<Full<bytes::Bytes>> {
    let body = serde_json::to_vec(report).expect("texts, numbers and lists of them");
    let mut request = Request::new(Full::from(body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = Uri::from_static("/reports");
    let headers = request.headers_mut();
    headers.insert(header::HOST, HeaderValue::from_static(pki::CONTROL_PLANE_NAME));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    request
}

/// The end of the gateway may have to wait for this.
const DEADLINE: Duration = Duration::from_secs(5);
