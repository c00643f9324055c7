//! What is let in of a request (feature 10, threats A3 and A7).

use bytes::Bytes;
use http::{Request, Version};
use http_body_util::Full;

use crate::{
    client::read,
    harness::{SOME_ID, World, within},
};

#[tokio::test]
async fn paths_that_are_not_in_the_document_are_not_found() {
    let mut world = World::new().await;
    world.change = Box::new(|config| config.requests.unidentified.requests = 10_000);
    let (served, key) = world.start_with_key().await;
    for target in [
        "/api/v2/me",
        "/api/v1/things/1",
        "/api/v1/things/%7Bid%7D",
        "/",
        "/metrics",
        "/admin",
        "/.well-known/x",
    ] {
        let method = if target.contains("things") { "DELETE" } else { "GET" };
        let raw = format!(
            "{method} {target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\r\n",
            key.reveal()
        );
        let answer = served.client.raw(raw.as_bytes()).await;
        assert_eq!(answer.statuses(), [404], "{target}: {}", answer.text);
        assert!(answer.text.contains("\"not-found\""));
    }
    assert!(world.api.take().is_empty());
}

#[tokio::test]
async fn methods_that_are_not_offered_are_refused_and_the_offered_ones_named() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    for method in [
        "PATCH", "DELETE", "OPTIONS", "TRACE", "TRACK", "PROPFIND", "QUERY", "HEAD", "FOO", "get", "Get",
        "post", "GETS", "GE",
    ] {
        let request = served.client.request(method, "/api/v1/things", Some(&key));
        let answer = served.client.send(request.body(Full::default()).unwrap()).await;
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header("allow"), "GET, POST");
    }
    assert!(world.api.take().is_empty());
}

#[tokio::test]
async fn headers_that_claim_another_method_or_target_have_no_effect() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    let request = served.client.request("GET", "/api/v1/me", Some(&key));
    let request = METHOD_CLAIMS.iter().fold(request, |request, name| request.header(*name, "DELETE"));
    let request = TARGET_CLAIMS.iter().fold(request, |request, name| request.header(*name, "/api/v1/usage"));
    assert_eq!(served.client.send(request.body(Full::default()).unwrap()).await.status, 200);
    let [arrived] = world.api.take().try_into().unwrap();
    assert_eq!((arrived.method.as_str(), arrived.target.as_str()), ("GET", "/api/v1/me"));
    for name in arrived.headers.keys() {
        assert!(!name.as_str().starts_with("x-"), "{name}");
        assert!(!METHOD_CLAIMS.contains(&name.as_str()) && !TARGET_CLAIMS.contains(&name.as_str()), "{name}");
    }
}

/// Headers in which some framework or proxy reads the method.
const METHOD_CLAIMS: [&str; 7] = [
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
    "x-method",
    "x-forwarded-method",
    "x-original-method",
    "_method",
];

/// Headers in which some framework or proxy reads the target.
const TARGET_CLAIMS: [&str; 14] = [
    "x-original-url",
    "x-original-uri",
    "x-rewrite-url",
    "x-override-url",
    "x-forwarded-prefix",
    "x-forwarded-path",
    "x-forwarded-uri",
    "x-envoy-original-path",
    "x-waws-unencoded-url",
    "request-uri",
    "base-url",
    "http-url",
    "destination",
    "content-location",
];

