//! `up`: from nothing to a text, and again.

use std::{collections::BTreeSet, path::Path, time::Duration};

use serde_json::Value;
use testkit::scripted_llm::{Script, ScriptedLlm};

use crate::program::{Process, Up, answered, free_addresses, read_all};

fn once(data_dir: &Path, arguments: &[&str]) -> (i32, String, String) {
    let directory = data_dir.to_str().unwrap();
    let arguments = [&["up", "--once", "--data-dir", directory], arguments].concat();
    let (mut process, stdout) = Process::start(&arguments, &free_addresses());
    let text = read_all(stdout);
    (process.wait().code().unwrap_or(-1), text, process.log())
}

#[test]
fn the_first_start_writes_an_introduction_and_the_second_reuses_everything() {
    let folder = tempfile::tempdir().unwrap();
    let (code, text, log) = once(folder.path(), &["--json"]);
    assert_eq!(code, 0, "{log}");
    let first: Value = serde_json::from_str(&text).expect("one JSON object");
    assert_eq!(first["dietitians"].as_object().unwrap().len(), 3);
    let generation = &first["generation"];
    assert_eq!(generation["review_required"], true);
    assert_eq!(generation["writer"], "composer");
    let words = generation["variants"][0]["text"].as_str().unwrap().split_whitespace().count();
    assert!(words >= 40, "{generation}");
    let key = std::fs::read_to_string(first["api_key_file"].as_str().unwrap()).unwrap();

    let (code, text, log) = once(folder.path(), &["--json"]);
    assert_eq!(code, 0, "{log}");
    let second: Value = serde_json::from_str(&text).expect("one JSON object");
    assert_eq!(second["dietitians"], first["dietitians"]);
    assert_ne!(second["generation"]["id"], first["generation"]["id"]);
    assert_eq!(std::fs::read_to_string(second["api_key_file"].as_str().unwrap()).unwrap(), key);
}

#[test]
fn people_see_the_text_and_where_everything_is_and_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let (code, text, log) = once(folder.path(), &[]);
    assert_eq!(code, 0, "{log}");
    assert!(text.contains("https://127.0.0.1:") && text.contains("a draft"), "{text}");
    let key = std::fs::read_to_string(folder.path().join("demo/api-key")).unwrap();
    assert!(!text.contains(key.trim()) && !log.contains(key.trim()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_demo_nothing_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let up = Up::start(folder.path(), &[], &["--no-demo"]);
    assert_eq!(up.summary["generation"], Value::Null);
    assert!(!folder.path().join("demo/api-key").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_printed_request_asks_for_the_next_text() {
    let folder = tempfile::tempdir().unwrap();
    let up = Up::start(folder.path(), &[], &[]);
    let caller = up.caller(&up.key());
    let (status, generation) = answered(caller.post("/generations", &up.demo_request())).await;
    assert_eq!(status, 201, "{generation}");
    assert_ne!(generation["id"], up.summary["generation"]["id"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ctrl_c_lets_a_running_request_end() {
    let llm = ScriptedLlm::start(Script::honest()).await;
    let folder = tempfile::tempdir().unwrap();
    let mut up = Up::start(
        folder.path(),
        &[("ANP_LLM_BASE_URL", &llm.base_url()), ("ANP_LLM_MODEL", "scripted")],
        &[],
    );
    llm.always(Script::honest().slow_first_byte(Duration::from_secs(2)));
    let started = llm.counts().started;
    let request = up.caller(&up.key()).post("/generations", &up.demo_request());
    let running = tokio::spawn(answered(request));
    assert!(llm.wait_for(|counts| counts.started > started).await);
    up.process.signal("INT");
    let (status, generation) = running.await.unwrap();
    assert_eq!(status, 201, "{generation}");
    assert_eq!(up.process.wait().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_personal_or_secret_reaches_a_log() {
    let folder = tempfile::tempdir().unwrap();
    let mut up = Up::start(folder.path(), &[("RUST_LOG", "info")], &[]);
    let mut request = up.demo_request();
    request["client"]["slots"]["first_name"] = "Canarymira".into();
    request["brief"] = "canary-brief-7781".into();
    let (status, generation) = answered(up.caller(&up.key()).post("/generations", &request)).await;
    assert_eq!(status, 201, "{generation}");
    up.interrupt();
    let log = up.process.log();
    assert!(log.contains("createGeneration"), "the access line is missing: {log}");
    let secret_files = ["secrets/master-key", "secrets/key-pepper", "secrets/context-key", "demo/api-key"];
    let mut canaries: BTreeSet<String> =
        secret_files.iter().map(|name| std::fs::read_to_string(folder.path().join(name)).unwrap()).collect();
    canaries.extend(["Canarymira".to_owned(), "canary-brief-7781".to_owned()]);
    for canary in canaries {
        assert!(!log.contains(canary.trim()));
    }
}
