//! Fuzz targets on the pinned stable tool chain: builds them with counters and runs one for some seconds.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, bail, ensure};

use crate::env::Workspace;
use crate::process;
use crate::report;
use crate::wrapper;

/// Names of all fuzz targets, sorted: one per file in `fuzz/targets`.
pub(crate) fn targets(workspace: &Workspace) -> anyhow::Result<Vec<String>> {
    let directory = workspace.root.join("fuzz").join("targets");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&directory).with_context(|| format!("no {}", directory.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs")
            && let Some(stem) = path.file_stem()
        {
            names.push(stem.to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// Compiles every target, our own crates with coverage counters.
pub(crate) fn build(workspace: &Workspace) -> anyhow::Result<()> {
    let this = std::env::current_exe().context("cannot tell where this program lies")?;
    // Naming the binary's package too gives dependencies the features it has, so that they are built once for both.
    let packages = ["build", "--locked", "--package", "fuzz", "--package", "nutrition-pro"];
    let names = targets(workspace)?;
    process::run(
        process::cargo_command(workspace, &packages)
            .args(names.iter().flat_map(|name| ["--bin", name]))
            .env("RUSTC_WORKSPACE_WRAPPER", this)
            .env(wrapper::MARK, "1"),
    )
}

/// Runs one target from its seeds and from what earlier runs found; a crash is an error that names the input.
pub(crate) fn run(workspace: &Workspace, target: &str, seconds: u32) -> anyhow::Result<()> {
    if !targets(workspace)?.iter().any(|name| name == target) {
        bail!("no fuzz target `{target}`; `cargo xtask fuzz` lists them");
    }
    let found = workspace.scratch(&format!("fuzz/{target}/corpus"))?;
    let crashes = workspace.scratch(&format!("fuzz/{target}/crashes"))?;
    let log = crashes.with_file_name("log");
    let program: PathBuf = workspace.target.join("debug").join(target);
    let mut command = Command::new(&program);
    command
        .arg(format!("-max_total_time={seconds}"))
        .args(["-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1"])
        .arg(format!("-artifact_prefix={}/", crashes.display()))
        .arg(found)
        .arg(workspace.root.join("fuzz").join("seeds").join(target))
        .stderr(std::fs::File::create(&log).context("cannot write the fuzzer's log")?);
    let end = process::run(&mut command);
    let written = String::from_utf8_lossy(&std::fs::read(&log)?).into_owned();
    if let Err(error) = end {
        report::say(&written);
        let (crashes, program) = (crashes.display(), program.display());
        return Err(error.context(format!("the input is in {crashes}; repeat with {program} FILE")));
    }
    // Without counters libFuzzer only guesses, and would find nothing for ever.
    ensure!(written.contains("inline 8-bit counters"), "{target} was built without coverage counters");
    for line in written.lines().filter(|line| line.starts_with("stat::number_of_executed_units")) {
        report::say(line);
    }
    Ok(())
}
