//! Threat A1: whoever is not the gateway, or has not its word for this very request, is not served.

use domain::{
    clock::Clock as _,
    scope::{Scope, Scopes},
};
use http::StatusCode;
use seal::{
    context::HEADER,
    entropy::SystemEntropy,
    pki::{Authority, CONTROL_PLANE_NAME, GATEWAY_NAME, Usage},
    token::SigningKey,
};
use testkit::{on_both_engines, test_db::Engine};

use crate::{
    app::{App, Reply, Sent, caller, identity, request, system_now},
    requests,
};

fn me() -> Sent {
    Sent::get("/api/v1/me")
}

#[track_caller]
fn assert_refused(reply: &Reply) {
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::UNAUTHORIZED, "context-invalid"));
}

#[tokio::test]
async fn only_the_gateways_certificate_is_let_in() {
    let app = App::start(Engine::Sqlite).await;
    let (rogue, _) = Authority::generate(system_now()).unwrap();
    let strangers = [
        None,
        Some(identity(&app.authority, CONTROL_PLANE_NAME, Usage::Client)),
        Some(identity(&app.authority, "client.example", Usage::Client)),
        Some(identity(&app.authority, GATEWAY_NAME, Usage::Server)),
        Some(identity(&rogue, GATEWAY_NAME, Usage::Client)),
    ];
    for (number, stranger) in strangers.iter().enumerate() {
        // TLS 1.3 clients learn of a refused certificate with the first answer.
        let Some(mut sender) = app.connect_as(stranger.as_ref()).await else { continue };
        let vouched = vec![(HEADER.to_owned(), app.vouch(&caller(), &me()))];
        let answer = sender.send_request(request(&me(), vouched)).await;
        assert!(answer.is_err(), "stranger {number} was answered {answer:?}");
    }
    assert_eq!(app.send(&caller(), &me()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_request_without_the_gateways_word_is_refused_whatever_it_claims() {
    let app = App::start(Engine::Sqlite).await;
    let tenant = caller().tenant.to_string();
    for claim in [
        "x-tenant-id",
        "x-tenant",
        "x-consumer-id",
        "x-consumer-custom-id",
        "forwarded",
        "x-user",
        "authorization",
    ] {
        assert_refused(&app.send_raw(&me(), vec![(claim.to_owned(), tenant.clone())]).await);
    }
    for target in ["/api/v1/me", "/api/v1/nothing", "/", "/api/v1/dietitians/x", "/metrics", "/health"] {
        assert_refused(&app.send_raw(&Sent::get(target), Vec::new()).await);
    }
}

#[tokio::test]
async fn every_operation_needs_the_gateways_word() {
    let app = App::start(Engine::Sqlite).await;
    let caller = caller();
    let stock = requests::stock(&app, &caller).await;
    for (operation, sent) in requests::all(&caller, &stock) {
        let reply = app.send_raw(&sent, Vec::new()).await;
        assert_eq!(reply.code(), "context-invalid", "{operation}");
    }
    assert_eq!(app.send(&caller, &Sent::get(requests::at(&stock.dietitian))).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_context_serves_once() {
    let app = App::start(Engine::Sqlite).await;
    let vouched = vec![(HEADER.to_owned(), app.vouch(&caller(), &me()))];
    assert_eq!(app.send_raw(&me(), vouched.clone()).await.status, StatusCode::OK);
    assert_refused(&app.send_raw(&me(), vouched.clone()).await);
    app.clock.advance(time::Duration::seconds(29));
    assert_refused(&app.send_raw(&me(), vouched).await);
}

#[tokio::test]
async fn a_context_serves_for_thirty_seconds() {
    let app = App::start(Engine::Sqlite).await;
    for (offset, expected) in [(-31, 401), (-30, 200), (30, 200), (31, 401)] {
        let then = app.clock.now() + time::Duration::seconds(offset);
        let vouched = vec![(HEADER.to_owned(), app.vouch_at(&caller(), &me(), then))];
        assert_eq!(app.send_raw(&me(), vouched).await.status.as_u16(), expected, "{offset} s");
    }
}

#[tokio::test]
async fn a_context_serves_its_own_request_only() {
    let app = App::start(Engine::Sqlite).await;
    let caller = caller();
    let sent = Sent::post(requests::DIETITIANS, &requests::new_dietitian());
    let others = [
        Sent { body: sent.body.as_ref().map(|body| body.replace("\"en\"", "\"de\"")), ..sent.clone() },
        Sent { body: sent.body.as_ref().map(|body| format!("{body} ")), ..sent.clone() },
        Sent { target: format!("{}?limit=1", requests::DIETITIANS), ..sent.clone() },
        Sent { target: requests::CHECKS.to_owned(), ..sent.clone() },
        Sent { method: http::Method::PUT, ..sent.clone() },
    ];
    for other in others {
        let vouched = vec![(HEADER.to_owned(), app.vouch(&caller, &sent))];
        assert_refused(&app.send_raw(&other, vouched).await);
    }
    assert_eq!(
        app.send(&caller, &Sent::get(requests::DIETITIANS)).await.ok()["items"],
        serde_json::json!([])
    );
}

#[tokio::test]
async fn another_gateways_word_is_refused() {
    let app = App::start(Engine::Sqlite).await;
    let seed = SigningKey::new_seed(&SystemEntropy);
    let rogue = SigningKey::from_seed(&*seed).unwrap();
    let bound = seal::context::BoundRequest { method: "GET", target: "/api/v1/me", body: b"" };
    let word = seal::context::sign(&rogue, caller(), &bound, "r", app.clock.now(), &SystemEntropy);
    assert_refused(&app.send_raw(&me(), vec![(HEADER.to_owned(), word)]).await);
}

#[tokio::test]
async fn two_contexts_are_none() {
    let app = App::start(Engine::Sqlite).await;
    let word = || (HEADER.to_owned(), app.vouch(&caller(), &me()));
    assert_refused(&app.send_raw(&me(), vec![word(), word()]).await);
    assert_refused(&app.send_raw(&me(), vec![(HEADER.to_owned(), "x".repeat(9_000))]).await);
    assert_refused(&app.send_raw(&me(), vec![(HEADER.to_owned(), String::new())]).await);
}

#[tokio::test]
async fn each_operation_checks_its_scope_again() {
    let app = App::start(Engine::Sqlite).await;
    let all = caller();
    let stock = requests::stock(&app, &all).await;
    let document: serde_json::Value = serde_json::from_str(&api::openapi()).unwrap();
    let mut scope_of = std::collections::BTreeMap::new();
    for item in document["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            if operation["x-scope"] == "public" {
                continue;
            }
            let scope: Scope = operation["x-scope"].as_str().unwrap().parse().unwrap();
            scope_of.insert(operation["operationId"].as_str().unwrap().to_owned(), scope);
        }
    }
    for (operation, sent) in requests::all(&all, &stock) {
        let needed = scope_of[operation];
        let without = Scope::ALL.into_iter().filter(|scope| *scope != needed).collect::<Scopes>();
        let poor = domain::caller::Caller { scopes: without, ..all.clone() };
        let reply = app.send(&poor, &sent).await;
        if needed == Scope::Any {
            assert_eq!(reply.status, StatusCode::OK, "{operation}");
        } else {
            assert_eq!((reply.status.as_u16(), reply.code().as_str()), (403, "scope-missing"), "{operation}");
        }
    }
}

on_both_engines! {
    async fn the_tenant_of_a_write_is_the_one_in_the_context(engine: Engine) {
        let app = App::start(engine).await;
        let (mine, other) = (caller(), caller());
        let id = requests::bare_dietitian(&app, &mine).await;
        let body = requests::story(&id, other.application);
        let reply = app.send(&mine, &Sent::post(requests::STORE_CONTENT, &body)).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (403, "tenant-mismatch"));
        let samples = app.send(&mine, &Sent::get(format!("{}/samples", requests::at(&id)))).await.ok();
        assert_eq!(samples["items"], serde_json::json!([]));
    }
}
