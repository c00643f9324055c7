//! Tenants and applications: what is stored comes back, and names are taken once.

use control_db::{Error, Tx, applications, tenants};
use domain::{ids::TenantId, policy::TenantState};
use testkit::{on_both_engines, test_db::TestDb};

use crate::fixtures::{ENTROPY, application, now, store_tenant, tenant};

on_both_engines! {
    async fn a_tenant_and_its_application_come_back_as_stored(engine: Engine) {
        let db = TestDb::control(engine).await;
        let database = db.open_control().await;
        let (tenant, application, _) = store_tenant(&database, "Diet Master").await;
        let tx = Tx::operator(&database).await.unwrap();
        assert_eq!(tenants::get(&tx, tenant.id).await.unwrap(), tenant);
        assert_eq!(tenants::list(&tx).await.unwrap(), std::slice::from_ref(&tenant));
        assert_eq!(applications::get(&tx, application.id).await.unwrap(), application);
        assert_eq!(applications::list(&tx, Some(tenant.id)).await.unwrap(), [application]);
    }

    async fn a_taken_name_is_a_conflict(engine: Engine) {
        let db = TestDb::control(engine).await;
        let database = db.open_control().await;
        store_tenant(&database, "same").await;
        let tx = Tx::operator(&database).await.unwrap();
        let result = tenants::create(&tx, &tenant("same")).await;
        assert!(matches!(result, Err(Error::Conflict)), "{result:?}");
    }

    async fn an_application_needs_its_tenant(engine: Engine) {
        let db = TestDb::control(engine).await;
        let database = db.open_control().await;
        let tx = Tx::operator(&database).await.unwrap();
        let result = applications::create(&tx, &application(TenantId::new(now(), &ENTROPY), "lost")).await;
        assert!(matches!(result, Err(Error::NotFound)), "{result:?}");
    }

    async fn a_suspended_tenant_stays_suspended(engine: Engine) {
        let db = TestDb::control(engine).await;
        let database = db.open_control().await;
        let (tenant, ..) = store_tenant(&database, "late payer").await;
        let tx = Tx::operator(&database).await.unwrap();
        tenants::set_state(&tx, tenant.id, TenantState::Suspended).await.unwrap();
        tx.commit().await.unwrap();
        let tx = Tx::operator(&database).await.unwrap();
        assert_eq!(tenants::get(&tx, tenant.id).await.unwrap().state, TenantState::Suspended);
    }

    async fn what_is_not_committed_never_was(engine: Engine) {
        let db = TestDb::control(engine).await;
        let database = db.open_control().await;
        let tx = Tx::operator(&database).await.unwrap();
        tenants::create(&tx, &tenant("dropped")).await.unwrap();
        drop(tx);
        let tx = Tx::operator(&database).await.unwrap();
        assert_eq!(tenants::list(&tx).await.unwrap(), []);
    }
}
