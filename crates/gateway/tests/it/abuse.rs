//! Bytes that no client library sends (threats A1 and D6).

use std::time::Duration;

use bytes::Bytes;
use domain::scope::{Scope, Scopes};
use http_body::Frame;
use http_body_util::{BodyExt as _, Full, StreamBody};
use serve::tls;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{
    client::read_raw,
    harness::{PLENTY, World, json, within},
};

#[tokio::test]
async fn ambiguous_framing_never_smuggles_a_second_request() {
    let mut world = World::new().await;
    world.change = Box::new(|config| config.requests.unidentified.requests = 10_000);
    let (served, key) = world.start_with_key().await;
    let auth = format!("Authorization: Bearer {}\r\nContent-Type: application/json\r\n", key.reveal());
    let smuggled = format!("GET /api/v1/usage HTTP/1.1\r\nHost: x\r\n{auth}\r\n");
    let body = "{\"name\":\"a\"}";
    let chunked = format!("c\r\n{body}\r\n0\r\n\r\n");
    let post = |headers: &str, rest: &str| {
        format!("POST /api/v1/things HTTP/1.1\r\nHost: x\r\n{auth}{headers}\r\n{rest}{smuggled}")
    };
    for (what, bytes) in [
        ("both, length first", post("Content-Length: 12\r\nTransfer-Encoding: chunked\r\n", &chunked)),
        ("both, length last", post("Transfer-Encoding: chunked\r\nContent-Length: 12\r\n", &chunked)),
        ("both, length zero", post("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", &chunked)),
        ("two lengths", post("Content-Length: 12\r\nContent-Length: 13\r\n", body)),
        ("list of lengths", post("Content-Length: 12, 13\r\n", body)),
        ("signed length", post("Content-Length: +12\r\n", body)),
        ("negative length", post("Content-Length: -1\r\n", body)),
        ("chunked not last", post("Transfer-Encoding: chunked, identity\r\n", &chunked)),
        ("unknown coding", post("Transfer-Encoding: xchunked\r\n", &chunked)),
        ("another coding below", post("Transfer-Encoding: gzip, chunked\r\n", &chunked)),
        ("chunked twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", &chunked)),
        ("space before the colon", post("Transfer-Encoding : chunked\r\n", &chunked)),
        ("folded", post("X-A: b\r\n Transfer-Encoding: chunked\r\n", &chunked)),
        ("folded coding", post("Transfer-Encoding:\r\n chunked\r\n", &chunked)),
        ("bad chunk size", post("Transfer-Encoding: chunked\r\n", &format!("0xc\r\n{body}\r\n0\r\n\r\n"))),
        (
            "huge chunk size",
            post("Transfer-Encoding: chunked\r\n", &format!("fffffffffffffffff\r\n{body}\r\n0\r\n\r\n")),
        ),
        ("NUL in a header", post("X-A: \0\r\nContent-Length: 12\r\n", body)),
    ] {
        let answer = served.client.raw(bytes.as_bytes()).await;
        let arrived = world.api.take();
        assert!(arrived.iter().all(|one| one.target == "/api/v1/things"), "{what}: smuggled");
        assert!(arrived.len() <= 1, "{what}");
        assert!(arrived.iter().all(|one| one.body == body && one.context.is_ok()), "{what}");
        assert!(answer.closed, "{what}: the connection stays open: {}", answer.text);
        assert!(answer.statuses().len() <= 1, "{what}: {}", answer.text);
        assert!(arrived.is_empty(), "{what} was served: {}", answer.text);
        assert_eq!(answer.statuses(), [400], "{what}: {}", answer.text);
    }
}

#[tokio::test]
async fn requests_that_name_their_host_twice_or_not_at_all_are_refused() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    let auth = format!("Authorization: Bearer {}\r\nConnection: close\r\n", key.reveal());
    for bytes in [
        format!("GET /api/v1/me HTTP/1.1\r\nHost: a\r\nHost: b\r\n{auth}\r\n"),
        format!("GET /api/v1/me HTTP/1.1\r\nHost: a\r\nHost: a\r\n{auth}\r\n"),
        format!("GET /api/v1/me HTTP/1.1\r\n{auth}\r\n"),
        format!("GET /api/v1/me HTTP/1.0\r\nHost: a\r\n{auth}\r\n"),
        format!("GET https://elsewhere/api/v1/me HTTP/1.1\r\nHost: a\r\n{auth}\r\n"),
        format!("GET /api/v1/me HTTP/3.7\r\nHost: a\r\n{auth}\r\n"),
        format!("GET /api/v1/me\r\nHost: a\r\n{auth}\r\n"),
        format!("CONNECT localhost:7443 HTTP/1.1\r\nHost: a\r\n{auth}\r\n"),
        format!("GET /api/v1/ me HTTP/1.1\r\nHost: a\r\n{auth}\r\n"),
    ] {
        let answer = served.client.raw(bytes.as_bytes()).await;
        let status = answer.statuses().first().copied().unwrap_or(400);
        assert_eq!(status, 400, "{bytes}: {}", answer.text);
    }
    assert!(world.api.take().is_empty());
}

