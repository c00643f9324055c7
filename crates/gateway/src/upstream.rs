//! Connections to the parts behind the gateway: mutual TLS, our authority only, one name each.
//!
//! A connection has no task of its own. Who waits for an answer drives it, so that a request costs no hand-over between
//! tasks, and is gone with all it holds once its client is.

use std::{
    future::{Future, poll_fn},
    io,
    pin::{Pin, pin},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, uri::Authority};
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use hyper::{
    body::Incoming,
    client::conn::{TrySendError, http1},
};
use hyper_util::rt::TokioIo;
use prometheus_client::metrics::counter::Counter;
use rustls::pki_types::ServerName;
use serve::{shown::Shown, tls, trust::Authorities};
use socket2::{SockRef, TcpKeepalive};
use tokio::{
    net::TcpStream,
    time::{Instant, timeout},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// How the gateway shows itself, and whom it believes. Both may change while it runs.
pub(crate) struct Outgoing {
    connector: TlsConnector,
    shown: Arc<Shown>,
    trusted: Arc<Authorities>,
}

/// One part, and the connections to it that wait for a request.
pub(crate) struct Upstream {
    tls: Outgoing,
    name: ServerName<'static>,
    authority: Authority,
    idle: Mutex<Vec<Idle>>,
    connects: Counter,
}

/// There is no answer, and why.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The part can't be reached, or does not prove to be itself. Nothing was sent.
    #[error("can't connect")]
    Connect(#[from] io::Error),
    /// The part broke off after it was asked.
    #[error("it broke off")]
    Broken(#[from] hyper::Error),
}

impl Outgoing {
    pub(crate) fn new(shown: &Arc<Shown>, trusted: &Arc<Authorities>) -> Result<Self, tls::Error> {
        let connector = TlsConnector::from(Arc::new(tls::outgoing(Some(shown), trusted)?));
        Ok(Self { connector, shown: Arc::clone(shown), trusted: Arc::clone(trusted) })
    }

    /// Returns a higher value once a certificate or an authority was replaced.
    fn epoch(&self) -> u64 {
        self.shown.changes() + self.trusted.changes()
    }
}

impl Upstream {
    /// Returns the way to whoever proves to be `name` at `authority`; HTTP/1.1 is spoken.
    pub(crate) fn new(tls: Outgoing, name: &'static str, authority: Authority) -> Arc<Self> {
        let name = ServerName::try_from(name).expect("the parts' names are DNS names");
        Arc::new(Self { tls, name, authority, idle: Mutex::default(), connects: Counter::default() })
    }

    /// Returns what counts the connections that were opened.
    pub(crate) fn connects(&self) -> Counter {
        self.connects.clone()
    }

    /// Sends a request, whose URI is a path, and returns the answer. Its body holds the connection until it has passed.
    pub(crate) async fn send(
        self: &Arc<Self>,
        mut request: Request<Full<Bytes>>,
    ) -> Result<Response<Answer>, Error> {
        while let Some(mut connection) = self.waiting().await {
            match connection.exchange(request).await {
                Ok(response) => return Ok(self.answer(response, connection)),
                Err(mut failed) => match failed.take_message() {
                    // It was closed before anything of the request was written.
                    Some(unsent) => request = unsent,
                    None => return Err(failed.into_error().into()),
                },
            }
        }
        let mut connection = self.connect().await?;
        match connection.exchange(request).await {
            Ok(response) => Ok(self.answer(response, connection)),
            Err(failed) => Err(failed.into_error().into()),
        }
    }

    /// Takes the connection that was used last, if there is one that still holds.
    async fn waiting(&self) -> Option<Connection> {
        loop {
            let Idle { mut connection, since } = self.idle().pop()?;
            if since.elapsed() >= IDLE {
                // Those below it wait even longer.
                self.idle().clear();
                return None;
            }
            if connection.epoch != self.tls.epoch() {
                continue;
            }
            if connection.is_open().await {
                return Some(connection);
            }
        }
    }

    fn keep(&self, connection: Connection) {
        let mut idle = self.idle();
        if idle.len() < MAX_IDLE {
            idle.push(Idle { connection, since: Instant::now() });
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(self: &Arc<Self>, response: Response<Incoming>, connection: Connection) -> Response<Answer> {
        response.map(|body| Answer { body, held: Some((Arc::clone(self), connection)) })
    }

    async fn connect(&self) -> Result<Connection, Error> {
        let epoch = self.tls.epoch();
        let stream = self.dial().await?;
        let secured = timeout(CONNECT_DEADLINE, self.tls.connector.connect(self.name.clone(), stream));
        let stream = secured.await.map_err(io::Error::from)??;
        self.connects.inc();
        let (sender, driver) = http1::handshake(TokioIo::new(stream)).await?;
        Ok(Connection { sender, driver: Box::pin(driver), ended: false, epoch })
    }

    /// Connects to the first address that answers; all of them share the deadline.
    async fn dial(&self) -> io::Result<TcpStream> {
        let port = self.authority.port_u16().unwrap_or(443);
        let host = self.authority.host().trim_start_matches('[').trim_end_matches(']');
        let resolved = timeout(CONNECT_DEADLINE, tokio::net::lookup_host((host, port))).await?;
        let addresses: Vec<_> = resolved?.collect();
        let share = CONNECT_DEADLINE / u32::try_from(addresses.len()).unwrap_or(1).max(1);
        let mut failed = io::Error::from(io::ErrorKind::NotFound);
        for address in addresses {
            match timeout(share, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    stream.set_nodelay(true)?;
                    SockRef::from(&stream).set_tcp_keepalive(&keepalive())?;
                    return Ok(stream);
                }
                Ok(Err(error)) => failed = error,
                Err(late) => failed = late.into(),
            }
        }
        Err(failed)
    }
}

impl std::fmt::Debug for Upstream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upstream").field("authority", &self.authority).finish_non_exhaustive()
    }
}

struct Idle {
    connection: Connection,
    since: Instant,
}

type Driver = http1::Connection<TokioIo<TlsStream<TcpStream>>, Full<Bytes>>;

/// A connection, and what must be polled for anything to happen on it.
struct Connection {
    sender: http1::SendRequest<Full<Bytes>>,
    driver: Pin<Box<Driver>>,
    ended: bool,
    /// What was shown and believed when it was opened; it serves no longer than that.
    epoch: u64,
}

impl Connection {
    /// Lets happen what can happen now.
    fn drive(&mut self, context: &mut Context<'_>) {
        if !self.ended && self.driver.as_mut().poll(context).is_ready() {
            // An error reaches who waits for the answer or for its body.
            self.ended = true;
        }
    }

    /// Tells whether the other side has not closed it meanwhile.
    async fn is_open(&mut self) -> bool {
        poll_fn(|context| {
            self.drive(context);
            Poll::Ready(!self.ended && self.sender.is_ready())
        })
        .await
    }

    async fn exchange(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, TrySendError<Request<Full<Bytes>>>> {
        let mut answered = pin!(self.sender.try_send_request(request));
        poll_fn(|context| {
            self.drive(context);
            answered.as_mut().poll(context)
        })
        .await
    }
}

/// The body of an answer. Once it has passed, its connection waits for the next request.
pub(crate) struct Answer {
    body: Incoming,
    held: Option<(Arc<Upstream>, Connection)>,
}

impl Answer {
    fn release(&mut self) {
        if let Some((upstream, connection)) = self.held.take() {
            upstream.keep(connection);
        }
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let this = self.get_mut();
        // Asking tells the connection that more is wanted; only then it reads on.
        let mut polled = Pin::new(&mut this.body).poll_frame(context);
        if polled.is_pending()
            && let Some((_, connection)) = &mut this.held
        {
            connection.drive(context);
            polled = Pin::new(&mut this.body).poll_frame(context);
        }
        let over = match &polled {
            Poll::Ready(Some(Ok(_))) => this.body.is_end_stream(),
            Poll::Ready(None) => true,
            Poll::Ready(Some(Err(_))) | Poll::Pending => false,
        };
        if over {
            this.release();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Answer")
    }
}

/// A peer that vanished without a word is noticed within some seconds, also while nothing is due from it.
fn keepalive() -> TcpKeepalive {
    TcpKeepalive::new()
        .with_time(Duration::from_secs(3))
        .with_interval(Duration::from_secs(1))
        .with_retries(3)
}

const CONNECT_DEADLINE: Duration = Duration::from_secs(3);
/// Shorter than the ten seconds after which our servers close idle connections, so that none is used as it closes.
const IDLE: Duration = Duration::from_secs(5);
/// More than this many connections do not wait for requests.
const MAX_IDLE: usize = 256;
