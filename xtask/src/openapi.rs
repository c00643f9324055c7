//! The OpenAPI document: printed by the program, checked in at the root so that a change shows in review.

use anyhow::{Context as _, bail};

use crate::env::Workspace;
use crate::process;

/// The document's place in the repository.
pub(crate) const DOCUMENT: &str = "openapi.json";

/// Writes the document anew.
pub(crate) fn write(workspace: &Workspace) -> anyhow::Result<()> {
    std::fs::write(workspace.root.join(DOCUMENT), printed(workspace)?).context("cannot write openapi.json")
}

/// Fails where the checked-in document is not what the program prints.
pub(crate) fn is_current(workspace: &Workspace) -> anyhow::Result<()> {
    let checked_in = std::fs::read_to_string(workspace.root.join(DOCUMENT)).context("no openapi.json")?;
    if checked_in != printed(workspace)? {
        bail!("openapi.json is not what the code says; run `cargo xtask openapi` and commit it");
    }
    Ok(())
}

fn printed(workspace: &Workspace) -> anyhow::Result<String> {
    let run = ["run", "--locked", "--quiet", "--package", "nutrition-pro", "--", "openapi"];
    let text = process::output(&mut process::cargo_command(workspace, &run))?;
    Ok(format!("{}\n", text.trim_end()))
}
