//! What reaches the API application, and what comes back (threats A1, A8, D7 and X6).

use std::{collections::BTreeSet, sync::atomic::Ordering, time::Duration};

use bytes::Bytes;
use domain::clock::Clock as _;
use http::Response;
use http_body::Frame;
use http_body_util::{BodyExt as _, Full, StreamBody};
use seal::pki::{self, Authority, Usage};
use serve::{
    body::{self, BodyError},
    clock::SystemClock,
};

use crate::harness::{World, issue, json, within};

#[tokio::test]
async fn the_api_gets_the_body_as_sent_the_allowed_headers_and_a_context_for_just_this() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    // Spaces, order and escapes stay: what is signed is what was sent.
    let text = "{ \"count\": 1,\n  \"name\" :\"caf\\u00e9 \u{1f957}\" }\n";
    let request = served
        .client
        .request("POST", "/api/v1/generations", Some(&key))
        .header("content-type", "application/json")
        .header("accept", "application/json")
        .header("idempotency-key", "0123456789abcdef")
        .header("if-match", "\"1\"")
        .header("if-none-match", "\"2\"")
        .header("prefer", "respond-async")
        .header("last-event-id", "3")
        .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        .header("x-tenant", "018f3d6e-1111-7000-8000-000000000000")
        .header("x-tenant-id", "a")
        .header("x-consumer-id", "a")
        .header("x-consumer-username", "a")
        .header("x-credential-identifier", "a")
        .header("forwarded", "for=127.0.0.1")
        .header("x-forwarded-for", "127.0.0.1")
        .header("x-real-ip", "127.0.0.1")
        .header("x-request-id", "mine")
        .header("anp-context", "v1.e30.AA")
        .header("anp-anything", "a")
        .header("x-client-cert", "a")
        .header("cookie", "session=a")
        .header("user-agent", "a")
        .header("te", "trailers")
        .header("connection", "close, anp-context, x-secret")
        .body(Full::from(text))
        .unwrap();
    let answer = served.client.send(request).await;
    assert_eq!(answer.status, 200, "{answer:?}");

    let [arrived] = world.api.take().try_into().unwrap();
    assert_eq!(arrived.body, text);
    let names: BTreeSet<_> = arrived.headers.keys().map(|name| name.as_str()).collect();
    let expected = [
        "accept",
        "anp-context",
        "content-length",
        "content-type",
        "host",
        "idempotency-key",
        "if-match",
        "if-none-match",
        "last-event-id",
        "prefer",
    ];
    assert_eq!(names, BTreeSet::from(expected));
    assert_eq!(arrived.headers.len(), expected.len(), "a header stands twice");
    assert_eq!(arrived.headers["host"], pki::API_NAME);

    // The scripted API verified it against exactly the method, target and body that arrived.
    let context = arrived.context.unwrap();
    let policy = world.policy.lock().unwrap();
    assert_eq!(context.caller.tenant, policy.tenants[0].id);
    assert_eq!(context.caller.application, policy.keys[0].application);
    assert_eq!(context.caller.key, key.id());
    assert_eq!(context.caller.scopes, policy.keys[0].scopes);
    assert_eq!(context.issued_at, world.clock.now().unix_timestamp());
    assert_eq!(context.request_id, answer.header("x-request-id"));
}

#[tokio::test]
async fn query_and_path_arrive_as_sent() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    for target in ["/api/v1/things?limit=10&cursor=a-b_c.d~", "/api/v1/things?", "/api/v1/things"] {
        assert_eq!(served.client.get(target, &key).await.status, 200, "{target}");
        let [arrived] = world.api.take().try_into().unwrap();
        assert_eq!((arrived.target.as_str(), arrived.context.is_ok()), (target, true));
    }
}

