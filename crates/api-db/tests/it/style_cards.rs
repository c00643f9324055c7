//! Style cards: one per voice, changed under a version.

use api_db::{
    Error, Tx,
    style_cards::{self, StyleCard},
};
use serde_json::json;
use testkit::{on_both_engines, test_db::TestDb};

use crate::fixtures::{dietitian, new_tenant, now, store_dietitian, voice};

on_both_engines! {
    async fn a_card_changes_only_from_the_version_it_was_read_at(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let tenant = new_tenant();
        let voice = voice(store_dietitian(&database, tenant, "d-1").await.id);
        let (first, second) = (json!({ "tone": "warm" }), json!({ "tone": "dry" }));
        let tx = Tx::tenant(&database, tenant).await.unwrap();
        assert_eq!(style_cards::put(&tx, &voice, &first, None, now()).await.unwrap(), 1);
        assert_eq!(style_cards::put(&tx, &voice, &second, Some(1), now()).await.unwrap(), 2);
        assert!(matches!(style_cards::put(&tx, &voice, &first, Some(1), now()).await, Err(Error::Conflict)));
        let stored = style_cards::get(&tx, &voice).await.unwrap();
        assert_eq!(stored, Some(StyleCard { voice, card: second, version: 2, updated_at: now() }));
        style_cards::delete(&tx, &voice).await.unwrap();
        assert_eq!(style_cards::get(&tx, &voice).await.unwrap(), None);
    }

    async fn a_first_card_needs_an_empty_place_and_a_dietitian(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let tenant = new_tenant();
        let taken = voice(store_dietitian(&database, tenant, "d-1").await.id);
        let tx = Tx::tenant(&database, tenant).await.unwrap();
        style_cards::put(&tx, &taken, &json!(1), None, now()).await.unwrap();
        tx.commit().await.unwrap();
        let tx = Tx::tenant(&database, tenant).await.unwrap();
        assert!(matches!(style_cards::put(&tx, &taken, &json!(2), None, now()).await, Err(Error::Conflict)));
        drop(tx);
        let tx = Tx::tenant(&database, tenant).await.unwrap();
        let nobody = voice(dietitian("nobody").id);
        assert!(matches!(style_cards::put(&tx, &nobody, &json!(1), None, now()).await, Err(Error::NotFound)));
    }
}
