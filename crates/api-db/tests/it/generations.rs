//! Generations: stored, filtered, erased with the answers that hold them.

use api_db::{
    Error, Tx,
    generations::{self, Filter, Status},
    idempotency,
    idempotency::{About, Claim, StoredAnswer},
};
use testkit::{on_both_engines, test_db::TestDb};
use time::Duration;

use crate::{
    fixtures::{generation, new_tenant, now, store_dietitian},
    idempotency::attempt,
};

on_both_engines! {
    async fn a_generation_comes_back_as_stored(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let tenant = new_tenant();
        let stored = generation(store_dietitian(&database, tenant, "d-1").await.id);
        let mut without_content = generation(stored.dietitian);
        (without_content.request, without_content.response) = (None, None);
        let tx = Tx::tenant(&database, tenant).await.unwrap();
        for generation in [&stored, &without_content] {
            generations::insert(&tx, generation).await.unwrap();
            assert_eq!(&generations::get(&tx, generation.id).await.unwrap(), generation);
        }
    }

    async fn each_filter_narrows_the_list(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let tenant = new_tenant();
        let (one, other) =
            (store_dietitian(&database, tenant, "d-1").await.id, store_dietitian(&database, tenant, "d-2").await.id);
        let mut texts = [one, one, one, other].map(generation);
        texts[1].status = Status::Blocked;
        texts[2].created_at = now() - Duration::DAY;
        let tx = Tx::tenant(&database, tenant).await.unwrap();
        for text in &texts {
            generations::insert(&tx, text).await.unwrap();
        }
        let all = Filter::default();
        for (filter, expected) in [
            (all, 4),
            (Filter { dietitian: Some(one), ..all }, 3),
            (Filter { content_type: Some(texts[0].content_type), ..all }, 4),
            (Filter { status: Some(Status::Blocked), ..all }, 1),
            (Filter { created_after: Some(now() - Duration::HOUR), ..all }, 3),
        ] {
            assert_eq!(generations::list(&tx, &filter, None, 100).await.unwrap().len(), expected, "{filter:?}");
        }
        let first = generations::list(&tx, &all, None, 2).await.unwrap();
        let second = generations::list(&tx, &all, Some(first[1].id), 2).await.unwrap();
        assert!(first[0].id > first[1].id && first[1].id > second[0].id && second.len() == 2);
    }

    async fn erasing_keeps_the_row_without_content_and_empties_the_stored_answer(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let tenant = new_tenant();
        let text = generation(store_dietitian(&database, tenant, "d-1").await.id);
        let tx = Tx::tenant(&database, tenant).await.unwrap();
        generations::insert(&tx, &text).await.unwrap();
        let Claim::New(lease) = idempotency::claim(&tx, &attempt(b"key")).await.unwrap() else { panic!() };
        let answer = StoredAnswer { status: 201, headers: vec![], body: b"the text".to_vec() };
        let about = About { dietitian: None, generation: Some(text.id) };
        idempotency::complete(&tx, &lease, &answer, about).await.unwrap();

        generations::erase(&tx, text.id).await.unwrap();
        generations::erase(&tx, text.id).await.unwrap();
        let erased = generations::get(&tx, text.id).await.unwrap();
        assert_eq!((erased.status, erased.request, erased.response), (Status::Erased, None, None));
        assert_eq!(erased.key, text.key);
        assert_eq!(idempotency::claim(&tx, &attempt(b"key")).await.unwrap(), Claim::Erased);
        assert!(matches!(generations::erase(&tx, generation(text.dietitian).id).await, Err(Error::NotFound)));
    }

    async fn expired_content_is_purged_for_every_tenant_that_stored_something(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let mut expected = [new_tenant(), new_tenant()];
        for tenant in expected {
            let dietitian = store_dietitian(&database, tenant, "d-1").await.id;
            let mut texts = [generation(dietitian), generation(dietitian)];
            texts[0].expires_at = now();
            let tx = Tx::tenant(&database, tenant).await.unwrap();
            for text in &texts {
                generations::insert(&tx, text).await.unwrap();
            }
            tx.commit().await.unwrap();
        }
        expected.sort();
        assert_eq!(api_db::tenants(&database).await.unwrap(), expected);
        for tenant in expected {
            let tx = Tx::tenant(&database, tenant).await.unwrap();
            assert_eq!(generations::purge_expired(&tx, now()).await.unwrap(), 1);
            assert_eq!(generations::purge_expired(&tx, now()).await.unwrap(), 0);
            let left = Filter { status: Some(Status::Draft), ..Filter::default() };
            assert_eq!(generations::list(&tx, &left, None, 10).await.unwrap().len(), 1);
        }
    }
}
