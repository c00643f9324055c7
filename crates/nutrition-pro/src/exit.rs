//! Exit codes: 0 done, 1 failed or refused, 64 unusable command line or configuration (`EX_USAGE` of sysexits.h).

use std::{fmt, process::ExitCode};

use serve::config::Invalid;

use crate::terminal;

/// The command line asks for what can't be asked for; the text says why.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// The answer is no, and was given.
#[derive(Debug)]
pub(crate) struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl std::error::Error for Refused {}

/// Tells what is wrong with the command line, or helps, and returns the exit code for it.
pub(crate) fn not_understood(error: &clap::Error) -> ExitCode {
    // A reader that has gone away changes nothing.
    let _ = error.print();
    if error.use_stderr() { ExitCode::from(UNUSABLE) } else { ExitCode::SUCCESS }
}

/// Says on standard error what failed, and returns the exit code for it.
pub(crate) fn failed(error: &anyhow::Error) -> ExitCode {
    if let Some(invalid) = error.downcast_ref::<Invalid>() {
        terminal::complain(&invalid.to_string());
        return ExitCode::from(UNUSABLE);
    }
    if error.is::<Refused>() {
        return ExitCode::FAILURE;
    }
    if error.is::<Usage>() {
        terminal::complain(&format!("error: {error}"));
        return ExitCode::from(UNUSABLE);
    }
    terminal::complain(&format!("error: {}", told(error)));
    ExitCode::FAILURE
}

const UNUSABLE: u8 = 64;

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
