//! One HTTP request to the provider, up to the response's head; everything unexpected becomes an [`Error`].

use std::time::Duration;

use reqwest::{
    Response, StatusCode,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderValue, RETRY_AFTER},
};
use tokio::time::{Instant, timeout, timeout_at};
use url::Url;

use crate::{Cause, Error, Fault, Misconfiguration, Phase, wire};

/// Where and as whom to ask.
pub(crate) struct Endpoint {
    pub(crate) http: reqwest::Client,
    pub(crate) url: Url,
    pub(crate) authorization: Option<HeaderValue>,
}

impl Endpoint {
    /// Sends `body` and returns the response once it has begun well.
    pub(crate) async fn post(
        &self,
        body: Vec<u8>,
        first_token: Instant,
        deadline: Instant,
    ) -> Result<Response, Error> {
        let mut request = self
            .http
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "text/event-stream")
            .body(body);
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        let response = match timeout_at(first_token.min(deadline), request.send()).await {
            Err(_elapsed) if deadline <= first_token => return Err(Error::Timeout(Phase::Total)),
            Err(_elapsed) => return Err(Error::Timeout(Phase::FirstToken)),
            Ok(Err(error)) => return Err(connection_error(&error)),
            Ok(Ok(response)) => response,
        };
        if response.status() != StatusCode::OK {
            return Err(status_error(response).await);
        }
        let content_type =
            response.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
        if !content_type.to_ascii_lowercase().starts_with(b"text/event-stream") {
            return Err(Error::BadAnswer(Fault::Malformed));
        }
        Ok(response)
    }
}

fn connection_error(error: &reqwest::Error) -> Error {
    if error.is_connect() && error.is_timeout() {
        return Error::Timeout(Phase::Connect);
    }
    let cause = if error.is_connect() { Cause::Connect } else { Cause::Broken };
    Error::Unavailable { cause, retry_after: None }
}

async fn status_error(response: Response) -> Error {
    let status = response.status();
    let retry_after = retry_after(response.headers());
    match status.as_u16() {
        429 => match error_code(response).await.as_deref() {
            Some("insufficient_quota") => Error::Misconfigured(Misconfiguration::QuotaExhausted),
            _ => Error::Limited { retry_after },
        },
        401 | 403 => Error::Misconfigured(Misconfiguration::Unauthorized),
        402 => Error::Misconfigured(Misconfiguration::QuotaExhausted),
        404 | 410 | 300..=399 => Error::Misconfigured(Misconfiguration::NotFound),
        400 => match error_code(response).await.as_deref() {
            Some("content_filter" | "content_policy_violation") => Error::Refused,
            Some("model_not_found") => Error::Misconfigured(Misconfiguration::NotFound),
            _ => Error::Misconfigured(Misconfiguration::Rejected(400)),
        },
        408 | 425 | 500..=599 => Error::Unavailable { cause: Cause::Status(status.as_u16()), retry_after },
        405..=499 => Error::Misconfigured(Misconfiguration::Rejected(status.as_u16())),
        _ => Error::BadAnswer(Fault::Malformed),
    }
}

/// Reads the code out of an error body; a body that is large or slow has none.
async fn error_code(mut response: Response) -> Option<String> {
    const LIMIT: usize = 16 * 1024;
    const PATIENCE: Duration = Duration::from_secs(1);
    let read = async {
        let mut body = Vec::new();
        while let Some(bytes) = response.chunk().await.ok()? {
            if body.len() + bytes.len() > LIMIT {
                return None;
            }
            body.extend_from_slice(&bytes);
        }
        wire::error_code(&body)
    };
    timeout(PATIENCE, read).await.ok()?
}

/// Returns the wait that `Retry-After` asks for (RFC 9110, section 10.2.3), an hour at most.
///
/// A date is measured from the response's own `Date`, so that no clock of ours is needed.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    const MOST: Duration = Duration::from_secs(3600);
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let wanted = text(RETRY_AFTER)?;
    let wait = match wanted.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let then = httpdate::parse_http_date(wanted).ok()?;
            let now = httpdate::parse_http_date(text(DATE)?).ok()?;
            then.duration_since(now).unwrap_or_default()
        }
    };
    Some(wait.min(MOST))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(reqwest::header::HeaderName, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn retry_after_is_read_as_seconds_or_date() {
        let seconds = headers(&[(RETRY_AFTER, "7")]);
        assert_eq!(retry_after(&seconds), Some(Duration::from_secs(7)));
        let date = headers(&[
            (RETRY_AFTER, "Wed, 21 Oct 2026 07:28:30 GMT"),
            (DATE, "Wed, 21 Oct 2026 07:28:00 GMT"),
        ]);
        assert_eq!(retry_after(&date), Some(Duration::from_secs(30)));
    }

    #[test]
    fn retry_after_that_makes_no_sense_is_ignored_or_cut() {
        assert_eq!(retry_after(&headers(&[])), None);
        assert_eq!(retry_after(&headers(&[(RETRY_AFTER, "soon")])), None);
        assert_eq!(retry_after(&headers(&[(RETRY_AFTER, "-1")])), None);
        let years = headers(&[(RETRY_AFTER, "999999999")]);
        assert_eq!(retry_after(&years), Some(Duration::from_secs(3600)));
    }
}
