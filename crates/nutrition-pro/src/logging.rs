//! Logs: one line per event on standard error, in JSON when that is not a terminal.

use std::io::{IsTerminal as _, stderr};

use tracing_subscriber::EnvFilter;

/// Starts logging at the level that `RUST_LOG` says. Without it, a role says what it does (`info`), and a command that
/// people watch says only what is wrong.
pub(crate) fn start(people_watch: bool) {
    let usual = if people_watch { QUIET } else { USUAL };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr);
    if stderr().is_terminal() {
        subscriber.compact().init();
    } else {
        subscriber.json().flatten_event(true).init();
    }
}

const QUIET: &str = "warn";
const USUAL: &str = "warn,api=info,control_plane=info,gateway=info,llm=info,nutrition_pro=info,serve=info";
