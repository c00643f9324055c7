//! Idempotency records: one attempt works, repeats get its answer, a lost lease completes nothing.

use api_db::{
    Database, Error, Tx, consents, generations,
    idempotency::{self, About, Attempt, Claim, Lease, StoredAnswer},
    usage,
};
use domain::ids::TenantId;
use testkit::{on_both_engines, test_db::TestDb};
use time::Duration;

use crate::fixtures::{generation, new_tenant, now, store_dietitian, usage_of};

/// An attempt at this moment, with a lease of a minute.
pub(crate) fn attempt(key_digest: &[u8]) -> Attempt<'_> {
    Attempt {
        route: "POST /generations",
        key_digest,
        body_digest: b"body",
        lease_until: now() + Duration::MINUTE,
        expires_at: now() + Duration::DAY,
        now: now(),
    }
}

fn later<'a>(attempt: Attempt<'a>, step: Duration) -> Attempt<'a> {
    Attempt {
        lease_until: attempt.lease_until + step,
        expires_at: attempt.expires_at + step,
        now: attempt.now + step,
        ..attempt
    }
}

fn answer() -> StoredAnswer {
    StoredAnswer {
        status: 201,
        headers: vec![("location".to_owned(), "/generations/1".to_owned())],
        body: vec![0, 159, 146, 150],
    }
}

async fn claim(database: &Database, tenant: TenantId, attempt: &Attempt<'_>) -> Claim {
    let tx = Tx::tenant(database, tenant).await.unwrap();
    let claim = idempotency::claim(&tx, attempt).await.unwrap();
    tx.commit().await.unwrap();
    claim
}

async fn claim_new(database: &Database, tenant: TenantId, attempt: &Attempt<'_>) -> Lease {
    match claim(database, tenant, attempt).await {
        Claim::New(lease) => lease,
        other => panic!("{other:?}"),
    }
}

async fn complete(database: &Database, tenant: TenantId, lease: &Lease) -> Result<(), Error> {
    let tx = Tx::tenant(database, tenant).await.unwrap();
    idempotency::complete(&tx, lease, &answer(), About::default()).await?;
    tx.commit().await
}

