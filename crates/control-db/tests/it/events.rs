//! Events: appended once, never changed, and put down for each webhook of their tenant.

use control_db::{
    Database, Error, Tx,
    deliveries::{self, State},
    events::{self, Event, Kind},
    tenants::Tenant,
    webhooks::{self, Webhook},
};
use domain::Timestamp;
use sqlx::Connection;
use testkit::{
    on_both_engines,
    test_db::{Engine, TestDb},
};

use crate::fixtures::{event, now, store_tenant, webhook};

async fn listed(tx: &Tx, key: Option<&str>) -> Vec<Event> {
    events::list(tx, None, key).await.unwrap().into_iter().map(|recorded| recorded.event).collect()
}

/// Adds a second webhook of `tenant`.
async fn another_webhook(database: &Database, tenant: &Tenant) -> Webhook {
    let webhook = webhook(tenant.id);
    let tx = Tx::operator(database).await.unwrap();
    webhooks::create(&tx, &webhook).await.unwrap();
    tx.commit().await.unwrap();
    webhook
}

fn in_a_minute() -> Timestamp {
    now() + time::Duration::minutes(1)
}

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
        assert_eq!(listed(&tx, None).await, [first, twenty, exposed]);
        assert_eq!(listed(&tx, Some("another")).await, []);
    }

    async fn a_tenant_sees_and_adds_its_own_events_only(engine: Engine) {
        let db = TestDb::control(engine).await;
        let database = db.open_control().await;
        let (a, _, key_of_a) = store_tenant(&database, "a").await;
        let (b, _, key_of_b) = store_tenant(&database, "b").await;
        let tx = Tx::tenant(&database, a.id).await.unwrap();
        let own = listed(&tx, None).await;
        assert_eq!(own, [event(&key_of_a, Kind::Expiring, "30")]);
        assert_eq!(events::list(&tx, Some(b.id), None).await.unwrap(), []);
        let planted = events::append(&tx, &event(&key_of_b, Kind::Exposed, "")).await;
        assert!(matches!(planted, Err(Error::NotFound)));
    }

    async fn an_event_is_put_down_for_each_webhook_of_its_tenant_in_the_same_transaction(engine: Engine) {
        let db = TestDb::control(engine).await;
        let database = db.open_control().await;
        let (tenant, _, key) = store_tenant(&database, "a").await;
        store_tenant(&database, "b").await;
        another_webhook(&database, &tenant).await;
        let exposed = event(&key, Kind::Exposed, "");
        let tx = Tx::operator(&database).await.unwrap();
        assert!(events::append(&tx, &exposed).await.unwrap());
        drop(tx);
        let tx = Tx::operator(&database).await.unwrap();
        assert!(!listed(&tx, None).await.contains(&exposed), "rolled back");
        assert!(events::append(&tx, &exposed).await.unwrap() && !events::append(&tx, &exposed).await.unwrap());
        let number = events::list(&tx, None, None).await.unwrap().pop().unwrap().number;
        let put_down = deliveries::of(&tx, &[number]).await.unwrap();
        let pending = |delivery: &deliveries::Delivery| {
            (delivery.tenant, delivery.state, delivery.attempts) == (tenant.id, State::Pending, 0)
        };
        assert!(put_down.len() == 2 && put_down.iter().all(pending), "{put_down:?}");
    }

    async fn a_delivery_is_taken_by_one_until_its_lease_is_over(engine: Engine) {
        let db = TestDb::control(engine).await;
        let database = db.open_control().await;
        let (tenant, ..) = store_tenant(&database, "a").await;
        let late = another_webhook(&database, &tenant).await;
        let tx = Tx::operator(&database).await.unwrap();
        let [waiting] = deliveries::waiting(&tx, now(), 9).await.unwrap()[..] else { panic!("one has an event") };
        assert_ne!(waiting, late.id);
        assert_eq!(deliveries::take(&tx, late.id, now(), in_a_minute()).await.unwrap(), None);
        let taken = deliveries::take(&tx, waiting, now(), in_a_minute()).await.unwrap().unwrap();
        assert_eq!((taken.attempts, taken.due_at), (1, in_a_minute()));
        assert_eq!(deliveries::take(&tx, waiting, now(), in_a_minute()).await.unwrap(), None);
        assert_eq!(deliveries::waiting(&tx, now(), 9).await.unwrap(), []);
        let again = deliveries::take(&tx, waiting, in_a_minute(), in_a_minute()).await.unwrap().unwrap();
        assert_eq!(again.attempts, 2);
        assert_eq!(deliveries::get(&tx, waiting, again.event).await.unwrap(), again);
    }

    async fn what_a_removed_webhook_was_still_to_be_told_is_given_up(engine: Engine) {
        let db = TestDb::control(engine).await;
        let database = db.open_control().await;
        let (_, _, key) = store_tenant(&database, "a").await;
        let tx = Tx::operator(&database).await.unwrap();
        let webhook = webhooks::list(&tx, None).await.unwrap().remove(0);
        let taken = deliveries::take(&tx, webhook.id, now(), in_a_minute()).await.unwrap().unwrap();
        webhooks::remove(&tx, webhook.id, now()).await.unwrap();
        let given_up = deliveries::get(&tx, webhook.id, taken.event).await.unwrap();
        assert_eq!((given_up.state, given_up.ended_at), (State::Dead, Some(now())));
        // Who was telling it at that moment does not bring it back.
        deliveries::update(&tx, &deliveries::Delivery { state: State::Delivered, ..taken }).await.unwrap();
        assert_eq!(deliveries::get(&tx, webhook.id, given_up.event).await.unwrap(), given_up);
        assert!(matches!(webhooks::get(&tx, webhook.id).await, Err(Error::NotFound)));
        assert!(matches!(webhooks::remove(&tx, webhook.id, now()).await, Err(Error::NotFound)));
        assert!(events::append(&tx, &event(&key, Kind::Exposed, "")).await.unwrap());
        assert_eq!(deliveries::counts(&tx).await.unwrap(), [(webhook.id, State::Dead, 1)]);
    }

    async fn a_tenant_sees_its_own_webhooks_and_deliveries_only(engine: Engine) {
        let db = TestDb::control(engine).await;
        let database = db.open_control().await;
        let (a, ..) = store_tenant(&database, "a").await;
        let (b, ..) = store_tenant(&database, "b").await;
        let tx = Tx::tenant(&database, a.id).await.unwrap();
        let own = webhooks::list(&tx, None).await.unwrap();
        assert!(own.len() == 1 && own[0].tenant == a.id);
        assert_eq!(webhooks::list(&tx, Some(b.id)).await.unwrap(), []);
        assert_eq!(deliveries::counts(&tx).await.unwrap(), [(own[0].id, State::Pending, 1)]);
        let planted = webhooks::create(&tx, &webhook(b.id)).await;
        assert!(matches!(planted, Err(Error::NotFound)));
    }
}

#[tokio::test]
async fn events_in_a_sqlite_file_are_neither_changed_nor_removed() {
    let db = TestDb::control(Engine::Sqlite).await;
    let database = db.open_control().await;
    store_tenant(&database, "a").await;
    let mut file = sqlx::SqliteConnection::connect(db.service_address()).await.unwrap();
    for sql in ["UPDATE events SET at = 0", "DELETE FROM events"] {
        let refused = sqlx::raw_sql(sql).execute(&mut file).await.unwrap_err();
        assert!(refused.to_string().contains("append only"), "{sql}: {refused}");
    }
}