#[tokio::test]
async fn a_pipelined_second_request_is_judged_by_itself() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    let auth = format!("Authorization: Bearer {}\r\n", key.reveal());
    let bytes = format!(
        "GET /api/v1/me HTTP/1.1\r\nHost: x\r\n{auth}\r\nGET /api/v1/usage HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    );
    assert_eq!(served.client.raw(bytes.as_bytes()).await.statuses(), [200, 401]);
    assert_eq!(world.api.take().len(), 1);
}

#[tokio::test]
async fn headers_without_end_are_refused() {
    let world = World::new().await;
    let (served, _) = world.start_with_key().await;
    for head in [
        format!("GET /api/v1/me HTTP/1.1\r\nHost: x\r\n{}\r\n", "X-A: b\r\n".repeat(100_000)),
        format!("GET /api/v1/me HTTP/1.1\r\nHost: x\r\n{}\r\n", "X-A: b\r\n".repeat(65)),
        format!("GET /api/v1/me HTTP/1.1\r\nHost: x\r\nX-A: {}\r\n\r\n", "b".repeat(100_000)),
        format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(100_000)),
    ] {
        let mut stream = within(served.client.connect("http/1.1")).await.unwrap();
        // The gateway may close before all is written.
        let _ = stream.write_all(head.as_bytes()).await;
        let answer = read_raw(&mut stream, Duration::from_secs(2)).await;
        assert!(answer.closed, "{:.60}", head);
        assert!(answer.statuses().iter().all(|status| [400, 414, 431].contains(status)), "{}", answer.text);
    }
    assert!(world.api.take().is_empty());
}

#[tokio::test]
async fn slow_headers_are_cut_however_often_a_byte_comes() {
    let mut world = World::new().await;
    world.change = Box::new(|config| config.connections.headers = Duration::from_millis(600));
    let (served, _) = world.start_with_key().await;
    let mut stream = within(served.client.connect("http/1.1")).await.unwrap();
    let mut sent = b"GET /api/v1/me HTTP/1.1\r\nHost: x\r\nX-A: ".iter().chain(std::iter::repeat(&b'a'));
    let cut = within(async {
        loop {
            if stream.write_all(&[*sent.next().unwrap()]).await.is_err() {
                return;
            }
            let mut answer = [0; 512];
            let read = tokio::time::timeout(Duration::from_millis(20), stream.read(&mut answer));
            if let Ok(Ok(0) | Err(_)) = read.await {
                return;
            }
        }
    });
    cut.await;
}

