//! The port for those who run a role: whether the process lives, whether it serves, and what it has counted.
//!
//! Plain HTTP on the loopback address, one request per connection, nothing that changes anything. Names of other hosts
//! are refused, so that a web page can't have a browser on the same machine read it under a name that the page made up.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use domain::{
    clock::Clock,
    problem::{Code, Problem},
};
use futures_util::future::BoxFuture;
use http::{HeaderValue, Method, Request, Response, header};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus_client::registry::Registry;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_util::sync::CancellationToken;

use crate::{
    body::{self, Body},
    config::{Settings, Variable},
    expiry::Shows,
    metrics, problem, transport,
};

/// Reads the loopback address of such a port: plain HTTP that asks nobody who they are is for this machine only. A bad one
/// is noted in `settings`.
pub fn address(settings: &mut Settings, variable: &Variable) -> Option<SocketAddr> {
    let address: SocketAddr = settings.read(variable)?;
    if address.ip().to_canonical().is_loopback() {
        return Some(address);
    }
    let example = variable.default.unwrap_or("127.0.0.1:8444");
    settings.complain(variable, format_args!("must be a loopback address, such as {example}"));
    None
}

/// Tells why the role can't serve; asked anew with each `/readyz`.
pub type Ready = Arc<dyn Fn() -> BoxFuture<'static, Result<(), &'static str>> + Send + Sync>;

/// What is answered to those who run a role.
#[derive(Clone)]
pub struct Operations {
    /// What is counted.
    pub registry: Arc<Registry>,
    /// What the role itself needs to serve. Who does not answer for five seconds is not ready.
    pub ready: Ready,
    /// Without each of these, in its time, nobody would believe who this is.
    pub certificates: Vec<Shows>,
    /// What that time is told by.
    pub clock: Arc<dyn Clock>,
    /// Cancelled when no new requests shall come.
    pub draining: CancellationToken,
}

impl Operations {
    /// Serves on `listener`, for as long as it is polled.
    pub async fn serve(self, listener: TcpListener) {
        if let Ok(address) = listener.local_addr() {
            tracing::info!(%address, "listening to those who run this role");
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
        let service = service_fn(|request: Request<Incoming>| async move {
            Ok::<_, Infallible>(self.answer(&request).await)
        });
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(DEADLINE)
            .keep_alive(false)
            .max_buf_size(8_192)
            .serve_connection(TokioIo::new(stream), service)
            .await
    }

    async fn answer<B>(&self, request: &Request<B>) -> Response<Body> {
        if !transport::is_this_machine(request) {
            return refuse(Problem::new(Code::NotFound).detail("ask under a name of this machine"));
        }
        let path = request.uri().path();
        if !["/livez", "/readyz", "/metrics"].contains(&path) {
            return refuse(Problem::new(Code::NotFound));
        }
        if request.method() != Method::GET && request.method() != Method::HEAD {
            let mut response = refuse(Problem::new(Code::Method));
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            return response;
        }
        match path {
            "/metrics" => self.metrics(),
            "/readyz" => self.readiness().await,
            _ => text("text/plain", "ok\n"),
        }
    }

    async fn readiness(&self) -> Response<Body> {
        let not = |why: &str| refuse(Problem::new(Code::Overloaded).detail(why));
        if self.draining.is_cancelled() {
            return not("running requests end, no new ones are taken");
        }
        let ready = tokio::time::timeout(PATIENCE, (self.ready)()).await;
        if let Err(why) = ready.unwrap_or(Err("what it stands on does not answer in time")) {
            not(why)
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
        match metrics::text(&self.registry) {
            Ok(counted) => text(metrics::CONTENT_TYPE, counted),
            Err(_) => refuse(Problem::new(Code::Internal)),
        }
    }
}

impl std::fmt::Debug for Operations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Operations")
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
/// For what the role stands on.
const PATIENCE: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;

    const ADDR: Variable = Variable { name: "ANP_ADDR", default: Some("127.0.0.1:1"), meaning: "" };

    fn operations(ready: Ready) -> Operations {
        Operations {
            registry: Arc::default(),
            ready,
            certificates: Vec::new(),
            clock: Arc::new(SystemClock),
            draining: CancellationToken::new(),
        }
    }

    fn ask(path: &str) -> Request<()> {
        Request::builder().uri(path).header("host", "localhost").body(()).unwrap()
    }

    #[test]
    fn those_who_run_a_role_are_told_at_loopback_addresses_only() {
        for (text, taken) in [
            ("127.0.0.1:8444", true),
            ("127.9.9.9:1", true),
            ("[::1]:8444", true),
            ("[::ffff:127.0.0.1]:8444", true),
            ("0.0.0.0:8444", false),
            ("[::]:8444", false),
            ("192.168.1.1:8444", false),
            ("[::ffff:10.0.0.1]:8444", false),
            ("[fe80::1]:8444", false),
            ("128.0.0.1:8444", false),
        ] {
            let mut settings = Settings::new([(ADDR.name.to_owned(), text.to_owned())]);
            assert_eq!(address(&mut settings, &ADDR).is_some(), taken, "{text}");
            assert_eq!(settings.finish([&ADDR]).is_ok(), taken, "{text}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_not_answer_whether_it_is_ready_is_not() {
        let silent = operations(Arc::new(|| Box::pin(std::future::pending())));
        assert_eq!(silent.answer(&ask("/readyz")).await.status(), 503);
        assert_eq!(silent.answer(&ask("/livez")).await.status(), 200);
        let answering = operations(Arc::new(|| Box::pin(async { Ok(()) })));
        assert_eq!(answering.answer(&ask("/readyz")).await.status(), 200);
        answering.draining.cancel();
        assert_eq!(answering.answer(&ask("/readyz")).await.status(), 503);
    }
}
