//! A client of the gateway: requests over HTTP/1.1 or HTTP/2, and raw bytes for what no client library sends.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::{
    client::legacy,
    rt::{TokioExecutor, TokioIo},
};
use rustls::pki_types::ServerName;
use seal::api_key::PlainKey;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::harness::within;

type Pool = legacy::Client<hyper_rustls::HttpsConnector<legacy::connect::HttpConnector>, Full<Bytes>>;

/// A client that trusts the test's authority.
pub(crate) struct Client {
    address: SocketAddr,
    tls: rustls::ClientConfig,
    pool: Pool,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answered {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Returns status and problem code, after checking that it is a problem of ours.
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(self.headers["content-type"], "application/problem+json", "{self:?}");
        let json = self.json();
        assert_eq!(json["status"], self.status.as_u16());
        assert_eq!(json["instance"], self.header("x-request-id"));
        (self.status.as_u16(), json["code"].as_str().unwrap().to_owned())
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Client {
    pub(crate) fn new(address: SocketAddr, authority_pem: &str) -> Self {
        let tls = serve::tls::client(None, authority_pem).unwrap();
        let connector = hyper_rustls::HttpsConnectorBuilder::new()
            .with_tls_config(tls.clone())
            .https_only()
            .enable_http1()
            .build();
        let pool = legacy::Client::builder(TokioExecutor::new()).build(connector);
        Self { address, tls, pool }
    }

    pub(crate) fn request(
        &self,
        method: &str,
        target: &str,
        key: Option<&PlainKey>,
    ) -> http::request::Builder {
        let builder = Request::builder().method(method).uri(format!("https://{}{target}", self.address));
        match key {
            Some(key) => builder.header("authorization", format!("Bearer {}", key.reveal())),
            None => builder,
        }
    }

    pub(crate) async fn send_raw_request(&self, request: Request<Full<Bytes>>) -> Response<Incoming> {
        within(self.pool.request(request)).await.unwrap()
    }

    pub(crate) async fn send(&self, request: Request<Full<Bytes>>) -> Answered {
        read(self.send_raw_request(request).await).await
    }

    pub(crate) async fn get(&self, target: &str, key: &PlainKey) -> Answered {
        self.send(self.request("GET", target, Some(key)).body(Full::default()).unwrap()).await
    }

    pub(crate) async fn post(&self, target: &str, key: &PlainKey, body: &'static str) -> Answered {
        self.send(self.post_request(target, key, body)).await
    }

    pub(crate) fn post_request(
        &self,
        target: &str,
        key: &PlainKey,
        body: &'static str,
    ) -> Request<Full<Bytes>> {
        let request = self.request("POST", target, Some(key)).header("content-type", "application/json");
        request.body(Full::new(Bytes::from_static(body.as_bytes()))).unwrap()
    }

    /// Opens a TLS connection that offers `protocol` by ALPN.
    pub(crate) async fn connect(&self, protocol: &str) -> std::io::Result<TlsStream<TcpStream>> {
        let mut tls = self.tls.clone();
        tls.alpn_protocols = vec![protocol.as_bytes().to_vec()];
        let stream = TcpStream::connect(self.address).await?;
        let name = ServerName::try_from("localhost").unwrap();
        TlsConnector::from(Arc::new(tls)).connect(name, stream).await
    }

    /// Sends `bytes` as they are, and returns all that comes until the gateway closes or is silent for a second.
    pub(crate) async fn raw(&self, bytes: &[u8]) -> Raw {
        let mut stream = within(self.connect("http/1.1")).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        read_raw(&mut stream, Duration::from_secs(1)).await
    }

    /// Opens an HTTP/2 connection.
    pub(crate) async fn http2<B>(&self) -> hyper::client::conn::http2::SendRequest<B>
    where
        B: http_body::Body<Data = Bytes, Error = Infallible> + Unpin + Send + 'static,
    {
        let stream = within(self.connect("h2")).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
        let io = TokioIo::new(stream);
        let (sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await.unwrap();
        tokio::spawn(connection);
        sender
    }
}

/// What came over a raw connection.
#[derive(Debug)]
pub(crate) struct Raw {
    pub(crate) text: String,
    pub(crate) closed: bool,
}

impl Raw {
    /// Returns the status of each answer that came.
    pub(crate) fn statuses(&self) -> Vec<u16> {
        let parts = self.text.split("HTTP/1.1 ").skip(1);
        parts.map(|part| part[..3].parse().unwrap()).collect()
    }
}

pub(crate) async fn read_raw(stream: &mut TlsStream<TcpStream>, silence: Duration) -> Raw {
    let mut text = Vec::new();
    let mut chunk = [0; 4_096];
    loop {
        match tokio::time::timeout(silence, stream.read(&mut chunk)).await {
            Ok(Ok(0) | Err(_)) => return Raw { text: String::from_utf8(text).unwrap(), closed: true },
            Ok(Ok(count)) => text.extend_from_slice(&chunk[..count]),
            Err(_) => return Raw { text: String::from_utf8(text).unwrap(), closed: false },
        }
    }
}

pub(crate) async fn read(response: Response<Incoming>) -> Answered {
    let (head, body) = response.into_parts();
    let body = within(body.collect()).await.unwrap().to_bytes();
    Answered { status: head.status, headers: head.headers, body }
}
