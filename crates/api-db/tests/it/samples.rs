//! Sample sets: stored, filtered, paged, gathered for a voice.

use api_db::{
    Error, Tx,
    samples::{self, Filter, State},
};
use domain::content::Language;
use testkit::{on_both_engines, test_db::TestDb};
use time::Duration;

use crate::fixtures::{new_tenant, now, sample_set, store_dietitian, voice};

on_both_engines! {
    async fn a_set_comes_back_as_stored_until_it_is_removed(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let tenant = new_tenant();
        let set = sample_set(store_dietitian(&database, tenant, "d-1").await.id);
        let tx = Tx::tenant(&database, tenant).await.unwrap();
        samples::insert(&tx, &set).await.unwrap();
        assert_eq!(samples::get(&tx, set.id).await.unwrap(), set);
        samples::delete(&tx, set.id).await.unwrap();
        assert!(matches!(samples::get(&tx, set.id).await, Err(Error::NotFound)));
        assert!(matches!(samples::delete(&tx, set.id).await, Err(Error::NotFound)));
    }

    async fn each_filter_narrows_the_list(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let tenant = new_tenant();
        let (one, other) =
            (store_dietitian(&database, tenant, "d-1").await.id, store_dietitian(&database, tenant, "d-2").await.id);
        let mut sets = [one, one, one, one, other].map(sample_set);
        sets[1].language = Language::Polish;
        sets[2].state = State::Quarantined;
        sets[3].created_at = now() - Duration::DAY;
        let tx = Tx::tenant(&database, tenant).await.unwrap();
        for set in &sets {
            samples::insert(&tx, set).await.unwrap();
        }
        let all = Filter::default();
        for (filter, expected) in [
            (all, 5),
            (Filter { dietitian: Some(one), ..all }, 4),
            (Filter { content_type: Some(sets[0].content_type), ..all }, 5),
            (Filter { language: Some(Language::Polish), ..all }, 1),
            (Filter { state: Some(State::Quarantined), ..all }, 1),
            (Filter { created_after: Some(now() - Duration::HOUR), ..all }, 4),
            (Filter { created_after: Some(now()), ..all }, 0),
        ] {
            assert_eq!(samples::list(&tx, &filter, None, 100).await.unwrap().open().unwrap().len(), expected, "{filter:?}");
        }
        let first = samples::list(&tx, &all, None, 2).await.unwrap().open().unwrap();
        let second = samples::list(&tx, &all, Some(first[1].id), 2).await.unwrap().open().unwrap();
        assert!(first[0].id > first[1].id && first[1].id > second[0].id && second.len() == 2);
    }

    async fn a_voice_has_its_accepted_sets_only(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let tenant = new_tenant();
        let (one, other) =
            (store_dietitian(&database, tenant, "d-1").await.id, store_dietitian(&database, tenant, "d-2").await.id);
        let mut sets = [one, one, one, one, other].map(sample_set);
        sets[2].language = Language::Polish;
        sets[3].state = State::Quarantined;
        let tx = Tx::tenant(&database, tenant).await.unwrap();
        for set in &sets {
            samples::insert(&tx, set).await.unwrap();
        }
        let mut expected = vec![sets[0].clone(), sets[1].clone()];
        expected.sort_by_key(|set| std::cmp::Reverse(set.id));
        assert_eq!(samples::for_voice(&tx, &voice(one), 9).await.unwrap().open().unwrap(), expected);
        assert_eq!(samples::for_voice(&tx, &voice(one), 1).await.unwrap().open().unwrap(), expected[..1]);

        // They open without a connection, one by one too, and no more of them than hold so much.
        let sealed = || async { samples::for_voice(&tx, &voice(one), 9).await.unwrap() };
        let (all, few, apart) = (sealed().await, sealed().await, sealed().await);
        drop(tx);
        assert_eq!(all.open_within(1_000_000).unwrap(), expected);
        assert_eq!(few.open_within(1).unwrap(), expected[..1]);
        let apart: Vec<_> = apart.apart().flat_map(|one| one.open().unwrap()).collect();
        assert_eq!(apart, expected);
    }
}
