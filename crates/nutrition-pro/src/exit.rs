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
    terminal::complain(&format!("error: {}", told(error)));
    ExitCode::FAILURE
}

/// Returns an error and its causes. Many libraries' texts hold those of their causes already: they are told once.
pub(crate) fn told(error: &anyhow::Error) -> String {
    let mut told = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if told.is_empty() {
            told = cause;
        } else if !told.ends_with(&cause) {
            told = format!("{told}: {cause}");
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cause_is_told_once() {
        let error = anyhow::anyhow!("refused").context("outer: refused").context("can't open it");
        assert_eq!(told(&error), "can't open it: outer: refused");
        let error = anyhow::anyhow!("no such file").context("can't open it");
        assert_eq!(told(&error), "can't open it: no such file");
    }
}
