//! Dietitians: stored, found, paged, changed under a version, and removed with everything of theirs.

use api_db::{
    Error, Tx, consents,
    dietitians::{self, Status},
    generations, idempotency,
    idempotency::{About, Claim, StoredAnswer},
    samples, style_cards, usage,
};
use serde_json::json;
use testkit::{on_both_engines, test_db::TestDb};

use crate::{
    fixtures::{dietitian, generation, new_tenant, now, sample_set, store_dietitian, usage_of, voice},
    idempotency::attempt,
};

on_both_engines! {
    async fn a_dietitian_comes_back_as_stored(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let tenant = new_tenant();
        let stored = store_dietitian(&database, tenant, "d-1").await;
        let tx = Tx::tenant(&database, tenant).await.unwrap();
        assert_eq!(dietitians::get(&tx, stored.id).await.unwrap(), stored);
        assert_eq!(dietitians::get_by_external_ref(&tx, "d-1").await.unwrap(), stored);
        assert!(matches!(dietitians::get_by_external_ref(&tx, "d-2").await, Err(Error::NotFound)));
    }

    async fn a_reference_is_taken_once_per_tenant(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let tenant = new_tenant();
        store_dietitian(&database, tenant, "d-1").await;
        store_dietitian(&database, new_tenant(), "d-1").await;
        let tx = Tx::tenant(&database, tenant).await.unwrap();
        let result = dietitians::insert(&tx, &dietitian("d-1")).await;
        assert!(matches!(result, Err(Error::Conflict)), "{result:?}");
    }

    async fn pages_are_newest_first_and_lose_nobody(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let tenant = new_tenant();
        let mut expected = Vec::new();
        for number in 0..7 {
            expected.push(store_dietitian(&database, tenant, &format!("d-{number}")).await.id);
        }
        expected.sort();
        expected.reverse();
        let tx = Tx::tenant(&database, tenant).await.unwrap();
        let (mut seen, mut before) = (Vec::new(), None);
        loop {
            let page = dietitians::list(&tx, before, 3).await.unwrap();
            let Some(last) = page.last() else { break };
            before = Some(last.id);
            seen.extend(page.iter().map(|dietitian| dietitian.id));
        }
        assert_eq!(seen, expected);
    }

    async fn a_change_needs_the_version_it_was_made_from(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let tenant = new_tenant();
        let mut changed = store_dietitian(&database, tenant, "d-1").await;
        changed.display_name = "Dr. Dana".to_owned();
        changed.licence = None;
        changed.status = Status::Paused;
        let tx = Tx::tenant(&database, tenant).await.unwrap();
        assert_eq!(dietitians::update(&tx, &changed).await.unwrap(), 2);
        assert!(matches!(dietitians::update(&tx, &changed).await, Err(Error::Conflict)));
        changed.version = 2;
        assert_eq!(dietitians::get(&tx, changed.id).await.unwrap(), changed);
        assert!(matches!(dietitians::update(&tx, &dietitian("other")).await, Err(Error::NotFound)));
    }

    async fn hostile_text_is_only_text(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let tenant = new_tenant();
        let tx = Tx::tenant(&database, tenant).await.unwrap();
        for text in ["'; DROP TABLE samples; --", "\" OR 1=1", "$1", "%_\\", "${x}", "\u{202e}rtl", "x' UNION SELECT 1 --"] {
            let mut person = dietitian(text);
            person.display_name = text.to_owned();
            dietitians::insert(&tx, &person).await.unwrap();
            assert_eq!(dietitians::get_by_external_ref(&tx, text).await.unwrap(), person);
        }
        assert!(matches!(dietitians::get_by_external_ref(&tx, "' OR ''='").await, Err(Error::NotFound)));
    }

    async fn a_text_and_the_removal_of_its_dietitian_never_both_last(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let tenant = new_tenant();
        for round in 0..10 {
            let person = store_dietitian(&database, tenant, &format!("d-{round}")).await.id;
            let text = generation(person);
            let writer = tokio::spawn({
                let (database, text) = (database.clone(), text.clone());
                async move {
                    let tx = Tx::tenant(&database, tenant).await?;
                    generations::insert(&tx, &text).await?;
                    tx.commit().await
                }
            });
            let eraser = tokio::spawn({
                let database = database.clone();
                async move {
                    let tx = Tx::tenant(&database, tenant).await?;
                    dietitians::delete(&tx, person).await?;
                    tx.commit().await
                }
            });
            let written = writer.await.unwrap();
            assert!(matches!(written, Ok(()) | Err(Error::NotFound)), "{written:?}");
            eraser.await.unwrap().unwrap();
            let tx = Tx::tenant(&database, tenant).await.unwrap();
            match generations::get(&tx, text.id).await {
                Ok(left) => assert_eq!((left.request, left.response), (None, None), "round {round}"),
                Err(error) => assert!(matches!(error, Error::NotFound), "{error:?}"),
            }
        }
    }

    async fn removal_takes_everything_but_what_is_billed(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let tenant = new_tenant();
        let gone = store_dietitian(&database, tenant, "gone").await;
        let stays = store_dietitian(&database, tenant, "stays").await;
        let (set, kept_set) = (sample_set(gone.id), sample_set(stays.id));
        let (text, kept_text) = (generation(gone.id), generation(stays.id));

        let tx = Tx::tenant(&database, tenant).await.unwrap();
        samples::insert(&tx, &set).await.unwrap();
        samples::insert(&tx, &kept_set).await.unwrap();
        style_cards::put(&tx, &voice(gone.id), &json!({}), None, now()).await.unwrap();
        style_cards::put(&tx, &voice(stays.id), &json!({}), None, now()).await.unwrap();
        generations::insert(&tx, &text).await.unwrap();
        generations::insert(&tx, &kept_text).await.unwrap();
        usage::insert(&tx, &usage_of(&text)).await.unwrap();
        let Claim::New(lease) = idempotency::claim(&tx, &attempt(b"key")).await.unwrap() else { panic!() };
        let answer = StoredAnswer { status: 201, headers: vec![], body: b"their samples".to_vec() };
        let about = About { dietitian: Some(gone.id), generation: None };
        idempotency::complete(&tx, &lease, &answer, about).await.unwrap();
        dietitians::delete(&tx, gone.id).await.unwrap();
        tx.commit().await.unwrap();

        let tx = Tx::tenant(&database, tenant).await.unwrap();
        assert!(matches!(dietitians::get(&tx, gone.id).await, Err(Error::NotFound)));
        assert!(matches!(samples::get(&tx, set.id).await, Err(Error::NotFound)));
        assert_eq!(consents::current(&tx, gone.id).await.unwrap(), None);
        assert_eq!(style_cards::get(&tx, &voice(gone.id)).await.unwrap(), None);
        let erased = generations::get(&tx, text.id).await.unwrap();
        assert_eq!((erased.status, erased.request, erased.response), (generations::Status::Erased, None, None));
        assert_eq!(idempotency::claim(&tx, &attempt(b"key")).await.unwrap(), Claim::Erased);
        let all = usage::report(&tx, now(), now() + time::Duration::DAY, usage::GroupBy::None).await.unwrap();
        assert_eq!(all[0].records, 1);

        assert_eq!(samples::get(&tx, kept_set.id).await.unwrap(), kept_set);
        assert_eq!(generations::get(&tx, kept_text.id).await.unwrap(), kept_text);
        assert!(style_cards::get(&tx, &voice(stays.id)).await.unwrap().is_some());
        assert!(consents::current(&tx, stays.id).await.unwrap().is_some());
    }

    async fn no_text_is_stored_for_a_dietitian_who_left_meanwhile(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let tenant = new_tenant();
        let gone = store_dietitian(&database, tenant, "gone").await;
        let tx = Tx::tenant(&database, tenant).await.unwrap();
        dietitians::delete(&tx, gone.id).await.unwrap();
        let result = generations::insert(&tx, &generation(gone.id)).await;
        assert!(matches!(result, Err(Error::NotFound)), "{result:?}");
        let result = samples::insert(&tx, &sample_set(gone.id)).await;
        assert!(matches!(result, Err(Error::NotFound)), "{result:?}");
    }
}
