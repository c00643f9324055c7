//! What is let in of a request (features 10 and A3): the headers that have a meaning here, the query and the body that
//! the contract describes, and nothing else.
//!
//! Headers that claim another method or target (`X-HTTP-Method-Override`, `X-Original-URL`, …) and headers that claim
//! an identity (`X-Consumer-…`, `Forwarded`, …) are not looked at and not passed on.

use std::time::Duration;

use bytes::Bytes;
use domain::{
    ids::DietitianId,
    problem::{Code, Problem},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header, uri::PathAndQuery};
use serve::{body::BodyError, contract::Operation};

use crate::{limit, permit::Permit, refusal::Refusal};

/// A request that may be forwarded. Only [`filter`] makes one.
#[derive(Debug)]
pub(crate) struct Filtered<'a> {
    permit: Permit<'a>,
    method: Method,
    target: PathAndQuery,
    headers: HeaderMap,
    body: Bytes,
    dietitian: Option<DietitianId>,
}

/// What is forwarded, bit by bit.
#[derive(Debug)]
pub(crate) struct Parts<'a> {
    pub(crate) permit: Permit<'a>,
    pub(crate) method: Method,
    pub(crate) target: PathAndQuery,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl<'a> Filtered<'a> {
    /// Returns the size of the body in bytes.
    pub(crate) fn body_bytes(&self) -> usize {
        self.body.len()
    }

    /// Returns the dietitian that the request is about.
    pub(crate) fn dietitian(&self) -> Option<DietitianId> {
        self.dietitian
    }

    pub(crate) fn into_parts(self) -> Parts<'a> {
        let Self { permit, method, target, headers, body, dietitian: _ } = self;
        Parts { permit, method, target, headers, body }
    }
}

/// Reads the request, and lets it in if it fits the operation that was permitted.
pub(crate) async fn filter<'a, B>(
    request: Request<B>,
    permit: Permit<'a>,
    deadline: Duration,
) -> Result<Filtered<'a>, Refusal>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<BodyError>,
{
    let operation = permit.action().operation();
    let (head, body) = request.into_parts();
    let target = head.uri.into_parts().path_and_query.ok_or(Code::Malformed)?;
    check_query(operation, target.query())?;
    let headers = forwarded_headers(&head.headers)?;
    check_accept(operation, headers.get(header::ACCEPT))?;
    check_idempotency_key(headers.get(IDEMPOTENCY_KEY))?;
    let mut dietitian = limit::dietitian_in_path(target.path());
    let body = if operation.takes_body() {
        check_media_type(&head.headers)?;
        let body = serve::body::read(body, operation.max_bytes, deadline).await?;
        let json = serve::filter::json_body(operation, &body)?;
        dietitian = dietitian.or_else(|| limit::dietitian_in_body(&json));
        body
    } else {
        no_body(body, deadline).await?
    };
    Ok(Filtered { permit, method: head.method, target, headers, body, dietitian })
}

pub(crate) fn check_query(operation: &Operation, query: Option<&str>) -> Result<(), Problem> {
    let errors = operation.query_errors(query.unwrap_or_default());
    if errors.is_empty() {
        return Ok(());
    }
    Err(Problem::new(Code::Schema).detail("the query does not fit the operation").errors(errors))
}

fn forwarded_headers(sent: &HeaderMap) -> Result<HeaderMap, Problem> {
    // Room for what `forward` adds.
    let mut forwarded = HeaderMap::with_capacity(FORWARDED.len() + 3);
    for name in &FORWARDED {
        let mut values = sent.get_all(name).iter();
        if let Some(value) = values.next() {
            if values.next().is_some() {
                return Err(Problem::new(Code::Malformed).detail(format!("send the header {name} once")));
            }
            forwarded.insert(name.clone(), value.clone());
        }
    }
    Ok(forwarded)
}

