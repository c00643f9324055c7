//! Refuses databases and roles that a service must not run on.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};

use crate::{Error, Migration, migrate};

/// Refuses a PostgreSQL role that row-level security does not hold, or that could lift it (threat A5).
pub(crate) async fn check_role(connection: &DatabaseConnection) -> Result<(), Error> {
    let row = connection
        .query_one_raw(Statement::from_string(DbBackend::Postgres, ROLE))
        .await?
        .ok_or(Error::Corrupt("role"))?;
    let reasons = [
        ("superuser", "it is a superuser"),
        ("bypasses", "it has BYPASSRLS"),
        ("administers", "it may create roles or databases"),
        ("owns", "it owns the database or one of its tables, or is a member of a role that does"),
        ("creates", "it may create objects in the schema"),
        ("unforced", "a table with tenant_id lacks ENABLE and FORCE ROW LEVEL SECURITY"),
    ];
    for (column, reason) in reasons {
        if row.try_get::<bool>("", column)? {
            return Err(Error::Refused(format!("this database role must not run a service: {reason}")));
        }
    }
    Ok(())
}

/// Refuses a database that lacks a migration this program needs. A newer database is fine: migrations only expand.
pub(crate) async fn check_schema(
    connection: &DatabaseConnection,
    migrations: &[Migration],
) -> Result<(), Error> {
    let applied = migrate::applied(connection).await.unwrap_or_default();
    migrate::refuse_foreign(&applied, migrations)?;
    match migrations.iter().find(|migration| !applied.iter().any(|name| name == migration.name)) {
        None => Ok(()),
        Some(missing) => Err(Error::Refused(format!(
            "the database lacks migration {}: run `nutrition-pro migrate` as its owner",
            missing.name
        ))),
    }
}

const ROLE: &str = "
SELECT r.rolsuper AS superuser,
       r.rolbypassrls AS bypasses,
       r.rolcreaterole OR r.rolcreatedb AS administers,
       pg_has_role(current_user, d.datdba, 'MEMBER')
           OR EXISTS (SELECT FROM pg_class c
                       WHERE c.relnamespace = 'public'::regnamespace
                         AND pg_has_role(current_user, c.relowner, 'MEMBER')) AS owns,
       has_schema_privilege('public', 'CREATE') AS creates,
       EXISTS (SELECT FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
                WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
                  AND a.attname = 'tenant_id' AND NOT a.attisdropped
                  AND NOT (c.relrowsecurity AND c.relforcerowsecurity)) AS unforced
  FROM pg_roles r, pg_database d
 WHERE r.rolname = current_user AND d.datname = current_database()";
