//! Who is let in (threats A1 and A7).

use std::time::Instant;

use domain::{
    policy::TenantState,
    scope::{Scope, Scopes},
};
use http_body_util::Full;
use serde_json::Value;

use crate::harness::{CONTRACT, NOW, PLENTY, SOME_ID, World, once_within_a_second, within};

/// Every operation of the contract: method, target, scope and a body that fits.
fn operations() -> Vec<(String, String, Scope, &'static str)> {
    let document: Value = serde_json::from_str(CONTRACT).unwrap();
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if operation["x-scope"] == "public" {
                continue;
            }
            let body = if operation["requestBody"].is_null() { "" } else { "{\"name\":\"x\"}" };
            let scope = operation["x-scope"].as_str().unwrap().parse().unwrap();
            operations.push((method.to_uppercase(), path.replace("{id}", SOME_ID), scope, body));
        }
    }
    operations
}

#[tokio::test]
async fn every_operation_is_refused_without_a_key() {
    let world = World::new().await;
    let (served, _) = world.start_with_key().await;
    for (method, target, _, body) in operations() {
        let request =
            served.client.request(&method, &target, None).header("content-type", "application/json");
        let answer = served.client.send(request.body(Full::from(body)).unwrap()).await;
        assert_eq!(answer.problem(), (401, "key-missing".to_owned()), "{method} {target}");
        assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"ai-nutrition-pro\"");
    }
    assert!(world.api.take().is_empty());
}

#[tokio::test]
async fn each_operation_needs_its_own_scope() {
    let mut world = World::new().await;
    world.change = Box::new(|config| config.requests.unidentified.requests = 10_000);
    let tenant = world.tenant(PLENTY, PLENTY);
    let keys: Vec<_> = Scope::ALL
        .into_iter()
        .map(|scope| (scope, world.key(tenant, [scope].into_iter().collect())))
        .collect();
    let served = world.start().await;
    for (method, target, needed, body) in operations() {
        for (held, key) in &keys {
            let request =
                served.client.request(&method, &target, Some(key)).header("content-type", "application/json");
            let answer = served.client.send(request.body(Full::from(body)).unwrap()).await;
            let permitted = needed == Scope::Any || needed == *held;
            assert_eq!(world.api.take().len(), usize::from(permitted), "{method} {target} with {held}");
            if permitted {
                assert_eq!(answer.status, 200);
            } else {
                assert_eq!(answer.problem(), (403, "scope-missing".to_owned()));
                assert!(answer.json()["detail"].as_str().unwrap().contains(needed.as_str()));
            }
        }
    }
}

#[tokio::test]
async fn only_a_genuine_key_in_the_right_place_identifies() {
    let mut world = World::new().await;
    world.change = Box::new(|config| config.requests.unidentified.requests = 10_000);
    let (served, key) = world.start_with_key().await;
    let text = key.reveal();
    let stranger = domain::policy::Environment::Live;
    let stranger = seal::api_key::PlainKey::generate(stranger, &seal::entropy::SystemEntropy);
    let mistyped = format!("{}x", &text[..text.len() - 1]);
    for (header, value, expected) in [
        ("authorization", format!("Bearer {text}"), "ok"),
        ("authorization", format!("bearer {text}"), "ok"),
        ("authorization", format!("Basic {text}"), "key-invalid"),
        ("authorization", text.to_owned(), "key-invalid"),
        ("authorization", format!("Bearer  {text}"), "key-invalid"),
        ("authorization", format!("Bearer {text}, Bearer {text}"), "key-invalid"),
        ("authorization", format!("Bearer {mistyped}"), "key-invalid"),
        ("authorization", format!("Bearer {}", stranger.reveal()), "key-invalid"),
        ("authorization", "Bearer ".to_owned(), "key-invalid"),
        ("authorization", String::new(), "key-invalid"),
        ("x-api-key", text.to_owned(), "key-missing"),
        ("proxy-authorization", format!("Bearer {text}"), "key-missing"),
        ("cookie", format!("key={text}"), "key-missing"),
    ] {
        let request = served.client.request("GET", "/api/v1/me", None).header(header, &value);
        let answer = served.client.send(request.body(Full::default()).unwrap()).await;
        let found = if answer.status == 200 { "ok".to_owned() } else { answer.problem().1 };
        assert_eq!(found, expected, "{header}: {value}");
        assert!(!String::from_utf8_lossy(&answer.body).contains(text), "the answer repeats the key");
    }
    assert_eq!(world.api.take().len(), 2);
}

