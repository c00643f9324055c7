//! The steps of `cargo xtask test`, in order; every step runs, also after one that failed.

mod deny;
mod lint;
mod openapi;
mod setup;
mod smoke;
mod tests;
mod up;
mod workflows;

use std::time::Instant;

use anyhow::bail;

use crate::env::Workspace;
use crate::report::{self, Finished, Tally};

pub(crate) use setup::install;

/// One step: a name for the command line and the work.
pub(crate) struct Step {
    /// The name on the command line.
    pub(crate) name: &'static str,
    /// What it shows, for the heading and the help.
    pub(crate) purpose: &'static str,
    run: fn(&Workspace) -> anyhow::Result<Tally>,
}

/// All steps in the order in which they run: quick ones first.
pub(crate) const ALL: &[Step] = &[
    Step { name: "setup", purpose: "what the tests need is installed", run: setup::run },
    Step { name: "fmt", purpose: "one format", run: lint::format },
    Step {
        name: "workflows",
        purpose: "workflow, Dockerfile and scripts under their linters",
        run: workflows::run,
    },
    Step { name: "deny", purpose: "advisories, licences, sources and bans of dependencies", run: deny::run },
    Step { name: "clippy", purpose: "no lint warning in any target", run: lint::clippy },
    Step { name: "docs", purpose: "the documentation builds without a warning", run: lint::docs },
    Step { name: "test", purpose: "unit, property, database and end-to-end tests", run: tests::run },
    Step { name: "openapi", purpose: "the document is current and valid", run: openapi::run },
    Step { name: "up", purpose: "`cargo up --once` from nothing to a text", run: up::run },
    Step { name: "fuzz", purpose: "every fuzz target for a few seconds", run: smoke::run },
];

/// Runs the named steps, or all; returns whether everything passed.
pub(crate) fn run(workspace: &Workspace, names: &[String]) -> anyhow::Result<bool> {
    let chosen = chosen(names)?;
    let mut finished = Vec::new();
    for (index, step) in chosen.iter().enumerate() {
        report::heading(index + 1, chosen.len(), step.name, step.purpose);
        let start = Instant::now();
        let found = (step.run)(workspace);
        let step = Finished { name: step.name, took: start.elapsed(), found };
        report::ended(&step);
        finished.push(step);
    }
    Ok(report::summary(&finished))
}

fn chosen(names: &[String]) -> anyhow::Result<Vec<&'static Step>> {
    if let Some(unknown) = names.iter().find(|name| ALL.iter().all(|step| step.name != name.as_str())) {
        bail!("no step `{unknown}`; `cargo xtask help` lists them");
    }
    Ok(ALL.iter().filter(|step| names.is_empty() || names.iter().any(|name| name == step.name)).collect())
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn without_names_every_step_runs() {
        assert_eq!(chosen(&[]).unwrap().len(), ALL.len());
    }

    #[test]
    fn named_steps_run_in_the_usual_order() {
        let steps = chosen(&["test".into(), "deny".into()]).unwrap();
        assert_eq!(steps.iter().map(|step| step.name).collect::<Vec<_>>(), ["deny", "test"]);
    }

    #[test]
    fn an_unknown_step_is_refused_by_name() {
        assert!(chosen(&["tset".into()]).err().unwrap().to_string().contains("`tset`"));
    }
}
