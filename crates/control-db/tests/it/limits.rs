//! Limits that differ for a while, and the record of them.

use control_db::{
    Error, Tx,
    limits::{self, Change},
    policy,
};
use domain::{
    clock::from_unix,
    ids::Id,
    policy::{LimitOverride, LimitSubject, Measure},
};
use sqlx::Connection as _;
use testkit::{
    on_both_engines,
    test_db::{Engine, TestDb},
};

use crate::fixtures::{ENTROPY, now, store_tenant};

fn change(of: LimitSubject, tenant: domain::ids::TenantId, set: Option<(u64, i64)>) -> Change {
    let set = set.map(|(amount, seconds)| (amount, from_unix(now().unix_timestamp() + seconds)));
    let id = Id::<Change>::new(now(), &ENTROPY).uuid();
    Change { id, of, tenant, measure: Measure::Requests, set, reason: "a test".to_owned(), at: now() }
}

on_both_engines! {
    async fn an_override_is_published_until_it_ends_or_is_ended(engine: Engine) {
        let db = TestDb::control(engine).await;
        let database = db.open_control().await;
        let (tenant, application, key) = store_tenant(&database, "a").await;
        let subjects = [
            LimitSubject::Application(application.id),
            LimitSubject::Key(key.id.clone()),
            LimitSubject::Tenant(tenant.id),
        ];
        let before = policy::version(&Tx::snapshot(&database).await.unwrap()).await.unwrap();
        for (of, seconds) in subjects.iter().zip([100, 200, 300]) {
            let tx = Tx::operator(&database).await.unwrap();
            limits::apply(&tx, &change(of.clone(), tenant.id, Some((7, seconds)))).await.unwrap();
            tx.commit().await.unwrap();
        }
        let in_force = async |seconds: i64| {
            let tx = Tx::snapshot(&database).await.unwrap();
            let later = from_unix(now().unix_timestamp() + seconds);
            policy::snapshot(&tx, later).await.unwrap().limits
        };
        let expected: Vec<_> = subjects.iter().zip([100, 200, 300]).map(|(of, seconds)| LimitOverride {
            of: of.clone(), measure: Measure::Requests, value: 7, until: now().unix_timestamp() + seconds,
        }).collect();
        assert_eq!(in_force(0).await, expected);
        assert_eq!(in_force(100).await, expected[1..]);
        assert_eq!(in_force(299).await, expected[2..]);
        assert_eq!(in_force(300).await, []);
        // One replaces another, also with an earlier end, and the one before does not come back.
        let tx = Tx::operator(&database).await.unwrap();
        limits::apply(&tx, &change(subjects[2].clone(), tenant.id, Some((9, 50)))).await.unwrap();
        limits::apply(&tx, &change(subjects[1].clone(), tenant.id, None)).await.unwrap();
        let again = limits::apply(&tx, &change(subjects[1].clone(), tenant.id, None)).await;
        assert!(matches!(again, Err(Error::NotFound)), "{again:?}");
        tx.commit().await.unwrap();
        assert_eq!(in_force(0).await.iter().map(|limit| limit.value).collect::<Vec<_>>(), [7, 9]);
        assert_eq!(in_force(60).await, expected[..1]);
        let tx = Tx::snapshot(&database).await.unwrap();
        assert!(policy::version(&tx).await.unwrap() >= before + 5);
        assert_eq!(limits::changes(&tx, None).await.unwrap().len(), 6);
        let changes = limits::changes(&tx, Some(tenant.id)).await.unwrap();
        assert_eq!(changes.iter().filter(|change| change.set.is_none()).count(), 1);
    }

    async fn a_tenant_sees_its_own_limits_and_changes_none(engine: Engine) {
        let db = TestDb::control(engine).await;
        let database = db.open_control().await;
        let (one, ..) = store_tenant(&database, "a").await;
        let (other, ..) = store_tenant(&database, "b").await;
        for tenant in [one.id, other.id] {
            let tx = Tx::operator(&database).await.unwrap();
            limits::apply(&tx, &change(LimitSubject::Tenant(tenant), tenant, Some((7, 100)))).await.unwrap();
            tx.commit().await.unwrap();
        }
        let tx = Tx::tenant(&database, one.id).await.unwrap();
        assert_eq!(limits::in_force(&tx, now()).await.unwrap().len(), 1);
        assert_eq!(limits::changes(&tx, Some(other.id)).await.unwrap(), []);
        assert_eq!(limits::changes(&tx, None).await.unwrap().len(), 2);
        let more = limits::apply(&tx, &change(LimitSubject::Tenant(one.id), one.id, Some((8, 100)))).await;
        assert!(matches!(more, Err(Error::NotFound)), "{more:?}");
    }
}

#[tokio::test]
async fn changes_of_limits_in_a_sqlite_file_are_neither_changed_nor_removed() {
    let db = TestDb::control(Engine::Sqlite).await;
    let database = db.open_control().await;
    store_tenant(&database, "a").await;
    let mut file = sqlx::SqliteConnection::connect(db.service_address()).await.unwrap();
    for sql in ["UPDATE limit_changes SET at = 0", "DELETE FROM limit_changes"] {
        let refused = sqlx::raw_sql(sql).execute(&mut file).await.unwrap_err();
        assert!(refused.to_string().contains("append only"), "{sql}: {refused}");
    }
}