#[tokio::test]
async fn slow_bodies_are_cut_however_often_a_byte_comes() {
    let mut world = World::new().await;
    world.change = Box::new(|config| config.requests.body = Duration::from_millis(500));
    let (served, key) = world.start_with_key().await;
    let mut stream = within(served.client.connect("http/1.1")).await.unwrap();
    let head = format!(
        "POST /api/v1/things HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n",
        key.reveal()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut text = Vec::new();
    within(async {
        let mut chunk = [0; 4_096];
        while text.is_empty() {
            let _ = stream.write_all(b" ").await;
            if let Ok(Ok(count)) =
                tokio::time::timeout(Duration::from_millis(20), stream.read(&mut chunk)).await
            {
                text.extend_from_slice(&chunk[..count]);
            }
        }
    })
    .await;
    let text = String::from_utf8(text).unwrap();
    assert!(text.starts_with("HTTP/1.1 408 ") && text.contains("request-timeout"), "{text}");
    assert!(world.api.take().is_empty());
    // And it does not keep its place among the running requests.
    assert_eq!(served.client.get("/api/v1/me", &key).await.status, 200);
}

#[tokio::test]
async fn a_client_that_sends_all_of_a_refused_body_before_it_reads_gets_the_answer() {
    let mut world = World::new().await;
    world.change = Box::new(|config| config.requests.unidentified.requests = 2);
    let tenant = world.tenant(PLENTY, PLENTY);
    let (key, reader) =
        (world.key(tenant, Scopes::all()), world.key(tenant, [Scope::StyleRead].into_iter().collect()));
    let served = world.start().await;
    let (key, reader) = (key.reveal(), reader.reveal());
    let body = vec![b' '; 70_000];
    for (target, key, media_type, status) in [
        ("/api/v1/things", key, "application/json", 413),
        ("/api/v1/things", key, "text/plain", 415),
        ("/api/v1/nothing", key, "application/json", 404),
        ("/api/v1/things", reader, "application/json", 403),
        ("/api/v1/things", "anp_live_nobody", "application/json", 401),
        ("/api/v1/things", "anp_live_nobody", "application/json", 429),
    ] {
        for _ in 0..if status == 413 { 20 } else { 1 } {
            let mut stream = within(served.client.connect("http/1.1")).await.unwrap();
            let head = post(target, key, media_type, body.len());
            stream.write_all(head.as_bytes()).await.unwrap();
            for piece in body.chunks(10_000) {
                stream.write_all(piece).await.unwrap();
                // The answer, and with it the end of the gateway's side, comes after the first of them.
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            let answer = read_raw(&mut stream, Duration::from_secs(2)).await;
            assert_eq!(answer.statuses(), [status], "{target}: {}", answer.text);
            assert!(answer.text.contains("application/problem+json") && answer.closed, "{}", answer.text);
        }
    }
    assert!(world.api.take().is_empty());
}

#[tokio::test]
async fn a_client_that_never_stops_sending_a_refused_body_is_cut() {
    let mut world = World::new().await;
    world.change = Box::new(|config| config.connections.connections = 1);
    let (served, key) = world.start_with_key().await;
    let mut stream = within(served.client.connect("http/1.1")).await.unwrap();
    let head = post("/api/v1/things", key.reveal(), "application/json", 1_000_000_000);
    stream.write_all(head.as_bytes()).await.unwrap();
    let piece = vec![b' '; 100_000];
    within(async { while stream.write_all(&piece).await.is_ok() {} }).await;
    // It does not keep its place among the connections.
    assert_eq!(served.client.get("/api/v1/me", &key).await.status, 200);
}

#[tokio::test]
async fn a_refused_body_over_http2_costs_its_own_stream_only() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    let mut sender = served.client.http2().await;
    for (target, length, status, whole) in [
        ("/api/v1/nothing", 1_500_000, 404, true),
        ("/api/v1/things", 1_500_000, 413, true),
        ("/api/v1/things", 5_000_000, 413, false),
    ] {
        // The body tells when all of it was asked for.
        let (sent, all) = tokio::sync::oneshot::channel();
        let mut sent = Some(sent);
        let mut pieces = vec![Bytes::from_static(&[b' '; 10_000]); length / 10_000].into_iter();
        let body = StreamBody::new(futures_util::stream::iter(std::iter::from_fn(move || {
            let piece = pieces.next();
            if piece.is_none() {
                let _ = sent.take().map(|sent| sent.send(()));
            }
            piece.map(|piece| Ok(Frame::data(piece)))
        })));
        let request = served.client.request("POST", target, Some(&key));
        let request = request.header("content-type", "application/json").body(body.boxed_unsync()).unwrap();
        let answer = within(sender.send_request(request)).await.unwrap();
        assert_eq!(answer.status(), status);
        // Who is cut off before the end has sent in vain, and often loses the answer.
        assert_eq!(within(all).await.is_ok(), whole, "{target} {length}");
    }
    let next = served.client.request("GET", "/api/v1/me", Some(&key));
    let next = next.body(Full::default().boxed_unsync()).unwrap();
    assert_eq!(within(sender.send_request(next)).await.unwrap().status(), 200);
}

fn post(target: &str, key: &str, media_type: &str, length: usize) -> String {
    format!(
        "POST {target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\n\r\n"
    )
}

#[tokio::test]
async fn a_client_that_does_not_read_its_answer_is_cut_and_loses_its_place() {
    let mut world = World::new().await;
    world.change = Box::new(|config| {
        config.connections.stall = Duration::from_millis(300);
        config.requests.concurrent_per_tenant = 1;
    });
    let (served, key) = world.start_with_key().await;
    let large: &'static str = "0123456789".repeat(5_000_000).leak();
    world.api.script(move |_| async move { json(200, large) });
    let request = served.client.request("GET", "/api/v1/me", Some(&key)).body(Full::default()).unwrap();
    let unread = served.client.send_raw_request(request).await;
    world.api.script(|_| async { json(200, "{}") });
    assert_eq!(served.client.get("/api/v1/me", &key).await.status, 429);
    within(async { while served.client.get("/api/v1/me", &key).await.status != 200 {} }).await;
    assert!(within(unread.into_body().collect()).await.is_err());
}

#[tokio::test]
async fn a_client_that_connects_and_says_nothing_is_cut() {
    let mut world = World::new().await;
    world.change = Box::new(|config| config.connections.handshake = Duration::from_millis(300));
    let (served, _) = world.start_with_key().await;
    let mut stream = TcpStream::connect(served.running.address).await.unwrap();
    assert_eq!(within(stream.read(&mut [0; 16])).await.unwrap_or(0), 0);
}

#[tokio::test]
async fn an_http2_connection_that_never_asks_is_cut() {
    let mut world = World::new().await;
    world.change = Box::new(|config| config.connections.headers = Duration::from_millis(200));
    let (served, key) = world.start_with_key().await;
    let mut without_preface = within(served.client.connect("h2")).await.unwrap();
    let mut after_preface = within(served.client.connect("h2")).await.unwrap();
    after_preface.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    // Its library answers the pings that ask whether it lives.
    let mut idle = served.client.http2().await;
    assert_eq!(
        idle.send_request(
            served.client.request("GET", "/api/v1/me", Some(&key)).body(Full::default()).unwrap()
        )
        .await
        .unwrap()
        .status(),
        200
    );
    assert!(within(read_raw_bytes(&mut without_preface)).await.len() < 1_000);
    assert!(within(read_raw_bytes(&mut after_preface)).await.len() < 1_000);
    within(async {
        while idle.ready().await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await
        }
    })
    .await;
}

