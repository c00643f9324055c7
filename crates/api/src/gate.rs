//! The way in: nothing reaches a handler but what the gateway vouched for and the contract allows (threats A1, A3, A7).
//!
//! The gateway checked all of it before; this role does not rely on that.

use std::{panic::AssertUnwindSafe, sync::Arc};

use bytes::Bytes;
use domain::{
    caller::{Caller, CallerContext},
    clock::{Clock, Entropy},
    ids::{Id, TenantId},
    problem::{Code, FieldError, Problem},
};
use futures_util::FutureExt as _;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, header, request::Parts};
use seal::{
    context::{BoundRequest, HEADER, Verifier},
    digest::sha256,
};
use serde_json::Value;
use serve::{
    body::{self, Body, BodyError},
    contract::{Access, Contract, Operation, Route},
    filter,
    metrics::Underway,
    problem::REQUEST_ID,
    traces::{Span, Tracer, Within},
};
use std::time::Duration;
use tower::ServiceExt as _;

use crate::{
    error::{Error, Failure},
    metrics::Metrics,
};

/// Answers requests by the router, once they have passed every check.
pub(crate) struct Gate {
    pub(crate) contract: Contract,
    pub(crate) verifier: Verifier,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) router: axum::Router,
    pub(crate) body_deadline: Duration,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) tracer: Tracer,
}

/// What the gateway vouched for, and this gate checked. Only this gate makes one.
#[derive(Clone, Debug)]
pub(crate) struct Vouched(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    context: CallerContext,
    operation: String,
    idempotency_key: Option<String>,
    trace: Option<Within>,
}

/// A body that passed the filter.
#[derive(Clone)]
struct FilteredBody(Arc<Value>);

impl Vouched {
    /// The caller's tenant: the only source of a tenant id in this role.
    pub(crate) fn tenant(&self) -> TenantId {
        self.0.context.caller.tenant
    }

    /// Who calls.
    pub(crate) fn caller(&self) -> &Caller {
        &self.0.context.caller
    }

    /// The request id that logs and answers carry.
    pub(crate) fn request_id(&self) -> &str {
        &self.0.context.request_id
    }

    /// The operation's id in the contract.
    pub(crate) fn operation(&self) -> &str {
        &self.0.operation
    }

    /// The request's idempotency key, if it has one.
    pub(crate) fn idempotency_key(&self) -> Option<&str> {
        self.0.idempotency_key.as_deref()
    }

    /// The place in the request's trace, if it is traced.
    pub(crate) fn trace(&self) -> Option<&Within> {
        self.0.trace.as_ref()
    }

    /// SHA-256 of what is asked: the exact target and the body.
    pub(crate) fn request_digest(&self) -> [u8; 32] {
        let CallerContext { target, body_digest, .. } = &self.0.context;
        // Neither part can hold a line end, so that no two requests make one line.
        sha256(format!("{target}\n{body_digest}").as_bytes())
    }
}

impl<S: Sync> axum::extract::FromRequestParts<S> for Vouched {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        parts.extensions.get().cloned().ok_or(Error::Fault("a request went round the gate"))
    }
}

/// The body as the type that the operation takes.
pub(crate) struct Filtered<T>(pub(crate) T);

impl<S: Sync, T: serde::de::DeserializeOwned> axum::extract::FromRequestParts<S> for Filtered<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let body: &FilteredBody = parts.extensions.get().ok_or(Error::Fault("the body was not filtered"))?;
        T::deserialize(&*body.0).map(Self).map_err(|_| {
            let mut errors = Vec::new();
            fractions(&body.0, "", &mut errors);
            if errors.is_empty() {
                tracing::warn!("a body fits the schema and not the type");
            }
            Error::fields(Code::Schema, errors)
        })
    }
}

