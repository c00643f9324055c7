//! The checked-in OpenAPI document is what the code says, and a public linter finds it valid.

use std::process::Command;

use crate::env::Workspace;
use crate::openapi::{DOCUMENT, is_current};
use crate::process;
use crate::report::Tally;
use crate::tools;

/// Lints the document as checked in, then compares it with what the program prints.
pub(super) fn run(workspace: &Workspace) -> anyhow::Result<Tally> {
    let linter = tools::node(workspace, "openapi-lint")?.join("redocly");
    process::run(
        Command::new(linter)
            .args(["lint", "--config", "xtask/openapi-lint/redocly.yaml", DOCUMENT])
            .env("REDOCLY_TELEMETRY", "off")
            .env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true")
            .env("NODE_NO_WARNINGS", "1")
            .current_dir(&workspace.root),
    )?;
    is_current(workspace)?;
    Ok(Tally::one())
}
