#![doc = include_str!("../README.md")]

mod acl;
mod authority;
mod cli;
mod data_dir;
mod demo;
mod doctor;
mod evaluation;
mod exit;
mod limits;
mod log_writer;
mod logging;
mod migrate;
mod onboarding;
mod open_files;
mod renewal;
mod roles;
mod terminal;
mod up;
mod variables;
mod webhooks;

use clap::Parser as _;

/// The C library's allocator costs a request more than its TLS; that of a static binary costs several times as much.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    let arguments = match cli::Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return exit::not_understood(&error),
    };
    let log = match logging::start(arguments.people_watch()) {
        Ok(log) => log,
        Err(error) => return exit::failed(&anyhow::Error::new(error).context("can't start the log")),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return exit::failed(&anyhow::Error::new(error).context("can't start the runtime")),
    };
    let ended = runtime.block_on(cli::run(arguments));
    log.finish();
    match ended {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => exit::failed(&error),
    }
}
