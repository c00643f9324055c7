//! The port for those who run the gateway: whether the process lives, whether it serves, and what it has counted.
//!
//! Plain HTTP on the loopback address, one request per connection, nothing that changes anything. Names of other hosts
//! are refused, so that a web page can't have a browser on the same machine read it under a name that the page made up.

use std::{convert::Infallible, sync::Arc, time::Duration};

use domain::{
    clock::Clock,
    problem::{Code, Problem},
};
use http::{HeaderValue, Method, Request, Response, header};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use serve::{
    body::{self, Body},
    expiry::Shows,
    problem, transport,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_util::sync::CancellationToken;

use crate::{
    metrics::{self, Metrics},
    policy::Policy,
};

/// What is answered to those who run the gateway.
#[derive(Clone)]
pub(crate) struct Operations {
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) policy: Arc<Policy>,
    pub(crate) certificates: [Shows; 2],
    pub(crate) clock: Arc<dyn Clock>,
    /// Cancelled when no new requests shall come.
    pub(crate) draining: CancellationToken,
}

impl Operations {
    /// Serves on `listener`, for as long as it is polled.
    pub(crate) async fn serve(self, listener: TcpListener) {
        if let Ok(address) = listener.local_addr() {
            tracing::info!(%address, "listening to those who run the gateway");
        }
        let slots = Arc::new(Semaphore::new(CONNECTIONS));
        loop {
            let slot = Arc::clone(&slots).acquire_owned().await;
            let Ok((stream, _)) = listener.accept().await else {
                // Running out of file descriptors must not become a busy loop.
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            let operations = self.clone();
            tokio::spawn(async move {
                let _slot = slot;
                // Who is slow is cut; the next one asks again in any case.
                let _ = tokio::time::timeout(DEADLINE, operations.connection(stream)).await;
            });
        }
    }

    async fn connection(&self, stream: TcpStream) -> Result<(), hyper::Error> {
        let service =
            service_fn(
                |request: Request<Incoming>| async move { Ok::<_, Infallible>(self.answer(&request)) },
            );
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(DEADLINE)
            .keep_alive(false)
            .max_buf_size(8_192)
            .serve_connection(TokioIo::new(stream), service)
            .await
    }

    fn answer<B>(&self, request: &Request<B>) -> Response<Body> {
        if !transport::is_this_machine(request) {
            return refuse(Problem::new(Code::NotFound).detail("ask under a name of this machine"));
        }
        let answer: fn(&Self) -> Response<Body> = match request.uri().path() {
            "/livez" => |_| text("text/plain", "ok\n"),
            "/readyz" => Self::ready,
            "/metrics" => Self::metrics,
            _ => return refuse(Problem::new(Code::NotFound)),
        };
        if request.method() == Method::GET || request.method() == Method::HEAD {
            return answer(self);
        }
        let mut response = refuse(Problem::new(Code::Method));
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        response
    }

    fn ready(&self) -> Response<Body> {
        let not = |why: &str| refuse(Problem::new(Code::Overloaded).detail(why));
        if self.draining.is_cancelled() {
            not("running requests end, no new ones are taken")
        } else if self.policy.version().is_none() {
            not("no policy is in force")
        } else if let Some(why) = self.unprovable() {
            not(why)
        } else {
            text("text/plain", "ok\n")
        }
    }

    /// Tells why nobody would believe who this is.
    fn unprovable(&self) -> Option<&'static str> {
        let ends: Option<Vec<_>> =
            self.certificates.iter().map(|(_, shown)| Some(shown.certificate()?.ends)).collect();
        match ends {
            None => Some("a certificate is not there yet"),
            Some(ends) if ends.iter().any(|end| *end <= self.clock.now()) => Some("a certificate has ended"),
            Some(_) => None,
        }
    }

    fn metrics(&self) -> Response<Body> {
        match self.metrics.text() {
            Ok(counted) => text(metrics::CONTENT_TYPE, counted),
            Err(_) => refuse(Problem::new(Code::Internal)),
        }
    }
}

fn text(content_type: &'static str, text: impl Into<bytes::Bytes>) -> Response<Body> {
    let mut response = Response::new(body::full(text));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// These requests are in no log, and have no id there.
fn refuse(problem: Problem) -> Response<Body> {
    problem::response(&problem, "-")
}

/// At the same time; more wait in the kernel's queue.
const CONNECTIONS: usize = 16;
/// For a whole connection.
const DEADLINE: Duration = Duration::from_secs(10);
