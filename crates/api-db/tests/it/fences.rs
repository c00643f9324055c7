//! What PostgreSQL itself refuses to the service, whatever the program does.

use api_db::{Database, Error, Settings, Tx, generations, idempotency, samples, style_cards, usage};
use domain::ids::TenantId;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Row, postgres::PgConnection};
use testkit::{
    fixed::SeededEntropy,
    test_db::{Engine, TestDb, master_key},
};

use crate::{
    fixtures::{generation, new_tenant, now, sample_set, store_dietitian, usage_of, voice},
    idempotency::attempt,
};

const TENANT_TABLES: [&str; 8] = [
    "data_keys",
    "dietitians",
    "consents",
    "samples",
    "style_cards",
    "generations",
    "usage_records",
    "idempotency",
];

/// Stores one row in every table.
async fn fill(database: &Database) -> TenantId {
    let tenant = new_tenant();
    let person = store_dietitian(database, tenant, "d-1").await.id;
    let tx = Tx::tenant(database, tenant).await.unwrap();
    samples::insert(&tx, &sample_set(person)).await.unwrap();
    style_cards::put(&tx, &voice(person), &json!(1), None, now()).await.unwrap();
    generations::insert(&tx, &generation(person)).await.unwrap();
    usage::insert(&tx, &usage_of(&generation(person))).await.unwrap();
    idempotency::claim(&tx, &attempt(b"key")).await.unwrap();
    tx.commit().await.unwrap();
    tenant
}

async fn count(connection: &mut PgConnection, sql: &str) -> i64 {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).fetch_one(connection).await.unwrap().get(0)
}

async fn refusal(connection: &mut PgConnection, sql: &str) -> String {
    let error = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(connection).await.unwrap_err();
    error.as_database_error().and_then(|error| error.code().map(Into::into)).unwrap_or_default()
}

async fn set_tenant(connection: &mut PgConnection, tenant: TenantId) {
    let sql = format!("SELECT set_config('app.tenant_id', '{tenant}', true)");
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.unwrap();
}

#[tokio::test]
async fn the_list_of_tenant_tables_is_complete() {
    let db = TestDb::api(Engine::Postgres).await;
    let (cluster, name) = db.cluster().unwrap();
    let mut superuser = cluster.superuser(name).await.unwrap();
    let sql = "SELECT count(*) FROM information_schema.tables
                WHERE table_schema = 'public' AND table_name <> 'schema_migrations'";
    assert_eq!(count(&mut superuser, sql).await, 8);
}

#[tokio::test]
async fn without_a_where_the_service_sees_only_the_tenant_that_is_set() {
    let db = TestDb::api(Engine::Postgres).await;
    let database = db.open_api().await;
    let tenant = fill(&database).await;
    fill(&database).await;
    let mut service = PgConnection::connect(db.service_address()).await.unwrap();
    for table in TENANT_TABLES {
        let all = format!("SELECT count(*) FROM {table}");
        assert_eq!(count(&mut service, &all).await, 0, "{table} without a tenant");

        let mut tx = service.begin().await.unwrap();
        set_tenant(&mut tx, tenant).await;
        assert_eq!(count(&mut tx, &all).await, 1, "{table} with a tenant");
        tx.rollback().await.unwrap();

        assert_eq!(count(&mut service, &all).await, 0, "{table} after the tenant's transaction");
    }
}

#[tokio::test]
async fn without_a_where_the_service_changes_only_the_tenant_that_is_set() {
    let db = TestDb::api(Engine::Postgres).await;
    let database = db.open_api().await;
    let tenant = fill(&database).await;
    let other = fill(&database).await;
    let mut service = PgConnection::connect(db.service_address()).await.unwrap();
    let mut tx = service.begin().await.unwrap();
    set_tenant(&mut tx, tenant).await;
    for table in ["dietitians", "consents", "samples", "style_cards", "generations", "idempotency"] {
        let sql = format!("DELETE FROM {table}");
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut tx = service.begin().await.unwrap();
    set_tenant(&mut tx, other).await;
    for table in TENANT_TABLES {
        assert_eq!(count(&mut tx, &format!("SELECT count(*) FROM {table}")).await, 1, "{table}");
    }
    let planted = format!("UPDATE generations SET tenant_id = '{tenant}'");
    assert_eq!(refusal(&mut tx, &planted).await, "42501");
}

#[tokio::test]
async fn row_security_holds_even_the_owner() {
    let db = TestDb::api(Engine::Postgres).await;
    let database = db.open_api().await;
    fill(&database).await;
    let mut owner = PgConnection::connect(db.owner_address()).await.unwrap();
    for table in TENANT_TABLES {
        assert_eq!(count(&mut owner, &format!("SELECT count(*) FROM {table}")).await, 0, "{table}");
    }
}

#[tokio::test]
async fn the_service_cannot_change_the_schema() {
    let db = TestDb::api(Engine::Postgres).await;
    let mut service = PgConnection::connect(db.service_address()).await.unwrap();
    for sql in [
        "CREATE TABLE mine (id int)",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "ALTER TABLE samples NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE usage_records DISABLE TRIGGER ALL",
        "DROP TABLE samples",
        "DROP POLICY own_tenant ON samples",
        "UPDATE usage_records SET units = 0",
        "DELETE FROM usage_records",
        "UPDATE data_keys SET wrapped = ''",
        "DELETE FROM data_keys",
        "SET ROLE anp_api_owner",
    ] {
        assert_eq!(refusal(&mut service, sql).await, "42501", "{sql}");
    }
}

#[tokio::test]
async fn a_service_does_not_start_as_owner() {
    let db = TestDb::api(Engine::Postgres).await;
    let result = connect(&db.owner()).await;
    assert!(matches!(&result, Err(Error::Refused(reason)) if reason.contains("owns")), "{result:?}");
}

#[tokio::test]
async fn another_authority_or_another_name_is_refused() {
    let db = TestDb::api(Engine::Postgres).await;
    let (cluster, _) = db.cluster().unwrap();
    let (ca, other_ca) =
        (cluster.ca_file().display().to_string(), cluster.other_ca_file().display().to_string());
    for (from, to) in [(ca.as_str(), other_ca.as_str()), ("@localhost:", "@127.0.0.1:")] {
        let mut settings = Settings::parse(&db.service_address().replace(from, to)).unwrap();
        settings.acquire_timeout = std::time::Duration::from_secs(1);
        match connect(&settings).await {
            Err(Error::Unavailable(error)) => {
                assert!(error.to_string().contains("invalid peer certificate"), "{error:?}");
            }
            other => panic!("{other:?}"),
        }
    }
}

async fn connect(settings: &Settings) -> Result<(), Error> {
    let entropy = std::sync::Arc::new(SeededEntropy::new(1));
    Database::connect(settings, master_key(), entropy).await.map(|_| ())
}
