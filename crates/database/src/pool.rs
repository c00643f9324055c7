//! Opens pools of connections and begins transactions on them.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

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
        .acquire_timeout(settings.acquire_timeout)
        .connect_with(options)
        .await
        .map_err(unreachable)?;
    Ok(pool.into())
}

/// Creates the file, or narrows an existing one, so that only its owner reads it; SQLite's side files follow its mode.
fn make_private(path: &Path) -> Result<(), Error> {
    let refuse = |error: std::io::Error| Error::Refused(format!("cannot use {}: {error}", path.display()));
    use std::os::unix::fs::OpenOptionsExt;
    let file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(refuse)?;
    file.set_permissions(fs::Permissions::from_mode(0o600)).map_err(refuse)
}

async fn connect_postgres(
    settings: &Settings,
    options: &PgConnectOptions,
    statement_timeout: Option<std::time::Duration>,
) -> Result<DatabaseConnection, Error> {
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
        .connect_with(options)
        .await
        .map_err(unreachable)?;
    Ok(pool.into())
}

fn unreachable(error: sqlx::Error) -> Error {
    Error::Unavailable(sea_orm::DbErr::Conn(sea_orm::RuntimeErr::SqlxError(error.into())))
}