/// Names every number that is not written as a whole one: to JSON Schema `7.0` and `1e2` are integers, to us they are not.
fn fractions(value: &Value, pointer: &str, errors: &mut Vec<FieldError>) {
    match value {
        Value::Number(number) if number.is_f64() => {
            let detail = "write a whole number, without decimals and exponent";
            errors.push(FieldError::new(pointer, "type", detail));
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                fractions(item, &format!("{pointer}/{index}"), errors);
            }
        }
        // The schemas let no other names in, and those need no escapes.
        Value::Object(members) => {
            for (name, member) in members {
                fractions(member, &format!("{pointer}/{name}"), errors);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The checks a request has passed so far, and what is left of it.
struct Received {
    parts: Parts,
    body: Bytes,
}

impl Gate {
    /// Handles one request. Each step needs the proof the step before it made.
    pub(crate) async fn handle<B>(&self, request: Request<B>) -> Response<Body>
    where
        B: http_body::Body<Data = Bytes>,
        B::Error: Into<BodyError>,
    {
        let mut request_id = Id::<()>::new(self.clock.now(), self.entropy.as_ref()).to_string();
        let started = tokio::time::Instant::now();
        let method = request.method().clone();
        let mut underway = Underway::begin(self.metrics.routes());
        let span = self.tracer.go_on(request.headers(), "request");
        let trace = span.as_ref().map(Span::within);
        underway.trace(span);
        let (outcome, vouched) = match self.admit(request, &mut request_id, trace).await {
            Ok((request, vouched, bytes)) => {
                underway.is_for(vouched.operation()).received(bytes);
                (self.answer(request).await, Some(vouched))
            }
            Err(error) => (Err(Arc::new(error)), None),
        };
        let mut response = match &outcome {
            Ok(_) => None,
            Err(error) => {
                self.metrics.problem(error.problem().code);
                Some(error.response(&request_id))
            }
        };
        log(&method, vouched.as_ref(), &request_id, outcome.as_ref().map(Response::status), started);
        let mut response = response.take().or(outcome.ok()).unwrap_or_default();
        finish(response.headers_mut(), &request_id);
        underway.follow(response)
    }

    async fn admit<B>(
        &self,
        request: Request<B>,
        request_id: &mut String,
        trace: Option<Within>,
    ) -> Result<(Request<axum::body::Body>, Vouched, usize), Error>
    where
        B: http_body::Body<Data = Bytes>,
        B::Error: Into<BodyError>,
    {
        let received = self.receive(request).await?;
        let context = self.verify(&received)?;
        request_id.clone_from(&context.request_id);
        let operation = self.permit(&received, &context)?;
        let body = filtered(operation, &received)?;
        let idempotency_key = match received.parts.method {
            Method::POST => idempotency_key(&received.parts.headers)?,
            _ => None,
        };
        let vouched =
            Vouched(Arc::new(Inner { context, operation: operation.id.clone(), idempotency_key, trace }));
        let bytes = received.body.len();
        let mut request = Request::from_parts(received.parts, axum::body::Body::empty());
        request.extensions_mut().insert(vouched.clone());
        if let Some(body) = body {
            request.extensions_mut().insert(FilteredBody(Arc::new(body)));
        }
        Ok((request, vouched, bytes))
    }

    async fn receive<B>(&self, request: Request<B>) -> Result<Received, Error>
    where
        B: http_body::Body<Data = Bytes>,
        B::Error: Into<BodyError>,
    {
        let (parts, body) = request.into_parts();
        let limit = match self.contract.route(&parts.method, parts.uri.path()) {
            Route::Operation(operation) => operation.max_bytes,
            Route::OtherMethods(_) | Route::Nowhere => UNROUTED_BYTES,
        };
        let body = body::read(body, limit, self.body_deadline).await?;
        Ok(Received { parts, body })
    }

    fn verify(&self, received: &Received) -> Result<CallerContext, Error> {
        let invalid = || Error::code(Code::ContextInvalid);
        let mut headers = received.parts.headers.get_all(HEADER).iter();
        let (Some(header), None) = (headers.next(), headers.next()) else { return Err(invalid()) };
        let target = received.parts.uri.path_and_query().map_or("", |target| target.as_str());
        let bound = BoundRequest { method: received.parts.method.as_str(), target, body: &received.body };
        let header = header.to_str().map_err(|_| invalid())?;
        self.verifier.verify(header, &bound, self.clock.now()).map_err(|_| invalid())
    }

    fn permit(&self, received: &Received, context: &CallerContext) -> Result<&Operation, Error> {
        let parts = &received.parts;
        let operation = match self.contract.route(&parts.method, parts.uri.path()) {
            Route::Operation(operation) => operation,
            Route::OtherMethods(methods) => {
                let detail = format!("this address takes {}", methods.join(", "));
                return Err(Problem::new(Code::Method).detail(detail).into());
            }
            Route::Nowhere => return Err(Error::code(Code::NotFound)),
        };
        // What is public is the gateway's own and never comes here.
        let Access::Scope(needed) = operation.access else { return Err(Error::code(Code::NotFound)) };
        if context.caller.scopes.contains(needed) {
            Ok(operation)
        } else {
            Err(Problem::new(Code::ScopeMissing).detail(format!("this needs the scope {needed}")).into())
        }
    }

    /// Asks the router. Errors come out of it as [`Failure`]s.
    async fn answer(&self, request: Request<axum::body::Body>) -> Result<Response<Body>, Arc<Error>> {
        let answered = AssertUnwindSafe(self.router.clone().oneshot(request)).catch_unwind().await;
        // One request's misfortune costs that request only, and is answered with its id. Its transaction rolls back.
        let Ok(Ok(mut response)) = answered else { return Err(Arc::new(Error::Fault("a handler panicked"))) };
        if let Some(Failure(error)) = response.extensions_mut().remove() {
            return Err(error);
        }
        if response.status().is_client_error() && response.extensions().get::<Meant>().is_none() {
            return Err(Arc::new(Error::code(Code::Malformed)));
        }
        Ok(response.map(|body| {
            use http_body_util::BodyExt as _;
            body.map_err(BodyError::from).boxed_unsync()
        }))
    }
}

/// Marks an answer whose error status a handler chose itself, such as a stored answer that is given again.
#[derive(Clone, Copy)]
pub(crate) struct Meant;

/// Returns the JSON body, if the operation takes one, once everything about the request fits the contract.
fn filtered(operation: &Operation, received: &Received) -> Result<Option<Value>, Error> {
    let errors = operation.query_errors(received.parts.uri.query().unwrap_or_default());
    if !errors.is_empty() {
        return Err(Error::fields(Code::Schema, errors));
    }
    acceptable(&received.parts.headers, operation)?;
    if !operation.takes_body() {
        return if received.body.is_empty() {
            Ok(None)
        } else {
            Err(Problem::new(Code::Malformed).detail("this operation takes no body").into())
        };
    }
    if !is_json(&received.parts.headers) {
        return Err(Error::code(Code::MediaType));
    }
    Ok(Some(filter::json_body(operation, &received.body)?))
}

fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (types.next(), types.next()) else { return false };
    let value = value.to_str().unwrap_or_default().to_ascii_lowercase();
    let mut parts = value.split(';').map(str::trim);
    parts.next() == Some("application/json")
        && parts.all(|part| matches!(part, "charset=utf-8" | "charset=\"utf-8\""))
}

fn acceptable(headers: &HeaderMap, operation: &Operation) -> Result<(), Error> {
    let accepted = accepted(headers);
    let offered = |media_type: &str| {
        matches!(media_type, "*/*" | "application/*" | "application/json")
            || operation.streams && matches!(media_type, "text/*" | EVENT_STREAM)
    };
    if accepted.is_empty() || accepted.iter().any(|media_type| offered(media_type)) {
        Ok(())
    } else {
        Err(Error::code(Code::NotAcceptable))
    }
}

/// The media type of server-sent events.
pub(crate) const EVENT_STREAM: &str = "text/event-stream";

/// Returns the media types that the caller accepts, in lower case and without parameters; `q=0` is left out.
pub(crate) fn accepted(headers: &HeaderMap) -> Vec<String> {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|one| {
            let mut parts = one.split(';').map(|part| part.trim().to_ascii_lowercase());
            let media_type = parts.next().filter(|media_type| !media_type.is_empty())?;
            let refused = parts.any(|part| matches!(part.as_str(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
            (!refused).then_some(media_type)
        })
        .collect()
}

/// Returns the idempotency key: a structured-field string as the draft writes it, or the bare text.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Error> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let value = match (values.next(), values.next()) {
        (None, _) => return Ok(None),
        (Some(value), None) => value.to_str().unwrap_or_default(),
        (Some(_), Some(_)) => "",
    };
    let key = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
    let fits = (16..=255).contains(&key.len())
        && key.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\');
    if fits {
        Ok(Some(key.to_owned()))
    } else {
        let detail =
            "Idempotency-Key takes 16 to 255 visible ASCII characters without quotes and backslashes";
        Err(Problem::new(Code::Malformed).detail(detail).into())
    }
}

/// What leads nowhere is read too, so that whoever is not the gateway learns nothing of the routes.
const UNROUTED_BYTES: usize = 65_536;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

fn finish(headers: &mut HeaderMap, request_id: &str) {
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID, id);
    }
}