/// Reads until the gateway closes.
async fn read_raw_bytes(stream: &mut tokio_rustls::client::TlsStream<TcpStream>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    bytes
}

#[tokio::test]
async fn an_http2_connection_is_kept_while_an_answer_is_under_way() {
    let mut world = World::new().await;
    world.change = Box::new(|config| config.connections.headers = Duration::from_millis(200));
    let (served, key) = world.start_with_key().await;
    world.api.script(|_| async {
        tokio::time::sleep(Duration::from_millis(1_200)).await;
        json(200, "{}")
    });
    let mut sender = served.client.http2().await;
    let request = served.client.request("GET", "/api/v1/me", Some(&key)).body(Full::default()).unwrap();
    assert_eq!(within(sender.send_request(request)).await.unwrap().status(), 200);
}

#[tokio::test]
async fn an_http2_request_has_one_scheme_one_host_and_no_more_headers_than_others() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    for (uri, headers, expected) in [
        ("https://localhost/api/v1/me", 10, 200),
        ("http://localhost/api/v1/me", 0, 400),
        ("https://somebody@localhost/api/v1/me", 0, 400),
        ("https://localhost/api/v1/me", 65, 431),
    ] {
        let mut request = http::Request::get(uri).header("authorization", format!("Bearer {}", key.reveal()));
        for number in 0..headers {
            request = request.header(format!("x-{number}"), "a");
        }
        let mut sender = served.client.http2().await;
        let answer = within(sender.send_request(request.body(Full::default()).unwrap())).await.unwrap();
        assert_eq!(answer.status(), expected, "{uri} {headers}");
    }
    assert_eq!(world.api.take().len(), 1);
}

#[tokio::test]
async fn plain_http_and_older_tls_are_not_spoken() {
    let world = World::new().await;
    let (served, _) = world.start_with_key().await;
    let mut stream = TcpStream::connect(served.running.address).await.unwrap();
    stream.write_all(b"GET /api/v1/me HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _ = within(stream.read_to_end(&mut answer)).await;
    assert!(!answer.starts_with(b"HTTP"), "{}", String::from_utf8_lossy(&answer));

    let trusted = tls::client(None, &world.authority_pem).unwrap();
    let provider = trusted.crypto_provider().clone();
    let mut roots = rustls::RootCertStore::empty();
    use rustls::pki_types::pem::PemObject as _;
    let authority =
        rustls::pki_types::CertificateDer::from_pem_slice(world.authority_pem.as_bytes()).unwrap();
    roots.add(authority).unwrap();
    let old = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS12])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(served.running.address).await.unwrap();
    let name = rustls::pki_types::ServerName::try_from("localhost").unwrap();
    let refused =
        within(tokio_rustls::TlsConnector::from(std::sync::Arc::new(old)).connect(name, stream)).await;
    assert!(refused.is_err());
}
