//! What the binary says when it can't do what it was told, and the commands beside a running server.

use crate::program::{self, Up, answer, complaint, run};

#[test]
fn every_missing_variable_is_named_at_once_with_exit_code_64() {
    for (role, variables) in [
        ("gateway", ["ANP_GATEWAY_CERT_FILE", "ANP_GATEWAY_AUTHORITY_FILE", "ANP_KEY_PEPPER_FILE"]),
        ("api", ["ANP_API_CERT_FILE", "ANP_MASTER_KEY_FILE", "ANP_API_DATABASE_URL"]),
        (
            "control-plane",
            ["ANP_CONTROL_PLANE_CERT_FILE", "ANP_POLICY_SIGNING_KEY_FILE", "ANP_CONTROL_PLANE_DATABASE_URL"],
        ),
    ] {
        let output = run(&[role], &[("ANP_GATEWAY_ADDR", "not an address"), ("ANP_API_ADDR", "neither")]);
        assert_eq!(output.status.code(), Some(64), "{role}");
        let complaint = complaint(&output);
        for variable in variables {
            assert!(complaint.contains(variable), "{role} does not name {variable}: {complaint}");
        }
    }
}

#[test]
fn a_misspelt_scope_is_named_and_so_are_those_there_are() {
    let app = "018f3d6e-1111-7000-8000-000000000002";
    for (option, value, expected) in [
        (
            "--scopes",
            "usage:read,samples:wirte",
            &["`samples:wirte`", "samples:write", "usage:read", "checks:run"][..],
        ),
        ("--environment", "prod", &["`prod`", "`live`", "`test`"][..]),
    ] {
        let output = run(&["key", "issue", "--app", app, option, value], &[]);
        assert!(!output.status.success());
        let complaint = complaint(&output);
        assert!(expected.iter().all(|word| complaint.contains(word)), "{complaint}");
    }
}

#[test]
fn a_misspelt_variable_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("data");
    let output = run(
        &["up", "--once", "--data-dir", directory.to_str().unwrap()],
        &[("ANP_GATEWAY_ADR", "127.0.0.1:1")],
    );
    assert_eq!(output.status.code(), Some(64));
    assert!(complaint(&output).contains("ANP_GATEWAY_ADR: there is no such setting"));
}

#[test]
fn a_taken_port_is_named_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    for variable in program::ADDRESSES {
        let mut environment = program::free_addresses();
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        environment.insert(variable.to_owned(), taken.local_addr().unwrap().to_string());
        let environment: Vec<_> =
            environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let output = run(&["up", "--once", "--data-dir", folder.path().to_str().unwrap()], &environment);
        assert_eq!(output.status.code(), Some(1), "{variable}");
        let complaint = complaint(&output);
        assert!(complaint.contains(variable) && complaint.contains("127.0.0.1:"), "{complaint}");
    }
}

#[test]
fn an_unusable_directory_is_named_with_what_to_do() {
    let output = run(&["up", "--once", "--data-dir", "/proc/here"], &[]);
    assert_eq!(output.status.code(), Some(1));
    let complaint = complaint(&output);
    assert!(complaint.contains("/proc/here") && complaint.contains("--data-dir"), "{complaint}");
}

#[test]
fn commands_without_a_database_say_where_they_looked() {
    let output = run(&["tenant", "list", "--data-dir", "/nonexistent"], &[]);
    assert_eq!(output.status.code(), Some(1));
    let complaint = complaint(&output);
    assert!(complaint.contains("/nonexistent") && complaint.contains("ANP_CONTROL_PLANE_DATABASE_URL"));
}

#[test]
fn a_database_of_the_other_service_is_neither_migrated_nor_used() {
    let folder = tempfile::tempdir().unwrap();
    let address = |name: &str| format!("sqlite://{}", folder.path().join(name).display());
    for (own, other) in [("api", "control-plane"), ("control-plane", "api")] {
        let url = address(own);
        let migrate = |which: &str| run(&["migrate", which, "--url", &url], &[]);
        assert!(migrate(own).status.success());
        let refused = migrate(other);
        assert_eq!(refused.status.code(), Some(1));
        assert!(complaint(&refused).contains("the database of another service"), "{}", complaint(&refused));
        assert!(migrate(own).status.success());
    }
    let output = run(&["tenant", "list"], &[("ANP_CONTROL_PLANE_DATABASE_URL", &address("api"))]);
    assert!(complaint(&output).contains("the database of another service"), "{}", complaint(&output));
}

