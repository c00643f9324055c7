//! `acl explain`: what the gateway decides, and why.

use std::{path::Path, process::Output};

use serde_json::{Value, json};

use crate::program::{Up, answer, complaint, run};

/// A control-plane database with a tenant and an application, without anything that runs.
struct Office {
    folder: tempfile::TempDir,
    tenant: String,
    app: String,
}

impl Office {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("pepper"), "A".repeat(43)).unwrap();
        let mut office = Self { folder, tenant: String::new(), app: String::new() };
        let url = office.url();
        assert!(run(&["migrate", "control-plane", "--url", &url], &[]).status.success());
        office.tenant = office.id(&["tenant", "add", "--name", "Planner"]);
        office.app = office.id(&["app", "add", "--tenant", &office.tenant, "--name", "Web"]);
        office
    }

    fn path(&self, name: &str) -> String {
        Path::new(self.folder.path()).join(name).display().to_string()
    }

    fn url(&self) -> String {
        format!("sqlite://{}", self.path("control"))
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let (url, pepper) = (self.url(), self.path("pepper"));
        run(arguments, &[("ANP_CONTROL_PLANE_DATABASE_URL", &url), ("ANP_KEY_PEPPER_FILE", &pepper)])
    }

    fn id(&self, arguments: &[&str]) -> String {
        let made = answer(&self.run(&[arguments, &["--json"]].concat()));
        made["id"].as_str().unwrap().to_owned()
    }

    /// Issues a key, and returns its id.
    fn key(&self, more: &[&str]) -> String {
        self.id(&[&["key", "issue", "--app", &self.app], more].concat())
    }

    fn explain(&self, key: &str, asked: &[&str]) -> (Option<i32>, Value) {
        let output = self.run(&[&["acl", "explain", "--json", key], asked].concat());
        (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or_default())
    }
}

/// Returns the steps, each with whether it passed.
fn steps(explained: &Value) -> Vec<(&str, bool)> {
    let steps = explained["steps"].as_array().unwrap().iter();
    steps.map(|step| (step["step"].as_str().unwrap(), step["passed"].as_bool().unwrap())).collect()
}

/// Returns what the last step found.
fn last(explained: &Value) -> &str {
    explained["steps"].as_array().unwrap().last().unwrap()["finding"].as_str().unwrap()
}

const USAGE: [&str; 2] = ["GET", "/api/v1/usage"];

