//! Takes reports of leaked keys from anybody, such as secret scanners (feature 5): `POST /api/v1/leaked-keys`.
//!
//! Who sends a whole genuine key holds it, and so may have it revoked; of any other key nothing is told but what was sent.
//! A genuine key is refused here at once, and the control plane is told to revoke it everywhere.

use std::time::Duration;

use bytes::Bytes;
use domain::{Timestamp, problem::Code, report::Report};
use http::{Request, Response, Uri, header};
use seal::api_key::PlainKey;
use serde::Deserialize;
use serde_json::{Value, json};
use serve::{
    body::{self, Body, BodyError},
    contract::Operation,
};

use crate::{
    filter::{check_accept, check_media_type, check_query},
    identify::Identify,
    metrics::Control,
    policy::Policy,
    refusal::Refusal,
    reports::Reports,
    route::holds_key,
};

/// The operation, as the contract names it.
pub(crate) const OPERATION: &str = "reportLeakedKeys";

/// What it takes to act on a leaked key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Desk<'a> {
    pub(crate) identify: &'a Identify,
    pub(crate) policy: &'a Policy,
    pub(crate) reports: &'a Reports,
    pub(crate) metrics: &'a Control,
}

#[derive(Deserialize)]
struct Reported {
    keys: Vec<One>,
}

#[derive(Deserialize)]
struct One {
    key: String,
    source: Option<String>,
}

impl Desk<'_> {
    /// Reads the report, revokes the genuine keys in it, and tells which they were.
    pub(crate) async fn take<B>(
        self,
        request: Request<B>,
        operation: &Operation,
        deadline: Duration,
        now: Timestamp,
    ) -> Result<Response<Body>, Refusal>
    where
        B: http_body::Body<Data = Bytes>,
        B::Error: Into<BodyError>,
    {
        let (head, body) = request.into_parts();
        check_query(operation, head.uri.query())?;
        check_accept(operation, head.headers.get(header::ACCEPT))?;
        check_media_type(&head.headers)?;
        let body = body::read(body, operation.max_bytes, deadline).await?;
        let reported = serde_json::from_value(serve::filter::json_body(operation, &body)?);
        let reported: Reported = reported.map_err(|_| Code::Schema)?;
        let judged: Result<Vec<_>, _> = reported.keys.iter().map(|one| self.judge(one, now)).collect();
        let mut response = Response::new(body::full(json!({ "keys": judged? }).to_string()));
        let json = http::HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        Ok(response)
    }

    fn judge(self, one: &One, now: Timestamp) -> Result<Value, Refusal> {
        let Ok(plain) = one.key.parse::<PlainKey>() else {
            return Ok(json!({ "key_id": null, "status": "unknown" }));
        };
        let table = self.policy.current().ok_or(Code::Overloaded)?;
        let status = match self.identify.genuine(&table, &plain) {
            Some(key) => {
                self.policy.deny(plain.id());
                self.metrics.leaked();
                self.reports.leaked(&key, one.source.as_deref().and_then(place), now);
                "revoked"
            }
            None => "unknown",
        };
        Ok(json!({ "key_id": plain.id(), "status": status }))
    }
}

/// Returns scheme, host and path of the URL `source`: query and fragment may hold more than the place, even the key.
fn place(source: &str) -> Option<String> {
    let uri: Uri = source.parse().ok()?;
    let scheme = uri.scheme_str().filter(|scheme| matches!(*scheme, "https" | "http"))?;
    let host = uri.authority().map(http::uri::Authority::as_str).filter(|host| !host.contains('@'))?;
    if holds_key(&uri) {
        return None;
    }
    let place = format!("{scheme}://{host}{}", uri.path());
    (place.len() <= Report::LONGEST_SOURCE).then_some(place)
}

#[cfg(test)]
mod tests {
    use domain::policy::Environment;
    use proptest::prelude::*;
    use seal::entropy::SystemEntropy;

    use super::*;

    #[test]
    fn of_a_source_only_the_place_is_kept() {
        let key = PlainKey::generate(Environment::Live, &SystemEntropy);
        let long = format!("https://host/{}", "x".repeat(Report::LONGEST_SOURCE));
        for (source, expected) in [
            ("https://github.com/o/r/blob/main/.env", Some("https://github.com/o/r/blob/main/.env")),
            ("http://host:8080/a?token=secret#L10", Some("http://host:8080/a")),
            ("https://user:password@host/a", None),
            ("ftp://host/a", None),
            ("/a", None),
            ("not a url", None),
            (&format!("https://host/{}", key.reveal()), None),
            (&format!("https://host/a?{}", key.reveal()), None),
            (&format!("https://host/{}", key.reveal().replace('_', "%5f")), None),
            (&long, None),
        ] {
            assert_eq!(place(source).as_deref(), expected, "{source}");
        }
    }

    proptest! {
        #[test]
        fn no_source_makes_it_fail_or_grow(source in "\\PC{0,700}") {
            if let Some(place) = place(&source) {
                prop_assert!(place.len() <= Report::LONGEST_SOURCE && source.starts_with("http"));
            }
        }
    }
}
