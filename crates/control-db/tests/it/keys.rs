//! API keys: stored, revoked, given an end.

use control_db::{Error, Tx, keys};
use sqlx::Connection;
use testkit::{on_both_engines, test_db::TestDb};

use crate::fixtures::{key, now, store_tenant};

on_both_engines! {
    async fn a_key_from_before_rotations_were_counted_was_granted_when_it_was_issued(engine: Engine) {
        let db = TestDb::control(engine).await;
        let database = db.open_control().await;
        let (tenant, _, key) = store_tenant(&database, "a").await;
        // As the version before leaves it.
        let sql = "UPDATE api_keys SET granted_at = NULL";
        match db.cluster() {
            None => {
                let mut file = sqlx::SqliteConnection::connect(db.service_address()).await.unwrap();
                sqlx::raw_sql(sql).execute(&mut file).await.unwrap();
            }
            Some((cluster, name)) => {
                sqlx::raw_sql(sql).execute(&mut cluster.superuser(name).await.unwrap()).await.unwrap();
            }
        }
        let tx = Tx::operator(&database).await.unwrap();
        assert_eq!(keys::get(&tx, &key.id).await.unwrap().granted_at, key.created_at);
        let day = time::Duration::DAY;
        let shortened = keys::shorten(&tx, tenant.id, day).await.unwrap();
        assert_eq!(shortened[0].expires_at, Some(key.created_at + day));
        assert_eq!(keys::get(&tx, &key.id).await.unwrap().expires_at, Some(key.created_at + day));
    }

    async fn a_key_comes_back_as_stored(engine: Engine) {
        let db = TestDb::control(engine).await;
        let database = db.open_control().await;
        let (tenant, _, key) = store_tenant(&database, "a").await;
        let tx = Tx::operator(&database).await.unwrap();
        assert_eq!(keys::get(&tx, &key.id).await.unwrap(), key);
        assert_eq!(keys::list(&tx, Some(tenant.id)).await.unwrap(), [key]);
    }

    async fn a_second_revocation_keeps_the_first_moment(engine: Engine) {
        let db = TestDb::control(engine).await;
        let database = db.open_control().await;
        let (.., key) = store_tenant(&database, "a").await;
        let tx = Tx::operator(&database).await.unwrap();
        keys::revoke(&tx, &key.id, now()).await.unwrap();
        keys::revoke(&tx, &key.id, now() + time::Duration::HOUR).await.unwrap();
        assert_eq!(keys::get(&tx, &key.id).await.unwrap().revoked_at, Some(now()));
    }

    async fn a_rotation_links_the_keys_and_ends_the_old_one(engine: Engine) {
        let db = TestDb::control(engine).await;
        let database = db.open_control().await;
        let (_, application, old) = store_tenant(&database, "a").await;
        let tx = Tx::operator(&database).await.unwrap();
        keys::insert(&tx, &key(&application, "successor")).await.unwrap();
        keys::set_replaced_by(&tx, &old.id, "successor").await.unwrap();
        keys::set_expiry(&tx, &old.id, Some(now())).await.unwrap();
        let stored = keys::get(&tx, &old.id).await.unwrap();
        assert_eq!((stored.replaced_by.as_deref(), stored.expires_at), (Some("successor"), Some(now())));
        keys::set_expiry(&tx, &old.id, None).await.unwrap();
        assert_eq!(keys::get(&tx, &old.id).await.unwrap().expires_at, None);
    }

    async fn unknown_keys_are_not_found(engine: Engine) {
        let db = TestDb::control(engine).await;
        let database = db.open_control().await;
        let tx = Tx::operator(&database).await.unwrap();
        assert!(matches!(keys::get(&tx, "nobody").await, Err(Error::NotFound)));
        assert!(matches!(keys::revoke(&tx, "nobody", now()).await, Err(Error::NotFound)));
        assert!(matches!(keys::set_expiry(&tx, "nobody", None).await, Err(Error::NotFound)));
    }

    async fn a_key_cannot_be_issued_to_another_tenants_application(engine: Engine) {
        let db = TestDb::control(engine).await;
        let database = db.open_control().await;
        let (a, ..) = store_tenant(&database, "a").await;
        let (_, application_of_b, _) = store_tenant(&database, "b").await;
        let mut stray = key(&application_of_b, "stray");
        stray.tenant = a.id;
        let tx = Tx::operator(&database).await.unwrap();
        assert!(matches!(keys::insert(&tx, &stray).await, Err(Error::NotFound)));
    }
}
