//! `cargo up --once --json` on an empty data directory and free ports, as a newcomer would run it.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::env::Workspace;
use crate::process;
use crate::report::Tally;

/// Builds, starts on a fresh directory, and reads the answer as a program would.
pub(super) fn run(workspace: &Workspace) -> anyhow::Result<Tally> {
    process::run(&mut process::cargo_command(
        workspace,
        &["build", "--locked", "--package", "nutrition-pro"],
    ))?;
    let data = workspace.scratch("up")?.join("data");
    if data.exists() {
        std::fs::remove_dir_all(&data).context("cannot clear the data directory of the last run")?;
    }
    let mut up = process::cargo_command(workspace, &["up", "--once", "--json", "--data-dir"]);
    up.arg(&data);
    for (variable, port) in ADDRESSES.iter().zip(free_ports()?) {
        up.env(variable, SocketAddr::from((Ipv4Addr::LOCALHOST, port)).to_string());
    }
    let written = process::output_within(&mut up, LIMIT)?;
    let answer = answer(&written)?;
    check(&answer).with_context(|| format!("in the answer {answer}"))?;
    Ok(Tally::one())
}

/// The variables that move the addresses of `cargo up`.
const ADDRESSES: [&str; 8] = [
    "ANP_GATEWAY_ADDR",
    "ANP_GATEWAY_OPERATIONS_ADDR",
    "ANP_CONTROL_PLANE_ADDR",
    "ANP_CONTROL_PLANE_OPERATIONS_ADDR",
    "ANP_API_ADDR",
    "ANP_API_OPERATIONS_ADDR",
    "ANP_POLICY_FEED_ADDR",
    "ANP_AUTHORITY_ADDR",
];

/// The demo takes seconds; a minute means that it hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// A free port for each: all are held until the last is known, so that they differ.
fn free_ports() -> anyhow::Result<Vec<u16>> {
    let held: Vec<TcpListener> =
        ADDRESSES.iter().map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).collect::<Result<_, _>>()?;
    held.iter().map(|listener| Ok(listener.local_addr()?.port())).collect()
}

/// The one JSON object at the end of what the program wrote.
fn answer(written: &str) -> anyhow::Result<Value> {
    let start = written
        .match_indices('{')
        .map(|(index, _)| index)
        .find(|index| *index == 0 || written[..*index].ends_with('\n'))
        .context("no JSON object in the output")?;
    serde_json::from_str(&written[start..]).context("the output does not end with one JSON object")
}

/// Everything that the answer promises is there.
fn check(answer: &Value) -> anyhow::Result<()> {
    let text = |pointer: &str| answer.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    ensure!(text("/gateway_url").starts_with("https://"), "gateway_url is no https address");
    for file in ["/ca_file", "/api_key_file"] {
        ensure!(Path::new(text(file)).is_file(), "{file} names no file");
    }
    // Ids by the name that the demo gave, or a plain list of them.
    let dietitians = match &answer["dietitians"] {
        Value::Object(ids) => ids.len(),
        Value::Array(ids) => ids.len(),
        _ => 0,
    };
    ensure!(dietitians >= 3, "{dietitians} dietitians instead of three");
    ensure!(!text("/generation/variants/0/text").trim().is_empty(), "the generation has no text");
    ensure!(
        answer.pointer("/generation/review_required") == Some(&Value::Bool(true)),
        "the generation is not marked as a draft to review"
    );
    Ok(())
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn the_object_after_progress_lines_is_the_answer() {
        let written = "starting {…}\n{\n  \"gateway_url\": \"https://localhost:8443\",\n  \"a\": {}\n}\n";
        assert_eq!(answer(written).unwrap()["gateway_url"], "https://localhost:8443");
    }

    #[test]
    fn output_without_an_object_is_refused() {
        assert!(answer("ready\n").is_err());
    }

    #[test]
    fn an_answer_without_a_text_is_refused() {
        let answer = serde_json::json!({ "gateway_url": "https://localhost:8443" });
        assert!(check(&answer).is_err());
    }

    #[test]
    fn free_ports_differ() {
        let mut ports = free_ports().unwrap();
        ports.sort_unstable();
        ports.dedup();
        assert_eq!(ports.len(), ADDRESSES.len());
    }
}
