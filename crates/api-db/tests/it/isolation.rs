//! A tenant's transaction sees, changes and opens that tenant's rows only, whatever happened on its connection before.

use api_db::{Database, Error, Tx, consents, dietitians, generations, samples, style_cards, usage};
use serde_json::json;
use testkit::{on_both_engines, test_db::TestDb};
use time::Duration;

use crate::fixtures::{generation, new_tenant, now, sample_set, store_dietitian, usage_of, voice};

on_both_engines! {
    async fn another_tenants_rows_do_not_exist(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let owner = new_tenant();
        let person = store_dietitian(&database, owner, "d-1").await;
        let (set, text) = (sample_set(person.id), generation(person.id));
        let tx = Tx::tenant(&database, owner).await.unwrap();
        samples::insert(&tx, &set).await.unwrap();
        generations::insert(&tx, &text).await.unwrap();
        style_cards::put(&tx, &voice(person.id), &json!(1), None, now()).await.unwrap();
        usage::insert(&tx, &usage_of(&text)).await.unwrap();
        tx.commit().await.unwrap();

        let tx = Tx::tenant(&database, new_tenant()).await.unwrap();
        assert!(matches!(dietitians::get(&tx, person.id).await, Err(Error::NotFound)));
        assert!(matches!(dietitians::get_by_external_ref(&tx, "d-1").await, Err(Error::NotFound)));
        assert_eq!(dietitians::list(&tx, None, 9).await.unwrap(), []);
        assert_eq!(consents::current(&tx, person.id).await.unwrap(), None);
        assert!(matches!(samples::get(&tx, set.id).await, Err(Error::NotFound)));
        assert_eq!(samples::list(&tx, &samples::Filter::default(), None, 9).await.unwrap().open().unwrap(), []);
        assert_eq!(samples::for_voice(&tx, &voice(person.id), 9).await.unwrap().open().unwrap(), []);
        assert_eq!(style_cards::get(&tx, &voice(person.id)).await.unwrap(), None);
        assert!(matches!(generations::get(&tx, text.id).await, Err(Error::NotFound)));
        assert_eq!(generations::list(&tx, &generations::Filter::default(), None, 9).await.unwrap(), []);
        let all = usage::report(&tx, now(), now() + Duration::DAY, usage::GroupBy::None).await.unwrap();
        assert_eq!(all[0].records, 0);

        assert!(matches!(dietitians::update(&tx, &person).await, Err(Error::NotFound)));
        assert!(matches!(dietitians::delete(&tx, person.id).await, Err(Error::NotFound)));
        assert!(matches!(consents::revoke(&tx, person.id, now()).await, Err(Error::NotFound)));
        assert!(matches!(samples::delete(&tx, set.id).await, Err(Error::NotFound)));
        assert!(matches!(generations::erase(&tx, text.id).await, Err(Error::NotFound)));
        assert!(matches!(generations::insert(&tx, &generation(person.id)).await, Err(Error::NotFound)));
        style_cards::delete(&tx, &voice(person.id)).await.unwrap();
        generations::purge_expired(&tx, now() + Duration::weeks(99)).await.unwrap();
        tx.commit().await.unwrap();

        let tx = Tx::tenant(&database, owner).await.unwrap();
        assert_eq!(dietitians::get(&tx, person.id).await.unwrap(), person);
        assert_eq!(generations::get(&tx, text.id).await.unwrap(), text);
        assert!(style_cards::get(&tx, &voice(person.id)).await.unwrap().is_some());
    }

    async fn samples_cannot_be_added_to_another_tenants_dietitian(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let person = store_dietitian(&database, new_tenant(), "d-1").await;
        let tx = Tx::tenant(&database, new_tenant()).await.unwrap();
        assert!(matches!(samples::insert(&tx, &sample_set(person.id)).await, Err(Error::NotFound)));
    }

    async fn a_panic_in_a_transaction_leaves_nothing_to_the_next_tenant(engine: Engine) {
        let db = TestDb::api(engine).await;
        let mut settings = db.service();
        settings.max_connections = 1;
        let entropy = std::sync::Arc::new(testkit::fixed::SeededEntropy::new(1));
        let database = Database::connect(&settings, testkit::test_db::master_key(), entropy).await.unwrap();
        let (first, second) = (new_tenant(), new_tenant());
        let person = store_dietitian(&database, first, "kept").await;

        let task = tokio::spawn({
            let database = database.clone();
            async move {
                let tx = Tx::tenant(&database, first).await.unwrap();
                dietitians::insert(&tx, &crate::fixtures::dietitian("half done")).await.unwrap();
                panic!("in the middle of a transaction");
            }
        });
        assert!(task.await.unwrap_err().is_panic());

        let tx = Tx::tenant(&database, second).await.unwrap();
        assert_eq!(dietitians::list(&tx, None, 9).await.unwrap(), []);
        tx.commit().await.unwrap();
        let tx = Tx::tenant(&database, first).await.unwrap();
        assert_eq!(dietitians::list(&tx, None, 9).await.unwrap(), [person]);
    }

    async fn transactions_that_meet_at_a_new_tenant_agree_on_its_key(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let tenant = new_tenant();
        let tasks: Vec<_> = (0..20)
            .map(|number| {
                let database = database.clone();
                tokio::spawn(async move { store_dietitian(&database, tenant, &format!("d-{number}")).await })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let tx = Tx::tenant(&database, tenant).await.unwrap();
        assert_eq!(dietitians::list(&tx, None, 99).await.unwrap().len(), 20);
    }
}
