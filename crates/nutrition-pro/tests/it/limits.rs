//! Limits that differ for a while, from the command to the gateway's answer.

use std::time::Duration;

use domain::clock::Clock as _;
use serde_json::json;
use serve::clock::SystemClock;

use crate::program::{Up, answer, complaint};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_is_changed_for_a_while_listed_and_ended_by_command() {
    let folder = tempfile::tempdir().unwrap();
    let up = Up::start(folder.path(), &[], &["--no-demo"]);
    let tenant = answer(&up.beside(&["tenant", "add", "--name", "Planner"]));
    let tenant = tenant["id"].as_str().unwrap();
    let app = answer(&up.beside(&["app", "add", "--tenant", tenant, "--name", "Web"]));
    let key = answer(&up.beside(&["key", "issue", "--app", app["id"].as_str().unwrap()]));
    let (id, key) = (key["id"].as_str().unwrap(), key["key"].as_str().unwrap());

    let soon = SystemClock.now() + time::Duration::days(2);
    let until = format!("{}-{:02}-{:02}", soon.year(), u8::from(soon.month()), soon.day());
    let of = ["--key", key, "--measure", "requests"];
    let set =
        [&["limit", "set"], &of[..], &["--value", "7", "--until", &until, "--reason", "a trial"]].concat();
    let changed = answer(&up.beside(&set));
    assert_eq!((&changed["of"], &changed["tenant"]), (&json!({ "key": id }), &json!(tenant)));
    let until = format!("{until}T00:00:00Z");
    let expected = json!([{ "of": { "key": id }, "measure": "requests", "value": 7, "until": until }]);
    assert_eq!(answer(&up.beside(&["limit", "list"])), expected);
    policy(&up, key, "\"key\";q=7;w=60").await;

    let clear = [&["limit", "clear"], &of[..], &["--reason", "it is over"]].concat();
    answer(&up.beside(&clear));
    assert_eq!(answer(&up.beside(&["limit", "list"])), json!([]));
    policy(&up, key, "\"key\";q=600;w=60").await;
    let changes = answer(&up.beside(&["limit", "changes", "--tenant", tenant]));
    let reasons: Vec<_> = changes.as_array().unwrap().iter().map(|change| &change["reason"]).collect();
    assert_eq!(reasons, ["a trial", "it is over"]);

    for (arguments, expected) in [
        (&clear, "no override in force"),
        (&[&set[..8], &["--until", "2020-01-01", "--reason", "x"]].concat(), "the end is in the future"),
    ] {
        let refused = up.beside(arguments);
        assert!(
            !refused.status.success() && complaint(&refused).contains(expected),
            "{}",
            complaint(&refused)
        );
    }
}

/// Waits until the gateway's answers tell `expected` of the key's limit.
async fn policy(up: &Up, key: &str, expected: &str) {
    let caller = up.caller(key);
    let mut told = String::new();
    for _ in 0..400 {
        let response = caller.request(reqwest::Method::GET, "/me").send().await.unwrap();
        if let Some(policy) = response.headers().get("ratelimit-policy") {
            told = policy.to_str().unwrap().to_owned();
        }
        if told.starts_with(expected) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{told} instead of {expected}");
}
