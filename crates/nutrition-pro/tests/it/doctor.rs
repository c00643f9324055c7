//! `doctor` beside a running system, and where nothing runs.

use serde_json::Value;

use crate::program::{Up, complaint, program};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doctor_finds_a_running_system_in_order_and_prints_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let up = Up::start(folder.path(), &[], &[]);
    let directory = folder.path().to_str().unwrap();
    let look = |arguments: &[&str]| {
        let all = [&["doctor", "--data-dir", directory], arguments].concat();
        program(&all).envs(&up.environment).output().unwrap()
    };
    let output = look(&["--json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(output.status.success(), "{report:#}");
    let findings = report["findings"].as_array().unwrap();
    let of = |kind: &str| findings.iter().filter(|finding| finding["kind"] == kind).count();
    assert_eq!((of("policy"), of("database"), of("ready")), (2, 2, 1), "{report:#}");
    assert!(of("certificate") >= 8 && of("clock") >= 1 && of("port") >= 6, "{report:#}");
    let is_apis = |subject: &str| subject.starts_with("CN=api.nutrition-pro.internal");
    let day = findings.iter().find(|finding| finding["details"]["subject"].as_str().is_some_and(is_apis));
    let left = day.unwrap()["details"]["seconds_left"].as_i64().unwrap();
    assert!((1..=86_400).contains(&left), "{left}");

    let text = look(&[]);
    let said = [text.stdout, output.stdout].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    assert!(said.contains("CN=localhost") && said.contains("days left"), "{said}");
    for entry in std::fs::read_dir(folder.path().join("secrets")).unwrap() {
        let path = entry.unwrap().path();
        // Public halves are no secrets, and are not printed either.
        assert!(!said.contains(std::fs::read_to_string(&path).unwrap().trim()), "{path:?}");
    }
}

#[test]
fn doctor_fails_where_nothing_runs_and_says_what() {
    let folder = tempfile::tempdir().unwrap();
    drop(Up::start(folder.path(), &[], &["--no-demo"]));
    let directory = folder.path().to_str().unwrap();
    std::fs::write(folder.path().join("pki/edge.pem"), "nonsense").unwrap();
    let output = program(&["doctor", "gateway", "--data-dir", directory]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("failed   setting") && said.contains("ANP_GATEWAY_CERT_FILE"), "{said}");
    let nowhere = program(&["doctor", "--data-dir", "/nonexistent"]).output().unwrap();
    assert_eq!(nowhere.status.code(), Some(64));
    assert!(complaint(&nowhere).contains("no role is configured"));
}
