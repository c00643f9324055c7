//! Runs other programs: shows the command line, waits, turns a bad exit into an error.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context as _, bail};

use crate::env::{Workspace, cargo};
use crate::report;

/// A cargo command in the checkout, without the variables that cargo set for *this* program.
///
/// They would change what build scripts see, and so rebuild dependencies for nothing.
pub(crate) fn cargo_command(workspace: &Workspace, arguments: &[&str]) -> Command {
    let mut command = Command::new(cargo());
    command.args(arguments).current_dir(&workspace.root).env("CARGO_TARGET_DIR", &workspace.target);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let ours = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"];
        if ours.iter().any(|prefix| text.starts_with(prefix)) {
            command.env_remove(&name);
        }
    }
    command
}

/// Runs the command with our own output; any exit but 0 is an error.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    report::say(&format!("$ {}", shown(command)));
    let status = command.status().with_context(|| format!("cannot start {}", shown(command)))?;
    checked(command, status)
}

/// Runs the command and returns what it wrote to standard output.
pub(crate) fn output(command: &mut Command) -> anyhow::Result<String> {
    report::say(&format!("$ {}", shown(command)));
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start {}", shown(command)))?;
    checked(command, output.status)?;
    String::from_utf8(output.stdout).context("the output is not UTF-8")
}

/// Runs the command, hands each line of its standard output to `line`, and returns how it ended.
pub(crate) fn lines(command: &mut Command, mut line: impl FnMut(&str)) -> anyhow::Result<ExitStatus> {
    report::say(&format!("$ {}", shown(command)));
    let mut child =
        command.stdout(Stdio::piped()).spawn().with_context(|| format!("cannot start {}", shown(command)))?;
    let stdout = child.stdout.take().context("the output was asked for above")?;
    for text in BufReader::new(stdout).split(b'\n') {
        line(&String::from_utf8_lossy(&text?));
    }
    Ok(child.wait()?)
}

/// As [`output`], but ends the program when it takes longer than `limit`.
pub(crate) fn output_within(command: &mut Command, limit: Duration) -> anyhow::Result<String> {
    report::say(&format!("$ {}", shown(command)));
    let mut child =
        command.stdout(Stdio::piped()).spawn().with_context(|| format!("cannot start {}", shown(command)))?;
    let Some(text) = read_within(&mut child, limit)? else {
        child.kill()?;
        child.wait()?;
        bail!("{} did not end within {} s", shown(command), limit.as_secs());
    };
    let status = child.wait()?;
    checked(command, status).with_context(|| format!("it wrote: {text}"))?;
    Ok(text)
}

/// Whether the program starts and exits with 0; it is shown nowhere.
pub(crate) fn succeeds(program: &str, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn read_within(child: &mut Child, limit: Duration) -> anyhow::Result<Option<String>> {
    let mut stdout = child.stdout.take().context("the output was asked for by the caller")?;
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = stdout.read_to_end(&mut bytes).map(|_| String::from_utf8_lossy(&bytes).into_owned());
        // The receiver is gone when the limit ran out; nobody wants the text then.
        drop(sender.send(read));
    });
    Ok(receiver.recv_timeout(limit).ok().transpose()?)
}

fn checked(command: &Command, status: ExitStatus) -> anyhow::Result<()> {
    if status.success() {
        return Ok(());
    }
    bail!("`{}` ended with {status}", shown(command));
}

fn shown(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let name = program.file_name().unwrap_or(command.get_program()).to_string_lossy();
    let arguments = command.get_args().map(|argument| argument.to_string_lossy().into_owned());
    std::iter::once(name.into_owned()).chain(arguments).collect::<Vec<_>>().join(" ")
}
