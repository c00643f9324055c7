//! Measures the gateway beside nginx, nginx with Lua, HAProxy and Envoy, in alternating rounds of one run.
//!
//! The harness lies beside the checkout; it is the measuring stick of the whole field and not part of this repository.

use std::path::PathBuf;
use std::process::Command;

use anyhow::ensure;

use crate::env::Workspace;
use crate::process;

/// Who is measured when nobody is named; `own` is our gateway.
const PEERS: [&str; 5] = ["nginx", "nginx-lua", "haproxy", "envoy", "own"];

/// Shows that everything runs; too short for figures that mean something.
const QUICK: [&str; 8] = ["--rounds", "1", "--secs", "2", "--warm", "0.5", "--streams", "20"];

/// Builds, measures, and prints the tables.
///
/// The full run keeps its figures in `bench/results/gateway.json`, any other in the target directory.
pub(crate) fn gateway(workspace: &Workspace, options: &[String]) -> anyhow::Result<()> {
    let harness = workspace.root.join("../shared/bench");
    ensure!(
        harness.join("run").exists(),
        "the bench harness is not beside the checkout: {}",
        harness.display()
    );
    // As the image ships it, but for the static linking.
    let build =
        ["build", "--locked", "--profile", "dist", "--package", "nutrition-pro", "--package", "bench"];
    process::run(&mut process::cargo_command(workspace, &build))?;
    let binaries = workspace.target.join("dist");
    let scratch = workspace.scratch("bench")?;
    let (cache, pki) = (scratch.join("cache"), scratch.join("pki"));
    let setup = ["tools", "debian", "envoy"];
    process::run(Command::new(harness.join("setup")).args(setup).env("BENCH_CACHE", &cache))?;
    process::run(Command::new(binaries.join("bench")).arg("pki").arg(&pki))?;
    let mut run = Command::new(harness.join("run"));
    run.args(["--upstream", "mtls", "--out"]);
    match options {
        [] => run.arg(kept(workspace)?).args(PEERS),
        [quick] if quick == "--quick" => run.arg(scratch.join("quick.json")).args(QUICK).args(PEERS),
        chosen => run.arg(scratch.join("chosen.json")).args(chosen),
    };
    run.env("START", format!("exec {}", workspace.root.join("bench/start-gateway").display()))
        .env("BENCH_BINARIES", binaries)
        .env("BENCH_CACHE", cache)
        .env("PKI_DIR", pki);
    process::run(&mut run)
}

/// Where the figures of the full run are kept.
fn kept(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    let results = workspace.root.join("bench/results");
    std::fs::create_dir_all(&results)?;
    Ok(results.join("gateway.json"))
}
