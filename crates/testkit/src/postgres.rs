//! A throw-away PostgreSQL cluster, one per test process, that cannot outlive it.

use std::{
    fmt,
    fs::{self, File},
    io::Write,
    net::TcpListener,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use sqlx::{
    Connection,
    postgres::{PgConnectOptions, PgConnection},
};
use tokio::sync::OnceCell;

/// The running cluster. Its two databases are the migrated templates that tests get copies of.
pub struct Cluster {
    folder: PathBuf,
    port: u16,
    bin: PathBuf,
    // While this process holds the other end of its standard input, the server runs.
    _watchdog: Child,
    // Drops databases in the background, so that a test need not wait for it.
    janitor: Mutex<Child>,
}

/// Why there is no cluster.
pub struct Problem(String);

impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<std::io::Error> for Problem {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        Self(error.to_string())
    }
}

/// The password of every login role of the cluster; nobody else reaches its port's databases without one.
pub const PASSWORD: &str = "only-for-tests";

impl Cluster {
    /// Returns this process's cluster, and starts it at the first call.
    pub async fn get() -> Result<&'static Self, Problem> {
        static CLUSTER: OnceCell<Cluster> = OnceCell::const_new();
        CLUSTER.get_or_try_init(Self::start).await
    }

    /// Returns the file with the certificate authority that vouches for the server.
    pub fn ca_file(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// Returns the file with a certificate authority that does not.
    pub fn other_ca_file(&self) -> PathBuf {
        self.folder.join("other-ca.pem")
    }

    /// Returns the port on loopback. The server's certificate is for `localhost` only.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the address of `database` for `role`, as the product's settings take it.
    pub fn address(&self, role: &str, database: &str) -> String {
        let ca = self.ca_file();
        format!(
            "postgres://{role}:{PASSWORD}@localhost:{}/{database}?sslmode=verify-full&sslrootcert={}",
            self.port,
            ca.display()
        )
    }

    /// Returns the address of `database` for `role` through the server's Unix socket.
    pub fn socket_address(&self, role: &str, database: &str) -> String {
        let folder = self.folder.display();
        format!("postgres://{role}:{PASSWORD}@localhost:{}/{database}?host={folder}", self.port)
    }

    /// Connects to `database` as the superuser, through the Unix socket that only this process's user can reach.
    pub async fn superuser(&self, database: &str) -> Result<PgConnection, Problem> {
        let options = PgConnectOptions::new_without_pgpass()
            .socket(&self.folder)
            .port(self.port)
            .username(SUPERUSER)
            .database(database);
        Ok(PgConnection::connect_with(&options).await?)
    }

    /// Returns a PostgreSQL program, such as `pg_dump`, set up to reach the cluster as its superuser.
    pub fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.bin.join(name));
        command.arg("--host").arg(&self.folder).arg("--port").arg(self.port.to_string());
        command.args(["--username", SUPERUSER]);
        command
    }

    /// Makes `name` a copy of `template`, which `owner` owns and `service` may connect to, as the bootstrap script says.
    pub async fn copy(&self, template: &str, name: &str) -> Result<(), Problem> {
        let mut connection = self.superuser("postgres").await?;
        for statement in [
            // Copying files is faster than logging pages where nothing is synced to disk.
            format!("CREATE DATABASE {name} OWNER {template}_owner TEMPLATE {template} STRATEGY FILE_COPY"),
            // A copy does not inherit who may connect.
            format!("REVOKE ALL ON DATABASE {name} FROM PUBLIC"),
            format!("GRANT CONNECT ON DATABASE {name} TO {template}"),
        ] {
            sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await?;
        }
        Ok(connection.close().await?)
    }

    /// Drops `database` some time soon.
    pub fn drop_later(&self, database: &str) {
        let mut janitor = self.janitor.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(input) = janitor.stdin.as_mut() {
            // Should it be gone, the whole cluster's folder soon is as well.
            let _ = writeln!(input, "DROP DATABASE IF EXISTS {database} WITH (FORCE);");
        }
    }

    async fn start() -> Result<Self, Problem> {
        let bin = find_programs()?;
        let folder = tempfile::Builder::new().prefix("nutrition-pro-postgres-").tempdir()?;
        let user = User::for_server(folder.path())?;
        write_certificates(folder.path())?;
        user.take_over(folder.path())?;
        initialise(&bin, folder.path(), &user)?;
        // From here on the watchdog removes the folder.
        let folder = folder.keep();
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let watchdog = run_server(&bin, &folder, port, &user)?;
        wait_until_ready(&folder).await?;
        bootstrap(&bin, &folder, port)?;
        let mut janitor = psql(&bin, &folder, port);
        let janitor = janitor.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let cluster = Self { folder, port, bin, _watchdog: watchdog, janitor: Mutex::new(janitor) };
        cluster.migrate_templates().await?;
        Ok(cluster)
    }

    async fn migrate_templates(&self) -> Result<(), Problem> {
        let settings = |database: &str| {
            database::Settings::parse(&self.address(&format!("{database}_owner"), database))
                .map_err(|error| Problem(error.to_string()))
        };
        let explain = |error: database::Error| Problem(format!("migration: {error}: {error:?}"));
        control_db::migrate(&settings("anp_control_plane")?).await.map_err(explain)?;
        api_db::migrate(&settings("anp_api")?).await.map_err(explain)?;
        Ok(())
    }
}

