//! A throw-away Valkey or Redis server, one for each that asks, that cannot outlive the test.

use std::{
    fmt,
    fs::{self, File},
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

/// Why there is no server, or no answer of it.
pub struct Problem(String);

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}

/// A server on a port of its own. It is stopped when this is dropped, and when the test process ends in whatever way.
pub struct Valkey {
    address: SocketAddr,
    folder: PathBuf,
    /// While this process holds the other end of its standard input, the server runs.
    watchdog: Child,
}

impl Valkey {
    /// Starts a server that asks for no password.
    pub async fn start() -> Result<Self, Problem> {
        Self::start_with("").await
    }

    /// Starts a server with `settings`, lines of its configuration file.
    pub async fn start_with(settings: &str) -> Result<Self, Problem> {
        let free = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
        Self::start_at(free, settings).await
    }

    /// Starts a server at `address`, such as that of one that was stopped.
    pub async fn start_at(address: SocketAddr, settings: &str) -> Result<Self, Problem> {
        let program = program()?;
        let folder = tempfile::Builder::new().prefix("nutrition-pro-valkey-").tempdir()?.keep();
        let configuration = format!(
            "bind 127.0.0.1\nport {}\nsave \"\"\nappendonly no\ndir {}\npidfile {1}/pid\ndaemonize no\n{settings}\n",
            address.port(),
            folder.display(),
        );
        fs::write(folder.join("configuration"), configuration)?;
        let log = File::create(folder.join("log"))?;
        let watchdog = Command::new("sh")
            .args(["-c", WATCHDOG, "watchdog", program])
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            // A signal to the tests' process group must not reach it, or nobody would clean up.
            .process_group(0)
            .spawn()?;
        let server = Self { address, folder, watchdog };
        server.wait_until_ready().await?;
        Ok(server)
    }

    /// Returns where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops it in the middle of whatever it does; it takes connections and answers nobody.
    pub fn pause(&self) -> Result<(), Problem> {
        self.signal("STOP")
    }

    /// Lets it go on.
    pub fn resume(&self) -> Result<(), Problem> {
        self.signal("CONT")
    }

    /// Kills it, and returns where it was.
    pub fn kill(self) -> SocketAddr {
        self.address
    }

    /// Asks it `command`, words with a space between them, and returns its answer as it comes.
    pub fn ask(&self, command: &str) -> io::Result<String> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(Duration::from_millis(500)))?;
        stream.write_all(format!("{command}\r\nQUIT\r\n").as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    fn signal(&self, signal: &str) -> Result<(), Problem> {
        let pid = fs::read_to_string(self.folder.join("server"))?;
        let sent = Command::new("kill").arg(format!("-{signal}")).arg(pid.trim()).status()?;
        if sent.success() { Ok(()) } else { Err(Problem(format!("SIG{signal} did not reach the server"))) }
    }

    async fn wait_until_ready(&self) -> Result<(), Problem> {
        for _ in 0..1_500 {
            if self.ask("PING").is_ok_and(|answer| answer.contains("PONG") || answer.contains("NOAUTH")) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        Err(Problem(format!("the server did not start:\n{log}")))
    }
}

impl Drop for Valkey {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        let _ = self.watchdog.wait();
    }
}

fn program() -> Result<&'static str, Problem> {
    let is_there = |program: &&str| Command::new(program).arg("--version").output().is_ok();
    ["valkey-server", "redis-server"]
        .into_iter()
        .find(is_there)
        .ok_or_else(|| Problem(NOT_INSTALLED.to_owned()))
}

const NOT_INSTALLED: &str = "neither valkey-server nor redis-server is installed, and these tests run on one of them: \
    on Debian and Ubuntu `apt-get install redis-server`, on Fedora `dnf install valkey`, on macOS `brew install valkey`";

/// Runs the server until standard input ends, which it does when the test process does, in whatever way.
const WATCHDOG: &str = r#"
trap '' INT TERM HUP
"$1" "$2/configuration" &
server=$!
echo "$server" > "$2/server"
cat > /dev/null
kill -KILL "$server"
wait "$server"
cd /
rm -rf "$2"
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_server_answers_pauses_and_is_gone_when_it_is_dropped() {
        let server = Valkey::start().await.unwrap();
        assert!(server.ask("SET a 1").unwrap().starts_with("+OK"));
        server.pause().unwrap();
        assert!(server.ask("GET a").is_err());
        server.resume().unwrap();
        assert!(server.ask("GET a").unwrap().contains('1'));
        let (folder, address) = (server.folder.clone(), server.kill());
        assert!(TcpStream::connect(address).is_err() && !folder.exists());
        let again = Valkey::start_at(address, "requirepass secret").await.unwrap();
        assert!(again.ask("GET a").unwrap().contains("NOAUTH"));
    }
}