#[test]
fn what_is_allowed_is_explained_step_by_step_with_exit_code_0() {
    let office = Office::new();
    let key = office.key(&["--scopes", "usage:read"]);
    let (exit, explained) = office.explain(&key, &USAGE);
    assert_eq!(exit, Some(0), "{explained}");
    assert_eq!(explained["allowed"], true);
    assert_eq!((&explained["status"], &explained["code"]), (&Value::Null, &Value::Null));
    assert_eq!((&explained["operation"], &explained["scope"]), (&json!("getUsage"), &json!("usage:read")));
    assert!(explained["policy_version"].as_u64().unwrap() > 1);
    let passed = ["route", "key", "tenant", "network", "scope"].map(|step| (step, true));
    assert_eq!(steps(&explained), passed);
    assert!(last(&explained).contains("usage:read"));

    let output = office.run(&["acl", "explain", &key, "GET", "/api/v1/usage"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.starts_with("allowed, by version "), "{told}");
    assert_eq!(told.lines().count(), 6, "{told}");
    assert!(told.contains("the operation getUsage, which needs the scope usage:read"), "{told}");

    // What needs no key asks for none.
    let (exit, public) = office.explain(&key, &["POST", "/api/v1/leaked-keys"]);
    assert_eq!((exit, steps(&public)), (Some(0), vec![("route", true)]));
}

#[test]
fn what_is_refused_names_the_step_and_the_code_with_exit_code_1() {
    let office = Office::new();
    let key = office.key(&["--scopes", "usage:read"]);
    let held = office.key(&["--network", "203.0.113.0/24"]);
    let revoked = office.key(&[]);
    assert!(office.run(&["key", "revoke", &revoked]).status.success());
    let ended = office.key(&[]);
    assert!(office.run(&["key", "rotate", &ended, "--overlap-hours", "0"]).status.success());
    let id = "018f3d6e-1111-7000-8000-000000000000";
    let (dietitian, consent) =
        (format!("/api/v1/dietitians/{id}"), format!("/api/v1/dietitians/{id}/consent/"));
    let refusals = [
        (key.as_str(), &["GET", "/api/v1/dietitians"][..], 403, "scope-missing", "scope", "usage:read"),
        (&key, &["DELETE", &dietitian], 403, "scope-missing", "scope", "usage:read"),
        (&key, &["PUT", "/api/v1/usage"], 405, "method", "route", "GET"),
        (&key, &["get", "/api/v1/usage"], 405, "method", "route", "GET"),
        (&key, &["GET", &consent], 404, "not-found", "route", "no operation"),
        (&key, &["GET", "/api/v1/%75sage"], 404, "not-found", "route", "no operation"),
        (&revoked, &USAGE, 401, "key-revoked", "key", "revoked 20"),
        (&ended, &USAGE, 401, "key-expired", "key", "ended 20"),
        ("abcdefghijklmnop", &USAGE, 401, "key-invalid", "key", "no key"),
        (
            &held,
            &["GET", "/api/v1/usage", "--network", "198.51.100.1"],
            403,
            "network-not-allowed",
            "network",
            "203.0.113.0/24",
        ),
        (
            &held,
            &["GET", "/api/v1/usage", "--network", "2001:db8::1"],
            403,
            "network-not-allowed",
            "network",
            "2001:db8::1",
        ),
        (&key, &["GET", "/api/v1/me?key=anp_live_x"], 400, "key-in-url", "route", ""),
    ];
    for (key, asked, status, code, step, finding) in refusals {
        let (exit, explained) = office.explain(key, asked);
        assert_eq!(exit, Some(1), "{asked:?}: {explained}");
        assert_eq!(
            (&explained["allowed"], &explained["status"]),
            (&json!(false), &json!(status)),
            "{asked:?}"
        );
        assert_eq!(explained["code"], code, "{asked:?}");
        let steps = steps(&explained);
        assert_eq!(steps.last(), Some(&(step, false)), "{asked:?}");
        assert!(steps[..steps.len() - 1].iter().all(|(_, passed)| *passed), "{asked:?}");
        assert!(last(&explained).contains(finding), "{explained}");
    }
    // From where it works, and where nobody says from where.
    for more in [&["--network", "203.0.113.9"][..], &["--network", "::ffff:203.0.113.9"], &[]] {
        let (exit, explained) = office.explain(&held, &[&USAGE, more].concat());
        assert_eq!(exit, Some(0), "{explained}");
    }

    let output = office.run(&["acl", "explain", &key, "GET", "/api/v1/dietitians"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.starts_with("refused: 403 scope-missing, by version "), "{told}");
    assert_eq!((told.matches("REFUSED").count(), output.stderr.len()), (1, 0), "{told}");

    assert!(office.run(&["tenant", "suspend", &office.tenant]).status.success());
    let (exit, explained) = office.explain(&key, &USAGE);
    assert_eq!((exit, &explained["code"]), (Some(1), &json!("tenant-suspended")));
    assert_eq!(steps(&explained), [("route", true), ("key", true), ("tenant", false)]);
}

#[test]
fn a_whole_key_and_what_is_no_request_are_refused_with_exit_code_64() {
    let office = Office::new();
    let made = answer(&office.run(&["key", "issue", "--json", "--app", &office.app]));
    let (id, whole) = (made["id"].as_str().unwrap(), made["key"].as_str().unwrap());
    let secret = whole.split('_').nth(3).unwrap();
    for key in [whole, &whole.to_uppercase(), secret] {
        let output = office.run(&["acl", "explain", key, "GET", "/api/v1/me"]);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(64), 0));
        let told = complaint(&output);
        assert!(told.contains("history") && told.contains("key rotate"), "{told}");
        assert!(!told.to_lowercase().contains(secret), "{told}");
    }
    for asked in [
        &["acl", "explain", "short", "GET", "/api/v1/me"][..],
        &["acl", "explain", id, "GE T", "/api/v1/me"],
        &["acl", "explain", id, "GET", "https://localhost/api/v1/me"],
        &["acl", "explain", id, "GET", "api/v1/me"],
        &["acl", "explain", id, "GET", "/api/v1/me", "--network", "203.0.113.0/24"],
        &["acl", "explain", id, "GET"],
        &["acl", "explain"],
    ] {
        let output = office.run(asked);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(64), 0), "{asked:?}");
        assert!(!complaint(&output).is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_gateway_decides_as_explained() {
    let folder = tempfile::tempdir().unwrap();
    let up = Up::start(folder.path(), &[], &["--no-demo"]);
    let tenant = answer(&up.beside(&["tenant", "add", "--name", "Planner"]));
    let app =
        answer(&up.beside(&["app", "add", "--tenant", tenant["id"].as_str().unwrap(), "--name", "Web"]));
    let issue = ["key", "issue", "--app", app["id"].as_str().unwrap(), "--scopes", "usage:read"];
    let issued = answer(&up.beside(&issue));
    let (id, key) = (issued["id"].as_str().unwrap(), issued["key"].as_str().unwrap());
    let caller = up.caller(key);
    caller.wait_for_status(200).await;
    let explained = |path: &str| {
        let output =
            up.beside(&["acl", "explain", id, "GET", &format!("/api/v1{path}"), "--network", "127.0.0.1"]);
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    for path in ["/me", "/usage", "/dietitians", "/storeContent", "/nowhere", "/me/", "/ME"] {
        let (status, answered) = caller.get(path).await;
        let explained = explained(path);
        assert_eq!(explained["allowed"], status == 200, "{path}: {answered}");
        assert_eq!(explained["code"], answered["code"], "{path}");
    }
    answer(&up.beside(&["key", "restrict", id, "--network", "203.0.113.0/24"]));
    caller.wait_for_status(403).await;
    assert_eq!(explained("/me")["code"], caller.get("/me").await.1["code"]);
    answer(&up.beside(&["key", "revoke", id]));
    caller.wait_for_status(401).await;
    assert_eq!(explained("/me")["code"], caller.get("/me").await.1["code"]);
}
