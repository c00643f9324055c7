//! The system under attack: everything from the binary, on ports and data of its own, with a certificate such as public
//! authorities give.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::env::Workspace;
use crate::process;

/// A system that runs until it is dropped.
pub(crate) struct System {
    /// The program of our own attacks.
    pub(crate) attacker: PathBuf,
    /// The `bin` directory of the Python tools.
    pub(crate) python: PathBuf,
    /// Where tools write.
    pub(crate) scratch: PathBuf,
    /// The checked-in OpenAPI document.
    pub(crate) document: PathBuf,
    /// Where the gateway listens.
    pub(crate) gateway: SocketAddr,
    /// The authority of its certificate.
    pub(crate) authority: PathBuf,
    /// A key of the tenant that attacks.
    pub(crate) key: PathBuf,
    /// A key of a tenant that behaves.
    pub(crate) other_key: PathBuf,
    binary: PathBuf,
    data: PathBuf,
    running: Child,
}

/// The name in the gateway's certificate. It is not one of this machine, so that answers are strict about HTTPS.
pub(crate) const NAME: &str = "gateway.example";

impl System {
    /// Builds and starts everything, and gives two tenants a key each whose limits stand in no attack's way.
    pub(crate) fn start(workspace: &Workspace, python: PathBuf) -> anyhow::Result<Self> {
        for arguments in
            [["--package", "nutrition-pro"].as_slice(), &["--package", "testkit", "--bin", "attack"]]
        {
            process::run(process::cargo_command(workspace, &["build", "--locked"]).args(arguments))?;
        }
        let scratch = workspace.scratch("attack")?;
        std::fs::remove_dir_all(&scratch).context("cannot clear what the last run left")?;
        let scratch = workspace.scratch("attack")?;
        let authority = certificate(&scratch)?;
        let programs = workspace.target.join("debug");
        let ports = free_ports(VARIABLES.len())?;
        let address = |place: usize| SocketAddr::from((Ipv4Addr::LOCALHOST, ports[place]));
        let (binary, data) = (programs.join("nutrition-pro"), scratch.join("data"));
        let log = std::fs::File::create(scratch.join("log")).context("cannot write the log")?;
        let mut up = Command::new(&binary);
        up.args(["up", "--no-demo", "--data-dir"]).arg(&data).stdout(Stdio::null()).stderr(log);
        up.env("ANP_GATEWAY_CERT_FILE", scratch.join("edge.pem"))
            .env("ANP_GATEWAY_KEY_FILE", scratch.join("edge.key"))
            // Attackers are not to be stopped by how many they are: what is tried is what comes before that.
            .envs(
                ["ADDRESS", "UNIDENTIFIED"].map(|name| (format!("ANP_GATEWAY_{name}_PER_MINUTE"), "1000000")),
            );
        for (place, variable) in VARIABLES.iter().enumerate() {
            up.env(variable, address(place).to_string());
        }
        let running = up.spawn().with_context(|| format!("cannot start {}", binary.display()))?;
        let mut system = Self {
            attacker: programs.join("attack"),
            python,
            document: workspace.root.join("openapi.json"),
            gateway: address(0),
            authority,
            key: scratch.join("key"),
            other_key: scratch.join("other-key"),
            scratch,
            binary,
            data,
            running,
        };
        system.wait_until_ready(address(1))?;
        system.give_key("Attacker", &system.key)?;
        system.give_key("Other", &system.other_key)?;
        Ok(system)
    }

    /// A command of ours: what it attacks, with whose key.
    pub(crate) fn attack(&self, what: &str, key: &Path) -> Command {
        let mut command = Command::new(&self.attacker);
        command.arg(what).arg(self.gateway.to_string()).arg(NAME).arg(&self.authority).arg(key);
        command
    }

    /// The text of the attacker's key.
    pub(crate) fn key_text(&self) -> anyhow::Result<String> {
        Ok(std::fs::read_to_string(&self.key)?.trim().to_owned())
    }

