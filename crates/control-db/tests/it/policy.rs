//! The policy version grows with every change, and a snapshot is one state.

use control_db::{Database, Tx, applications, keys, policy, tenants};
use domain::policy::{TenantPolicy, TenantState};
use testkit::{on_both_engines, test_db::TestDb};

use crate::fixtures::{application, key, now, store_tenant, tenant};

async fn version(database: &Database) -> u64 {
    policy::version(&Tx::snapshot(database).await.unwrap()).await.unwrap()
}

on_both_engines! {
    async fn every_change_of_a_tenant_or_key_grows_the_version(engine: Engine) {
        let db = TestDb::control(engine).await;
        let database = db.open_control().await;
        let tenant = tenant("a");
        let application = application(tenant.id, "a");
        let mut last = version(&database).await;
        for step in 0..11 {
            let tx = Tx::operator(&database).await.unwrap();
            match step {
                0 => {
                    tenants::create(&tx, &tenant).await.unwrap();
                    applications::create(&tx, &application).await.unwrap();
                }
                1 => keys::insert(&tx, &key(&application, "one")).await.unwrap(),
                2 => keys::insert(&tx, &key(&application, "two")).await.unwrap(),
                3 => keys::set_expiry(&tx, "one", None).await.unwrap(),
                4 => keys::set_replaced_by(&tx, "one", "two").await.unwrap(),
                5 => keys::revoke(&tx, "one", now()).await.unwrap(),
                6 => tenants::set_key_rules(&tx, tenant.id, tenant.key_rules).await.unwrap(),
                7 => drop(keys::shorten(&tx, tenant.id, time::Duration::days(1)).await.unwrap()),
                8 => keys::set_networks(&tx, "one", &[]).await.unwrap(),
                9 => keys::set_exposed(&tx, "one", now()).await.unwrap(),
                _ => tenants::set_state(&tx, tenant.id, TenantState::Suspended).await.unwrap(),
            }
            tx.commit().await.unwrap();
            let next = version(&database).await;
            assert!(next > last, "step {step}");
            last = next;
        }
    }

    async fn a_change_that_is_rolled_back_leaves_the_version(engine: Engine) {
        let db = TestDb::control(engine).await;
        let database = db.open_control().await;
        let before = version(&database).await;
        let tx = Tx::operator(&database).await.unwrap();
        tenants::create(&tx, &tenant("a")).await.unwrap();
        drop(tx);
        assert_eq!(version(&database).await, before);
    }

    async fn a_snapshot_holds_tenants_and_keys_as_gateways_need_them(engine: Engine) {
        let db = TestDb::control(engine).await;
        let database = db.open_control().await;
        let (tenant, application, live) = store_tenant(&database, "a").await;
        let tx = Tx::operator(&database).await.unwrap();
        keys::insert(&tx, &key(&application, "another")).await.unwrap();
        keys::revoke(&tx, "another", now()).await.unwrap();
        tx.commit().await.unwrap();

        let tx = Tx::snapshot(&database).await.unwrap();
        let snapshot = policy::snapshot(&tx, now()).await.unwrap();
        assert_eq!(snapshot.version, policy::version(&tx).await.unwrap());
        assert_eq!(snapshot.issued_at, now().unix_timestamp());
        let TenantPolicy { id, state, key_limit, tenant_limit } = snapshot.tenants[0];
        assert_eq!((id, state), (tenant.id, TenantState::Active));
        assert_eq!((key_limit, tenant_limit), (tenant.key_limit, tenant.tenant_limit));
        let revoked: Vec<_> = snapshot.keys.iter().map(|key| (key.id.as_str(), key.revoked)).collect();
        assert_eq!(revoked, [("another", true), ("key-a", false)]);
        assert_eq!(snapshot.keys[1], live.policy());
    }

    async fn a_snapshot_does_not_see_what_is_committed_meanwhile(engine: Engine) {
        let db = TestDb::control(engine).await;
        let database = db.open_control().await;
        store_tenant(&database, "early").await;
        let tx = Tx::snapshot(&database).await.unwrap();
        let before = policy::version(&tx).await.unwrap();
        store_tenant(&database, "late").await;
        let snapshot = policy::snapshot(&tx, now()).await.unwrap();
        assert_eq!((snapshot.version, snapshot.keys.len()), (before, 1));
    }

    async fn changes_at_the_same_moment_each_get_a_version(engine: Engine) {
        let db = TestDb::control(engine).await;
        let database = db.open_control().await;
        let (_, application, _) = store_tenant(&database, "a").await;
        let before = version(&database).await;
        let issued = (0..20).map(|number| {
            let (database, key) = (database.clone(), key(&application, &format!("key-{number}")));
            tokio::spawn(async move {
                let tx = Tx::operator(&database).await.unwrap();
                keys::insert(&tx, &key).await.unwrap();
                tx.commit().await.unwrap();
            })
        });
        for task in issued.collect::<Vec<_>>() {
            task.await.unwrap();
        }
        assert_eq!(version(&database).await, before + 20);
    }

    async fn a_version_advances_over_what_gateways_hold_and_never_back(engine: Engine) {
        let db = TestDb::control(engine).await;
        let database = db.open_control().await;
        store_tenant(&database, "a").await;
        let before = version(&database).await;
        let advance = async |above| {
            let tx = Tx::operator(&database).await.unwrap();
            let advanced = policy::advance(&tx, above).await;
            tx.commit().await.unwrap();
            advanced
        };
        assert_eq!(advance(before + 7).await.unwrap(), before + 8);
        assert_eq!(advance(before + 7).await.unwrap(), before + 8);
        assert_eq!(advance(0).await.unwrap(), before + 8);
        for mistyped in [before + policy::LONGEST_STRIDE + 9, i64::MAX as u64, u64::MAX] {
            assert!(matches!(advance(mistyped).await, Err(control_db::Error::Conflict)), "{mistyped}");
        }
        assert_eq!(version(&database).await, before + 8);
        store_tenant(&database, "b").await;
        assert!(version(&database).await > before + 8);
    }

    async fn a_key_revoked_by_a_clock_that_is_ahead_is_revoked_at_once(engine: Engine) {
        let db = TestDb::control(engine).await;
        let database = db.open_control().await;
        let (_, _, key) = store_tenant(&database, "a").await;
        let tx = Tx::operator(&database).await.unwrap();
        keys::revoke(&tx, &key.id, now() + time::Duration::minutes(5)).await.unwrap();
        tx.commit().await.unwrap();
        let snapshot = policy::snapshot(&Tx::snapshot(&database).await.unwrap(), now()).await.unwrap();
        assert!(snapshot.keys[0].revoked);
    }
}
