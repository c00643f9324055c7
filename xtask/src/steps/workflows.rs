//! The files that build, ship and watch us, under their own linters: workflow, Dockerfile, shell scripts, alert rules,
//! dashboard.

use std::process::Command;

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::env::Workspace;
use crate::process;
use crate::report::Tally;
use crate::tools;

/// Runs zizmor, hadolint, shellcheck and promtool.
pub(super) fn run(workspace: &Workspace) -> anyhow::Result<Tally> {
    let bin = tools::python(workspace, "python", "requirements.txt")?;
    let lint = |program: &str, arguments: &[&str]| {
        process::run(Command::new(bin.join(program)).args(arguments).current_dir(&workspace.root))
    };
    lint("zizmor", &["--offline", "--no-progress", "--persona", "pedantic", ".github"])?;
    lint("hadolint", &["Dockerfile"])?;
    lint("shellcheck", &[".ci/run", "bench/start-gateway"])?;
    alerts(workspace)?;
    Ok(Tally { passed: 4, ..Tally::default() })
}

/// Checks the alert rules, what they fire at, and the expressions of the dashboard.
fn alerts(workspace: &Workspace) -> anyhow::Result<()> {
    let promtool = tools::promtool(workspace)?;
    let folder = workspace.root.join("deploy/prometheus");
    let run = |arguments: &[&str]| process::run(Command::new(&promtool).args(arguments).current_dir(&folder));
    run(&["check", "rules", "alerts.yml"])?;
    run(&["test", "rules", "alerts.test.yml"])?;
    let dashboard = std::fs::read_to_string(workspace.root.join("deploy/grafana/nutrition-pro.json"))?;
    let file = workspace.scratch("dashboard")?.join("dashboard.yml");
    std::fs::write(&file, as_rules(&dashboard)?)?;
    run(&["check", "rules", file.to_str().context("a path in UTF-8")?])
}

/// The dashboard's expressions as rules, which is what promtool reads. JSON is YAML.
fn as_rules(dashboard: &str) -> anyhow::Result<String> {
    let dashboard: Value = serde_json::from_str(dashboard)?;
    let panels = dashboard["panels"].as_array().context("a dashboard has panels")?;
    let targets = panels.iter().filter_map(|panel| panel["targets"].as_array()).flatten();
    let rules: Vec<_> = targets
        .filter_map(|target| target["expr"].as_str())
        .enumerate()
        .map(|(number, expression)| {
            let expression = expression.replace("$__rate_interval", "5m");
            json!({ "record": format!("dashboard:{number}"), "expr": expression })
        })
        .collect();
    Ok(json!({ "groups": [{ "name": "dashboard", "rules": rules }] }).to_string())
}