pub(crate) fn check_accept(operation: &Operation, accept: Option<&HeaderValue>) -> Result<(), Problem> {
    let Some(accept) = accept else { return Ok(()) };
    let acceptable = accept.to_str().is_ok_and(|text| {
        text.split(',').any(|range| {
            let mut parts = range.split(';').map(str::trim);
            let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
            let excluded = parts.any(|parameter| matches!(parameter, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
            !excluded
                && match media_type.as_str() {
                    "*/*" | "application/*" | "application/json" => true,
                    "text/*" | "text/event-stream" => operation.streams,
                    _ => false,
                }
        })
    });
    if acceptable {
        return Ok(());
    }
    let offered =
        if operation.streams { "application/json and text/event-stream" } else { "application/json" };
    Err(Problem::new(Code::NotAcceptable).detail(format!("offered: {offered}")))
}

/// Checks the key: bare, or a quoted string as draft-ietf-httpapi-idempotency-key-header-07 writes it.
fn check_idempotency_key(key: Option<&HeaderValue>) -> Result<(), Problem> {
    let fits = key.is_none_or(|key| {
        let bytes = key.as_bytes();
        let bare = bytes.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(bytes);
        let allowed = |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
        (16..=255).contains(&bare.len()) && bare.iter().all(allowed)
    });
    if fits {
        return Ok(());
    }
    let detail = "Idempotency-Key takes 16 to 255 visible ASCII characters without quotes and backslashes";
    Err(Problem::new(Code::Malformed).detail(detail))
}

pub(crate) fn check_media_type(headers: &HeaderMap) -> Result<(), Problem> {
    if headers.contains_key(header::CONTENT_ENCODING) {
        return Err(Problem::new(Code::MediaType).detail("send the body without Content-Encoding"));
    }
    let is_json =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(|text| {
            let (media_type, parameter) = text.split_once(';').unwrap_or((text, ""));
            let parameter = parameter.trim();
            media_type.trim().eq_ignore_ascii_case("application/json")
                && (parameter.is_empty()
                    || parameter.eq_ignore_ascii_case("charset=utf-8")
                    || parameter.eq_ignore_ascii_case("charset=\"utf-8\""))
        });
    if is_json { Ok(()) } else { Err(Problem::new(Code::MediaType)) }
}

async fn no_body<B>(body: B, deadline: Duration) -> Result<Bytes, Problem>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<BodyError>,
{
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    serve::body::read(body, 0, deadline).await.map_err(|problem| match problem.code {
        Code::TooLarge => Problem::new(Code::Malformed).detail("this operation takes no body"),
        _ => problem,
    })
}

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// All that is passed on of what a client sends.
static FORWARDED: [HeaderName; 7] = [
    header::CONTENT_TYPE,
    header::ACCEPT,
    header::IF_MATCH,
    header::IF_NONE_MATCH,
    IDEMPOTENCY_KEY,
    HeaderName::from_static("prefer"),
    HeaderName::from_static("last-event-id"),
];

#[cfg(test)]
mod tests {
    use domain::scope::Scopes;
    use http_body_util::Full;
    use serde_json::json;
    use serve::contract::Contract;

    use super::*;
    use crate::{identify::testing::identified, permit::permit, route::route};

    fn contract() -> Contract {
        let body = json!({"content": {"application/json": {"schema":
            {"type": "object", "additionalProperties": false, "properties": {"a": {"type": "integer"}}}}}});
        let document = json!({"paths": {
            "/plain": {
                "get": {"operationId": "get", "x-scope": "any", "parameters": [
                    {"name": "limit", "in": "query", "schema": {"type": "integer"}}]},
                "post": {"operationId": "post", "x-scope": "any", "x-max-bytes": 20, "requestBody": body}},
            "/stream": {"post": {"operationId": "stream", "x-scope": "any", "requestBody": body,
                "responses": {"200": {"content": {"text/event-stream": {}}}}}}
        }});
        Contract::parse(&document.to_string()).unwrap()
    }

    async fn code(
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &'static str,
    ) -> Result<(), Code> {
        let contract = contract();
        let mut request = Request::builder().method(method).uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(Bytes::from_static(body.as_bytes()))).unwrap();
        let action = route(&contract, &request).unwrap();
        let permit = permit(identified(Scopes::none()), action).unwrap();
        let filtered = filter(request, permit, Duration::from_secs(1)).await;
        filtered.map(drop).map_err(|refusal| refusal.problem.code)
    }

    const JSON: (&str, &str) = ("content-type", "application/json");

    #[tokio::test]
    async fn only_json_is_let_in_and_only_where_a_body_is_taken() {
        assert_eq!(code("POST", "/plain", &[JSON], "{\"a\":1}").await, Ok(()));
        let utf8 = ("content-type", "Application/JSON; charset=UTF-8");
        assert_eq!(code("POST", "/plain", &[utf8], "{}").await, Ok(()));
        for bad in [
            "text/plain",
            "application/json; charset=latin1",
            "application/jsonx",
            "application/json;a=b",
            "",
        ] {
            let refused = code("POST", "/plain", &[("content-type", bad)], "{}").await;
            assert_eq!(refused, Err(Code::MediaType), "{bad}");
        }
        assert_eq!(code("POST", "/plain", &[], "{}").await, Err(Code::MediaType));
        let gzip = ("content-encoding", "gzip");
        assert_eq!(code("POST", "/plain", &[JSON, gzip], "{}").await, Err(Code::MediaType));
        assert_eq!(code("POST", "/plain", &[JSON, JSON], "{}").await, Err(Code::Malformed));
        assert_eq!(code("POST", "/plain", &[JSON], "").await, Err(Code::Malformed));
        assert_eq!(code("POST", "/plain", &[JSON], "{\"b\":1}").await, Err(Code::Schema));
        assert_eq!(code("POST", "/plain", &[JSON], "{\"a\":1}               ").await, Err(Code::TooLarge));
        assert_eq!(code("GET", "/plain", &[], "").await, Ok(()));
        assert_eq!(code("GET", "/plain", &[JSON], "{}").await, Err(Code::Malformed));
    }

    #[tokio::test]
    async fn unknown_parameters_are_refused() {
        assert_eq!(code("GET", "/plain?limit=3", &[], "").await, Ok(()));
        assert_eq!(code("GET", "/plain?limit=x", &[], "").await, Err(Code::Schema));
        assert_eq!(code("GET", "/plain?_method=DELETE", &[], "").await, Err(Code::Schema));
    }

    #[tokio::test]
    async fn streams_are_offered_where_the_operation_has_them() {
        for (accept, plain, stream) in [
            ("application/json", true, true),
            ("*/*", true, true),
            ("text/html, application/*;q=0.5", true, true),
            ("text/event-stream", false, true),
            ("Text/Event-Stream", false, true),
            ("text/html", false, false),
            ("application/json;q=0", false, false),
            ("", false, false),
        ] {
            for (target, expected) in [("/plain", plain), ("/stream", stream)] {
                let answer = code("POST", target, &[JSON, ("accept", accept)], "{}").await;
                assert_eq!(
                    answer,
                    if expected { Ok(()) } else { Err(Code::NotAcceptable) },
                    "{accept} {target}"
                );
            }
        }
    }

    #[tokio::test]
    async fn idempotency_keys_have_a_shape() {
        let long = "k".repeat(256);
        for (key, fits) in [
            ("0123456789abcdef", true),
            (&long[1..], true),
            ("short", false),
            (&long, false),
            ("\"0123456789abcdef\"", true),
            ("01234567\"89abcdef", false),
        ] {
            let answer = code("POST", "/plain", &[JSON, ("idempotency-key", key)], "{}").await;
            assert_eq!(answer.is_ok(), fits, "{key}");
        }
        let spaced = ("idempotency-key", "0123456789 abcdef");
        assert_eq!(code("POST", "/plain", &[JSON, spaced], "{}").await, Err(Code::Malformed));
    }
}