#[test]
fn a_database_server_that_is_not_there_is_named_with_the_reason_once() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let certificate = tempfile::NamedTempFile::new().unwrap();
    let migrate = |sslrootcert: &str| {
        let url = format!("postgres://owner@{free}/anp_api?sslrootcert={sslrootcert}");
        let output = run(&["migrate", "api", "--url", &url], &[]);
        assert_eq!(output.status.code(), Some(1));
        complaint(&output)
    };
    let missing = migrate("/nonexistent/ca.pem");
    assert!(missing.contains("/nonexistent/ca.pem") && missing.contains("sslrootcert"), "{missing}");
    let dead = migrate(certificate.path().to_str().unwrap());
    assert!(dead.contains(&free.to_string()), "{dead}");
    assert_eq!(dead.matches("Connection refused").count(), 1, "{dead}");
    assert!(!dead.contains("pool"), "{dead}");
}

#[test]
fn a_restored_policy_is_advanced_over_what_gateways_hold() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("control").display());
    assert!(run(&["migrate", "control-plane", "--url", &url], &[]).status.success());
    let advance = |above: &str| {
        let arguments = ["policy", "advance", "--json", "--above", above];
        run(&arguments, &[("ANP_CONTROL_PLANE_DATABASE_URL", &url)])
    };
    assert_eq!(answer(&advance("41"))["version"], 42);
    assert_eq!(answer(&advance("7"))["version"], 42);
    let mistyped = advance("18446744073709551615");
    assert!(complaint(&mistyped).contains("versions ahead"), "{}", complaint(&mistyped));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_is_onboarded_and_offboarded_beside_a_running_server() {
    let folder = tempfile::tempdir().unwrap();
    let up = Up::start(folder.path(), &[], &["--no-demo"]);
    assert_eq!(answer(&up.beside(&["tenant", "list"])), serde_json::json!([]));

    let tenant = answer(&up.beside(&["tenant", "add", "--name", "Planner"]));
    let tenant = tenant["id"].as_str().unwrap();
    let app = answer(&up.beside(&["app", "add", "--tenant", tenant, "--name", "Web"]));
    let app = app["id"].as_str().unwrap();
    let issue = ["key", "issue", "--app", app, "--scopes", "usage:read"];
    let issued = answer(&up.beside(&issue));
    let caller = up.caller(issued["key"].as_str().unwrap());
    caller.wait_for_status(200).await;

    let listed = up.beside(&["key", "list"]);
    assert_eq!(answer(&listed)[0]["id"], issued["id"]);
    assert!(!String::from_utf8(listed.stdout).unwrap().contains(issued["key"].as_str().unwrap()));

    let (status, me) = caller.get("/me").await;
    assert_eq!((status, &me["scopes"]), (200, &serde_json::json!(["usage:read"])));
    assert_eq!(caller.get("/dietitians").await.1["code"], "scope-missing");

    let rotated = answer(&up.beside(&["key", "rotate", issued["id"].as_str().unwrap()]));
    assert_eq!(rotated["expires_at"], issued["expires_at"]);
    let successor = up.caller(rotated["key"].as_str().unwrap());
    successor.wait_for_status(200).await;
    caller.wait_for_status(200).await;

    answer(&up.beside(&["key", "revoke", issued["key"].as_str().unwrap()]));
    caller.wait_for_status(401).await;
    assert_eq!(caller.get("/me").await.1["code"], "key-revoked");

    answer(&up.beside(&["tenant", "suspend", tenant]));
    successor.wait_for_status(403).await;
    assert_eq!(successor.get("/me").await.1["code"], "tenant-suspended");
    answer(&up.beside(&["tenant", "resume", tenant]));
    successor.wait_for_status(200).await;
}

#[test]
fn voices_are_told_apart_on_a_folder_of_texts() {
    let corpus = tempfile::tempdir().unwrap();
    for name in ["eleanor-whitcombe", "ruth-calloway"] {
        let voice = format!("{}/../../examples/voices/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let voice: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(voice).unwrap()).unwrap();
        let folder = corpus.path().join(name);
        std::fs::create_dir(&folder).unwrap();
        for (number, text) in voice["texts"].as_array().unwrap().iter().enumerate() {
            std::fs::write(folder.join(format!("{number}.txt")), text.as_str().unwrap()).unwrap();
        }
    }
    let corpus = corpus.path().to_str().unwrap();
    let eval = ["voice", "eval", "--corpus", corpus, "--profile-samples", "4", "--words", "40", "--json"];
    let report = answer(&run(&eval, &[]));
    assert_eq!(report["authors"], 2);
    assert!(report["auc"].as_f64().unwrap() > 0.8, "{report}");
    assert!(report["top1"].as_f64().unwrap() > 0.9, "{report}");

    let empty = tempfile::tempdir().unwrap();
    let output = run(&["voice", "eval", "--corpus", empty.path().to_str().unwrap()], &[]);
    assert!(!output.status.success() && complaint(&output).contains("a folder for each"));
}