/// The user that runs the server: PostgreSQL refuses to run as root.
struct User {
    root: bool,
    uid: u32,
    gid: u32,
}

impl User {
    fn for_server(own_folder: &Path) -> Result<Self, Problem> {
        let metadata = fs::metadata(own_folder)?;
        if metadata.uid() != 0 {
            return Ok(Self { root: false, uid: metadata.uid(), gid: metadata.gid() });
        }
        let accounts = fs::read_to_string("/etc/passwd")?;
        let account = |name: &str| {
            let line = accounts.lines().find(|line| line.split(':').next() == Some(name))?;
            let mut fields = line.split(':').skip(2).map(str::parse);
            Some(Self { root: true, uid: fields.next()?.ok()?, gid: fields.next()?.ok()? })
        };
        account("postgres").or_else(|| account("nobody")).ok_or_else(|| {
            Problem("PostgreSQL does not run as root, and there is no user postgres or nobody".to_owned())
        })
    }

    /// Hands a folder and the files in it to the user.
    fn take_over(&self, folder: &Path) -> Result<(), Problem> {
        for entry in fs::read_dir(folder)? {
            chown(entry?.path(), Some(self.uid), Some(self.gid))?;
        }
        Ok(chown(folder, Some(self.uid), Some(self.gid))?)
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        if !self.root {
            return Command::new(program);
        }
        let mut command = Command::new("setpriv");
        command.arg(format!("--reuid={}", self.uid)).arg(format!("--regid={}", self.gid));
        command.arg("--clear-groups").arg(program);
        command
    }
}

fn find_programs() -> Result<PathBuf, Problem> {
    let mut folders: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .collect();
    folders.sort();
    folders.reverse();
    let path = std::env::var_os("PATH").unwrap_or_default();
    folders.extend(std::env::split_paths(&path));
    let complete =
        |folder: &&PathBuf| ["initdb", "postgres", "psql"].iter().all(|name| folder.join(name).is_file());
    folders.iter().find(complete).cloned().ok_or_else(|| Problem(NOT_INSTALLED.to_owned()))
}

fn write_certificates(folder: &Path) -> Result<(), Problem> {
    let explain = |error: rcgen::Error| Problem(error.to_string());
    let authority = |name: &str| {
        let mut params = rcgen::CertificateParams::new(Vec::new())?;
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        rcgen::CertifiedIssuer::self_signed(params, rcgen::KeyPair::generate()?)
    };
    let trusted = authority("test databases").map_err(explain)?;
    let other = authority("somebody else").map_err(explain)?;
    let key = rcgen::KeyPair::generate().map_err(explain)?;
    let server = rcgen::CertificateParams::new(vec!["localhost".to_owned()])
        .and_then(|params| params.signed_by(&key, &trusted))
        .map_err(explain)?;
    fs::write(folder.join("ca.pem"), trusted.pem())?;
    fs::write(folder.join("other-ca.pem"), other.pem())?;
    fs::write(folder.join("server.pem"), server.pem())?;
    fs::write(folder.join("server.key"), key.serialize_pem())?;
    Ok(fs::set_permissions(folder.join("server.key"), fs::Permissions::from_mode(0o600))?)
}

