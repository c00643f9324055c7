//! Opens pools of connections and begins transactions on them.

use std::{fs, io, os::unix::fs::PermissionsExt, path::Path, time::Duration};

use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, IsolationLevel,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use sqlx::{
    ConnectOptions as _,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{Error, Migration, Settings, guard, settings::Target};

/// The database engines we run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Embedded, one file.
    Sqlite,
    /// A server.
    Postgres,
}

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Changes rows. On SQLite it waits for its turn at the beginning, never in the middle.
    Write,
    /// Sees one unchanging state of the whole database and changes nothing.
    Snapshot,
}

/// Connections of one service to its database.
#[derive(Clone)]
pub struct Pool {
    connection: DatabaseConnection,
}

impl Pool {
    /// Connects as a service, and refuses a database that is not fit for one.
    ///
    /// `migrations` are those the program knows: a database that lacks one of them is refused.
    pub async fn open(settings: &Settings, migrations: &[Migration]) -> Result<Self, Error> {
        let pool = Self::from_connection(connect(settings, Some(settings.statement_timeout)).await?);
        if pool.engine() == Engine::Postgres {
            guard::check_role(&pool.connection).await?;
        }
        guard::check_schema(&pool.connection, migrations).await?;
        Ok(pool)
    }

    pub(crate) fn from_connection(connection: DatabaseConnection) -> Self {
        Self { connection }
    }

    /// Returns the engine behind the pool.
    pub fn engine(&self) -> Engine {
        match self.connection.get_database_backend() {
            DbBackend::Postgres => Engine::Postgres,
            _ => Engine::Sqlite,
        }
    }

    /// Begins a transaction. Dropped without a commit, also by a panic, it is rolled back before the connection is reused.
    pub async fn begin(&self, access: Access) -> Result<DatabaseTransaction, Error> {
        Ok(self.connection.begin_with_options(options(self.engine(), access)).await?)
    }

    /// Fails unless the database answers.
    pub async fn ping(&self) -> Result<(), Error> {
        Ok(self.connection.ping().await?)
    }

    /// Closes all connections after their transactions.
    pub async fn close(&self) -> Result<(), Error> {
        Ok(self.connection.close_by_ref().await?)
    }
}

/// Sets `name` to `value` until the end of the transaction, for row-level security. SQLite has none, and nothing is set.
pub async fn set_local(tx: &DatabaseTransaction, name: &str, value: &str) -> Result<(), Error> {
    if tx.get_database_backend() == DbBackend::Postgres {
        let sql = "SELECT set_config($1, $2, true)";
        tx.query_one_raw(Statement::from_sql_and_values(
            DbBackend::Postgres,
            sql,
            [name.into(), value.into()],
        ))
        .await?;
    }
    Ok(())
}

/// Connects without any check on who connects: for [`Pool::open`], and for migrations as the owner.
pub(crate) async fn connect(
    settings: &Settings,
    statement_timeout: Option<std::time::Duration>,
) -> Result<DatabaseConnection, Error> {
    match &settings.target {
        Target::Sqlite(path) => connect_sqlite(settings, path).await,
        Target::Postgres(options) => connect_postgres(settings, options, statement_timeout).await,
    }
}

fn options(engine: Engine, access: Access) -> TransactionOptions {
    match (engine, access) {
        // Without IMMEDIATE, a read followed by a write fails with SQLITE_BUSY when another connection wrote in between.
        (Engine::Sqlite, Access::Write) => TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        },
        (Engine::Sqlite, Access::Snapshot) | (Engine::Postgres, Access::Write) => {
            TransactionOptions::default()
        }
        (Engine::Postgres, Access::Snapshot) => TransactionOptions {
            isolation_level: Some(IsolationLevel::RepeatableRead),
            access_mode: Some(AccessMode::ReadOnly),
            ..TransactionOptions::default()
        },
    }
}

