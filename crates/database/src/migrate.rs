//! Runs forward-only migrations, once each, under a lock.

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::{Access, Engine, Error, Pool, Settings, pool};

/// One change of a schema. Both engines' halves do the same.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// `<time>_<what>`; also the order.
    pub name: &'static str,
    /// The statements for SQLite.
    pub sqlite: &'static str,
    /// The statements for PostgreSQL, run by the owner.
    pub postgres: &'static str,
}

/// Applies those of `migrations` that the database lacks, and returns their names.
///
/// All of them are one transaction: the database is at the old version or at the new one.
/// Programs that migrate at the same moment wait for each other.
pub async fn migrate(settings: &Settings, migrations: &[Migration]) -> Result<Vec<&'static str>, Error> {
    let pool = Pool::from_connection(pool::connect(settings, None).await?);
    let result = run(&pool, migrations).await;
    pool.close().await?;
    result
}

async fn run(pool: &Pool, migrations: &[Migration]) -> Result<Vec<&'static str>, Error> {
    let tx = pool.begin(Access::Write).await?;
    let engine = pool.engine();
    if engine == Engine::Postgres {
        // On SQLite the write transaction is the lock.
        tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOCK})")).await?;
    }
    tx.execute_unprepared(TABLE).await?;
    let done = applied(&tx).await?;
    refuse_foreign(&done, migrations)?;
    let mut names = Vec::new();
    for migration in migrations {
        if done.iter().any(|name| name == migration.name) {
            continue;
        }
        let statements = match engine {
            Engine::Sqlite => migration.sqlite,
            Engine::Postgres => migration.postgres,
        };
        tx.execute_unprepared(statements).await?;
        let placeholder = if engine == Engine::Postgres { "$1" } else { "?" };
        tx.execute_raw(Statement::from_sql_and_values(
            tx.get_database_backend(),
            format!("INSERT INTO schema_migrations (name) VALUES ({placeholder})"),
            [migration.name.into()],
        ))
        .await?;
        names.push(migration.name);
    }
    tx.commit().await?;
    Ok(names)
}

/// Returns the names of the migrations that the database has had.
pub(crate) async fn applied(connection: &impl ConnectionTrait) -> Result<Vec<String>, Error> {
    let backend: DbBackend = connection.get_database_backend();
    let rows = connection
        .query_all_raw(Statement::from_string(backend, "SELECT name FROM schema_migrations ORDER BY name"))
        .await?;
    Ok(rows.iter().map(|row| row.try_get("", "name")).collect::<Result<_, _>>()?)
}

/// Refuses a database that had migrations, and not the first of ours: it is that of another service.
pub(crate) fn refuse_foreign(applied: &[String], migrations: &[Migration]) -> Result<(), Error> {
    let is_ours = migrations.first().is_none_or(|first| applied.iter().any(|name| name == first.name));
    match applied.first() {
        Some(other) if !is_ours => Err(Error::Refused(format!(
            "this is the database of another service, with migration {other}: name this service's own"
        ))),
        _ => Ok(()),
    }
}

/// The advisory lock that migrating programs share. The number only has to be one that nobody else uses in our databases.
const LOCK: i64 = 2_676_447;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (
    name text PRIMARY KEY,
    applied_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP
)";