fn initialise(bin: &Path, folder: &Path, user: &User) -> Result<(), Problem> {
    let output = user
        .command(bin.join("initdb"))
        .current_dir(folder)
        .arg("--pgdata=data")
        .arg(format!("--username={SUPERUSER}"))
        .args(["--encoding=UTF8", "--locale=C", "--no-sync", "--auth=reject", "--no-instructions"])
        .output()?;
    if !output.status.success() {
        return Err(Problem(format!("initdb failed: {}", String::from_utf8_lossy(&output.stderr))));
    }
    let data = folder.join("data");
    fs::write(data.join("pg_hba.conf"), WHO_MAY_CONNECT)?;
    let mut configuration = File::options().append(true).open(data.join("postgresql.conf"))?;
    Ok(configuration.write_all(CONFIGURATION.as_bytes())?)
}

fn run_server(bin: &Path, folder: &Path, port: u16, user: &User) -> Result<Child, Problem> {
    let log = File::create(folder.join("log"))?;
    let child = user
        .command("sh")
        .args(["-c", WATCHDOG, "watchdog"])
        .arg(bin.join("postgres"))
        .arg(folder)
        .arg(port.to_string())
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(log.try_clone()?)
        .stderr(log)
        // A signal to the tests' process group must not reach it, or nobody would clean up.
        .process_group(0)
        .spawn()?;
    Ok(child)
}

async fn wait_until_ready(folder: &Path) -> Result<(), Problem> {
    for _ in 0..1_500 {
        // Its eighth line is the server's state.
        let state = fs::read_to_string(folder.join("data/postmaster.pid")).unwrap_or_default();
        if state.lines().nth(7).is_some_and(|line| line.trim() == "ready") {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
    Err(Problem(format!("PostgreSQL did not start:\n{log}")))
}

fn bootstrap(bin: &Path, folder: &Path, port: u16) -> Result<(), Problem> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/postgres/bootstrap.sql");
    let output = psql(bin, folder, port)
        .arg("--file")
        .arg(script)
        .envs(PASSWORD_VARIABLES.map(|name| (name, PASSWORD)))
        .output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(Problem(format!("bootstrap.sql failed: {}", String::from_utf8_lossy(&output.stderr))))
}

fn psql(bin: &Path, folder: &Path, port: u16) -> Command {
    let mut command = Command::new(bin.join("psql"));
    command.args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--username", SUPERUSER]);
    command.arg("--host").arg(folder).arg("--port").arg(port.to_string()).arg("postgres");
    command
}

const SUPERUSER: &str = "postgres";

const PASSWORD_VARIABLES: [&str; 4] = [
    "ANP_CONTROL_PLANE_OWNER_PASSWORD",
    "ANP_CONTROL_PLANE_PASSWORD",
    "ANP_API_OWNER_PASSWORD",
    "ANP_API_PASSWORD",
];

const NOT_INSTALLED: &str = "PostgreSQL is not installed, and these tests run on it: \
    on Debian and Ubuntu `apt-get install postgresql`, on Fedora `dnf install postgresql-server`, \
    on macOS `brew install postgresql`; or put the folder of initdb, postgres and psql into PATH";

const WHO_MAY_CONNECT: &str = "\
local   all postgres          trust
local   all all               scram-sha-256
hostssl all all 127.0.0.1/32  scram-sha-256
hostssl all all ::1/128       scram-sha-256
";

/// Nothing here has to survive a crash.
const CONFIGURATION: &str = "
listen_addresses = 'localhost'
ssl = on
ssl_cert_file = '../server.pem'
ssl_key_file = '../server.key'
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
max_connections = 300
shared_buffers = 64MB
max_wal_size = 256MB
log_min_messages = warning
";

/// Runs the server until standard input ends, which it does when the test process does, in whatever way.
const WATCHDOG: &str = r#"
trap '' INT TERM HUP
"$1" -D "$2/data" -k "$2" -p "$3" &
server=$!
cat > /dev/null
kill -QUIT "$server"
wait "$server"
cd /
rm -rf "$2"
"#;
