//! Accepts TLS connections, bounds everything that a client can make slow or large, and drains on shutdown.

use std::{future::Future, io, net::SocketAddr, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use domain::{
    clock::Clock as _,
    problem::{Code, Problem},
};
use futures_util::FutureExt as _;
use http::{HeaderValue, Request, Response, StatusCode, header};
use hyper::{body::Incoming, server::conn, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    activity::Activity,
    body::{self, Body},
    certificate::Certificate,
    clock::SystemClock,
    heads::{Ambiguity, Ambiguous, Watched},
    metrics::Connections,
    problem,
    stall::Unstalled,
    unread::RequestBody,
};

/// What one client, or all together, may take of us.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at the same time; more wait in the kernel's queue.
    pub connections: usize,
    /// For the TLS handshake.
    pub handshake: Duration,
    /// For a request's line and headers, all of them together; also how long an idle connection is kept.
    pub headers: Duration,
    /// Size of a request's line and headers in bytes.
    pub header_bytes: usize,
    /// Number of headers of a request.
    pub header_count: usize,
    /// For a client to take some of what is being sent to it.
    pub stall: Duration,
    /// HTTP/2 streams of one connection at the same time.
    pub streams: u32,
    /// For running requests to end after shutdown was asked for.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            handshake: Duration::from_secs(5),
            headers: Duration::from_secs(10),
            header_bytes: 16_384,
            header_count: 64,
            stall: Duration::from_secs(30),
            streams: 100,
            drain: Duration::from_secs(30),
        }
    }
}

/// Serves `handle` on `listener` until `shutdown`, then lets running requests end.
///
/// A handler that panics costs its own request only: the caller gets `internal`. Connections are `counted`.
pub async fn serve<H, F>(
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    limits: Limits,
    counted: Connections,
    shutdown: CancellationToken,
    handle: H,
) where
    H: Fn(Request<RequestBody>, SocketAddr) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response<Body>> + Send + 'static,
{
    if let Ok(address) = listener.local_addr() {
        tracing::info!(%address, version = env!("CARGO_PKG_VERSION"), "listening");
    }
    let acceptor = TlsAcceptor::from(tls);
    let slots = Arc::new(tokio::sync::Semaphore::new(limits.connections));
    let tasks = TaskTracker::new();
    loop {
        let slot = Arc::clone(&slots).acquire_owned();
        let (slot, accepted) = tokio::select! {
            () = shutdown.cancelled() => break,
            next = async { (slot.await, listener.accept().await) } => next,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                pause_after(&error).await;
                continue;
            }
        };
        let (acceptor, handle, shutdown) = (acceptor.clone(), handle.clone(), shutdown.clone());
        let counted = counted.clone();
        tasks.spawn(async move {
            let _slot = slot;
            let _open = counted.opened();
            connection(stream, peer, acceptor, limits, &counted, shutdown, handle).await;
        });
    }
    drop(listener);
    tasks.close();
    if tokio::time::timeout(limits.drain, tasks.wait()).await.is_err() {
        tracing::warn!(connections.left = tasks.len(), "gave up waiting for running requests");
    }
}

