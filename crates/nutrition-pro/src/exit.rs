//! Exit codes: 0 done, 1 failed, 64 unusable configuration (`EX_USAGE` of sysexits.h).

use std::process::ExitCode;

use serve::config::Invalid;

use crate::terminal;

/// Says on standard error what failed, and returns the exit code for it.
pub(crate) fn failed(error: &anyhow::Error) -> ExitCode {
    if let Some(invalid) = error.downcast_ref::<Invalid>() {
        terminal::complain(&invalid.to_string());
        return ExitCode::from(64);
    }
    terminal::complain(&format!("error: {error:#}"));
    ExitCode::FAILURE
}
