//! What lies on the disk: no content in clear, and sealed values that open nowhere but in their own place.

use std::{fs, path::Path};

use api_db::{
    Database, Error, Tx, dietitians, generations, idempotency,
    idempotency::{About, Claim, StoredAnswer},
    samples, style_cards,
};
use domain::ids::TenantId;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, postgres::PgConnection, sqlite::SqliteConnection};
use testkit::{
    on_both_engines,
    test_db::{Engine, TestDb},
};

use crate::{
    fixtures::{CANARY, generation, new_tenant, now, sample_set, store_dietitian, voice},
    idempotency::attempt,
};

/// Stores the canary in every sealed column.
async fn store_canaries(database: &Database) {
    let tenant = new_tenant();
    let person = store_dietitian(database, tenant, "d-1").await;
    let tx = Tx::tenant(database, tenant).await.unwrap();
    samples::insert(&tx, &sample_set(person.id)).await.unwrap();
    style_cards::put(&tx, &voice(person.id), &json!(CANARY), None, now()).await.unwrap();
    generations::insert(&tx, &generation(person.id)).await.unwrap();
    let Claim::New(lease) = idempotency::claim(&tx, &attempt(b"key")).await.unwrap() else { panic!() };
    let answer = StoredAnswer {
        status: 201,
        headers: vec![("x".to_owned(), CANARY.to_owned())],
        body: CANARY.as_bytes().to_vec(),
    };
    idempotency::complete(&tx, &lease, &answer, About::default()).await.unwrap();
    tx.commit().await.unwrap();
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// Returns the files below `folder` that hold `text`.
fn files_that_hold(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_that_hold(&path, text));
        } else if fs::read(&path).is_ok_and(|bytes| holds(&bytes, text)) {
            found.push(path.display().to_string());
        }
    }
    found
}

#[tokio::test]
async fn no_sqlite_file_holds_content_in_clear() {
    let db = TestDb::api(Engine::Sqlite).await;
    let database = db.open_api().await;
    store_canaries(&database).await;
    let folder = db.file().unwrap().parent().unwrap().to_owned();
    assert_eq!(files_that_hold(&folder, CANARY), [""; 0], "before the checkpoint");
    let mut connection = SqliteConnection::connect(db.service_address()).await.unwrap();
    sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await.unwrap();
    assert_eq!(files_that_hold(&folder, CANARY), [""; 0], "after the checkpoint");
    // The search does find what is stored in clear.
    assert_eq!(files_that_hold(&folder, "2026-01").len(), 1);
}

#[tokio::test]
async fn no_postgres_dump_or_file_holds_content_in_clear() {
    let db = TestDb::api(Engine::Postgres).await;
    let database = db.open_api().await;
    store_canaries(&database).await;
    let (cluster, name) = db.cluster().unwrap();
    let dump = cluster.program("pg_dump").arg(name).output().unwrap();
    assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
    // bytea is dumped as hexadecimal digits.
    let hex: String = CANARY.bytes().map(|byte| format!("{byte:02x}")).collect();
    assert!(holds(&dump.stdout, "2026-01"), "the dump has no rows");
    assert!(!holds(&dump.stdout, CANARY) && !holds(&dump.stdout, &hex));

    let mut superuser = cluster.superuser(name).await.unwrap();
    sqlx::raw_sql("CHECKPOINT").execute(&mut superuser).await.unwrap();
    let folder = cluster.ca_file().parent().unwrap().to_owned();
    assert_eq!(files_that_hold(&folder, CANARY), [""; 0]);
}

on_both_engines! {
    async fn a_value_that_was_moved_does_not_open(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let (tenant, other) = (new_tenant(), new_tenant());
        let from = store_dietitian(&database, tenant, "from").await;
        let to_row = store_dietitian(&database, tenant, "row").await;
        let to_tenant = store_dietitian(&database, other, "tenant").await;
        let moved = format!("(SELECT display_name FROM dietitians WHERE id = {})", literal(engine, from.id.uuid()));
        for id in [to_row.id, to_tenant.id] {
            let id = literal(engine, id.uuid());
            tamper(&db, &format!("UPDATE dietitians SET display_name = {moved} WHERE id = {id}")).await;
        }
        assert_opens(&database, tenant, from.id, true).await;
        assert_opens(&database, tenant, to_row.id, false).await;
        assert_opens(&database, other, to_tenant.id, false).await;
    }

    async fn a_value_that_was_moved_to_another_column_does_not_open(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let tenant = new_tenant();
        let set = sample_set(store_dietitian(&database, tenant, "d-1").await.id);
        let tx = Tx::tenant(&database, tenant).await.unwrap();
        samples::insert(&tx, &set).await.unwrap();
        tx.commit().await.unwrap();
        tamper(&db, "UPDATE samples SET findings = texts").await;
        let tx = Tx::tenant(&database, tenant).await.unwrap();
        assert!(matches!(samples::get(&tx, set.id).await, Err(Error::Corrupt(_))));
    }

    async fn a_row_that_was_given_to_another_tenant_does_not_open(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let (tenant, thief) = (new_tenant(), new_tenant());
        let mut text = generation(store_dietitian(&database, tenant, "d-1").await.id);
        text.request = None;
        let tx = Tx::tenant(&database, tenant).await.unwrap();
        generations::insert(&tx, &text).await.unwrap();
        tx.commit().await.unwrap();
        Tx::tenant(&database, thief).await.unwrap().commit().await.unwrap();
        tamper(&db, &format!("UPDATE generations SET tenant_id = {}", literal(engine, thief.uuid()))).await;
        let tx = Tx::tenant(&database, thief).await.unwrap();
        assert!(matches!(generations::get(&tx, text.id).await, Err(Error::Corrupt(_))));
    }

    async fn a_data_key_that_was_given_to_another_tenant_does_not_open(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let (tenant, thief) = (new_tenant(), new_tenant());
        store_dietitian(&database, tenant, "d-1").await;
        tamper(&db, &format!("UPDATE data_keys SET tenant_id = {}", literal(engine, thief.uuid()))).await;
        let result = Tx::tenant(&database, thief).await.map(|_| ());
        assert!(matches!(result, Err(Error::Corrupt(_))), "{result:?}");
    }
}

async fn assert_opens(database: &Database, tenant: TenantId, id: domain::ids::DietitianId, expected: bool) {
    let tx = Tx::tenant(database, tenant).await.unwrap();
    match dietitians::get(&tx, id).await {
        Ok(_) => assert!(expected, "it opened"),
        Err(Error::Corrupt(_)) => assert!(!expected, "it did not open"),
        Err(other) => panic!("{other:?}"),
    }
}

/// Returns `id` as each engine writes it.
fn literal(engine: Engine, id: uuid::Uuid) -> String {
    match engine {
        Engine::Sqlite => format!("x'{}'", id.simple()),
        Engine::Postgres => format!("'{id}'"),
    }
}

/// Changes rows as somebody who got hold of the whole database.
async fn tamper(db: &TestDb, sql: &str) {
    let sql = AssertSqlSafe(sql.to_owned());
    match db.cluster() {
        None => {
            let mut connection = SqliteConnection::connect(db.service_address()).await.unwrap();
            sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        }
        Some((cluster, name)) => {
            let mut connection: PgConnection = cluster.superuser(name).await.unwrap();
            sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        }
    }
}
