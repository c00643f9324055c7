//! Passes a filtered request on to the API application, vouches for its caller, and passes the answer back.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use domain::{
    clock::{Clock, Entropy},
    problem::{Code, Problem},
};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, Uri, header};
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use seal::{
    context::{self, BoundRequest},
    token::SigningKey,
};
use serve::{body::BodyError, traces::Span};
use tokio::time::{Instant, Sleep};

use crate::{
    filter::{Filtered, Parts},
    limit::Ticket,
    metrics::{Failure, Metrics},
    upstream::{Answer, Error, Upstream},
};

/// The way to the API application.
#[derive(Debug)]
pub(crate) struct Forward {
    pub(crate) upstream: Arc<Upstream>,
    pub(crate) host: HeaderValue,
    pub(crate) signer: SigningKey,
    /// For the head of the answer.
    pub(crate) answer: Duration,
    /// For each piece of the answer after it.
    pub(crate) idle: Duration,
    pub(crate) metrics: Arc<Metrics>,
}

impl Forward {
    /// Forwards the request. The ticket is held until the answer has passed, so that a stream counts as running.
    pub(crate) async fn forward(
        &self,
        clock: &dyn Clock,
        entropy: &dyn Entropy,
        filtered: Filtered<'_>,
        ticket: Ticket,
        request_id: &str,
        mut span: Option<&mut Span>,
    ) -> Result<Response<Relay>, Problem> {
        let mut request = self.vouch(clock, entropy, filtered, request_id)?;
        if let Some(span) = &span {
            span.write(request.headers_mut());
        }
        let mut failed = |failure: Failure| {
            self.metrics.upstream_failed(failure);
            if let Some(span) = &mut span {
                span.fail(failure.as_str());
            }
        };
        let asked = Instant::now();
        let answer = match tokio::time::timeout(self.answer, self.upstream.send(request)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error @ Error::Connect(_))) => {
                tracing::warn!(error.message = %chain(&error), "can't reach the API application");
                failed(Failure::Unreachable);
                return Err(Problem::new(Code::Overloaded));
            }
            Ok(Err(error @ Error::Broken(_))) => {
                tracing::warn!(error.message = %chain(&error), "the API application broke off");
                failed(Failure::Broken);
                return Err(Problem::new(Code::ProviderError));
            }
            Err(_) => {
                failed(Failure::Timeout);
                return Err(Problem::new(Code::ProviderTimeout));
            }
        };
        self.metrics.upstream_answered(asked.elapsed());
        let (head, body) = answer.into_parts();
        // Whatever is refused here, its connection is closed with it and serves nobody else.
        if !is_ours(head.status, &head.headers) || !is_to(request_id, &head.headers) {
            tracing::error!(
                request.id = request_id,
                status = head.status.as_u16(),
                "the API application gave an answer that is not its own, or not to this request"
            );
            failed(Failure::Foreign);
            return Err(Problem::new(Code::ProviderError));
        }
        if let Some(span) = span {
            span.answered(Some(head.status));
        }
        let mut response = Response::new(Relay { body, idle: self.idle, waiting: None, _ticket: ticket });
        *response.status_mut() = head.status;
        *response.headers_mut() = returned_headers(head.headers);
        Ok(response)
    }

    fn vouch(
        &self,
        clock: &dyn Clock,
        entropy: &dyn Entropy,
        filtered: Filtered<'_>,
        request_id: &str,
    ) -> Result<Request<Full<Bytes>>, Problem> {
        let Parts { permit, method, target, mut headers, body } = filtered.into_parts();
        let bound = BoundRequest { method: method.as_str(), target: target.as_str(), body: &body };
        let caller = permit.caller().key().caller.clone();
        let context = context::sign(&self.signer, caller, &bound, request_id, clock.now(), entropy);
        let context = HeaderValue::try_from(context).map_err(|_| Problem::new(Code::Internal))?;
        headers.insert(CONTEXT, context);
        headers.insert(header::HOST, self.host.clone());
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = Uri::from(target);
        *request.headers_mut() = headers;
        Ok(request)
    }
}

/// Tells whether an answer has the form that the API application gives to its answers. Anything else comes from a
/// layer below it (a panic, a refused context) and is not for callers.
fn is_ours(status: StatusCode, headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).map(|value| value.as_bytes());
    let is = |media_type: &str| {
        content_type.is_some_and(|value| {
            value.strip_prefix(media_type.as_bytes()).is_some_and(|rest| rest.is_empty() || rest[0] == b';')
        })
    };
    match status.as_u16() {
        // It refuses contexts, never callers: those were identified here.
        401 => false,
        204 | 304 => true,
        200..=299 => content_type.is_none() || is("application/json") || is("text/event-stream"),
        400..=599 => is("application/problem+json"),
        _ => false,
    }
}

/// Tells whether an answer is to the request with this id: the API application says which it answers. Answers can only
/// be out of step if something between us and the application is broken; then a caller gets none rather than another's.
fn is_to(request_id: &str, headers: &HeaderMap) -> bool {
    headers
        .get(serve::problem::REQUEST_ID)
        .is_none_or(|answered| answered.as_bytes() == request_id.as_bytes())
}

fn returned_headers(mut answered: HeaderMap) -> HeaderMap {
    // Room for what every answer carries.
    let mut returned = HeaderMap::with_capacity(12);
    for name in &RETURNED {
        if let Some(value) = answered.remove(name) {
            returned.insert(name.clone(), value);
        }
    }
    returned
}

/// Returns an error with its causes, for the log.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// The body of an answer under way: passed on piece by piece, given up when no piece comes for too long.
#[derive(Debug)]
pub(crate) struct Relay {
    body: Answer,
    idle: Duration,
    /// Made only once the next piece is not there yet: most answers are complete at once.
    waiting: Option<Pin<Box<Sleep>>>,
    _ticket: Ticket,
}

/// The API application was silent for too long in the middle of an answer.
#[derive(Debug, thiserror::Error)]
#[error("no piece of the answer came in time")]
struct Silent;

impl Body for Relay {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        match Pin::new(&mut this.body).poll_frame(context) {
            Poll::Ready(Some(Ok(frame))) if frame.is_data() => {
                this.waiting = None;
                Poll::Ready(Some(Ok(frame)))
            }
            // Trailers have no meaning here.
            Poll::Ready(Some(Ok(_)) | None) => Poll::Ready(None),
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(error.into()))),
            Poll::Pending => {
                let idle = this.idle;
                let waiting = this.waiting.get_or_insert_with(|| Box::pin(tokio::time::sleep(idle)));
                ready!(waiting.as_mut().poll(context));
                Poll::Ready(Some(Err(Silent.into())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

const CONTEXT: HeaderName = HeaderName::from_static(context::HEADER);

/// All that is passed back of what the API application answers.
static RETURNED: [HeaderName; 12] = [
    header::CONTENT_TYPE,
    header::CONTENT_LENGTH,
    header::CONTENT_LANGUAGE,
    header::ETAG,
    header::LOCATION,
    header::LINK,
    header::ALLOW,
    header::RETRY_AFTER,
    HeaderName::from_static("idempotency-replayed"),
    HeaderName::from_static("ai-disclosure"),
    HeaderName::from_static("deprecation"),
    HeaderName::from_static("sunset"),
];