#[tokio::test]
async fn two_authorization_headers_are_refused() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    let request = served
        .client
        .request("GET", "/api/v1/me", Some(&key))
        .header("authorization", format!("Bearer {}", key.reveal()));
    let answer = served.client.send(request.body(Full::default()).unwrap()).await;
    assert_eq!(answer.problem(), (400, "malformed".to_owned()));
    assert!(world.api.take().is_empty());
}

#[tokio::test]
async fn a_key_in_the_url_is_refused_also_beside_a_genuine_one() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    let hidden = key.reveal().replace("anp", "%61np");
    for target in [
        format!("/api/v1/me?api_key={}", key.reveal()),
        format!("/api/v1/me?api_key={hidden}"),
        format!("/api/v1/things/{}", key.reveal()),
        format!("/{}/", hidden.replace('%', "%25")),
    ] {
        let answer = served.client.get(&target, &key).await;
        assert_eq!(answer.problem(), (400, "key-in-url".to_owned()), "{target}");
        assert!(!String::from_utf8_lossy(&answer.body).contains(key.id()));
    }
    assert!(world.api.take().is_empty());
}

#[tokio::test]
async fn why_a_key_is_refused_is_told_to_its_holder_only() {
    let world = World::new().await;
    let tenant = world.tenant(PLENTY, PLENTY);
    let suspended = world.tenant(PLENTY, PLENTY);
    let [expired, revoked, forged, ending] = [(); 4].map(|()| world.key(tenant, Scopes::all()));
    let of_suspended = world.key(suspended, Scopes::all());
    {
        let mut policy = world.policy.lock().unwrap();
        let other_hash = policy.keys[1].hash.clone();
        policy.keys[0].expires_at = Some(NOW - 60);
        policy.keys[1].revoked = true;
        // Known by its public half, revoked, and with another secret than the caller's.
        policy.keys[2].revoked = true;
        policy.keys[2].hash = other_hash;
        policy.keys[3].expires_at = Some(NOW + 60);
        policy.tenants[1].state = TenantState::Suspended;
    }
    let served = world.start().await;
    for (key, status, code) in [
        (&expired, 401, "key-expired"),
        (&revoked, 401, "key-revoked"),
        (&forged, 401, "key-invalid"),
        (&of_suspended, 403, "tenant-suspended"),
    ] {
        assert_eq!(served.client.get("/api/v1/me", key).await.problem(), (status, code.to_owned()));
    }
    assert!(world.api.take().is_empty());
    // A rotated key works to the last second of the overlap and not into the next.
    world.clock.advance(59);
    assert_eq!(served.client.get("/api/v1/me", &ending).await.status, 200);
    world.clock.advance(1);
    assert_eq!(served.client.get("/api/v1/me", &ending).await.problem().1, "key-expired");
}

#[tokio::test]
async fn a_revoked_key_stops_working_within_a_second() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    once_within_a_second(async || {
        world.publish(|policy| policy.keys[0].revoked = false);
        within(async { while served.client.get("/api/v1/me", &key).await.status != 200 {} }).await;
        let since = Instant::now();
        world.publish(|policy| policy.keys[0].revoked = true);
        within(async { while served.client.get("/api/v1/me", &key).await.status == 200 {} }).await;
        since.elapsed()
    })
    .await;
    assert_eq!(served.client.get("/api/v1/me", &key).await.problem().1, "key-revoked");
}

#[tokio::test]
async fn the_keys_of_a_suspended_tenant_stop_working_within_a_second() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    once_within_a_second(async || {
        world.publish(|policy| policy.tenants[0].state = TenantState::Active);
        within(async { while served.client.get("/api/v1/me", &key).await.status != 200 {} }).await;
        let since = Instant::now();
        world.publish(|policy| policy.tenants[0].state = TenantState::Suspended);
        within(async { while served.client.get("/api/v1/me", &key).await.status == 200 {} }).await;
        since.elapsed()
    })
    .await;
    assert_eq!(served.client.get("/api/v1/me", &key).await.problem().1, "tenant-suspended");
}
