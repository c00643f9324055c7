//! Every fuzz target for a few seconds, from its seeds: a smoke test, not a campaign.

use crate::env::Workspace;
use crate::fuzz;
use crate::report::{Tally, say};

/// Builds all targets, then runs each; a crash in one does not keep the others from running.
pub(super) fn run(workspace: &Workspace) -> anyhow::Result<Tally> {
    fuzz::build(workspace)?;
    let mut tally = Tally::default();
    for target in fuzz::targets(workspace)? {
        match fuzz::run(workspace, &target, SECONDS) {
            Ok(()) => tally.passed += 1,
            Err(error) => {
                say(&format!("error: {error:#}"));
                tally.failed += 1;
            }
        }
    }
    anyhow::ensure!(tally.passed + tally.failed > 0, "no fuzz target was found");
    Ok(tally)
}

/// Long enough to run every seed and some thousand children of it.
const SECONDS: u32 = 5;