/// One line for each request, without anything the caller wrote.
fn log(
    method: &Method,
    vouched: Option<&Vouched>,
    request_id: &str,
    outcome: Result<http::StatusCode, &Arc<Error>>,
    started: tokio::time::Instant,
) {
    let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let operation = vouched.map_or("none", Vouched::operation);
    let tenant = vouched.map(|vouched| vouched.tenant().to_string()).unwrap_or_default();
    let key = vouched.map_or("", |vouched| vouched.caller().key.as_str());
    match outcome {
        Ok(status) => tracing::info!(
            request.id = request_id, request.method = %method, operation, tenant.id = tenant, key.id = key,
            status = status.as_u16(), duration_ms, "answered"
        ),
        Err(error) if error.problem().code.status() >= 500 => tracing::error!(
            request.id = request_id, request.method = %method, operation, tenant.id = tenant, key.id = key,
            code = error.problem().code.as_str(), error = %error, error.cause = cause(error), duration_ms, "failed"
        ),
        Err(error) => tracing::info!(
            request.id = request_id, request.method = %method, operation, tenant.id = tenant, key.id = key,
            code = error.problem().code.as_str(), duration_ms, "refused"
        ),
    }
}

fn cause(error: &Error) -> String {
    let mut causes = Vec::new();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        causes.push(cause.to_string());
        next = cause.source();
    }
    causes.join(": ")
}

