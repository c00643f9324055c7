//! Killed between the language model's answer and the commit, nothing is lost and nothing counted twice (threat A4).

use std::{path::Path, time::Duration};

use reqwest::RequestBuilder;
use serde_json::Value;
use testkit::{
    scripted_llm::{Script, ScriptedLlm},
    test_db::{Engine, TestDb},
};

use crate::program::Up;

/// How long after the model's last byte the process is killed, in milliseconds: before, while and after it commits.
const KILL_AFTER: [u64; 10] = [0, 1, 2, 3, 5, 8, 12, 20, 40, 100];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_counts_a_text_once_whenever_it_is_killed() {
    killed_at_every_point(&[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_counts_a_text_once_whenever_it_is_killed() {
    let (control, api) = (TestDb::control(Engine::Postgres).await, TestDb::api(Engine::Postgres).await);
    killed_at_every_point(&[
        ("ANP_CONTROL_PLANE_DATABASE_URL", control.service_address()),
        ("ANP_API_DATABASE_URL", api.service_address()),
    ])
    .await;
}

async fn killed_at_every_point(databases: &[(&str, &str)]) {
    let llm = ScriptedLlm::start(Script::honest()).await;
    let folder = tempfile::tempdir().unwrap();
    let base_url = llm.base_url();
    let mut environment = vec![
        ("ANP_LLM_BASE_URL", base_url.as_str()),
        ("ANP_LLM_MODEL", "scripted"),
        ("ANP_API_WRITING_SECONDS", "1"),
        ("ANP_API_IDEMPOTENCY_LEASE_SECONDS", "2"),
    ];
    environment.extend(databases);
    let mut up = Up::start(folder.path(), &environment, &[]);
    let request = up.demo_request();
    let mut expected = generations(&up).await;
    assert_eq!(used(&up).await, expected);
    for (point, after) in KILL_AFTER.into_iter().enumerate() {
        let caller = up.caller(&up.key());
        let idempotency_key = format!("crash-point-{point:04}");
        let ask = |caller: &crate::program::Caller| -> RequestBuilder {
            caller.post("/generations", &request).header("idempotency-key", &idempotency_key)
        };
        let finished = llm.counts().finished;
        let first = ask(&caller);
        let asked = tokio::spawn(async move { first.send().await.map(|response| response.status()) });
        assert!(llm.wait_for(|counts| counts.finished > finished).await);
        tokio::time::sleep(Duration::from_millis(after)).await;
        up.process.signal("KILL");
        up.process.wait();
        let _ = asked.await;
        up = restart(folder.path(), up);
        let stored = until_stored(&up, &ask).await;
        expected += 1;
        // The demo of the restart asks for a text of its own.
        expected += 1;
        assert_eq!(generations(&up).await, expected, "point {point}: {stored}");
        assert_eq!(used(&up).await, expected, "point {point}: {stored}");
    }
}

fn restart(data_dir: &Path, up: Up) -> Up {
    let environment = up.environment.clone();
    drop(up);
    Up::start_in(data_dir, environment, &[])
}

/// Repeats the request as a client does: with the same idempotency key, until the first one is known to have ended.
async fn until_stored(up: &Up, ask: &impl Fn(&crate::program::Caller) -> RequestBuilder) -> Value {
    let caller = up.caller(&up.key());
    loop {
        let (status, answer) = crate::program::answered(ask(&caller)).await;
        match status {
            201 => return answer,
            409 => tokio::time::sleep(Duration::from_millis(100)).await,
            _ => panic!("{status}: {answer}"),
        }
    }
}

async fn generations(up: &Up) -> u64 {
    let caller = up.caller(&up.key());
    let (status, list) = caller.get("/generations?limit=100").await;
    assert_eq!(status, 200, "{list}");
    list["items"].as_array().unwrap().len() as u64
}

async fn used(up: &Up) -> u64 {
    let (status, usage) = up.caller(&up.key()).get("/usage").await;
    assert_eq!(status, 200, "{usage}");
    usage["items"].as_array().unwrap().iter().map(|row| row["units"].as_u64().unwrap()).sum()
}