/// Running out of file descriptors must not become a busy loop.
async fn pause_after(error: &io::Error) {
    let of_one_client = matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    );
    if !of_one_client {
        tracing::warn!(error.kind = ?error.kind(), "can't accept connections");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn connection<H, F>(
    stream: TcpStream,
    peer: SocketAddr,
    acceptor: TlsAcceptor,
    limits: Limits,
    counted: &Connections,
    shutdown: CancellationToken,
    handle: H,
) where
    H: Fn(Request<RequestBody>, SocketAddr) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Response<Body>> + Send + 'static,
{
    let _ = stream.set_nodelay(true);
    let handshake = tokio::time::timeout(limits.handshake, acceptor.accept(stream));
    let stream = match handshake.await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            counted.failed(&error);
            return tracing::debug!(error.kind = ?error.kind(), "TLS handshake failed");
        }
        Err(_) => {
            counted.too_slow();
            return tracing::debug!("TLS handshake took too long");
        }
    };
    counted.shook_hands(stream.get_ref().1.protocol_version());
    let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    let peers_time = time_of_peer(stream.get_ref().1);
    let over = async {
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = peers_time => {}
        }
    };
    let activity = Arc::new(Activity::default());
    let requests = Arc::clone(&activity);
    let ambiguity = Ambiguity::default();
    let seen = ambiguity.clone();
    let service = service_fn(move |mut request: Request<Incoming>| {
        let running = is_http2.then(|| requests.begin());
        let too_many = request.headers().len() > limits.header_count;
        // The heads behind chunks are not looked at.
        let is_last = !is_http2 && request.headers().contains_key(header::TRANSFER_ENCODING);
        if seen.came() {
            request.extensions_mut().insert(Ambiguous);
        }
        let request = request.map(|body| RequestBody::new(body, is_http2));
        let answer = (!too_many).then(|| AssertUnwindSafe(handle(request, peer)).catch_unwind());
        async move {
            let mut response = match answer {
                // hyper answers the same over HTTP/1.1, where it counts.
                None => too_many_headers(),
                Some(answer) => answer.await.unwrap_or_else(|_| {
                    tracing::error!("a handler panicked");
                    problem::response(&Problem::new(Code::Internal), "")
                }),
            };
            if is_last {
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Ok::<_, std::convert::Infallible>(match running {
                Some(running) => response.map(|body| running.until_the_end_of(body)),
                None => response,
            })
        }
    });
    let stream = Unstalled::new(stream, limits.stall);
    let result = if is_http2 {
        let io = TokioIo::new(stream);
        let mut builder = conn::http2::Builder::new(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .max_concurrent_streams(limits.streams)
            .max_header_list_size(u32::try_from(limits.header_bytes).unwrap_or(u32::MAX))
            .max_pending_accept_reset_streams(20)
            .keep_alive_interval(limits.headers)
            .keep_alive_timeout(limits.headers);
        let mut connection = std::pin::pin!(builder.serve_connection(io, service));
        tokio::select! {
            result = connection.as_mut() => result,
            () = over => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
            // There is no way to end the one stream alone from here.
            () = activity.untaken_for(limits.stall) => Ok(()),
            () = activity.idle_for(limits.headers) => {
                connection.as_mut().graceful_shutdown();
                // Who has not even begun to speak HTTP/2 does not hear that.
                tokio::select! {
                    result = connection => result,
                    () = activity.idle_for(limits.headers) => Ok(()),
                }
            }
        }
    } else {
        let io = TokioIo::new(Watched::new(stream, ambiguity));
        let mut builder = conn::http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(limits.headers)
            .max_headers(limits.header_count)
            .max_buf_size(limits.header_bytes.max(8_192));
        let mut connection = std::pin::pin!(builder.serve_connection(io, service));
        tokio::select! {
            result = connection.as_mut() => result,
            () = over => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        }
    };
    if let Err(error) = result {
        counted.broke();
        tracing::debug!(error.message = %error, "connection ended early");
    }
}

/// Ends when the certificate ends that the client showed; never where it showed none. Who can not show a newer one by
/// then is not to go on with a connection from before.
fn time_of_peer(connection: &rustls::ServerConnection) -> impl Future<Output = ()> + Send + use<> {
    let shown = connection.peer_certificates().and_then(|chain| chain.first());
    let left = shown.and_then(Certificate::from_der).map(|certificate| certificate.left(SystemClock.now()));
    async move {
        match left {
            Some(left) => tokio::time::sleep(left.try_into().unwrap_or_default()).await,
            None => std::future::pending().await,
        }
    }
}

fn too_many_headers() -> Response<Body> {
    let mut response = Response::new(body::full(""));
    *response.status_mut() = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
    response
}
