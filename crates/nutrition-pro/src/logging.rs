//! Logs: one line per event on standard error, in JSON when that is not a terminal.

use std::io::{self, IsTerminal as _, stderr};

use tracing_subscriber::EnvFilter;

use crate::log_writer::LogWriter;

/// Starts logging at the level that `RUST_LOG` says. Without it, a role says what it does (`info`), and a command that
/// people watch says only what is wrong. What is returned writes what still waits, before the process ends.
///
/// # Errors
/// When no thread can be started.
pub(crate) fn start(people_watch: bool) -> io::Result<LogWriter> {
    let usual = if people_watch { QUIET } else { USUAL };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
    let writer = LogWriter::start(stderr())?;
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer.clone());
    if stderr().is_terminal() {
        subscriber.compact().init();
    } else {
        subscriber.json().flatten_event(true).init();
    }
    Ok(writer)
}

const QUIET: &str = "warn";
const USUAL: &str = "warn,api=info,control_plane=info,gateway=info,llm=info,nutrition_pro=info,serve=info";
