//! Starts the binary, talks to it, and makes sure that it is gone afterwards.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::atomic::{AtomicU16, Ordering},
    time::{Duration, Instant},
};

use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use tempfile::TempDir;

/// No start takes longer than this, also on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// Returns the binary with nothing in its environment but what it needs to run.
pub(crate) fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nutrition-pro"));
    command.env_clear().args(arguments).stdin(Stdio::null());
    command
}

/// Runs the binary to its end.
pub(crate) fn run(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    program(arguments).envs(environment.iter().copied()).output().expect("the binary starts")
}

/// Returns standard error of a finished run.
pub(crate) fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Returns what a finished run with `--json` answered.
pub(crate) fn answer(output: &Output) -> Value {
    assert!(output.status.success(), "{}", complaint(output));
    serde_json::from_slice(&output.stdout).expect("one JSON value on standard output")
}

/// The variables that give each role's sockets free ports.
pub(crate) const ADDRESSES: [&str; 8] = [
    "ANP_GATEWAY_ADDR",
    "ANP_GATEWAY_OPERATIONS_ADDR",
    "ANP_API_OPERATIONS_ADDR",
    "ANP_CONTROL_PLANE_OPERATIONS_ADDR",
    "ANP_CONTROL_PLANE_ADDR",
    "ANP_API_ADDR",
    "ANP_POLICY_FEED_ADDR",
    "ANP_AUTHORITY_ADDR",
];

/// Returns an environment in which all roles listen on free ports.
pub(crate) fn free_addresses() -> BTreeMap<String, String> {
    ADDRESSES.iter().map(|name| ((*name).to_owned(), free_address().to_string())).collect()
}

/// Returns an address that nobody listens on, and that no other test of this process was given. It lies below the ports
/// that outgoing connections take, one of which could have it before the role does.
fn free_address() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 10_000 + u16::try_from(std::process::id() % 200).expect("small") * 100;
    loop {
        let port = first + NEXT.fetch_add(1, Ordering::Relaxed) % 2_000;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

/// A running process; killed when dropped.
pub(crate) struct Process {
    child: Child,
    /// What it wrote to standard error, once it has ended.
    log: PathBuf,
    _folder: TempDir,
}

impl Process {
    /// Starts the binary; its standard output is handed back for reading.
    pub(crate) fn start(
        arguments: &[&str],
        environment: &BTreeMap<String, String>,
    ) -> (Self, impl std::io::Read + use<>) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let log = folder.path().join("log");
        let file = std::fs::File::create(&log).expect("a log file");
        let mut child = program(arguments)
            .envs(environment)
            .stdout(Stdio::piped())
            .stderr(file)
            .spawn()
            .expect("the binary starts");
        let stdout = child.stdout.take().expect("piped");
        (Self { child, log, _folder: folder }, stdout)
    }

    /// Sends a signal, such as `INT`.
    pub(crate) fn signal(&self, name: &str) {
        // The shell's own `kill`: not every machine has the program.
        let killed = Command::new("sh").args(["-c", &format!("kill -{name} {}", self.child.id())]).status();
        assert!(killed.expect("a shell is there").success());
    }

    /// Waits for the end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("our child") {
                return status;
            }
            assert!(start.elapsed() < PATIENCE, "it does not end: {}", self.log());
            pause();
        }
    }

    /// Returns what it wrote to standard error so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("our child").is_some()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "waits for another process, outside any runtime")]
fn pause() {
    std::thread::sleep(Duration::from_millis(20));
}

/// A running `up`, and everything that is needed to talk to it.
pub(crate) struct Up {
    pub(crate) process: Process,
    pub(crate) environment: BTreeMap<String, String>,
    /// What `--json` printed.
    pub(crate) summary: Value,
    data_dir: PathBuf,
}

impl Up {
    /// Starts `up` in `data_dir` and waits until it serves.
    pub(crate) fn start(data_dir: &Path, more: &[(&str, &str)], arguments: &[&str]) -> Self {
        let mut environment = free_addresses();
        environment.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Self::start_in(data_dir, environment, arguments)
    }

