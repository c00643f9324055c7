#![doc = include_str!("../README.md")]

mod cli;
mod data_dir;
mod demo;
mod evaluation;
mod exit;
mod logging;
mod migrate;
mod onboarding;
mod open_files;
mod roles;
mod terminal;
mod up;
mod variables;

use clap::Parser as _;

fn main() -> std::process::ExitCode {
    let arguments = cli::Arguments::parse();
    logging::start(arguments.people_watch());
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return exit::failed(&anyhow::Error::new(error).context("can't start the runtime")),
    };
    match runtime.block_on(cli::run(arguments)) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => exit::failed(&error),
    }
}
