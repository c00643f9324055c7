//! All tests of all crates, in one build; each test is counted.

use anyhow::bail;

use crate::env::{Workspace, processors};
use crate::process;
use crate::report::{Tally, say};

/// Runs every test, also after one that failed.
pub(super) fn run(workspace: &Workspace) -> anyhow::Result<Tally> {
    let threads = format!("--test-threads={}", processors().clamp(2, 8));
    let arguments = ["test", "--workspace", "--locked", "--no-fail-fast", "--", &threads];
    let mut tally = Tally::default();
    let status = process::lines(&mut process::cargo_command(workspace, &arguments), |line| {
        say(line);
        count(line, &mut tally);
    })?;
    if !status.success() && tally.failed == 0 {
        bail!("`cargo test` ended with {status} and names no failed test: see above");
    }
    if tally.passed == 0 {
        bail!("no test ran");
    }
    Ok(tally)
}

/// Adds one `test result: ok. 3 passed; 0 failed; …` line.
fn count(line: &str, tally: &mut Tally) {
    let Some(result) = line.strip_prefix("test result: ") else { return };
    let number = |word: &str| {
        result
            .split([';', '.'])
            .find_map(|part| part.trim().strip_suffix(word)?.trim().parse::<usize>().ok())
            .unwrap_or(0)
    };
    tally.passed += number("passed");
    tally.failed += number("failed");
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn results_of_all_programs_add_up() {
        let mut tally = Tally::default();
        for line in [
            "test revoked_key_is_refused ... ok",
            "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.02s",
            "test result: FAILED. 3 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 1.50s",
        ] {
            count(line, &mut tally);
        }
        assert_eq!(tally, Tally { passed: 15, failed: 2, note: None });
    }
}
