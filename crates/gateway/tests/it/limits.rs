//! How much a caller may ask for (feature 8, threat A6).

use std::{sync::Arc, time::Duration};

use domain::{
    policy::{LimitOverride, LimitSubject, Measure, RequestLimit},
    scope::Scopes,
};
use http_body_util::Full;
use tokio::sync::Semaphore;

use crate::harness::{NOW, PLENTY, World, json, within};

const fn limit(requests: u32) -> RequestLimit {
    RequestLimit { requests, window_seconds: 60 }
}

#[tokio::test]
async fn remaining_falls_with_each_request_until_the_limit_and_is_whole_in_the_next_window() {
    let world = World::new().await;
    let tenant = world.tenant(limit(3), limit(10));
    let key = world.key(tenant, Scopes::all());
    let served = world.start().await;
    for (remaining, of_tenant) in [(2, 9), (1, 8), (0, 7)] {
        let answer = served.client.get("/api/v1/me", &key).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("ratelimit-policy"), "\"key\";q=3;w=60, \"tenant\";q=10;w=60");
        let expected = format!("\"key\";r={remaining};t=60, \"tenant\";r={of_tenant};t=60");
        assert_eq!(answer.header("ratelimit"), expected);
    }
    world.clock.advance(20);
    let answer = served.client.get("/api/v1/me", &key).await;
    assert_eq!(answer.problem(), (429, "rate-limited".to_owned()));
    assert_eq!(answer.header("retry-after"), "40");
    assert_eq!(answer.header("ratelimit"), "\"key\";r=0;t=40, \"tenant\";r=7;t=40");
    let expected = serde_json::json!({"scope": "key", "policy": "key", "reset": 40});
    assert_eq!(answer.json()["limit"], expected);
    assert_eq!(answer.json()["retryable"], true);
    assert_eq!(world.api.take().len(), 3);
    world.clock.advance(40);
    let answer = served.client.get("/api/v1/me", &key).await;
    assert_eq!(answer.header("ratelimit"), "\"key\";r=2;t=60, \"tenant\";r=9;t=60");
}

#[tokio::test]
async fn two_keys_of_one_tenant_share_its_limit_and_other_tenants_do_not() {
    let world = World::new().await;
    let (tenant, other) = (world.tenant(limit(3), limit(4)), world.tenant(limit(3), limit(4)));
    let keys = [world.key(tenant, Scopes::all()), world.key(tenant, Scopes::all())];
    let of_other = world.key(other, Scopes::all());
    let served = world.start().await;
    for key in [&keys[0], &keys[1], &keys[0], &keys[1]] {
        assert_eq!(served.client.get("/api/v1/me", key).await.status, 200);
    }
    let answer = served.client.get("/api/v1/me", &keys[0]).await;
    assert_eq!(answer.json()["limit"]["scope"], "tenant");
    assert_eq!(served.client.get("/api/v1/me", &of_other).await.status, 200);
}

#[tokio::test]
async fn refused_requests_of_a_genuine_key_count_and_say_where_it_stands() {
    let world = World::new().await;
    let tenant = world.tenant(limit(10), limit(20));
    let key = world.key(tenant, Scopes::none());
    let served = world.start().await;
    let answer = served.client.get("/api/v1/things", &key).await;
    assert_eq!(answer.problem().1, "scope-missing");
    assert_eq!(answer.header("ratelimit"), "\"key\";r=9;t=60, \"tenant\";r=19;t=60");
    let answer = served.client.get("/api/v1/me?x=1", &key).await;
    assert_eq!(answer.problem().1, "schema");
    assert_eq!(answer.header("ratelimit"), "\"key\";r=8;t=60, \"tenant\";r=18;t=60");
}