    #[expect(clippy::disallowed_methods, reason = "no worker waits behind this thread")]
    fn wait_until_ready(&mut self, operations: SocketAddr) -> anyhow::Result<()> {
        let since = Instant::now();
        while since.elapsed() < Duration::from_secs(60) {
            if let Some(status) = self.running.try_wait()? {
                bail!("the system ended with {status}: see {}", self.scratch.join("log").display());
            }
            if is_ready(operations) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        bail!("the system is not ready after a minute: see {}", self.scratch.join("log").display());
    }

    fn give_key(&self, name: &str, file: &Path) -> anyhow::Result<()> {
        let tenant = self.ask(&["tenant", "add", "--name", name])?;
        let application = self.ask(&["app", "add", "--name", name, "--tenant", text(&tenant, "id")])?;
        let key = self.ask(&["key", "issue", "--app", text(&application, "id")])?;
        let until = process::output(Command::new("date").args(["-u", "-d", "+2 days", "+%F"]))?;
        // How many run at the same time stays limited: that is what keeps floods of plain requests from others.
        for (measure, value) in [("requests", "16000000"), ("bytes", "100000000")] {
            for of in [["--tenant", text(&tenant, "id")], ["--key", text(&key, "id")]] {
                let set = ["limit", "set", "--measure", measure, "--value", value, "--reason", "attacks"];
                self.ask(&[&set[..], &of, &["--until", until.trim()]].concat())?;
            }
        }
        std::fs::write(file, text(&key, "key")).context("cannot keep the key")
    }

    fn ask(&self, arguments: &[&str]) -> anyhow::Result<Value> {
        let mut command = Command::new(&self.binary);
        command.args(arguments).arg("--json").arg("--data-dir").arg(&self.data).stderr(Stdio::inherit());
        let output = command.output().context("cannot run the program")?;
        serde_json::from_slice(&output.stdout)
            .with_context(|| format!("`{}` ended with {}", arguments[..2].join(" "), output.status))
    }
}

impl Drop for System {
    fn drop(&mut self) {
        // It has nothing that is worth an orderly end.
        drop(self.running.kill());
        drop(self.running.wait());
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

fn is_ready(operations: SocketAddr) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(operations)?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

/// Makes an authority and a certificate of 90 days, and returns the authority's file.
fn certificate(folder: &Path) -> anyhow::Result<PathBuf> {
    let extensions = format!(
        "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n\
         subjectAltName=DNS:{NAME},IP:127.0.0.1\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n\
         crlDistributionPoints=URI:http://crl.example/attack.crl\n"
    );
    std::fs::write(folder.join("extensions"), extensions)?;
    let subject = format!("/CN={NAME}");
    for arguments in [
        "ecparam -name prime256v1 -genkey -noout -out authority.key",
        "ecparam -name prime256v1 -genkey -noout -out edge.key",
        "req -x509 -new -key authority.key -sha256 -days 90 -subj /CN=Attacks -out authority.pem \
         -addext keyUsage=critical,keyCertSign,cRLSign",
        &format!("req -new -key edge.key -subj {subject} -out edge.csr"),
        "x509 -req -in edge.csr -CA authority.pem -CAkey authority.key -CAcreateserial -days 89 -sha256 \
         -extfile extensions -out edge.pem",
    ] {
        let output =
            Command::new("openssl").args(arguments.split_whitespace()).current_dir(folder).output()?;
        if !output.status.success() {
            bail!("openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
        }
    }
    Ok(folder.join("authority.pem"))
}

/// The variables that move the addresses of `up`: the gateway's, then where it tells whether it is ready, then others.
const VARIABLES: [&str; 8] = [
    "ANP_GATEWAY_ADDR",
    "ANP_GATEWAY_OPERATIONS_ADDR",
    "ANP_CONTROL_PLANE_ADDR",
    "ANP_API_ADDR",
    "ANP_POLICY_FEED_ADDR",
    "ANP_AUTHORITY_ADDR",
    "ANP_API_OPERATIONS_ADDR",
    "ANP_CONTROL_PLANE_OPERATIONS_ADDR",
];

/// All are held until the last is known, so that they differ.
fn free_ports(count: usize) -> anyhow::Result<Vec<u16>> {
    let held: Vec<TcpListener> =
        (0..count).map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).collect::<Result<_, _>>()?;
    held.iter().map(|listener| Ok(listener.local_addr()?.port())).collect()
}
