//! One connection to the store: TLS where it is asked for, and no more of an answer than fits.

use std::{
    fmt, io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use redis::{RedisConnectionInfo, Value, aio::MultiplexedConnection};
use rustls::{ClientConfig, pki_types::ServerName};
use seal::counter::{Count, CounterKey, GATEWAY_BYTES, Name, SEALED_BYTES};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    task::JoinHandle,
};
use tokio_rustls::TlsConnector;
use zeroize::Zeroizing;

use super::Error;

/// Where the store is, and how much it may take.
#[derive(Clone)]
pub(crate) struct StoreConfig {
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The number of the database.
    pub(crate) database: u16,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<Zeroizing<String>>,
    /// How the store is known; `None`: it is on this machine and speaks plain TCP.
    pub(crate) tls: Option<Arc<ClientConfig>>,
    /// What names and authenticates counts.
    pub(crate) key: CounterKey,
    /// How long an exchange may take.
    pub(crate) answer: Duration,
}

impl fmt::Debug for StoreConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreConfig")
            .field("host", &self.host)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

/// What is written to the store.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) name: Name,
    pub(super) gateway: [u8; GATEWAY_BYTES],
    pub(super) sealed: [u8; SEALED_BYTES],
    pub(super) count: Count,
    pub(super) ttl: Duration,
}

/// A connection to the store.
pub(super) struct Connection {
    commands: MultiplexedConnection,
    budget: Arc<AtomicUsize>,
    driver: JoinHandle<()>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Connection {
    pub(super) async fn open(config: &StoreConfig) -> Result<Self, Error> {
        let unreachable = |error: io::Error| Error::Unreachable(error.to_string());
        let stream = TcpStream::connect((config.host.as_str(), config.port)).await.map_err(unreachable)?;
        stream.set_nodelay(true).map_err(unreachable)?;
        let Some(tls) = &config.tls else { return Self::speak(config, stream).await };
        let name = ServerName::try_from(config.host.clone())
            .map_err(|error| Error::Unreachable(error.to_string()))?;
        let stream = TlsConnector::from(Arc::clone(tls)).connect(name, stream).await.map_err(unreachable)?;
        Self::speak(config, stream).await
    }

    async fn speak<S>(config: &StoreConfig, stream: S) -> Result<Self, Error>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let budget = Arc::new(AtomicUsize::new(MOST_BYTES));
        let stream = Budgeted { stream, budget: Arc::clone(&budget) };
        let mut info = RedisConnectionInfo::default().set_db(config.database.into()).set_skip_set_lib_name();
        if let Some(user) = &config.user {
            info = info.set_username(user);
        }
        if let Some(password) = &config.password {
            info = info.set_password(password.as_str());
        }
        let connected = redis::AsyncConnectionConfig::new().set_response_timeout(None);
        let broken = |error: redis::RedisError| Error::Unreachable(told(&error));
        let (commands, driver) =
            MultiplexedConnection::new_with_config(&info, stream, connected).await.map_err(broken)?;
        Ok(Self { commands, budget, driver: tokio::spawn(driver) })
    }

    /// Writes `records`, and returns what stands under the name of each afterwards.
    pub(super) async fn exchange(&mut self, records: &[Record]) -> Result<Vec<Vec<Vec<u8>>>, Error> {
        self.budget.store(MOST_BYTES, Ordering::Relaxed);
        let mut commands = redis::Pipeline::with_capacity(records.len() * 3);
        for Record { name, gateway, sealed, ttl, .. } in records {
            let millis = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX);
            commands.cmd("HSET").arg(&name[..]).arg(&gateway[..]).arg(&sealed[..]).ignore();
            commands.cmd("PEXPIRE").arg(&name[..]).arg(millis).ignore();
            commands.cmd("HVALS").arg(&name[..]);
        }
        let replied: Vec<Value> =
            commands.query_async(&mut self.commands).await.map_err(|error| Error::Broken(told(&error)))?;
        if replied.len() != records.len() {
            return Err(Error::Broken("another number of answers than of questions".to_owned()));
        }
        Ok(replied.into_iter().map(values).collect())
    }
}

/// Returns the strings in a list; what is none is left out.
fn values(reply: Value) -> Vec<Vec<u8>> {
    let (Value::Array(list) | Value::Set(list)) = reply else { return Vec::new() };
    let strings = list.into_iter().filter_map(|value| match value {
        Value::BulkString(bytes) => Some(bytes),
        _ => None,
    });
    strings.take(MOST_GATEWAYS).collect()
}

/// Returns an error for the log: what kind it is, and nothing that the store says, which could be anything.
fn told(error: &redis::RedisError) -> String {
    error.category().to_owned()
}

/// A stream of which only so much is read.
struct Budgeted<S> {
    stream: S,
    budget: Arc<AtomicUsize>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Budgeted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        let read = buffer.filled().len() - before;
        let spent =
            self.budget.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(read));
        if spent.is_err() {
            return Poll::Ready(Err(io::Error::other("the store says too much")));
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Budgeted<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// How much of one answer is read: many times what the records of many gateways take.
const MOST_BYTES: usize = 4 * 1_024 * 1_024;
/// How many gateways, restarted ones included, are looked at in one window.
const MOST_GATEWAYS: usize = 1_024;
