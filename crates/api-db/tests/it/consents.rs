//! Consent: one in force, replaced by the next, and style cards end with it.

use api_db::{Error, Tx, consents, style_cards};
use serde_json::json;
use testkit::{on_both_engines, test_db::TestDb};

use crate::fixtures::{consent, dietitian, new_tenant, now, store_dietitian, voice};

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