#[cfg(test)]
mod tests {
    use domain::{clock::from_unix, policy::Environment, scope::Scopes};
    use http_body_util::BodyExt as _;
    use seal::{context, entropy::SystemEntropy, token::SigningKey};
    use testkit::fixed::FixedClock;

    use super::*;

    fn headers(name: HeaderName, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_str(value).unwrap());
        headers
    }

    #[test]
    fn an_idempotency_key_is_read_bare_or_quoted() {
        let key = |value: &str| idempotency_key(&headers(IDEMPOTENCY_KEY, value));
        let (bare, quoted) = ("8e03978e-40d5-43dd", "\"8e03978e-40d5-43dd\"");
        assert_eq!(key(bare).unwrap().as_deref(), Some(bare));
        assert_eq!(key(quoted).unwrap().as_deref(), Some(bare));
        for bad in ["short", "", "with a space in it ok", "quote\"in-the-middle-0"] {
            assert!(key(bad).is_err(), "{bad}");
        }
        assert!(key(&"x".repeat(255)).is_ok());
        assert!(key(&"x".repeat(256)).is_err());
    }

    #[test]
    fn json_is_told_by_its_media_type() {
        let json = |value: &str| is_json(&headers(header::CONTENT_TYPE, value));
        assert!(json("application/json") && json("Application/JSON; charset=UTF-8"));
        assert!(json("application/json;charset=\"utf-8\""));
        for bad in ["text/plain", "application/json; charset=latin1", "application/jsonx", ""] {
            assert!(!json(bad), "{bad}");
        }
    }

    #[test]
    fn refused_media_types_do_not_count_as_accepted() {
        let found =
            accepted(&headers(header::ACCEPT, "text/event-stream;q=0.9, Application/JSON ;q=0, */*;q=0.1"));
        assert_eq!(found, ["text/event-stream", "*/*"]);
    }

    #[tokio::test]
    async fn a_handler_that_panics_costs_its_own_request_only() {
        async fn broken() -> &'static str {
            panic!("row 17 of table x")
        }
        let key = SigningKey::from_seed(&*SigningKey::new_seed(&SystemEntropy)).unwrap();
        let clock = Arc::new(FixedClock::new(from_unix(1_790_000_000)));
        let now = clock.now();
        let contract = Contract::parse(&crate::openapi::openapi()).unwrap();
        let metrics =
            Arc::new(Metrics::new(&mut prometheus_client::registry::Registry::default(), &contract));
        let gate = Gate {
            contract,
            metrics,
            tracer: Tracer::default(),
            verifier: Verifier::new(key.verifying_key()),
            clock,
            entropy: Arc::new(SystemEntropy),
            router: axum::Router::new()
                .route("/api/v1/me", axum::routing::get(broken))
                .route("/api/v1/content-types", axum::routing::get(|| async { "fine" })),
            body_deadline: Duration::from_secs(1),
        };
        let ask = async |target: &str| {
            let caller = Caller {
                tenant: Id::new(now, &SystemEntropy),
                application: Id::new(now, &SystemEntropy),
                key: "k3v9x2qf7p".to_owned(),
                environment: Environment::Live,
                scopes: Scopes::all(),
                key_expires_at: None,
            };
            let bound = BoundRequest { method: "GET", target, body: b"" };
            let context = context::sign(&key, caller, &bound, "request-7", now, &SystemEntropy);
            let request =
                Request::get(target).header(HEADER, context).body(body::full(String::new())).unwrap();
            let response = gate.handle(request).await;
            let status = response.status().as_u16();
            let body = response.into_body().collect().await.unwrap().to_bytes();
            (status, String::from_utf8(body.to_vec()).unwrap())
        };
        let (status, problem) = ask("/api/v1/me").await;
        assert_eq!(status, 500);
        assert!(problem.contains("\"internal\"") && problem.contains("request-7"), "{problem}");
        assert!(!problem.contains("row 17"), "{problem}");
        assert_eq!(ask("/api/v1/content-types").await, (200, "fine".to_owned()));
    }
}
