//! Consent: one in force, replaced by the next, and style cards end with it.

use std::time::Duration;

use api_db::{
    Error, Tx, consents, dietitians, generations,
    idempotency::{self, About, Attempt, Claim, StoredAnswer},
    style_cards,
};
use serde_json::json;
use testkit::{on_both_engines, test_db::TestDb};

use crate::fixtures::{consent, dietitian, generation, new_tenant, now, store_dietitian, voice};

fn attempt() -> Attempt<'static> {
    Attempt {
        route: "createGeneration",
        key_digest: &[1; 32],
        body_digest: &[2; 32],
        lease_until: now() + Duration::from_secs(300),
        expires_at: now() + Duration::from_secs(86_400),
        now: now(),
    }
}

on_both_engines! {
    async fn the_latest_consent_is_in_force(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let tenant = new_tenant();
        let dietitian = store_dietitian(&database, tenant, "d-1").await;
        let mut next = consent(dietitian.id);
        next.document_version = "2027-01".to_owned();
        next.evidence_ref = None;
        let tx = Tx::tenant(&database, tenant).await.unwrap();
        consents::grant(&tx, &next, now()).await.unwrap();
        assert_eq!(consents::current(&tx, dietitian.id).await.unwrap(), Some(next));
    }

    async fn revocation_ends_consent_and_removes_the_style_card(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let tenant = new_tenant();
        let dietitian = store_dietitian(&database, tenant, "d-1").await;
        let tx = Tx::tenant(&database, tenant).await.unwrap();
        style_cards::put(&tx, &voice(dietitian.id), &json!("warm"), None, now()).await.unwrap();
        consents::revoke(&tx, dietitian.id, now()).await.unwrap();
        assert_eq!(consents::current(&tx, dietitian.id).await.unwrap(), None);
        assert_eq!(style_cards::get(&tx, &voice(dietitian.id)).await.unwrap(), None);
        assert!(matches!(consents::revoke(&tx, dietitian.id, now()).await, Err(Error::NotFound)));
    }

    async fn consent_is_taken_back_after_what_is_stored_under_it_and_erases_its_answer(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let tenant = new_tenant();
        let dietitian = store_dietitian(&database, tenant, "d-1").await.id;
        let tx = Tx::tenant(&database, tenant).await.unwrap();
        let Claim::New(lease) = idempotency::claim(&tx, &attempt()).await.unwrap() else { panic!("the key is new") };
        tx.commit().await.unwrap();

        let storing = Tx::tenant(&database, tenant).await.unwrap();
        assert!(consents::hold(&storing, dietitian).await.unwrap().is_some());
        let mut revoking = tokio::spawn({
            let database = database.clone();
            async move {
                let tx = Tx::tenant(&database, tenant).await?;
                consents::revoke(&tx, dietitian, now()).await?;
                tx.commit().await
            }
        });
        let early = tokio::time::timeout(Duration::from_millis(500), &mut revoking).await;
        assert!(early.is_err(), "it did not wait for what is stored: {early:?}");
        let text = generation(dietitian);
        generations::insert(&storing, &text).await.unwrap();
        let answer = StoredAnswer { status: 201, headers: Vec::new(), body: b"a text".to_vec() };
        let about = About { dietitian: Some(dietitian), generation: Some(text.id) };
        idempotency::complete(&storing, &lease, &answer, about).await.unwrap();
        storing.commit().await.unwrap();
        revoking.await.unwrap().unwrap();

        let repeat = Tx::tenant(&database, tenant).await.unwrap();
        assert_eq!(idempotency::claim(&repeat, &attempt()).await.unwrap(), Claim::Erased);
        assert_eq!(consents::hold(&repeat, dietitian).await.unwrap(), None);
    }

    async fn who_waits_for_a_consent_that_is_replaced_finds_the_one_in_its_place(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let tenant = new_tenant();
        let dietitian = store_dietitian(&database, tenant, "d-1").await.id;
        let mut next = consent(dietitian);
        next.document_version = "2027-01".to_owned();
        let granting = Tx::tenant(&database, tenant).await.unwrap();
        consents::grant(&granting, &next, now()).await.unwrap();
        let mut storing = tokio::spawn({
            let database = database.clone();
            async move { consents::hold(&Tx::tenant(&database, tenant).await?, dietitian).await }
        });
        let early = tokio::time::timeout(Duration::from_millis(500), &mut storing).await;
        assert!(early.is_err(), "it did not wait for what replaces it: {early:?}");
        granting.commit().await.unwrap();
        assert_eq!(storing.await.unwrap().unwrap(), Some(next));
    }

    async fn a_dietitian_goes_while_texts_of_theirs_are_stored(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let tenant = new_tenant();
        let dietitian = store_dietitian(&database, tenant, "d-1").await.id;
        let storing = Tx::tenant(&database, tenant).await.unwrap();
        consents::hold(&storing, dietitian).await.unwrap();
        let mut removing = tokio::spawn({
            let database = database.clone();
            async move {
                let tx = Tx::tenant(&database, tenant).await?;
                dietitians::delete(&tx, dietitian).await?;
                tx.commit().await
            }
        });
        let early = tokio::time::timeout(Duration::from_millis(500), &mut removing).await;
        assert!(early.is_err(), "it did not wait for what is stored: {early:?}");
        generations::insert(&storing, &generation(dietitian)).await.unwrap();
        storing.commit().await.unwrap();
        removing.await.unwrap().unwrap();
        let tx = Tx::tenant(&database, tenant).await.unwrap();
        assert!(matches!(consents::hold(&tx, dietitian).await, Err(Error::NotFound)));
    }

    async fn consent_needs_its_dietitian(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let tx = Tx::tenant(&database, new_tenant()).await.unwrap();
        let result = consents::grant(&tx, &consent(dietitian("nobody").id), now()).await;
        assert!(matches!(result, Err(Error::NotFound)), "{result:?}");
    }

    async fn grants_at_the_same_moment_leave_one_in_force(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let tenant = new_tenant();
        let dietitian = store_dietitian(&database, tenant, "d-1").await;
        let tasks: Vec<_> = (0..10)
            .map(|_| {
                let (database, consent) = (database.clone(), consent(dietitian.id));
                tokio::spawn(async move {
                    let tx = Tx::tenant(&database, tenant).await.unwrap();
                    consents::grant(&tx, &consent, now()).await?;
                    tx.commit().await
                })
            })
            .collect();
        for task in tasks {
            let result = task.await.unwrap();
            assert!(matches!(result, Ok(()) | Err(Error::Conflict)), "{result:?}");
        }
        let tx = Tx::tenant(&database, tenant).await.unwrap();
        assert!(consents::current(&tx, dietitian.id).await.unwrap().is_some());
    }
}
