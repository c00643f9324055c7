//! Events of keys: appended once, never changed.

use control_db::{
    Error, Tx,
    events::{self, Kind},
};
use sqlx::Connection;
use testkit::{
    on_both_engines,
    test_db::{Engine, TestDb},
};

use crate::fixtures::{event, store_tenant};

on_both_engines! {
    async fn an_event_is_recorded_once(engine: Engine) {
        let db = TestDb::control(engine).await;
        let database = db.open_control().await;
        let (tenant, _, key) = store_tenant(&database, "a").await;
        let first = event(&key, Kind::Expiring, "30");
        let tx = Tx::operator(&database).await.unwrap();
        assert!(!events::append(&tx, &first).await.unwrap());
        let later = [event(&key, Kind::Expiring, "20"), event(&key, Kind::Exposed, "")];
        for event in &later {
            assert!(events::append(&tx, event).await.unwrap());
        }
        tx.commit().await.unwrap();
        let tx = Tx::tenant(&database, tenant.id).await.unwrap();
        let [twenty, exposed] = later;
        assert_eq!(events::list(&tx, None, None).await.unwrap(), [twenty, first, exposed]);
        assert_eq!(events::list(&tx, None, Some("another")).await.unwrap(), []);
    }

    async fn a_tenant_sees_and_adds_its_own_events_only(engine: Engine) {
        let db = TestDb::control(engine).await;
        let database = db.open_control().await;
        let (a, _, key_of_a) = store_tenant(&database, "a").await;
        let (b, _, key_of_b) = store_tenant(&database, "b").await;
        let tx = Tx::tenant(&database, a.id).await.unwrap();
        let own = events::list(&tx, None, None).await.unwrap();
        assert_eq!(own, [event(&key_of_a, Kind::Expiring, "30")]);
        assert_eq!(events::list(&tx, Some(b.id), None).await.unwrap(), []);
        let planted = events::append(&tx, &event(&key_of_b, Kind::Exposed, "")).await;
        assert!(matches!(planted, Err(Error::NotFound)));
    }
}

#[tokio::test]
async fn events_in_a_sqlite_file_are_neither_changed_nor_removed() {
    let db = TestDb::control(Engine::Sqlite).await;
    let database = db.open_control().await;
    store_tenant(&database, "a").await;
    let mut file = sqlx::SqliteConnection::connect(db.service_address()).await.unwrap();
    for sql in ["UPDATE key_events SET at = 0", "DELETE FROM key_events"] {
        let refused = sqlx::raw_sql(sql).execute(&mut file).await.unwrap_err();
        assert!(refused.to_string().contains("append only"), "{sql}: {refused}");
    }
}
