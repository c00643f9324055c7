//! Texts by language models: a scripted one that misbehaves, and a real one that is small and often wrong.

use serde_json::Value;
use testkit::{
    real_llm::RealLlm,
    scripted_llm::{Fault, Script, ScriptedLlm},
};

use crate::program::{Up, answered};

async fn text_with(script: Script) -> (Value, String) {
    let llm = ScriptedLlm::start(script).await;
    let folder = tempfile::tempdir().unwrap();
    let up = Up::start(
        folder.path(),
        &[("ANP_LLM_BASE_URL", &llm.base_url()), ("ANP_LLM_MODEL", "scripted")],
        &[],
    );
    let asked = llm.requests().iter().map(|request| request.raw.clone()).collect::<Vec<_>>().join("\n");
    (up.summary["generation"].clone(), asked)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decent_model_writes() {
    let (generation, asked) = text_with(Script::honest()).await;
    assert_eq!(generation["writer"], "llm", "{generation}");
    assert!(asked.contains("\"store\":false"), "{asked}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_composer_writes_when_the_model_fails() {
    for script in [
        Script::status(500),
        Script::status(401),
        Script::empty(),
        Script::honest().fault_after(2, Fault::Reset),
    ] {
        let (generation, _) = text_with(script).await;
        assert_eq!(generation["writer"], "composer", "{generation}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_model_never_sees_the_client() {
    let (generation, asked) = text_with(Script::honest()).await;
    let text = generation["variants"][0]["text"].as_str().unwrap();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/voices");
    for entry in std::fs::read_dir(folder).unwrap() {
        let voice: Value =
            serde_json::from_str(&std::fs::read_to_string(entry.unwrap().path()).unwrap()).unwrap();
        let mut names: Vec<_> =
            voice["entities"].as_array().unwrap().iter().map(|entity| &entity["text"]).collect();
        names.extend(voice["request"]["client"]["slots"].as_object().unwrap().values());
        for name in names.into_iter().filter_map(Value::as_str) {
            assert!(!asked.contains(name), "the model was told {name}");
        }
    }
    assert!(!text.contains("{{"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_leaves_of_a_real_small_model_has_passed_the_rules_or_is_the_composers() {
    let llm = RealLlm::start().await.expect("the real language model server");
    let folder = tempfile::tempdir().unwrap();
    let up = Up::start(
        folder.path(),
        &[("ANP_LLM_BASE_URL", llm.base_url()), ("ANP_LLM_MODEL", RealLlm::MODEL)],
        &["--no-demo"],
    );
    drop(up);
    let up = Up::start(
        folder.path(),
        &[("ANP_LLM_BASE_URL", llm.base_url()), ("ANP_LLM_MODEL", RealLlm::MODEL)],
        &[],
    );
    let request = up.demo_request();
    let (status, generation) = answered(up.caller(&up.key()).post("/generations", &request)).await;
    assert_eq!(status, 201, "{generation}");
    let text = generation["variants"][0]["text"].as_str().unwrap();
    let mut check = serde_json::json!({ "text": text });
    for member in ["type", "language", "units", "client", "facts", "length"] {
        check[member] = request[member].clone();
    }
    let (status, verdict) = answered(up.caller(&up.key()).post("/checks", &check)).await;
    assert_eq!((status, verdict["verdict"].as_str()), (200, Some("pass")), "{verdict} {text}");
}
