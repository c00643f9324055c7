//! A tenant's transaction sees and changes that tenant only.

use control_db::{Error, Tx, applications, keys, tenants};
use domain::policy::TenantState;
use testkit::{on_both_engines, test_db::TestDb};

use crate::fixtures::{application, key, now, store_tenant, tenant};

on_both_engines! {
    async fn another_tenants_rows_do_not_exist(engine: Engine) {
        let db = TestDb::control(engine).await;
        let database = db.open_control().await;
        let (a, application_of_a, key_of_a) = store_tenant(&database, "a").await;
        let (b, application_of_b, key_of_b) = store_tenant(&database, "b").await;
        let tx = Tx::tenant(&database, a.id).await.unwrap();
        assert_eq!(tenants::list(&tx).await.unwrap(), [a]);
        assert_eq!(applications::list(&tx, None).await.unwrap(), [application_of_a]);
        assert_eq!(keys::list(&tx, None).await.unwrap(), [key_of_a]);
        assert_eq!(keys::list(&tx, Some(b.id)).await.unwrap(), []);
        assert!(matches!(tenants::get(&tx, b.id).await, Err(Error::NotFound)));
        assert!(matches!(applications::get(&tx, application_of_b.id).await, Err(Error::NotFound)));
        assert!(matches!(keys::get(&tx, &key_of_b.id).await, Err(Error::NotFound)));
    }

    async fn another_tenants_rows_cannot_be_changed(engine: Engine) {
        let db = TestDb::control(engine).await;
        let database = db.open_control().await;
        let (a, ..) = store_tenant(&database, "a").await;
        let (b, application_of_b, key_of_b) = store_tenant(&database, "b").await;
        let tx = Tx::tenant(&database, a.id).await.unwrap();
        assert!(matches!(keys::revoke(&tx, &key_of_b.id, now()).await, Err(Error::NotFound)));
        assert!(matches!(keys::set_expiry(&tx, &key_of_b.id, None).await, Err(Error::NotFound)));
        assert!(matches!(keys::insert(&tx, &key(&application_of_b, "x")).await, Err(Error::NotFound)));
        let planted = application(b.id, "planted");
        assert!(matches!(applications::create(&tx, &planted).await, Err(Error::NotFound)));
    }

    async fn a_tenant_cannot_lift_its_own_suspension(engine: Engine) {
        let db = TestDb::control(engine).await;
        let database = db.open_control().await;
        let (a, ..) = store_tenant(&database, "a").await;
        let tx = Tx::tenant(&database, a.id).await.unwrap();
        assert!(matches!(tenants::set_state(&tx, a.id, TenantState::Active).await, Err(Error::NotFound)));
        assert!(matches!(tenants::create(&tx, &tenant("child")).await, Err(Error::NotFound)));
    }
}
