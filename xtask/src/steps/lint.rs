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

/// The documentation builds, private items included: it is for those who work here, nothing is published.
pub(super) fn docs(workspace: &Workspace) -> anyhow::Result<Tally> {
    let arguments = ["doc", "--workspace", "--no-deps", "--document-private-items", "--locked"];
    // Links from public to private items lead somewhere, because both are documented.
    let flags = "-D warnings -A rustdoc::private-intra-doc-links";
    run(cargo_command(workspace, &arguments).env("RUSTDOCFLAGS", flags))?;
    Ok(Tally::one())
}
