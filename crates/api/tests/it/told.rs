//! What those who run the role are told: liveness, readiness, and what was counted.

use http::StatusCode;
use seal::pki::{CONTROL_PLANE_NAME, Usage};
use testkit::{
    on_both_engines,
    scripted_llm::{Script, ScriptedLlm},
    test_db::Engine,
    told,
};

use crate::{
    app::{App, Sent, caller, identity},
    requests::{self, GENERATIONS},
};

#[tokio::test]
async fn requests_are_counted_by_operation_and_problems_by_code() {
    let app = App::start(Engine::Sqlite).await;
    assert_eq!(app.send(&caller(), &Sent::get("/api/v1/me")).await.status, StatusCode::OK);
    assert_eq!(app.send(&caller(), &Sent::get("/api/v1/nothing")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.send_raw(&Sent::get("/api/v1/me"), Vec::new()).await.status, StatusCode::UNAUTHORIZED);
    told::counts(
        app.operations,
        &[
            ("anp_api_requests_total{operation=\"getMe\",status=\"2xx\"}", 1.0),
            ("anp_api_requests_total{operation=\"getMe\",status=\"4xx\"}", 0.0),
            ("anp_api_requests_total{operation=\"-\",status=\"4xx\"}", 2.0),
            ("anp_api_request_duration_seconds_count{operation=\"getMe\"}", 1.0),
            ("anp_api_problems_total{code=\"not-found\"}", 1.0),
            ("anp_api_problems_total{code=\"context-invalid\"}", 1.0),
            ("anp_api_requests_in_flight", 0.0),
            ("anp_api_draining", 0.0),
        ],
    )
    .await;
    let series = told::series(app.operations).await;
    assert!(!series.keys().any(|name| name.starts_with("anp_api_model_up")), "there is no model");
}

#[tokio::test]
async fn who_writes_and_what_the_model_did_is_counted_and_nobody_is_named() {
    let llm = ScriptedLlm::start(Script::honest()).await;
    let app = App::start_with_llm(Engine::Sqlite, &llm).await;
    let caller = caller();
    let id = requests::dietitian(&app, &caller).await;
    let asked = Sent::post(GENERATIONS, &requests::generation(&id));
    app.send(&caller, &asked).await.ok();
    llm.always(Script::status(401));
    app.send(&caller, &asked).await.ok();
    told::counts(
        app.operations,
        &[
            ("anp_api_generations_total{writer=\"llm\",end=\"stored\"}", 1.0),
            ("anp_api_generations_total{writer=\"composer\",end=\"stored\"}", 1.0),
            ("anp_api_generations_total{writer=\"composer\",end=\"failed\"}", 0.0),
            ("anp_api_model_texts_total{outcome=\"ok\"}", 1.0),
            ("anp_api_model_texts_total{outcome=\"failed\"}", 1.0),
            ("anp_api_model_calls_total{end=\"answered\"}", 1.0),
            ("anp_api_model_calls_running", 0.0),
            ("anp_api_model_up", 1.0),
            ("anp_api_work_waiting", 0.0),
        ],
    )
    .await;
    let (_, text) = told::ask(app.operations, "/metrics").await;
    for secret in [id.as_str(), caller.key.as_str(), &caller.tenant.to_string(), "127.0.0.1", "Joanna"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[tokio::test]
async fn connections_are_counted_before_anything_is_asked_on_them() {
    let app = App::start(Engine::Sqlite).await;
    let open = app.connect().await;
    let stranger = identity(&app.authority, CONTROL_PLANE_NAME, Usage::Client);
    for stranger in [None, Some(&stranger)] {
        drop(app.connect_as(stranger).await);
    }
    told::counts(
        app.operations,
        &[
            ("anp_api_connections_open{listener=\"gateways\"}", 1.0),
            ("anp_api_tls_handshakes_total{listener=\"gateways\",version=\"1.3\"}", 1.0),
            ("anp_api_tls_handshake_failures_total{listener=\"gateways\",reason=\"certificate\"}", 2.0),
        ],
    )
    .await;
    drop(open);
    told::counts(app.operations, &[("anp_api_connections_open{listener=\"gateways\"}", 0.0)]).await;
}

on_both_engines! {
    async fn it_is_ready_while_the_database_answers_and_its_own_port_serves_nothing_else(engine: Engine) {
        let app = App::start(engine).await;
        assert_eq!(told::ask(app.operations, "/livez").await, (200, "ok\n".to_owned()));
        assert_eq!(told::ask(app.operations, "/readyz").await, (200, "ok\n".to_owned()));
        assert_eq!(told::ask(app.operations, "/api/v1/me").await.0, 404);
    }
}