#[tokio::test]
async fn slow_answers_of_one_tenant_do_not_take_the_places_of_another() {
    let mut world = World::new().await;
    world.change = Box::new(|config| config.requests.concurrent_per_tenant = 2);
    let (slow, other) = (world.tenant(PLENTY, PLENTY), world.tenant(PLENTY, PLENTY));
    let (slow, other) = (world.key(slow, Scopes::all()), world.key(other, Scopes::all()));
    let gate = Arc::new(Semaphore::new(0));
    let waiting = Arc::clone(&gate);
    world.api.script(move |arrived| {
        let (waiting, waits) = (Arc::clone(&waiting), arrived.target == "/api/v1/usage");
        async move {
            if waits {
                waiting.acquire().await.unwrap().forget();
            }
            json(200, "{}")
        }
    });
    let served = world.start().await;
    let requests = async {
        tokio::join!(served.client.get("/api/v1/usage", &slow), served.client.get("/api/v1/usage", &slow))
    };
    let meanwhile = async {
        while world.api.arrived.lock().unwrap().len() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let third = served.client.get("/api/v1/me", &slow).await;
        assert_eq!(third.problem(), (429, "concurrency-limited".to_owned()));
        assert_eq!(third.json()["limit"]["policy"], "concurrency");
        assert_eq!(third.header("retry-after"), "1");
        assert!(third.header("ratelimit").starts_with("\"key\";r="));
        assert_eq!(served.client.get("/api/v1/me", &other).await.status, 200);
        gate.add_permits(2);
    };
    let ((one, two), ()) = within(async { tokio::join!(requests, meanwhile) }).await;
    assert_eq!((one.status.as_u16(), two.status.as_u16()), (200, 200));
    assert_eq!(served.client.get("/api/v1/me", &slow).await.status, 200);
}

#[tokio::test]
async fn requests_past_what_the_gateway_forwards_at_once_are_told_to_come_back() {
    let mut world = World::new().await;
    world.change = Box::new(|config| config.requests.concurrent = 1);
    let (served, key) = world.start_with_key().await;
    world.api.script(|_| std::future::pending());
    let stuck = served.client.get("/api/v1/usage", &key);
    let meanwhile = async {
        while world.api.arrived.lock().unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        served.client.get("/api/v1/me", &key).await
    };
    let answer = within(async {
        tokio::select! {
            _ = stuck => panic!("answered"),
            answer = meanwhile => answer,
        }
    })
    .await;
    assert_eq!(answer.problem(), (503, "overloaded".to_owned()));
}

#[tokio::test]
async fn guessing_is_slowed_down_by_address_and_hinders_no_genuine_key() {
    let mut world = World::new().await;
    world.change = Box::new(|config| config.requests.unidentified.requests = 3);
    let (served, key) = world.start_with_key().await;
    let guess = || async {
        let request =
            served.client.request("GET", "/api/v1/me", None).header("authorization", "Bearer anp_x");
        served.client.send(request.body(Full::default()).unwrap()).await
    };
    for _ in 0..3 {
        assert_eq!(guess().await.problem().1, "key-invalid");
    }
    let answer = guess().await;
    assert_eq!(answer.problem(), (429, "rate-limited".to_owned()));
    assert_eq!(answer.json()["limit"]["scope"], "address");
    assert_eq!(answer.header("retry-after"), "60");
    // Without a key nothing else is told either.
    let probe = served.client.request("GET", "/nothing", None).body(Full::default()).unwrap();
    assert_eq!(served.client.send(probe).await.status, 429);
    assert_eq!(served.client.get("/api/v1/me", &key).await.status, 200);
    world.clock.advance(60);
    assert_eq!(guess().await.problem().1, "key-invalid");
}

#[tokio::test]
async fn a_caller_is_warned_at_four_fifths_of_a_limit() {
    let world = World::new().await;
    let tenant = world.tenant(limit(5), limit(100));
    let key = world.key(tenant, Scopes::all());
    let served = world.start().await;
    for (asked, expected) in
        [(1, None), (2, None), (3, None), (4, Some("key")), (5, Some("key")), (6, Some("key"))]
    {
        let answer = served.client.get("/api/v1/me", &key).await;
        assert_eq!(answer.status, if asked > 5 { 429 } else { 200 });
        let warning = answer.headers.get("api-limit-warning").map(|value| value.to_str().unwrap());
        assert_eq!(warning, expected, "{asked}");
    }
    assert_eq!(served.series_of("anp_gateway_limit_nearly_reached_total{limit=\"key\"}").await, 1.0);
    assert_eq!(served.series_of("anp_gateway_limit_reached_total{limit=\"key\"}").await, 1.0);
    assert_eq!(served.series_of("anp_gateway_limit_reached_total{limit=\"tenant\"}").await, 0.0);
}

