//! The checked-in OpenAPI document is what the code says, and a public linter finds it valid.

use crate::env::Workspace;
use crate::openapi::{DOCUMENT, is_current};
use crate::process;
use crate::report::Tally;
use crate::tools;

/// Lints the document as checked in, then compares it with what the program prints.
pub(super) fn run(workspace: &Workspace) -> anyhow::Result<Tally> {
    process::run(
        tools::node(workspace, "openapi-lint")?
            .command("@redocly/cli/bin/cli.js")
            .args(["lint", "--config", "xtask/openapi-lint/redocly.yaml", DOCUMENT])
            .env("REDOCLY_TELEMETRY", "off")
            .env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true")
            .current_dir(&workspace.root),
    )?;
    is_current(workspace)?;
    Ok(Tally::one())
}
