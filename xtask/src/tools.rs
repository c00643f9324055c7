//! Tools at pinned versions and hashes, installed under the target directory and reused while the pins stay.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use crate::env::Workspace;
use crate::process;

/// The `bin` directory of a Python environment that holds exactly what the requirements file pins.
pub(crate) fn python(workspace: &Workspace, name: &str, requirements: &str) -> anyhow::Result<PathBuf> {
    let pins = workspace.root.join("xtask").join(requirements);
    let home = workspace.tools()?.join(name);
    let bin = home.join("bin");
    if !is_current(&home, &pins)? {
        process::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home))
            .context("Python environments are needed: apt-get install python3-venv")?;
        let hashes = ["install", "--quiet", "--require-hashes", "--no-deps", "--only-binary", ":all:", "-r"];
        process::run(Command::new(bin.join("pip")).args(hashes).arg(&pins))?;
        mark_current(&home, &pins)?;
    }
    Ok(bin)
}

/// The `node_modules/.bin` directory of what `xtask/<name>/package-lock.json` pins.
pub(crate) fn node(workspace: &Workspace, name: &str) -> anyhow::Result<PathBuf> {
    let source = workspace.root.join("xtask").join(name);
    let pins = source.join("package-lock.json");
    let home = workspace.tools()?.join(name);
    if !is_current(&home, &pins)? {
        std::fs::create_dir_all(&home)?;
        for file in ["package.json", "package-lock.json"] {
            std::fs::copy(source.join(file), home.join(file)).with_context(|| format!("no {name}/{file}"))?;
        }
        let quiet = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"];
        process::run(Command::new("npm").args(quiet).current_dir(&home))
            .context("npm is needed: apt-get install npm")?;
        mark_current(&home, &pins)?;
    }
    Ok(home.join("node_modules").join(".bin"))
}

/// Whether `home` was filled from these very pins.
fn is_current(home: &Path, pins: &Path) -> anyhow::Result<bool> {
    let wanted = std::fs::read(pins).with_context(|| format!("no {}", pins.display()))?;
    Ok(std::fs::read(home.join(STAMP)).is_ok_and(|found| found == wanted))
}

fn mark_current(home: &Path, pins: &Path) -> anyhow::Result<()> {
    std::fs::copy(pins, home.join(STAMP)).context("cannot note what was installed")?;
    Ok(())
}

/// A copy of the pins that the tools beside it were installed from.
const STAMP: &str = "installed-from";
