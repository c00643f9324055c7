//! What PostgreSQL itself refuses to the service, whatever the program does.

use control_db::{Database, Error, Settings};
use sqlx::{AssertSqlSafe, Connection, Row, postgres::PgConnection};
use testkit::{
    postgres::Cluster,
    test_db::{Engine, TestDb},
};

use crate::fixtures::store_tenant;

/// Every table with rows of tenants, and the column that names the tenant.
const TENANT_TABLES: [(&str, &str); 8] = [
    ("tenants", "id"),
    ("applications", "tenant_id"),
    ("api_keys", "tenant_id"),
    ("events", "tenant_id"),
    ("webhooks", "tenant_id"),
    ("deliveries", "tenant_id"),
    ("limit_overrides", "tenant_id"),
    ("limit_changes", "tenant_id"),
];

async fn as_service(db: &TestDb) -> PgConnection {
    PgConnection::connect(db.service_address()).await.unwrap()
}

async fn count(connection: &mut PgConnection, sql: &str) -> i64 {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).fetch_one(connection).await.unwrap().get(0)
}

async fn refusal(connection: &mut PgConnection, sql: &str) -> String {
    let error = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(connection).await.unwrap_err();
    error.as_database_error().and_then(|error| error.code().map(Into::into)).unwrap_or_default()
}

#[tokio::test]
async fn without_a_where_the_service_sees_only_the_tenant_that_is_set() {
    let db = TestDb::control(Engine::Postgres).await;
    let database = db.open_control().await;
    let (a, ..) = store_tenant(&database, "a").await;
    store_tenant(&database, "b").await;
    let mut service = as_service(&db).await;
    for (table, column) in TENANT_TABLES {
        let all = format!("SELECT count(*) FROM {table}");
        assert_eq!(count(&mut service, &all).await, 0, "{table} without a tenant");

        let mut tx = service.begin().await.unwrap();
        let set = format!("SELECT set_config('app.tenant_id', '{}', true)", a.id);
        sqlx::raw_sql(AssertSqlSafe(set)).execute(&mut *tx).await.unwrap();
        assert_eq!(count(&mut tx, &all).await, 1, "{table} with a tenant");
        let foreign = format!("SELECT count(*) FROM {table} WHERE {column} <> '{}'", a.id);
        assert_eq!(count(&mut tx, &foreign).await, 0, "{table}");
        tx.rollback().await.unwrap();

        assert_eq!(count(&mut service, &all).await, 0, "{table} after the tenant's transaction");
    }
}

#[tokio::test]
async fn the_service_cannot_change_the_schema_or_who_it_is() {
    let db = TestDb::control(Engine::Postgres).await;
    let mut service = as_service(&db).await;
    for sql in [
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE mine (id int)",
        "ALTER TABLE tenants ADD COLUMN extra int",
        "ALTER TABLE tenants DISABLE ROW LEVEL SECURITY",
        "DROP TABLE api_keys",
        "DROP POLICY own_tenant ON tenants",
        "TRUNCATE api_keys",
        "DELETE FROM tenants",
        "DELETE FROM events",
        "UPDATE events SET details = '{}'",
        "DELETE FROM webhooks",
        "DELETE FROM deliveries",
        "DELETE FROM limit_changes",
        "UPDATE limit_changes SET reason = 'x'",
        "DELETE FROM limit_overrides",
        "INSERT INTO schema_migrations (name) VALUES ('x')",
        "SET ROLE anp_control_plane_owner",
        "ALTER ROLE anp_control_plane BYPASSRLS",
    ] {
        assert_eq!(refusal(&mut service, sql).await, "42501", "{sql}");
    }
}

#[tokio::test]
async fn a_service_cannot_connect_to_the_other_database() {
    let cluster = Cluster::get().await.unwrap();
    let (control, api) = (TestDb::control(Engine::Postgres).await, TestDb::api(Engine::Postgres).await);
    let names = [control.cluster().unwrap().1.to_owned(), api.cluster().unwrap().1.to_owned()];
    for (role, database) in [
        ("anp_api", names[0].as_str()),
        ("anp_api", "anp_control_plane"),
        ("anp_api_owner", names[0].as_str()),
        ("anp_control_plane", names[1].as_str()),
        ("anp_control_plane", "anp_api"),
        ("anp_control_plane_owner", "anp_api"),
    ] {
        let error = PgConnection::connect(&cluster.address(role, database)).await.unwrap_err();
        let code = error.as_database_error().and_then(|error| error.code());
        assert_eq!(code.as_deref(), Some("42501"), "{role} {database}: {error}");
    }
}