#[tokio::test]
async fn requests_about_one_dietitian_are_limited_wherever_it_is_named() {
    let mut world = World::new().await;
    world.contract = CONTRACT_WITH_DIETITIANS;
    world.change = Box::new(|config| config.requests.dietitian.requests = 3);
    let (served, key) = world.start_with_key().await;
    let path = "/api/v1/dietitians/018f3d6e-1111-7000-8000-000000000001/samples";
    let body = "{\"dietitian_id\":\"018F3D6E-1111-7000-8000-000000000001\"}";
    assert_eq!(served.client.get(path, &key).await.status, 200);
    assert_eq!(served.client.post("/api/v1/generations", &key, body).await.status, 200);
    assert_eq!(served.client.get(path, &key).await.status, 200);
    let answer = served.client.post("/api/v1/generations", &key, body).await;
    assert_eq!(answer.problem(), (429, "rate-limited".to_owned()));
    let expected = serde_json::json!({"scope": "dietitian", "policy": "dietitian", "reset": 60});
    assert_eq!(answer.json()["limit"], expected);
    assert_eq!(answer.header("retry-after"), "60");
    assert!(answer.header("ratelimit-policy").ends_with(", \"dietitian\";q=3;w=60"));
    assert!(answer.header("ratelimit").ends_with(", \"dietitian\";r=0;t=60"));
    assert_eq!(world.api.take().len(), 3);
    let other = "/api/v1/dietitians/018f3d6e-1111-7000-8000-000000000002/samples";
    assert_eq!(served.client.get(other, &key).await.status, 200);
}

const CONTRACT_WITH_DIETITIANS: &str = r#"{"openapi": "3.1.0", "paths": {
    "/api/v1/dietitians/{id}/samples": {"get": {"operationId": "list", "x-scope": "samples:read",
        "parameters": [{"name": "id", "in": "path", "schema": {"type": "string", "format": "uuid"}}]}},
    "/api/v1/generations": {"post": {"operationId": "generate", "x-scope": "generations:write",
        "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}}}
}}"#;

#[tokio::test]
async fn bytes_of_bodies_are_limited_and_the_body_over_it_is_not_forwarded() {
    let mut world = World::new().await;
    world.change = Box::new(|config| config.requests.bytes_per_key = 40);
    let (served, key) = world.start_with_key().await;
    let body = "{\"name\":\"seventeen\"}";
    for expected in [200, 200, 429] {
        assert_eq!(served.client.post("/api/v1/things", &key, body).await.status, expected);
    }
    let answer = served.client.post("/api/v1/things", &key, body).await;
    assert_eq!(answer.json()["limit"]["policy"], "key-bytes");
    assert!(answer.header("ratelimit-policy").contains("\"key-bytes\";q=40;qu=\"content-bytes\";w=60"));
    assert_eq!(served.client.get("/api/v1/me", &key).await.status, 200);
    // Nor does who does not say how long the body is get further.
    let mut chunked = served.client.post_request("/api/v1/things", &key, body).map(|_| {
        let pieces = futures_util::stream::iter([Ok::<_, std::convert::Infallible>(http_body::Frame::data(
            body.into(),
        ))]);
        http_body_util::StreamBody::new(pieces)
    });
    *chunked.version_mut() = http::Version::HTTP_2;
    let mut http2 = served.client.http2().await;
    let answer = within(http2.send_request(chunked)).await.unwrap();
    assert_eq!(answer.status(), 429);
    assert_eq!(world.api.take().len(), 3);
}