#[tokio::test]
async fn each_request_has_its_own_context_and_request_id() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    let mut ids = BTreeSet::new();
    for _ in 0..5 {
        let answer = served.client.get("/api/v1/me", &key).await;
        ids.insert(answer.header("x-request-id").to_owned());
    }
    let arrived = world.api.take();
    // The verifier takes each nonce once.
    assert!(arrived.iter().all(|one| one.context.is_ok()));
    assert_eq!((arrived.len(), ids.len()), (5, 5));
    let version = |id: &String| id.parse::<domain::ids::TenantId>().unwrap().uuid().get_version_num();
    assert!(ids.iter().all(|id| version(id) == 7));
}

#[tokio::test]
async fn answers_pass_back_with_allowed_headers_only() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    world.api.script(|_| async {
        Response::builder()
            .status(201)
            .header("content-type", "application/json")
            .header("etag", "\"1\"")
            .header("location", "/api/v1/things/1")
            .header("link", "</api/v1/things?cursor=x>; rel=\"next\"")
            .header("idempotency-replayed", "true")
            .header("server", "secret/1.0")
            .header("x-powered-by", "secret")
            .header("set-cookie", "a=b")
            .header("anp-context", "x")
            .header("cache-control", "public")
            .header("access-control-allow-origin", "*")
            .header("via", "secret")
            .body(body::full("{\"id\":1}"))
            .unwrap()
    });
    let answer = served.client.post("/api/v1/things", &key, "{\"name\":\"a\"}").await;
    assert_eq!((answer.status.as_u16(), answer.body.as_ref()), (201, b"{\"id\":1}".as_slice()));
    let names: BTreeSet<_> = answer.headers.keys().map(|name| name.as_str()).collect();
    let expected = [
        "cache-control",
        "content-length",
        "content-type",
        "date",
        "etag",
        "idempotency-replayed",
        "link",
        "location",
        "ratelimit",
        "ratelimit-policy",
        "x-content-type-options",
        "x-request-id",
    ];
    assert_eq!(names, BTreeSet::from(expected));
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn problems_of_the_api_pass_and_anything_else_it_fails_with_does_not() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    let answer_with = |status: u16, media_type: &'static str, text: &'static str| {
        world.api.script(move |_| async move {
            Response::builder()
                .status(status)
                .header("content-type", media_type)
                .body(body::full(text))
                .unwrap()
        });
    };
    answer_with(409, "application/problem+json", "{\"code\":\"style-not-ready\"}");
    let answer = served.client.get("/api/v1/me", &key).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["code"]), (409, &"style-not-ready".into()));
    for (status, media_type) in [
        (500, "text/plain"),
        (500, "text/html"),
        (404, "text/plain"),
        (401, "application/problem+json"),
        (200, "text/html"),
        (200, "application/jsonx"),
        (302, "application/json"),
    ] {
        answer_with(status, media_type, "thread 'main' panicked at SELECT secret");
        let answer = served.client.get("/api/v1/me", &key).await;
        assert_eq!(answer.problem(), (502, "provider-error".to_owned()), "{status} {media_type}");
        assert!(!String::from_utf8_lossy(&answer.body).contains("secret"));
    }
}

#[tokio::test]
async fn an_answer_to_another_request_reaches_nobody() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    world.api.script(|_| async {
        let mut answer = json(200, "{\"secret\":\"another tenant's\"}");
        answer.headers_mut().insert("x-request-id", "another-request".parse().unwrap());
        answer
    });
    let answer = served.client.get("/api/v1/me", &key).await;
    assert_eq!(answer.problem(), (502, "provider-error".to_owned()));
    assert!(!String::from_utf8_lossy(&answer.body).contains("secret"));
    world.api.script(|arrived| {
        let id = arrived.context.as_ref().unwrap().request_id.clone();
        async move {
            let mut answer = json(200, "{}");
            answer.headers_mut().insert("x-request-id", id.parse().unwrap());
            answer
        }
    });
    assert_eq!(served.client.get("/api/v1/me", &key).await.status, 200);
}