#[tokio::test]
async fn bodies_that_do_not_fit_are_refused_with_every_bad_field() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    for (body, status, code, pointer) in [
        ("{\"name\":\"a\",\"name\":\"b\"}", 400, "malformed", None),
        ("{\"name\":\"a\"} {}", 400, "malformed", None),
        ("", 400, "malformed", None),
        ("{\"name\":\"a\",\"role\":\"admin\"}", 422, "schema", Some("/role")),
        (
            "{\"name\":\"a\",\"tenant\":\"018f3d6e-1111-7000-8000-000000000000\"}",
            422,
            "schema",
            Some("/tenant"),
        ),
        ("{\"name\":[\"a\"]}", 422, "schema", Some("/name")),
        ("{\"name\":\"a\",\"count\":-1}", 422, "schema", Some("/count")),
        ("{\"count\":1}", 422, "schema", Some("/name")),
        ("{\"name\":\"a\u{202e}b\"}", 422, "unsafe-input", Some("/name")),
        ("{\"name\":\"a\\udb40\\udc41\"}", 422, "unsafe-input", Some("/name")),
    ] {
        let answer = served.client.post("/api/v1/things", &key, body).await;
        assert_eq!(answer.problem(), (status, code.to_owned()), "{body}");
        if let Some(pointer) = pointer {
            assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{body}");
        }
    }
    let both = served.client.post("/api/v1/things", &key, "{\"name\":\"\",\"count\":\"x\"}").await;
    assert_eq!(both.json()["errors"].as_array().unwrap().len(), 2);
    assert!(world.api.take().is_empty());
}

#[tokio::test]
async fn compressed_and_other_media_are_refused() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    for (name, value) in [("content-encoding", "gzip"), ("content-type", "text/plain")] {
        let mut request = served.client.post_request("/api/v1/things", &key, "{\"name\":\"a\"}");
        request.headers_mut().insert(name, value.parse().unwrap());
        assert_eq!(served.client.send(request).await.problem(), (415, "media-type".to_owned()));
    }
    assert!(world.api.take().is_empty());
}

#[tokio::test]
async fn a_body_over_its_limit_is_refused_before_the_api_is_asked() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    let large: &'static str = format!("{{\"name\":\"{}\"}}", "x".repeat(3_000)).leak();
    let answer = served.client.post("/api/v1/things", &key, large).await;
    assert_eq!(answer.problem(), (413, "too-large".to_owned()));
    // Without a length in front, piece by piece.
    let head = format!(
        "POST /api/v1/things HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
        key.reveal()
    );
    let chunk = format!("3e8\r\n{}\r\n", "x".repeat(1_000));
    let answer = served.client.raw(format!("{head}{chunk}{chunk}{chunk}").as_bytes()).await;
    assert_eq!(answer.statuses(), [413], "{}", answer.text);
    assert!(world.api.take().is_empty());
}

#[tokio::test]
async fn what_is_accepted_must_be_offered() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    for (target, accept, status) in [
        ("/api/v1/generations", "text/event-stream", 200),
        ("/api/v1/generations", "application/json", 200),
        ("/api/v1/things", "text/event-stream", 406),
        ("/api/v1/things", "text/html", 406),
    ] {
        let mut request = served.client.post_request(target, &key, "{\"name\":\"a\"}");
        request.headers_mut().insert("accept", accept.parse().unwrap());
        assert_eq!(served.client.send(request).await.status, status, "{target} {accept}");
    }
}

#[tokio::test]
async fn http2_is_filtered_alike() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    let mut sender = served.client.http2().await;
    let mut send = async |method: &str, target: &str, body: &'static str| {
        let request = Request::builder()
            .version(Version::HTTP_2)
            .method(method)
            .uri(format!("https://localhost{target}"))
            .header("authorization", format!("Bearer {}", key.reveal()))
            .header("content-type", "application/json")
            .header("x-tenant", "me")
            .body(Full::new(Bytes::from_static(body.as_bytes())))
            .unwrap();
        sender.ready().await.unwrap();
        let answer = read(within(sender.send_request(request)).await.unwrap()).await;
        answer.status.as_u16()
    };
    assert_eq!(send("POST", "/api/v1/things", "{\"name\":\"a\"}").await, 200);
    assert_eq!(send("DELETE", &format!("/api/v1/things/{SOME_ID}"), "").await, 200);
    assert_eq!(send("DELETE", &format!("/api/v1/things/{SOME_ID}"), "{}").await, 400);
    assert_eq!(send("POST", "/api/v1/things", "{\"name\":1}").await, 422);
    assert_eq!(send("GET", "/api/v1//me", "").await, 404);
    let arrived = world.api.take();
    assert_eq!(arrived.len(), 2);
    assert!(arrived.iter().all(|one| one.context.is_ok() && !one.headers.contains_key("x-tenant")));
}
