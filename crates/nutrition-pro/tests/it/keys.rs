//! The life of a key from end to end: how long, from where, seen in a URL, leaked, last used.

use std::time::Duration;

use serde_json::{Value, json};

use crate::program::{Caller, Up, answer, answered, complaint};

/// Adds a tenant with an application, and returns their ids.
fn application(up: &Up) -> (String, String) {
    let tenant = answer(&up.beside(&["tenant", "add", "--name", "Planner"]));
    let tenant = tenant["id"].as_str().unwrap().to_owned();
    let app = answer(&up.beside(&["app", "add", "--tenant", &tenant, "--name", "Web"]));
    (tenant, app["id"].as_str().unwrap().to_owned())
}

/// Waits until `key list` shows the key `id` as `fits` wants it.
async fn listed(up: &Up, id: &str, fits: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..400 {
        let keys = answer(&up.beside(&["key", "list"]));
        let key = keys.as_array().unwrap().iter().find(|key| key["id"] == id).unwrap().clone();
        if fits(&key) {
            return key;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it did not come to it: {}", answer(&up.beside(&["key", "list"])));
}

/// Returns a header of the answer to who calls.
async fn header(caller: &Caller, name: &str) -> Option<String> {
    let response = caller.request(reqwest::Method::GET, "/me").send().await.unwrap();
    response.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenants_maximum_age_holds_for_new_keys_and_for_those_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let up = Up::start(folder.path(), &[], &["--no-demo"]);
    let (tenant, app) = application(&up);
    let key = answer(&up.beside(&["key", "issue", "--app", &app]));
    let set = ["tenant", "set", &tenant, "--key-max-age-days", "10"];
    let changed = answer(&up.beside(&set));
    assert_eq!((&changed["key_max_age_days"], &changed["revoke_exposed"]), (&json!(10), &json!(false)));
    assert_eq!(changed["shortened_keys"][0]["id"], key["id"]);
    let refused = up.beside(&["key", "issue", "--app", &app, "--days", "11"]);
    assert!(!refused.status.success() && complaint(&refused).contains("1 to 10 days"));
    let events = answer(&up.beside(&["key", "events", "--tenant", &tenant]));
    let kinds: Vec<_> =
        events.as_array().unwrap().iter().map(|event| (&event["kind"], &event["key"])).collect();
    assert_eq!(kinds, [(&json!("issued"), &key["id"]), (&json!("shortened"), &key["id"])]);

    // Ten days are within the fourteen in which answers say so.
    let caller = up.caller(key["key"].as_str().unwrap());
    let end = changed["shortened_keys"][0]["expires_at"].as_str().unwrap();
    for _ in 0..400 {
        if header(&caller, "api-key-expires-at").await.as_deref() == Some(end) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no answer said that the key ends at {end}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_seen_in_a_url_is_flagged_and_its_use_is_listed() {
    let folder = tempfile::tempdir().unwrap();
    let mut up = Up::start(folder.path(), &[], &["--no-demo"]);
    let (_, app) = application(&up);
    let issued = answer(&up.beside(&["key", "issue", "--app", &app]));
    let (id, key) = (issued["id"].as_str().unwrap(), issued["key"].as_str().unwrap());
    assert_eq!((&issued["last_used_at"], &issued["exposed_at"]), (&Value::Null, &Value::Null));
    let caller = up.caller(key);
    caller.wait_for_status(200).await;
    assert_eq!(caller.get(&format!("/me?key={key}")).await.1["code"], "key-in-url");
    listed(&up, id, |key| !key["exposed_at"].is_null()).await;
    for _ in 0..400 {
        if header(&caller, "api-key-exposed").await.as_deref() == Some("true") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(header(&caller, "api-key-exposed").await.as_deref(), Some("true"));
    let key_listed = listed(&up, id, |key| !key["last_used_at"].is_null()).await;
    assert!(key_listed["last_used_at"].as_str().unwrap().ends_with(":00Z"), "{key_listed}");
    let events = answer(&up.beside(&["key", "events", "--key", id]));
    assert_eq!((&events[0]["kind"], &events[1]["kind"]), (&json!("issued"), &json!("exposed")));
    assert_eq!(events[1]["details"], json!({ "seen_in": "url", "revoked": false }));
    up.interrupt();
    let log = up.process.log();
    assert!(log.contains("a key must be replaced"), "{log}");
    assert!(!log.contains(key.split('_').nth(3).unwrap()), "the secret stands in the log");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_finds_a_leaked_key_ends_it_without_a_key_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let up = Up::start(folder.path(), &[], &["--no-demo"]);
    let (_, app) = application(&up);
    let issued = answer(&up.beside(&["key", "issue", "--app", &app]));
    let (id, key) = (issued["id"].as_str().unwrap(), issued["key"].as_str().unwrap());
    let caller = up.caller(key);
    caller.wait_for_status(200).await;
    let finder = up.caller("");
    let report =
        json!({ "keys": [{ "key": key, "source": "https://code.example/.env#L1" }, { "key": "x" }] });
    let (status, judged) = answered(finder.post("/leaked-keys", &report)).await;
    assert_eq!(status, 200, "{judged}");
    assert_eq!(judged["keys"][0], json!({ "key_id": id, "status": "revoked" }));
    assert_eq!(judged["keys"][1], json!({ "key_id": null, "status": "unknown" }));
    assert_eq!(caller.get("/me").await.1["code"], "key-revoked");
    let revoked = listed(&up, id, |key| key["state"] == "revoked").await;
    assert!(!revoked["revoked_at"].is_null());
    let events = answer(&up.beside(&["key", "events", "--key", key]));
    let told: Vec<_> = events.as_array().unwrap()[1..].iter().map(|event| &event["details"]).collect();
    let leaked = json!({ "source": "https://code.example/.env", "revoked": true });
    assert_eq!(told, [&json!({ "cause": "leak-reported" }), &leaked]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_held_to_its_networks_within_a_moment() {
    let folder = tempfile::tempdir().unwrap();
    let up = Up::start(folder.path(), &[], &["--no-demo"]);
    let (_, app) = application(&up);
    let issue = ["key", "issue", "--app", &app, "--network", "127.0.0.0/8", "--network", "::1"];
    let issued = answer(&up.beside(&issue));
    let id = issued["id"].as_str().unwrap();
    assert_eq!(issued["networks"], json!(["127.0.0.0/8", "::1/128"]));
    let caller = up.caller(issued["key"].as_str().unwrap());
    caller.wait_for_status(200).await;
    answer(&up.beside(&["key", "restrict", id, "--network", "203.0.113.0/24"]));
    caller.wait_for_status(403).await;
    assert_eq!(caller.get("/me").await.1["code"], "network-not-allowed");
    answer(&up.beside(&["key", "restrict", id, "--everywhere"]));
    caller.wait_for_status(200).await;
    let mistyped = up.beside(&["key", "restrict", id, "--network", "203.0.113.7/24"]);
    assert!(!mistyped.status.success() && complaint(&mistyped).contains("203.0.113.0/24"));
    assert!(
        !up.beside(&["key", "restrict", id]).status.success(),
        "nothing said must not lift a restriction"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_is_added_tried_and_removed_by_command_and_events_say_who_was_told() {
    let folder = tempfile::tempdir().unwrap();
    let up = Up::start(folder.path(), &[], &["--no-demo"]);
    let (tenant, app) = application(&up);
    let refused = up.beside(&["webhook", "add", "--tenant", &tenant, "--url", "http://hooks.example.com/"]);
    assert!(!refused.status.success() && complaint(&refused).contains("https://"));
    let url = "https://localhost:9/hook";
    let added = answer(&up.beside(&["webhook", "add", "--tenant", &tenant, "--url", url]));
    assert!(added["secret"].as_str().unwrap().starts_with("whsec_"));
    let id = added["id"].as_str().unwrap();
    let key = answer(&up.beside(&["key", "issue", "--app", &app]));

    let tried = up.beside(&["webhook", "test", id]);
    assert_eq!(tried.status.code(), Some(1));
    assert!(complaint(&tried).contains("not public"), "{}", complaint(&tried));

    let removed = answer(&up.beside(&["webhook", "remove", id]));
    assert_eq!(removed["removed"], true);
    assert_eq!(answer(&up.beside(&["webhook", "list"])), json!([]));
    let events = answer(&up.beside(&["event", "list", "--tenant", &tenant]));
    let told: Vec<_> = events
        .as_array()
        .unwrap()
        .iter()
        .map(|event| (&event["kind"], &event["key"], &event["deliveries"][0]["state"]))
        .collect();
    let dead = json!("dead");
    assert_eq!(
        told,
        [(&json!("issued"), &key["id"], &dead), (&json!("test"), &Value::Null, &dead)],
        "what a removed webhook was not told is given up"
    );
    assert!(!events.to_string().contains(key["key"].as_str().unwrap()));
}
