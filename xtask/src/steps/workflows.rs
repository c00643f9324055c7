//! The files that build and ship us, under their own linters: workflow, Dockerfile, shell scripts.

use std::process::Command;

use crate::env::Workspace;
use crate::process;
use crate::report::Tally;
use crate::tools;

/// Runs zizmor, hadolint and shellcheck.
pub(super) fn run(workspace: &Workspace) -> anyhow::Result<Tally> {
    let bin = tools::python(workspace, "python", "requirements.txt")?;
    let lint = |program: &str, arguments: &[&str]| {
        process::run(Command::new(bin.join(program)).args(arguments).current_dir(&workspace.root))
    };
    lint("zizmor", &["--offline", "--no-progress", "--persona", "pedantic", ".github"])?;
    lint("hadolint", &["Dockerfile"])?;
    lint("shellcheck", &[".ci/run", "bench/start-gateway"])?;
    Ok(Tally { passed: 3, ..Tally::default() })
}