#[tokio::test]
async fn an_api_that_is_too_slow_is_given_up() {
    let mut world = World::new().await;
    world.change = Box::new(|config| config.requests.answer = Duration::from_millis(200));
    let (served, key) = world.start_with_key().await;
    world.api.script(|_| std::future::pending());
    let answer = served.client.get("/api/v1/me", &key).await;
    assert_eq!(answer.problem(), (504, "provider-timeout".to_owned()));
}

#[tokio::test]
async fn an_api_that_is_down_or_breaks_off_is_told_apart() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    world.api.script(|_| async {
        let broken = futures_util::stream::once(async { Err::<Frame<Bytes>, BodyError>("broken".into()) });
        let response =
            Response::builder().header("content-type", "application/json").header("content-length", "9");
        response.body(StreamBody::new(broken).boxed_unsync()).unwrap()
    });
    let response = served.client.send_raw_request(
        served.client.request("GET", "/api/v1/me", Some(&key)).body(Full::default()).unwrap(),
    );
    let response = response.await;
    // Either nothing came, or an answer whose body visibly breaks off.
    assert!(response.status() == 502 || within(response.into_body().collect()).await.is_err());

    let mut world = World::new().await;
    world.change = Box::new(|config| config.upstream = "127.0.0.1:1".parse().unwrap());
    let (served, key) = world.start_with_key().await;
    let answer = served.client.get("/api/v1/me", &key).await;
    assert_eq!(answer.problem(), (503, "overloaded".to_owned()));
    assert!(!String::from_utf8_lossy(&answer.body).contains("127.0.0.1"));
}

#[tokio::test]
async fn an_api_of_another_authority_or_name_is_not_asked() {
    let (foreign, _) = Authority::generate(SystemClock.now()).unwrap();
    let worlds = [
        World::with_api_certificate(|_| issue(&foreign, &[pki::API_NAME], Usage::Server)).await,
        World::with_api_certificate(|own| issue(own, &[pki::CONTROL_PLANE_NAME], Usage::Server)).await,
        World::with_api_certificate(|own| issue(own, &["127.0.0.1", "localhost"], Usage::Server)).await,
    ];
    for world in worlds {
        let (served, key) = world.start_with_key().await;
        let answer = served.client.get("/api/v1/me", &key).await;
        assert_eq!(answer.problem(), (503, "overloaded".to_owned()));
        assert!(world.api.take().is_empty());
    }
}

#[tokio::test]
async fn a_panic_costs_its_own_request_only() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    world.entropy.broken.store(true, Ordering::SeqCst);
    let answer = served.client.get("/api/v1/me", &key).await;
    assert_eq!(answer.problem(), (500, "internal".to_owned()));
    world.entropy.broken.store(false, Ordering::SeqCst);
    assert_eq!(served.client.get("/api/v1/me", &key).await.status, 200);
    assert_eq!(world.api.take().len(), 1);
}

#[tokio::test]
async fn every_answer_is_marked_uncacheable_and_for_tls_only() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    let to = |target: &str, host: &str| {
        let request = served.client.request("GET", target, Some(&key)).header("host", host);
        served.client.send(request.body(Full::default()).unwrap())
    };
    for target in ["/", "/api/v1/me"] {
        let answer = to(target, "api.planner.example").await;
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("strict-transport-security"), "max-age=63072000; includeSubDomains");
        assert_eq!(answer.header("x-request-id").len(), 36);
    }
}

#[tokio::test]
async fn a_browser_is_not_kept_from_the_plain_ports_of_its_own_machine() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    for host in ["localhost:8443", "127.0.0.1:8443", "[::1]:8443"] {
        for target in ["/", "/api/v1/me"] {
            let request = served.client.request("GET", target, Some(&key)).header("host", host);
            let answer = served.client.send(request.body(Full::default()).unwrap()).await;
            assert_eq!(answer.headers.get("strict-transport-security"), None, "{host} {target}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
        }
    }
}