on_both_engines! {
    async fn a_repeat_gets_the_first_answer(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let tenant = new_tenant();
        let lease = claim_new(&database, tenant, &attempt(b"key")).await;
        assert_eq!(claim(&database, tenant, &attempt(b"key")).await, Claim::Running);
        complete(&database, tenant, &lease).await.unwrap();
        assert_eq!(claim(&database, tenant, &attempt(b"key")).await, Claim::Replay(answer()));
    }

    async fn another_body_is_told_apart(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let tenant = new_tenant();
        let lease = claim_new(&database, tenant, &attempt(b"key")).await;
        let other = Attempt { body_digest: b"other", ..attempt(b"key") };
        assert_eq!(claim(&database, tenant, &other).await, Claim::OtherBody);
        assert_eq!(claim(&database, tenant, &later(other, Duration::HOUR)).await, Claim::OtherBody);
        complete(&database, tenant, &lease).await.unwrap();
        assert_eq!(claim(&database, tenant, &other).await, Claim::OtherBody);
    }

    async fn a_key_means_something_else_on_another_route_and_for_another_tenant(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let tenant = new_tenant();
        claim_new(&database, tenant, &attempt(b"key")).await;
        claim_new(&database, tenant, &Attempt { route: "POST /samples", ..attempt(b"key") }).await;
        claim_new(&database, new_tenant(), &attempt(b"key")).await;
    }

    async fn of_fifty_at_the_same_moment_exactly_one_works(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let tenant = new_tenant();
        let tasks: Vec<_> = (0..50)
            .map(|_| {
                let database = database.clone();
                tokio::spawn(async move { claim(&database, tenant, &attempt(b"key")).await })
            })
            .collect();
        let mut claims = Vec::new();
        for task in tasks {
            claims.push(task.await.unwrap());
        }
        let new = claims.iter().filter(|claim| matches!(claim, Claim::New(_))).count();
        let running = claims.iter().filter(|claim| **claim == Claim::Running).count();
        assert_eq!((new, running), (1, 49));
    }

    async fn of_fifty_that_find_a_lease_run_out_exactly_one_takes_over(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let tenant = new_tenant();
        let lost = claim_new(&database, tenant, &attempt(b"key")).await;
        let tasks: Vec<_> = (0..50)
            .map(|_| {
                let database = database.clone();
                tokio::spawn(async move { claim(&database, tenant, &later(attempt(b"key"), Duration::HOUR)).await })
            })
            .collect();
        let mut taken = Vec::new();
        for task in tasks {
            if let Claim::New(lease) = task.await.unwrap() {
                taken.push(lease);
            }
        }
        assert_eq!(taken.len(), 1);
        assert!(matches!(complete(&database, tenant, &lost).await, Err(Error::Conflict)));
        complete(&database, tenant, &taken[0]).await.unwrap();
    }

    async fn a_lost_lease_leaves_neither_text_nor_usage(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let tenant = new_tenant();
        let text = generation(store_dietitian(&database, tenant, "d-1").await.id);
        let lost = claim_new(&database, tenant, &attempt(b"key")).await;
        claim_new(&database, tenant, &later(attempt(b"key"), Duration::HOUR)).await;

        let tx = Tx::tenant(&database, tenant).await.unwrap();
        generations::insert(&tx, &text).await.unwrap();
        usage::insert(&tx, &usage_of(&text)).await.unwrap();
        let about = About { generation: Some(text.id), dietitian: Some(text.dietitian) };
        assert!(matches!(idempotency::complete(&tx, &lost, &answer(), about).await, Err(Error::Conflict)));
        drop(tx);

        let tx = Tx::tenant(&database, tenant).await.unwrap();
        assert!(matches!(generations::get(&tx, text.id).await, Err(Error::NotFound)));
        let all = usage::report(&tx, now(), now() + Duration::DAY, usage::GroupBy::None).await.unwrap();
        assert_eq!(all[0].records, 0);
    }

    async fn a_released_key_is_free_and_a_lost_lease_releases_nothing(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let tenant = new_tenant();
        let first = claim_new(&database, tenant, &attempt(b"key")).await;
        let tx = Tx::tenant(&database, tenant).await.unwrap();
        idempotency::release(&tx, &first).await.unwrap();
        tx.commit().await.unwrap();
        claim_new(&database, tenant, &later(attempt(b"key"), Duration::SECOND)).await;
        let tx = Tx::tenant(&database, tenant).await.unwrap();
        idempotency::release(&tx, &first).await.unwrap();
        tx.commit().await.unwrap();
        let again = later(attempt(b"key"), Duration::seconds(2));
        assert_eq!(claim(&database, tenant, &again).await, Claim::Running);
    }

    async fn after_a_restart_every_running_key_of_the_tenant_is_free_and_answers_stay(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let (tenant, other) = (new_tenant(), new_tenant());
        let done = claim_new(&database, tenant, &attempt(b"done")).await;
        complete(&database, tenant, &done).await.unwrap();
        let lost = claim_new(&database, tenant, &attempt(b"lost")).await;
        claim_new(&database, other, &attempt(b"lost")).await;

        let tx = Tx::tenant(&database, tenant).await.unwrap();
        assert_eq!(idempotency::release_all(&tx).await.unwrap(), 1);
        tx.commit().await.unwrap();
        assert!(matches!(complete(&database, tenant, &lost).await, Err(Error::Conflict)));
        assert_eq!(claim(&database, tenant, &attempt(b"done")).await, Claim::Replay(answer()));
        claim_new(&database, tenant, &attempt(b"lost")).await;
        assert_eq!(claim(&database, other, &attempt(b"lost")).await, Claim::Running);
    }

    async fn taking_consent_back_forgets_answers_with_texts_and_no_others(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let tenant = new_tenant();
        let (mine, other) = (store_dietitian(&database, tenant, "d-1").await, store_dietitian(&database, tenant, "d-2").await);
        for (key, dietitian, with_text) in [("text", mine.id, true), ("no text", mine.id, false), ("another's", other.id, true)] {
            let lease = claim_new(&database, tenant, &attempt(key.as_bytes())).await;
            let about = About { dietitian: Some(dietitian), generation: with_text.then(|| generation(dietitian).id) };
            let tx = Tx::tenant(&database, tenant).await.unwrap();
            idempotency::complete(&tx, &lease, &answer(), about).await.unwrap();
            tx.commit().await.unwrap();
        }
        let tx = Tx::tenant(&database, tenant).await.unwrap();
        consents::revoke(&tx, mine.id, now()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(claim(&database, tenant, &attempt(b"text")).await, Claim::Erased);
        assert_eq!(claim(&database, tenant, &attempt(b"no text")).await, Claim::Replay(answer()));
        assert_eq!(claim(&database, tenant, &attempt(b"another's")).await, Claim::Replay(answer()));
    }

    async fn a_forgotten_record_is_as_good_as_none(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let tenant = new_tenant();
        let lease = claim_new(&database, tenant, &attempt(b"key")).await;
        complete(&database, tenant, &lease).await.unwrap();
        let next_week = later(Attempt { body_digest: b"other", ..attempt(b"key") }, Duration::WEEK);
        let lease = claim_new(&database, tenant, &next_week).await;
        assert_eq!(claim(&database, tenant, &next_week).await, Claim::Running);
        complete(&database, tenant, &lease).await.unwrap();
        assert_eq!(claim(&database, tenant, &next_week).await, Claim::Replay(answer()));

        let tx = Tx::tenant(&database, tenant).await.unwrap();
        assert_eq!(idempotency::purge(&tx, now()).await.unwrap(), 0);
        assert_eq!(idempotency::purge(&tx, now() + Duration::weeks(2)).await.unwrap(), 1);
    }
}
