//! schemathesis: requests made from the OpenAPI document, and whether each answer is one that it documents.

use std::process::{Command, Stdio};

use anyhow::Context as _;
use serde_json::Value;

use crate::attack::finding::{Finding, Found};
use crate::attack::system::System;

/// Runs all of its checks in all of its phases, always with the same seed.
pub(crate) fn run(system: &System) -> anyhow::Result<Found> {
    let file = system.scratch.join("schemathesis.json");
    let mut command = Command::new(system.python.join("schemathesis"));
    command.arg("run").arg(&system.document).arg("--url").arg(format!("https://{}", system.gateway));
    command.arg("--tls-verify").arg(&system.authority);
    command.args([
        "--checks",
        "all",
        "--max-examples",
        "50",
        "--seed",
        "1",
        "--continue-on-failure",
        "--no-color",
    ]);
    command.args(["--request-timeout", "20", "--report", "json", "--report-json-path"]).arg(&file);
    // Not shown, for the key is among its words.
    command.arg("-H").arg(format!("Authorization: Bearer {}", system.key_text()?));
    command.current_dir(&system.scratch).env("COLUMNS", "500").stderr(Stdio::inherit());
    let output = command.output().context("cannot start schemathesis")?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    std::fs::write(system.scratch.join("schemathesis.log"), &printed)?;
    let report: Value =
        serde_json::from_slice(&std::fs::read(&file).context("schemathesis wrote no report")?)?;
    anyhow::ensure!(
        report["complete"] == true,
        "schemathesis did not come to its end: {}",
        report["stop_reason"]
    );
    let findings = findings(&printed);
    let counted = report["test_cases"]["unique_failures"].as_u64().unwrap_or_default();
    anyhow::ensure!(
        findings.len() as u64 == counted,
        "{} failures were read of {counted} that schemathesis counts: see {}",
        findings.len(),
        system.scratch.join("schemathesis.log").display()
    );
    let summary = format!(
        "{} requests to {} operations, all checks in all phases",
        report["test_cases"]["generated"], report["operations"]["tested"]
    );
    let version = report["schemathesis_version"].as_str().unwrap_or_default().to_owned();
    Ok(Found { version, summary, findings, ..Found::default() })
}

/// Reads what was printed: failures by operation, each with its name and the answer that it is about.
fn findings(printed: &str) -> Vec<Finding> {
    let failures = printed.split("= FAILURES =").nth(1).unwrap_or_default();
    let mut findings = Vec::new();
    let mut place = String::new();
    let mut waiting: Vec<(String, String)> = Vec::new();
    let mut status = String::new();
    for line in failures.lines() {
        let inner = line.trim();
        if line.starts_with('_') && line.ends_with('_') {
            place = inner.trim_matches('_').trim().to_owned();
        } else if let Some(name) = inner.strip_prefix("- ST") {
            waiting.push((format!("ST{}", name.split(' ').next().unwrap_or_default()), name.to_owned()));
        } else if inner.starts_with('[') && inner.contains(']') {
            status = inner.trim_start_matches('[').split(']').next().unwrap_or_default().to_owned();
        } else if inner.starts_with('`') || (inner.starts_with('<') && !status.is_empty()) {
            let text = ["\"code\":\"", "\"detail\":\""].map(|name| after(inner, name));
            for (id, _) in waiting.drain(..) {
                findings.push(Finding::new(format!("{id} {status} {}", text[0]), &place, text[1]));
            }
            status.clear();
        } else if inner.starts_with("Reproduce with") {
            // An answer without a body.
            for (id, name) in waiting.drain(..) {
                findings.push(Finding::new(format!("{id} {status}").trim(), &place, name));
            }
            status.clear();
        }
    }
    findings
}

fn after<'a>(text: &'a str, name: &str) -> &'a str {
    text.split_once(name).and_then(|(_, rest)| rest.split('"').next()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINTED: &str = "=== FAILURES ===\n____ GET /a ____\n1. Test Case ID: x\n\n- ST202 Schema-valid request \
         rejected\n\n    Valid data\n\n[422] Unprocessable Content:\n\n    `{\"code\":\"schema\",\"detail\":\"not so\"}`\n\n\
         Reproduce with:\n\n    curl\n\n2. Test Case ID: y\n\n- ST100 Server error\n\n- ST101 Undocumented\n\n\
         [500] Internal Server Error:\n\n    <EMPTY>\n\nReproduce with:\n";

    #[test]
    fn each_failure_is_read_with_its_operation_and_answer() {
        let read = findings(PRINTED);
        let expected = [
            Finding::new("ST202 422 schema", "GET /a", "not so"),
            Finding::new("ST100 500 ", "GET /a", ""),
            Finding::new("ST101 500 ", "GET /a", ""),
        ];
        assert_eq!(read, expected);
    }
}