#[tokio::test]
async fn a_service_does_not_start_as_owner_superuser_or_bypassrls() {
    let db = TestDb::control(Engine::Postgres).await;
    let (cluster, name) = db.cluster().unwrap();
    let refused = |settings: Settings| async move {
        match Database::connect(&settings).await {
            Err(Error::Refused(reason)) => reason,
            Err(other) => panic!("{other:?}"),
            Ok(_) => panic!("it was accepted"),
        }
    };
    assert!(refused(db.owner()).await.contains("owns"));

    let mut superuser = cluster.superuser(name).await.unwrap();
    for (role, attributes) in [
        ("too_mighty", "SUPERUSER"),
        ("too_blind", "BYPASSRLS"),
        ("too_busy", "CREATEROLE"),
        ("too_close", "IN ROLE anp_control_plane_owner"),
    ] {
        let sql = format!(
            "CREATE ROLE {role} LOGIN PASSWORD '{}' {attributes}; GRANT CONNECT ON DATABASE {name} TO {role}",
            testkit::postgres::PASSWORD
        );
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut superuser).await.unwrap();
        let reason = refused(Settings::parse(&cluster.address(role, name)).unwrap()).await;
        assert!(reason.contains("must not run a service"), "{role}: {reason}");
    }
}

#[tokio::test]
async fn a_service_does_not_start_where_a_table_lacks_forced_row_security() {
    let db = TestDb::control(Engine::Postgres).await;
    let (cluster, name) = db.cluster().unwrap();
    let mut superuser = cluster.superuser(name).await.unwrap();
    sqlx::raw_sql("ALTER TABLE applications NO FORCE ROW LEVEL SECURITY")
        .execute(&mut superuser)
        .await
        .unwrap();
    let result = Database::connect(&db.service()).await.map(|_| ());
    assert!(matches!(result, Err(Error::Refused(_))), "{result:?}");
}

#[tokio::test]
async fn weak_tls_is_refused_before_connecting() {
    let db = TestDb::control(Engine::Postgres).await;
    for mode in ["disable", "allow", "prefer", "require", "verify-ca"] {
        let address = db.service_address().replace("sslmode=verify-full", &format!("sslmode={mode}"));
        assert!(Settings::parse(&address).is_err(), "{mode}");
    }
}

#[tokio::test]
async fn another_authority_or_another_name_is_refused() {
    let db = TestDb::control(Engine::Postgres).await;
    let (cluster, _) = db.cluster().unwrap();
    let swap = |from: &str, to: &str| db.service_address().replace(from, to);
    let other_ca = cluster.other_ca_file();
    for address in [
        swap(&cluster.ca_file().display().to_string(), &other_ca.display().to_string()),
        swap("@localhost:", "@127.0.0.1:"),
    ] {
        let mut settings = Settings::parse(&address).unwrap();
        settings.acquire_timeout = std::time::Duration::from_secs(1);
        match Database::connect(&settings).await {
            Err(Error::Unavailable(error)) => {
                assert!(error.to_string().contains("invalid peer certificate"), "{error:?}");
            }
            Err(other) => panic!("{other:?}"),
            Ok(_) => panic!("it was accepted: {address}"),
        }
    }
}

#[tokio::test]
async fn the_server_takes_no_connection_without_tls() {
    let db = TestDb::control(Engine::Postgres).await;
    let address = db.service_address().replace("sslmode=verify-full", "sslmode=disable");
    assert!(PgConnection::connect(&address).await.is_err());
}

#[tokio::test]
async fn a_unix_socket_serves_without_tls() {
    let db = TestDb::control(Engine::Postgres).await;
    let (cluster, name) = db.cluster().unwrap();
    let settings = Settings::parse(&cluster.socket_address("anp_control_plane", name)).unwrap();
    Database::connect(&settings).await.unwrap().ping().await.unwrap();
}
