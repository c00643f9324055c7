//! Connections to the parts behind the gateway: mutual TLS, our authority only, one name each.

use std::time::Duration;

use bytes::Bytes;
use http::uri::Authority;
use http_body_util::Full;
use hyper_rustls::{FixedServerNameResolver, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{self, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use rustls::{ClientConfig, pki_types::ServerName};

/// A client of one part, with a pool of connections.
pub(crate) type Client = legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// Returns a client that speaks HTTP/1.1 with whoever proves to be `name`.
pub(crate) fn client(tls: ClientConfig, name: &'static str) -> Client {
    let name = ServerName::try_from(name).expect("the parts' names are DNS names");
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(CONNECT_DEADLINE));
    // A peer that vanished without a word is noticed within some seconds, also while nothing is due from it.
    tcp.set_keepalive(Some(Duration::from_secs(3)));
    tcp.set_keepalive_interval(Some(Duration::from_secs(1)));
    tcp.set_keepalive_retries(Some(3));
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_only()
        .with_server_name_resolver(FixedServerNameResolver::new(name))
        .enable_http1()
        .wrap_connector(tcp);
    legacy::Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(256)
        .set_host(false)
        .build(connector)
}

/// Returns the URI of `target` at `authority`.
pub(crate) fn uri(authority: &Authority, target: http::uri::PathAndQuery) -> Result<http::Uri, http::Error> {
    http::Uri::builder().scheme("https").authority(authority.clone()).path_and_query(target).build()
}

const CONNECT_DEADLINE: Duration = Duration::from_secs(3);
/// Shorter than the ten seconds after which our servers close idle connections, so that none is used as it closes.
const IDLE: Duration = Duration::from_secs(5);