async fn connect_sqlite(settings: &Settings, path: &Path) -> Result<DatabaseConnection, Error> {
    make_private(path)?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        // FULL: a usage record that was reported as stored survives a power cut, not only a crash of the process.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(settings.acquire_timeout)
        // Deleted personal data is overwritten, not only unlinked.
        .pragma("secure_delete", "ON")
        .disable_statement_logging();
    let pool = SqlitePoolOptions::new()
        .max_connections(settings.max_connections)
        .acquire_timeout(settings.acquire_timeout);
    let started = tokio::time::Instant::now();
    loop {
        match pool.clone().connect_with(options.clone()).await {
            Ok(pool) => return Ok(pool.into()),
            // SQLite does not wait (busy_timeout) for another connection that turns a new file's journal into a
            // write-ahead log at this moment, since two who do so could wait for each other.
            Err(error) if is_busy(&error) && started.elapsed() < settings.acquire_timeout => {
                tokio::time::sleep(BUSY_PAUSE).await;
            }
            Err(error) => return Err(unreachable(error)),
        }
    }
}

/// How long to wait before the next try at a file that someone else is preparing.
const BUSY_PAUSE: Duration = Duration::from_millis(20);

fn is_busy(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else { return false };
    // SQLITE_BUSY, in the low byte of the extended code.
    error.code().and_then(|code| code.parse::<u32>().ok()).is_some_and(|code| code & 0xff == 5)
}

/// Creates the file, or narrows an existing one, so that only its owner reads it; SQLite's side files follow its mode.
///
/// It never opens a file that exists: closing it again would drop the locks that another connection of this process
/// holds on it (<https://www.sqlite.org/howtocorrupt.html>, section 2.2).
fn make_private(path: &Path) -> Result<(), Error> {
    let refuse = |error: io::Error| Error::Refused(format!("cannot use {}: {error}", path.display()));
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !path.try_exists().map_err(refuse)? {
        // Closed before it gets its name, so that no one else can have opened it.
        let empty = tempfile::NamedTempFile::new_in(parent).map_err(refuse)?.into_temp_path();
        match empty.persist_noclobber(path) {
            Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(refuse(error.error));
            }
            _ => {}
        }
    }
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(refuse)
}

async fn connect_postgres(
    settings: &Settings,
    options: &PgConnectOptions,
    statement_timeout: Option<std::time::Duration>,
) -> Result<DatabaseConnection, Error> {
    if let Some(path) = &settings.root_certificate {
        // sqlx would not say which file.
        fs::File::open(path).map_err(|error| {
            Error::Refused(format!("cannot read {} (sslrootcert): {error}", path.display()))
        })?;
    }
    let mut options = options.clone().application_name("nutrition-pro").disable_statement_logging();
    if let Some(timeout) = statement_timeout {
        let millis = timeout.as_millis().to_string();
        options = options.options([
            ("statement_timeout", millis.as_str()),
            ("lock_timeout", millis.as_str()),
            ("idle_in_transaction_session_timeout", millis.as_str()),
        ]);
    }
    let pool = PgPoolOptions::new()
        .max_connections(settings.max_connections)
        .acquire_timeout(settings.acquire_timeout)
        .connect_with(options.clone())
        .await;
    match pool {
        Ok(pool) => Ok(pool.into()),
        Err(error) => Err(cannot_reach(&options, error).await),
    }
}

/// Says where the server was looked for, and why it is not there: a pool tries again until its time is over, and knows
/// the reason no more.
async fn cannot_reach(options: &PgConnectOptions, error: sqlx::Error) -> Error {
    let place = match options.get_socket() {
        Some(folder) => format!("{} port {}", folder.display(), options.get_port()),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    };
    let why = match error {
        sqlx::Error::PoolTimedOut => match tokio::time::timeout(LAST_TRY, options.connect()).await {
            Ok(Ok(_)) => "it answers too slowly".to_owned(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "nothing answers there".to_owned(),
        },
        error => error.to_string(),
    };
    let why = format!("no connection to {place}: {why}");
    Error::Unavailable(sea_orm::DbErr::Conn(sea_orm::RuntimeErr::Internal(why)))
}

/// How long the last try may take, which is for the reason only.
const LAST_TRY: Duration = Duration::from_secs(1);

fn unreachable(error: sqlx::Error) -> Error {
    Error::Unavailable(sea_orm::DbErr::Conn(sea_orm::RuntimeErr::SqlxError(error.into())))
}