#[tokio::test]
async fn an_address_is_limited_before_anybody_is_identified() {
    let mut world = World::new().await;
    world.change = Box::new(|config| config.requests.address.requests = 4);
    let (served, key) = world.start_with_key().await;
    for _ in 0..4 {
        assert_eq!(served.client.get("/api/v1/me", &key).await.status, 200);
    }
    let answer = served.client.get("/api/v1/me", &key).await;
    assert_eq!(answer.problem(), (429, "rate-limited".to_owned()));
    assert_eq!(answer.json()["limit"]["policy"], "address");
    assert_eq!(answer.header("ratelimit"), "\"address\";r=0;t=60");
    let nobody = served.client.request("GET", "/nothing", None).body(Full::default()).unwrap();
    assert_eq!(served.client.send(nobody).await.status, 429);
    world.clock.advance(60);
    assert_eq!(served.client.get("/api/v1/me", &key).await.status, 200);
}

#[tokio::test]
async fn a_stream_holds_its_place_until_it_ends() {
    let mut world = World::new().await;
    world.change = Box::new(|config| config.requests.concurrent_per_key = 1);
    let (served, key) = world.start_with_key().await;
    let (events, receiver) = tokio::sync::mpsc::channel::<&'static str>(1);
    let receiver = std::sync::Mutex::new(Some(receiver));
    world.api.script(move |_| {
        let receiver = receiver.lock().unwrap().take();
        async move {
            let Some(receiver) = receiver else { return json(200, "{}") };
            let frames = futures_util::stream::unfold(receiver, |mut receiver| async {
                let text = receiver.recv().await?;
                Some((Ok::<_, serve::body::BodyError>(http_body::Frame::data(text.into())), receiver))
            });
            let body = serve::body::Body::new(http_body_util::StreamBody::new(frames));
            http::Response::builder().header("content-type", "text/event-stream").body(body).unwrap()
        }
    });
    let mut request = served.client.post_request("/api/v1/generations", &key, "{\"name\":\"a\"}");
    request.headers_mut().insert("accept", "text/event-stream".parse().unwrap());
    let stream = served.client.send_raw_request(request).await;
    let answer = served.client.get("/api/v1/me", &key).await;
    assert_eq!(answer.problem(), (429, "concurrency-limited".to_owned()));
    assert_eq!(answer.json()["limit"]["policy"], "key-concurrency");
    assert!(
        answer.header("ratelimit-policy").ends_with("\"key-concurrency\";q=1;qu=\"concurrent-requests\"")
    );
    drop(events);
    drop(stream);
    within(async {
        while served.client.get("/api/v1/me", &key).await.status != 200 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_limit_that_differs_holds_until_it_ends_by_the_gateways_own_clock() {
    let world = World::new().await;
    let tenant = world.tenant(limit(2), limit(100));
    let (key, other) = (world.key(tenant, Scopes::all()), world.key(tenant, Scopes::all()));
    let application = world.policy.lock().unwrap().keys[0].application;
    let differs = |of, value| LimitOverride { of, measure: Measure::Requests, value, until: NOW + 90 };
    world.policy.lock().unwrap().limits = vec![
        differs(LimitSubject::Application(application), 3),
        differs(LimitSubject::Key(key.id().to_owned()), 4),
        differs(LimitSubject::Tenant(tenant), 50),
    ];
    let served = world.start().await;
    let answer = served.client.get("/api/v1/me", &key).await;
    assert_eq!(answer.header("ratelimit-policy"), "\"key\";q=4;w=60, \"tenant\";q=50;w=60");
    assert_eq!(answer.header("ratelimit"), "\"key\";r=3;t=60, \"tenant\";r=49;t=60");
    let answer = served.client.get("/api/v1/me", &other).await;
    assert_eq!(answer.header("ratelimit-policy"), "\"key\";q=2;w=60, \"tenant\";q=50;w=60");
    world.clock.advance(90);
    let answer = served.client.get("/api/v1/me", &key).await;
    assert_eq!(answer.header("ratelimit-policy"), "\"key\";q=2;w=60, \"tenant\";q=100;w=60");
    assert_eq!(answer.header("ratelimit"), "\"key\";r=1;t=60, \"tenant\";r=99;t=60");
}
