//! What can go wrong in a database, by what the caller does next.

use sea_orm::{DbErr, RuntimeErr, SqlErr};

/// The failure of a database function.
///
/// No message carries values of rows; sources are for logs, never for answers.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Try again later: no connection, too busy, or another transaction stood in the way.
    #[error("the database is not available")]
    Unavailable(#[source] DbErr),
    /// Someone else was first: the name is taken, or the row has another version.
    #[error("the row conflicts with a stored one")]
    Conflict,
    /// There is no such row for this tenant.
    #[error("no such row")]
    NotFound,
    /// A stored value cannot be read: a sealed value does not open, or a name is unknown.
    #[error("the stored {0} cannot be read")]
    Corrupt(&'static str),
    /// The database must not be used as it is; the text says what to change.
    #[error("{0}")]
    Refused(String),
    /// A statement failed that never should.
    #[error("a database statement failed")]
    Internal(#[source] DbErr),
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => return Self::Conflict,
            Some(SqlErr::ForeignKeyConstraintViolation(_)) => return Self::NotFound,
            _ => {}
        }
        if is_transient(&error) { Self::Unavailable(error) } else { Self::Internal(error) }
    }
}

/// Tells whether the same statement may succeed later.
fn is_transient(error: &DbErr) -> bool {
    let runtime = match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => return true,
        DbErr::Exec(runtime) | DbErr::Query(runtime) => runtime,
        _ => return false,
    };
    let RuntimeErr::SqlxError(error) = runtime else { return false };
    match error.as_ref() {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => {
            true
        }
        sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(database) => database.code().is_some_and(|code| is_transient_code(&code)),
        _ => false,
    }
}

/// Tells whether a PostgreSQL SQLSTATE or an SQLite result code speaks of a passing state.
///
/// PostgreSQL: classes 08 (connection), 40 (rollback, deadlock), 53 (resources), 57 (cancelled, shut down), 55P03 (lock timeout).
/// SQLite: the low byte of an extended code is 5 (busy), 6 (locked), 10 (I/O) or 13 (disk full).
fn is_transient_code(code: &str) -> bool {
    if code.len() == 5 {
        return ["08", "40", "53", "57"].iter().any(|class| code.starts_with(class)) || code == "55P03";
    }
    code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 10 | 13))
}

#[cfg(test)]
mod tests {
    use super::is_transient_code;

    #[test]
    fn busy_and_deadlock_are_worth_another_try() {
        for code in ["5", "517", "40001", "40P01", "57014", "55P03", "53300"] {
            assert!(is_transient_code(code), "{code}");
        }
    }

    #[test]
    fn denied_and_malformed_are_not() {
        for code in ["42501", "23514", "1", "8", "19"] {
            assert!(!is_transient_code(code), "{code}");
        }
    }
}
