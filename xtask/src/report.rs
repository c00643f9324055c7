//! What a person reads: a heading for each step, the time it took, and a summary that is true.

use std::io::Write as _;
use std::time::Duration;

/// What one step found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Checks that held: one for most steps, one for each test where a step runs tests.
    pub(crate) passed: usize,
    /// Checks that did not hold.
    pub(crate) failed: usize,
    /// What the reader must know although the step passed.
    pub(crate) note: Option<String>,
}

impl Tally {
    /// One check that held.
    pub(crate) fn one() -> Self {
        Self { passed: 1, ..Self::default() }
    }

    /// One check that held, with something to know.
    pub(crate) fn noted(note: impl Into<String>) -> Self {
        Self { note: Some(note.into()), ..Self::one() }
    }
}

/// One finished step.
pub(crate) struct Finished {
    /// The step's name on the command line.
    pub(crate) name: &'static str,
    /// How long it took.
    pub(crate) took: Duration,
    /// What it found; an error is a step that could not do its work.
    pub(crate) found: anyhow::Result<Tally>,
}

impl Finished {
    /// Passed and failed checks; a step that could not do its work is one failed check.
    fn counts(&self) -> (usize, usize) {
        self.found.as_ref().map_or((0, 1), |tally| (tally.passed, tally.failed))
    }
}

/// Writes one line to standard output, at once.
pub(crate) fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    // A reader that went away is no reason to stop checking.
    drop(writeln!(out, "{text}").and_then(|()| out.flush()));
}

/// Announces a step.
pub(crate) fn heading(number: usize, total: usize, name: &str, purpose: &str) {
    say(&format!("\n== {number}/{total} {name}: {purpose}"));
}

/// Says how a step ended.
pub(crate) fn ended(step: &Finished) {
    say(&line(step));
}

/// The whole run: one line per step, then the totals. Returns whether everything passed.
pub(crate) fn summary(steps: &[Finished]) -> bool {
    say("\n== summary");
    for step in steps {
        say(&line(step));
    }
    let (passed, failed) = totals(steps);
    let took: Duration = steps.iter().map(|step| step.took).sum();
    say(&format!("   {:<10} {:>7.1} s", "all", took.as_secs_f64()));
    say(&format!("{passed} passed, {failed} failed"));
    failed == 0
}

fn totals(steps: &[Finished]) -> (usize, usize) {
    steps.iter().map(Finished::counts).fold((0, 0), |sum, counts| (sum.0 + counts.0, sum.1 + counts.1))
}

fn line(step: &Finished) -> String {
    let (passed, failed) = step.counts();
    let word = if failed == 0 { "ok" } else { "FAILED" };
    let detail = match &step.found {
        Err(error) => format!("  {error:#}"),
        Ok(Tally { note: Some(note), .. }) => format!("  {note}"),
        Ok(_) if passed + failed > 1 => format!("  {passed} passed, {failed} failed"),
        Ok(_) => String::new(),
    };
    format!("   {:<10} {:>7.1} s  {word}{detail}", step.name, step.took.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finished(found: anyhow::Result<Tally>) -> Finished {
        Finished { name: "step", took: Duration::from_secs(1), found }
    }

    #[test]
    fn a_step_that_could_not_run_counts_as_failed() {
        let steps = [finished(Ok(Tally::one())), finished(Err(anyhow::anyhow!("no compiler")))];
        assert_eq!(totals(&steps), (1, 1));
        assert!(!summary(&steps));
    }

    #[test]
    fn tests_of_a_step_are_counted_one_by_one() {
        let steps = [finished(Ok(Tally { passed: 40, failed: 2, note: None })), finished(Ok(Tally::one()))];
        assert_eq!(totals(&steps), (41, 2));
    }

    #[test]
    fn a_note_shows_although_the_step_passed() {
        assert!(line(&finished(Ok(Tally::noted("without advisories")))).ends_with("ok  without advisories"));
    }
}
