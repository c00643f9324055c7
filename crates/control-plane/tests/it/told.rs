//! What those who run the role are told: liveness, readiness, and what was counted.

use seal::pki::GATEWAY_NAME;
use testkit::{test_db::Engine, told};

use crate::running::Running;

#[tokio::test]
async fn requests_are_counted_by_route_and_made_up_ones_together() {
    let running = Running::start(Engine::Sqlite).await;
    let (browser, gateway) = (running.client(None), running.client(Some(GATEWAY_NAME)));
    for path in ["/reference", "/made-up", "/made-up-too?made-up=1"] {
        browser.get(running.page(path)).send().await.unwrap().bytes().await.unwrap();
    }
    gateway.get(running.feed("?after=7")).send().await.unwrap().bytes().await.unwrap();
    gateway.get(running.feed("/pages/made-up")).send().await.unwrap().bytes().await.unwrap();
    assert!(browser.get(running.feed("?after=7")).send().await.is_err());
    told::counts(
        running.operations,
        &[
            ("anp_control_plane_requests_total{operation=\"/reference\",status=\"2xx\"}", 1.0),
            ("anp_control_plane_requests_total{operation=\"/policy\",status=\"2xx\"}", 1.0),
            ("anp_control_plane_requests_total{operation=\"/policy/pages/{digest}\",status=\"4xx\"}", 1.0),
            ("anp_control_plane_requests_total{operation=\"-\",status=\"4xx\"}", 2.0),
            ("anp_control_plane_tls_handshake_failures_total{listener=\"feed\",reason=\"certificate\"}", 1.0),
            (
                "anp_control_plane_tls_handshake_failures_total{listener=\"pages\",reason=\"certificate\"}",
                0.0,
            ),
            ("anp_control_plane_database_up", 1.0),
            ("anp_control_plane_policy_keys", 0.0),
        ],
    )
    .await;
    let (_, text) = told::ask(running.operations, "/metrics").await;
    assert!(!text.contains("made-up"), "{text}");
    assert!(text.contains("anp_control_plane_policy_version"), "{text}");
    for certificate in ["ANP_CONTROL_PLANE_CERT_FILE", "ANP_POLICY_FEED_CERT_FILE"] {
        let name = format!("anp_control_plane_certificate_left_seconds{{certificate=\"{certificate}\"}}");
        assert!(text.contains(&name), "{name}");
    }
}

#[tokio::test]
async fn it_is_ready_while_it_publishes_and_the_database_answers() {
    let running = Running::start(Engine::Sqlite).await;
    told::counts(running.operations, &[("anp_control_plane_database_up", 1.0)]).await;
    assert_eq!(told::ask(running.operations, "/readyz").await, (200, "ok\n".to_owned()));
    running.database.close().await.unwrap();
    told::counts(running.operations, &[("anp_control_plane_database_up", 0.0)]).await;
    let (status, problem) = told::ask(running.operations, "/readyz").await;
    assert!(status == 503 && problem.contains("the database does not answer"), "{problem}");
    assert_eq!(told::ask(running.operations, "/livez").await, (200, "ok\n".to_owned()));
}