    /// Starts `up` again with the environment of an earlier one.
    pub(crate) fn start_in(
        data_dir: &Path,
        environment: BTreeMap<String, String>,
        arguments: &[&str],
    ) -> Self {
        let directory = data_dir.to_str().expect("a path in UTF-8");
        let arguments = [&["up", "--json", "--data-dir", directory], arguments].concat();
        let (mut process, stdout) = Process::start(&arguments, &environment);
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).expect("standard output can be read");
        let summary = serde_json::from_str(&line);
        let summary = summary.unwrap_or_else(|_| {
            process.wait();
            panic!("no summary: {}", process.log())
        });
        Self { process, environment, summary, data_dir: data_dir.to_owned() }
    }

    /// Runs a command beside the server, in the same data directory.
    pub(crate) fn beside(&self, arguments: &[&str]) -> Output {
        let directory = self.data_dir.to_str().expect("a path in UTF-8");
        program(arguments).args(["--json", "--data-dir", directory]).output().expect("the binary starts")
    }

    /// Returns the demo's API key.
    pub(crate) fn key(&self) -> String {
        let file = self.summary["api_key_file"].as_str().expect("a key file");
        std::fs::read_to_string(file).expect("a readable key file").trim().to_owned()
    }

    /// Returns a caller of the gateway.
    pub(crate) fn caller(&self, key: &str) -> Caller {
        let gateway = self.summary["gateway_url"].as_str().expect("a gateway");
        Caller::new(gateway, self.summary["ca_file"].as_str().expect("a CA file"), key)
    }

    /// Returns the id of the demo's first dietitian, and the request that asks for a text in their voice.
    pub(crate) fn demo_request(&self) -> Value {
        let dietitians = self.summary["dietitians"].as_object().expect("dietitians");
        let (external_ref, _) = dietitians.iter().next().expect("a dietitian");
        let file = self.data_dir.join(format!("demo/{external_ref}.json"));
        serde_json::from_str(&std::fs::read_to_string(file).expect("a request file")).expect("JSON")
    }

    /// Ends it as Ctrl-C does.
    pub(crate) fn interrupt(&mut self) -> ExitStatus {
        self.process.signal("INT");
        self.process.wait()
    }
}

/// Waits until `role` accepts connections at the address that `variable` names.
pub(crate) fn wait_until_listening(
    role: &mut Process,
    environment: &BTreeMap<String, String>,
    variable: &str,
) {
    let address: SocketAddr = environment[variable].parse().expect("an address");
    let start = Instant::now();
    while std::net::TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_err() {
        assert!(!role.has_ended(), "it ended: {}", role.log());
        assert!(start.elapsed() < PATIENCE, "it does not listen: {}", role.log());
        pause();
    }
}

/// A meal planner's program.
#[derive(Clone)]
pub(crate) struct Caller {
    client: Client,
    gateway: String,
    key: String,
}

impl Caller {
    pub(crate) fn new(gateway: &str, authority_file: &str, key: &str) -> Self {
        let authority = std::fs::read_to_string(authority_file).expect("a CA file");
        let tls = serve::tls::client(None, &authority).expect("a usable CA");
        let client = Client::builder().tls_backend_preconfigured(tls).no_proxy().timeout(PATIENCE);
        Self { client: client.build().expect("a client"), gateway: gateway.to_owned(), key: key.to_owned() }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}/api/v1{path}", self.gateway)).bearer_auth(&self.key)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.request(Method::POST, path).header("content-type", "application/json").body(body.to_string())
    }

    /// Returns status and JSON of a GET.
    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        answered(self.request(Method::GET, path)).await
    }

    /// Waits, at most for the patience of a test, until the gateway answers `/me` with `status`.
    pub(crate) async fn wait_for_status(&self, status: u16) -> Duration {
        let start = Instant::now();
        loop {
            let response = self.request(Method::GET, "/me").send().await;
            if response.as_ref().is_ok_and(|response| response.status() == status) {
                return start.elapsed();
            }
            let told = match response {
                Ok(response) => response.text().await,
                Err(error) => Err(error),
            };
            assert!(start.elapsed() < PATIENCE, "no {status}: {told:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Returns status and JSON of the answer to `request`.
pub(crate) async fn answered(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.expect("an answer");
    let status = response.status().as_u16();
    let text = response.text().await.expect("a whole answer");
    (status, if text.is_empty() { json!(null) } else { serde_json::from_str(&text).expect("JSON") })
}

/// Reads a stream to its end.
pub(crate) fn read_all(mut stream: impl std::io::Read) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("UTF-8");
    text
}
