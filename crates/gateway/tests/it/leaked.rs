//! `POST /api/v1/leaked-keys`: whoever holds a key may end it, and learns nothing of any other.

use domain::{policy::Environment, scope::Scopes};
use http_body_util::Full;
use seal::{api_key::PlainKey, entropy::SystemEntropy};
use serde_json::{Value, json};

use crate::{
    client::Answered,
    harness::{NOW, PLENTY, Served, World, within},
};

async fn report(served: &Served, body: &Value) -> Answered {
    let request = served
        .client
        .request("POST", "/api/v1/leaked-keys", None)
        .header("content-type", "application/json")
        .body(Full::from(body.to_string()))
        .unwrap();
    served.client.send(request).await
}

fn one(key: &str) -> Value {
    json!({ "keys": [{ "key": key, "source": "https://code.example/planner/.env?secret=1#L3" }] })
}

#[tokio::test]
async fn a_leaked_key_is_refused_at_once_and_reported_with_the_place_only() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    let tenant = world.policy.lock().unwrap().tenants[0].id;
    let other = world.key(tenant, Scopes::all());
    let version = world.publish(|_| {});
    within(served.readiness.clone().wait_for(version)).await;
    assert_eq!(served.client.get("/api/v1/me", &key).await.status, 200);

    let answer = report(&served, &one(key.reveal())).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json(), json!({ "keys": [{ "key_id": key.id(), "status": "revoked" }] }));
    assert_eq!(served.client.get("/api/v1/me", &key).await.problem(), (401, "key-revoked".to_owned()));
    assert_eq!(served.client.get("/api/v1/me", &other).await.status, 200);
    let leaked = world.feed.reported(|report| report.leaked.first().cloned()).await;
    assert_eq!((leaked.key.as_str(), leaked.at), (key.id(), NOW));
    assert_eq!(leaked.source.as_deref(), Some("https://code.example/planner/.env"));
    assert_eq!(report(&served, &one(key.reveal())).await.json(), answer.json());

    // A policy that was made before the control plane heard of it does not let the key in again.
    let version = world.publish(|_| {});
    within(served.readiness.clone().wait_for(version)).await;
    assert_eq!(served.client.get("/api/v1/me", &key).await.problem().1, "key-revoked");
    // Once a policy said it, policies are believed again.
    for (revoked, status) in [(true, 401), (false, 200)] {
        let version = world.publish(|policy| policy.keys[0].revoked = revoked);
        within(served.readiness.clone().wait_for(version)).await;
        assert_eq!(served.client.get("/api/v1/me", &key).await.status, status);
    }
}

#[tokio::test]
async fn of_a_key_that_is_not_held_in_full_nothing_is_told_and_nothing_happens() {
    let mut world = World::new().await;
    world.change = Box::new(|config| config.requests.unidentified.requests = 10_000);
    let tenant = world.tenant(PLENTY, PLENTY);
    let [known, revoked, wrong, suspended] = [(); 4].map(|()| world.key(tenant, Scopes::all()));
    {
        let keys = &mut world.policy.lock().unwrap().keys;
        keys[1].revoked = true;
        // Their public halves are known, their secrets are others.
        keys[2].hash = keys[0].hash.clone();
        keys[3].hash = keys[1].hash.clone();
        keys[3].revoked = true;
    }
    let served = world.start().await;
    let stranger = PlainKey::generate(Environment::Live, &SystemEntropy);
    for key in [&stranger, &wrong, &suspended] {
        let answer = report(&served, &one(key.reveal())).await;
        assert_eq!(answer.json(), json!({ "keys": [{ "key_id": key.id(), "status": "unknown" }] }));
        assert!(answer.headers.keys().all(|name| !name.as_str().contains("ratelimit")), "{answer:?}");
    }
    let mistyped = format!("{}x", &known.reveal()[..known.reveal().len() - 1]);
    for text in [&mistyped, known.id(), "password", "anp_live_"] {
        let answer = report(&served, &one(text)).await;
        assert_eq!(answer.json(), json!({ "keys": [{ "key_id": null, "status": "unknown" }] }), "{text}");
    }
    assert_eq!(served.client.get("/api/v1/me", &known).await.status, 200);
    assert!(world.feed.reports.lock().unwrap().iter().all(|report| report.leaked.is_empty()));
    let again = report(&served, &one(revoked.reveal())).await;
    assert_eq!(again.json()["keys"][0]["status"], "revoked");
    assert!(world.api.take().len() == 1, "a report went to the API application");
}

#[tokio::test]
async fn a_report_keeps_to_the_contract() {
    let mut world = World::new().await;
    world.change = Box::new(|config| config.requests.unidentified.requests = 10_000);
    let (served, key) = world.start_with_key().await;
    let many = json!({ "keys": vec![json!({ "key": "x" }); 101] });
    let extra = json!({ "keys": [{ "key": key.reveal(), "owner": "me" }] });
    for body in [json!({}), json!({ "keys": [] }), json!([]), many, extra] {
        let refused = report(&served, &body).await;
        assert_eq!(refused.problem(), (422, "schema".to_owned()), "{body}");
        assert!(!String::from_utf8_lossy(&refused.body).contains(key.id()));
    }
    let send = async |method, target, content_type, body: &'static str| {
        let request = served.client.request(method, target, None).header("content-type", content_type);
        served.client.send(request.body(Full::from(body)).unwrap()).await.problem()
    };
    let path = "/api/v1/leaked-keys";
    assert_eq!(send("POST", path, "text/plain", "{}").await.1, "media-type");
    assert_eq!(send("POST", path, "application/json", "{\"keys\":[],\"keys\":[]}").await.1, "malformed");
    assert_eq!(send("POST", "/api/v1/leaked-keys?a=1", "application/json", "{}").await.1, "schema");
    assert_eq!(send("PUT", path, "application/json", "{}").await.1, "method");
    let unknown = "/api/v1/a-public-operation-that-the-gateway-does-not-know";
    assert_eq!(send("GET", unknown, "application/json", "").await, (404, "not-found".to_owned()));
    assert_eq!(served.client.get(unknown, &key).await.problem().1, "not-found");
    assert!(world.api.take().is_empty());
    assert_eq!(served.client.get("/api/v1/me", &key).await.status, 200);
}

#[tokio::test]
async fn reports_from_one_address_are_limited() {
    let mut world = World::new().await;
    world.change = Box::new(|config| config.requests.unidentified.requests = 3);
    let (served, key) = world.start_with_key().await;
    let statuses = async {
        let mut statuses = Vec::new();
        for _ in 0..5 {
            statuses.push(report(&served, &one("unknown")).await.status.as_u16());
        }
        statuses
    };
    assert_eq!(statuses.await, [200, 200, 200, 429, 429]);
    assert_eq!(report(&served, &one(key.reveal())).await.problem().1, "rate-limited");
    assert_eq!(served.client.get("/api/v1/me", &key).await.status, 200);
}

#[tokio::test]
async fn without_a_policy_nothing_is_said_of_a_key() {
    let world = World::new().await;
    let served = world.start_closed().await;
    let stranger = PlainKey::generate(Environment::Live, &SystemEntropy);
    assert_eq!(report(&served, &one(stranger.reveal())).await.problem(), (503, "overloaded".to_owned()));
}
