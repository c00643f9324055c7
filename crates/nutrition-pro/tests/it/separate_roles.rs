//! Each role as a process of its own, on PostgreSQL, as in production.

use std::{collections::BTreeMap, path::Path, time::Duration};

use testkit::{
    test_db::{Engine, TestDb},
    told,
};

use crate::program::{Caller, Process, Up, answer, answered, free_addresses, program, wait_until_listening};

/// Starts `up` once for its keys and certificates, and returns an environment with which the roles run apart.
fn environment_of(data_dir: &Path, control: &TestDb, api: &TestDb) -> BTreeMap<String, String> {
    let file = |name: &str| data_dir.join(name).display().to_string();
    let mut environment = free_addresses();
    for (variable, name) in [
        ("ANP_CONTROL_PLANE_CERT_FILE", "pki/edge.pem"),
        ("ANP_CONTROL_PLANE_KEY_FILE", "pki/edge.key"),
        ("ANP_AUTHORITY_KEY_FILE", "pki/authority.sealed"),
        ("ANP_CONTROL_PLANE_MASTER_KEY_FILE", "secrets/control-plane-master-key"),
        ("ANP_CONTROL_PLANE_AUTHORITY_FILE", "pki/authority.pem"),
        ("ANP_POLICY_SIGNING_KEY_FILE", "secrets/policy-signing-key"),
        ("ANP_KEY_PEPPER_FILE", "secrets/key-pepper"),
        ("ANP_GATEWAY_CERT_FILE", "pki/edge.pem"),
        ("ANP_GATEWAY_KEY_FILE", "pki/edge.key"),
        ("ANP_GATEWAY_ENROLMENT_FILE", "gateway.once"),
        ("ANP_GATEWAY_IDENTITY_FILE", "gateway/identity"),
        ("ANP_GATEWAY_AUTHORITY_FILE", "pki/authority.pem"),
        ("ANP_GATEWAY_POLICY_PUBLIC_KEY_FILE", "secrets/policy-public-key"),
        ("ANP_GATEWAY_SNAPSHOT_FILE", "gateway/policy-snapshot"),
        ("ANP_GATEWAY_CONTEXT_KEY_FILE", "secrets/context-key"),
        ("ANP_API_ENROLMENT_FILE", "secrets/api-enrolment"),
        ("ANP_API_AUTHORITY_FILE", "pki/authority.pem"),
        ("ANP_API_CONTEXT_PUBLIC_KEY_FILE", "secrets/context-public-key"),
        ("ANP_MASTER_KEY_FILE", "secrets/master-key"),
    ] {
        environment.insert(variable.to_owned(), file(name));
    }
    environment.insert("ANP_GATEWAY_UPSTREAM_ADDR".to_owned(), environment["ANP_API_ADDR"].clone());
    environment.insert("ANP_GATEWAY_POLICY_ADDR".to_owned(), environment["ANP_POLICY_FEED_ADDR"].clone());
    for part in ["GATEWAY", "API"] {
        let authority = environment["ANP_AUTHORITY_ADDR"].clone();
        environment.insert(format!("ANP_{part}_AUTHORITY_ADDR"), authority);
    }
    environment.insert("ANP_CONTROL_PLANE_DATABASE_URL".to_owned(), control.service_address().to_owned());
    environment.insert("ANP_API_DATABASE_URL".to_owned(), api.service_address().to_owned());
    environment
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_roles_run_apart_and_the_gateway_survives_the_control_plane() {
    let folder = tempfile::tempdir().unwrap();
    drop(Up::start(folder.path(), &[], &["--no-demo"]));
    let (control, api) = (TestDb::control(Engine::Postgres).await, TestDb::api(Engine::Postgres).await);
    let environment = environment_of(folder.path(), &control, &api);
    let _ = std::fs::remove_file(folder.path().join("gateway/policy-snapshot"));
    let start = |role: &str, variable: &str| {
        let (mut process, _) = Process::start(&[role], &environment);
        wait_until_listening(&mut process, &environment, variable);
        process
    };
    let control_plane = start("control-plane", "ANP_CONTROL_PLANE_ADDR");
    // Its sockets are there before it serves, and what it is to take once must not be older than that.
    let operations = environment["ANP_CONTROL_PLANE_OPERATIONS_ADDR"].parse().unwrap();
    assert_eq!(told::ask(operations, "/livez").await.0, 200);
    // For one use: the gateway's second start has the certificate that the first one was given.
    let enrolment = program(&["authority", "enrol", "gateway"]).envs(&environment).output().unwrap();
    assert!(enrolment.status.success(), "{}", crate::program::complaint(&enrolment));
    std::fs::write(folder.path().join("gateway.once"), &enrolment.stdout).unwrap();
    let _api = start("api", "ANP_API_ADDR");
    let gateway = start("gateway", "ANP_GATEWAY_ADDR");

    let command = |arguments: &[&str]| {
        answer(&program(arguments).arg("--json").envs(&environment).output().expect("the binary starts"))
    };
    let tenant = command(&["tenant", "add", "--name", "Planner"]);
    let app = command(&["app", "add", "--tenant", tenant["id"].as_str().unwrap(), "--name", "Web"]);
    let key = command(&["key", "issue", "--app", app["id"].as_str().unwrap()]);
    let authority = folder.path().join("pki/authority.pem").display().to_string();
    let gateway_url = format!("https://{}", environment["ANP_GATEWAY_ADDR"]);
    let caller = Caller::new(&gateway_url, &authority, key["key"].as_str().unwrap());
    caller.wait_for_status(200).await;

    let dietitian = serde_json::json!({
        "external_ref": "d-1", "display_name": "Clara", "languages": ["en"]
    });
    let (status, dietitian) = answered(caller.post("/dietitians", &dietitian)).await;
    assert_eq!(status, 201, "{dietitian}");

    drop(control_plane);
    assert_eq!(caller.get("/me").await.0, 200);
    // It serves with a policy before that is on disk. A tenant and a key are two changes after the first version.
    let on_disk = async {
        while version_on_disk(folder.path()) < Some(3) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), on_disk).await.expect("the policy is written to disk");
    drop(gateway);
    let _gateway = start("gateway", "ANP_GATEWAY_ADDR");
    caller.wait_for_status(200).await;
    assert_eq!(caller.get("/dietitians").await.1["items"][0]["id"], dietitian["id"]);
}

/// Returns the version of the policy that a gateway would start with.
fn version_on_disk(folder: &Path) -> Option<u64> {
    let token = std::fs::read_to_string(folder.join("gateway/policy-snapshot")).ok()?;
    let index = data_encoding::BASE64URL_NOPAD.decode(token.split('.').nth(1)?.as_bytes()).ok()?;
    serde_json::from_slice::<serde_json::Value>(&index).ok()?["version"].as_u64()
}
