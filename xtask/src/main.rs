#![doc = include_str!("../README.md")]

mod attack;
mod bench;
mod dist;
mod env;
mod fuzz;
mod openapi;
mod process;
mod report;
mod steps;
mod tools;
mod wrapper;

use std::process::ExitCode;

use anyhow::{Context as _, bail};

use crate::env::Workspace;

fn main() -> ExitCode {
    if let Some(code) = wrapper::compile_for_cargo() {
        return code;
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            report::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Runs one command; `false` means that it ran and found something wrong.
fn run(arguments: &[String]) -> anyhow::Result<bool> {
    let workspace = Workspace::find()?;
    let (command, rest) = arguments.split_first().map_or(("help", arguments), |(c, r)| (c.as_str(), r));
    match command {
        "test" => steps::run(&workspace, rest),
        "fuzz" => fuzz(&workspace, rest),
        "openapi" => openapi::write(&workspace).map(|()| true),
        "dist" => dist::build(&workspace).map(|()| true),
        "bench" => bench(&workspace, rest),
        "attack" => attack::run(&workspace, rest),
        "help" | "--help" | "-h" => {
            report::say(&help());
            Ok(true)
        }
        other => bail!("no command `{other}`; `cargo xtask help` lists them"),
    }
}

fn fuzz(workspace: &Workspace, arguments: &[String]) -> anyhow::Result<bool> {
    let [target, options @ ..] = arguments else {
        report::say(&format!("fuzz targets: {}", fuzz::targets(workspace)?.join(", ")));
        return Ok(true);
    };
    let seconds = match options {
        [] => 60,
        [flag, number] if flag == "--seconds" => number.parse().context("--seconds wants a number")?,
        _ => bail!("usage: cargo xtask fuzz TARGET [--seconds N]"),
    };
    fuzz::build(workspace)?;
    fuzz::run(workspace, target, seconds).map(|()| true)
}

fn bench(workspace: &Workspace, arguments: &[String]) -> anyhow::Result<bool> {
    match arguments.split_first() {
        Some((what, options)) if what == "gateway" => bench::gateway(workspace, options).map(|()| true),
        _ => bail!("usage: cargo xtask bench gateway [--quick | OPTIONS AND PEERS OF THE HARNESS]"),
    }
}

fn help() -> String {
    let mut text = String::from(
        "cargo xtask test [STEP…]                 every check of continuous integration, or the named ones\n\
         cargo xtask fuzz [TARGET [--seconds N]]  fuzz one target (60 s); without a name, list the targets\n\
         cargo xtask openapi                      write openapi.json anew from the code\n\
         cargo xtask dist                         build the static binary that the image holds\n\
         cargo xtask bench gateway [--quick]      measure the gateway beside its peers (needs ../shared/bench)\n\
         cargo xtask attack [ATTACK…]             attack a started system with all tools, or the named ones\n\
         cargo xtask help                         this text\n\nSteps of `test`, in order:\n",
    );
    for step in steps::ALL {
        text.push_str(&format!("  {:<10} {}\n", step.name, step.purpose));
    }
    text
}
