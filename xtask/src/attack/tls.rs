//! testssl.sh and sslyze on the gateway's TLS.

use std::process::{Command, Stdio};

use anyhow::Context as _;
use serde_json::Value;

use crate::attack::finding::{Finding, Found};
use crate::attack::system::{NAME, System};
use crate::process;

/// Runs every test of testssl.sh; what it calls neither good nor information is a finding.
pub(crate) fn testssl(system: &System) -> anyhow::Result<Found> {
    let file = system.scratch.join("testssl.json");
    let mut command = Command::new("testssl");
    command.args(["--quiet", "--warnings", "off", "--color", "0", "--nodns", "none", "--ip", "127.0.0.1"]);
    command.arg("--add-ca").arg(&system.authority).arg("--jsonfile").arg(&file);
    command.arg(format!("{NAME}:{}", system.gateway.port())).stdout(Stdio::null()).stderr(Stdio::null());
    // Its exit code counts findings.
    command.status().context("cannot start testssl")?;
    let results = read(&file)?;
    let results = results.as_array().context("testssl wrote no list")?;
    anyhow::ensure!(results.len() > 100, "testssl came to {} results only", results.len());
    let text = |result: &Value, name: &str| result[name].as_str().unwrap_or_default().to_owned();
    let bad = |result: &&Value| !matches!(text(result, "severity").as_str(), "OK" | "INFO" | "DEBUG");
    let findings = results
        .iter()
        .filter(bad)
        .map(|result| Finding::new(text(result, "id"), text(result, "severity"), text(result, "finding")))
        .collect();
    let good = results.iter().filter(|result| text(result, "severity") == "OK").count();
    let summary = format!("{} results, {good} of them good", results.len());
    Ok(Found { version: package("testssl.sh"), summary, findings, ..Found::default() })
}

/// Runs sslyze against Mozilla's modern configuration, the strictest it knows.
pub(crate) fn sslyze(system: &System) -> anyhow::Result<Found> {
    let file = system.scratch.join("sslyze.json");
    let mut command = Command::new(system.python.join("sslyze"));
    command.args(["--mozilla_config", "modern"]).arg("--certinfo_ca_file").arg(&system.authority);
    command.arg("--json_out").arg(&file).arg(format!("{NAME}:{}{{127.0.0.1}}", system.gateway.port()));
    let output = command.stderr(Stdio::inherit()).output().context("cannot start sslyze")?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let verdict = printed.lines().skip_while(|line| !line.contains("COMPLIANCE AGAINST")).collect::<Vec<_>>();
    let mut findings: Vec<_> = Vec::new();
    if !verdict.iter().any(|line| line.trim_end().ends_with("OK - Compliant.")) {
        findings.push(Finding::new("not modern", "TLS", verdict.join(" ")));
    }
    let scans = read(&file)?;
    let scans = scans["server_scan_results"][0]["scan_result"].clone();
    let scans = scans.as_object().context("sslyze reached nothing")?;
    for (name, scan) in scans.iter().filter(|(_, scan)| scan["status"] == "COMPLETED") {
        for (what, is_so) in scan["result"].as_object().into_iter().flatten() {
            if what.starts_with("is_vulnerable") && *is_so != Value::Bool(false) {
                findings.push(Finding::new(name, what, is_so.to_string()));
            }
        }
    }
    for failed in scans.iter().filter(|(_, scan)| scan["status"] == "ERROR") {
        findings.push(Finding::new(failed.0, "scan", "it could not be tried"));
    }
    let tried = scans.values().filter(|scan| scan["status"] == "COMPLETED").count();
    let version = process::output(Command::new(system.python.join("pip")).args(["show", "sslyze"]))?;
    let version =
        version.lines().find_map(|line| line.strip_prefix("Version: ")).unwrap_or_default().to_owned();
    let summary = format!("{tried} scans, and Mozilla's modern configuration");
    Ok(Found { version, summary, findings, ..Found::default() })
}

/// The version of one of Debian's packages.
pub(crate) fn package(name: &str) -> String {
    let asked = Command::new("dpkg-query").args(["-W", "-f", "${Version}", name]).output();
    asked.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}

fn read(file: &std::path::Path) -> anyhow::Result<Value> {
    let bytes = std::fs::read(file).with_context(|| format!("{} was not written", file.display()))?;
    serde_json::from_slice(&bytes).with_context(|| format!("{} is not JSON", file.display()))
}
