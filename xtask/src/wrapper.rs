//! This program as cargo's workspace wrapper: it compiles our crates with the coverage counters libFuzzer reads.
//!
//! `cargo fuzz` needs nightly because it also passes `-Zsanitizer`.
//! The counters alone are an LLVM pass that the stable compiler runs too; dependencies are left as they are,
//! so a fuzz build reuses them.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

/// The variable by which [`mod@crate::fuzz`] tells this program that cargo calls it in place of the compiler.
pub(crate) const MARK: &str = "XTASK_COMPILES_FOR_FUZZING";

/// Runs the compiler that cargo names, with the counters added; `None` when cargo did not call us for that.
pub(crate) fn compile_for_cargo() -> Option<ExitCode> {
    std::env::var_os(MARK)?;
    let mut arguments = std::env::args_os().skip(1);
    let compiler = arguments.next()?;
    let arguments = with_counters(arguments.collect());
    let status = Command::new(compiler).args(arguments).status().ok()?;
    Some(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Adds the counters to what is compiled for the target; questions to the compiler stay as they are.
fn with_counters(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let compiles = arguments.iter().any(|argument| argument == "--crate-name");
    let for_the_compiler = arguments.iter().any(|argument| argument == "proc-macro");
    if compiles && !for_the_compiler {
        arguments.extend(COUNTERS.iter().map(OsString::from));
    }
    arguments
}

/// Edge counters and their table, comparisons traced; optimised, because a fuzzer lives on tries per second.
const COUNTERS: &[&str] = &[
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Ccodegen-units=1",
    "-Copt-level=1",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(words: &[&str]) -> Vec<OsString> {
        words.iter().map(OsString::from).collect()
    }

    #[test]
    fn a_crate_is_compiled_with_counters() {
        let given = arguments(&["--crate-name", "voice", "--crate-type", "lib"]);
        assert_eq!(with_counters(given).len(), 4 + COUNTERS.len());
    }

    #[test]
    fn a_question_to_the_compiler_is_passed_on() {
        let given = arguments(&["-vV"]);
        assert_eq!(with_counters(given.clone()), given);
    }

    #[test]
    fn code_that_runs_inside_the_compiler_gets_no_counters() {
        let given = arguments(&["--crate-name", "derive", "--crate-type", "proc-macro"]);
        assert_eq!(with_counters(given.clone()), given);
    }
}
