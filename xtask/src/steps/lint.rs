//! Steps that read the code without running it: format, clippy, documentation.

use crate::env::Workspace;
use crate::process::{cargo_command, run};
use crate::report::Tally;

/// Every file is formatted as `rustfmt.toml` says.
pub(super) fn format(workspace: &Workspace) -> anyhow::Result<Tally> {
    run(&mut cargo_command(workspace, &["fmt", "--all", "--check"]))?;
    Ok(Tally::one())
}

/// No warning in any target of any crate.
pub(super) fn clippy(workspace: &Workspace) -> anyhow::Result<Tally> {
    let arguments = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
    run(&mut cargo_command(workspace, &arguments))?;
    Ok(Tally::one())
}

/// The documentation builds: no broken link, no missing text.
pub(super) fn docs(workspace: &Workspace) -> anyhow::Result<Tally> {
    let arguments = ["doc", "--workspace", "--no-deps", "--locked"];
    run(cargo_command(workspace, &arguments).env("RUSTDOCFLAGS", "-D warnings"))?;
    Ok(Tally::one())
}
