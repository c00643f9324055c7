//! Readers: they wait for no writer, see one state, and leave no trace.

use api_db::{
    Error, Reader, Tx, dietitians, generations, samples, style_cards,
    usage::{self, GroupBy},
};
use testkit::{on_both_engines, test_db::TestDb};

use crate::fixtures::{generation, new_tenant, now, sample_set, store_dietitian, voice};

on_both_engines! {
    async fn a_writer_does_not_delay_a_reader(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let tenant = new_tenant();
        let stored = store_dietitian(&database, tenant, "d-1").await;
        let mut changed = stored.clone();
        changed.display_name = "Dr. Dana".to_owned();
        let writer = Tx::tenant(&database, tenant).await.unwrap();
        dietitians::update(&writer, &changed).await.unwrap();
        // Whoever waits for the writer is refused in the end.
        let reader = Reader::tenant(&database, tenant).await.unwrap();
        assert_eq!(dietitians::get(&reader, stored.id).await.unwrap(), stored);
        writer.commit().await.unwrap();
        let reader = Reader::tenant(&database, tenant).await.unwrap();
        assert_eq!(dietitians::get(&reader, stored.id).await.unwrap().display_name, "Dr. Dana");
    }

    async fn a_reader_does_not_delay_a_writer_and_sees_nothing_of_it(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let tenant = new_tenant();
        let stored = store_dietitian(&database, tenant, "d-1").await;
        let reader = Reader::tenant(&database, tenant).await.unwrap();
        assert_eq!(dietitians::get(&reader, stored.id).await.unwrap(), stored);
        let writer = Tx::tenant(&database, tenant).await.unwrap();
        samples::insert(&writer, &sample_set(stored.id)).await.unwrap();
        writer.commit().await.unwrap();
        assert_eq!(samples::for_voice(&reader, &voice(stored.id), 9).await.unwrap().open().unwrap(), []);
        let later = Reader::tenant(&database, tenant).await.unwrap();
        assert_eq!(samples::for_voice(&later, &voice(stored.id), 9).await.unwrap().open().unwrap().len(), 1);
    }

    async fn reading_makes_no_data_key(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let other = store_dietitian(&database, new_tenant(), "d-1").await;
        let before = api_db::tenants(&database).await.unwrap();
        let reader = Reader::tenant(&database, new_tenant()).await.unwrap();
        assert!(matches!(dietitians::get(&reader, other.id).await, Err(Error::NotFound)));
        assert!(matches!(generations::get(&reader, generation(other.id).id).await, Err(Error::NotFound)));
        assert_eq!(dietitians::list(&reader, None, 10).await.unwrap(), []);
        assert_eq!(style_cards::get(&reader, &voice(other.id)).await.unwrap(), None);
        let sums = usage::report(&reader, now(), now() + time::Duration::DAY, GroupBy::None).await.unwrap();
        assert_eq!(sums[0].records, 0);
        drop(reader);
        assert_eq!(api_db::tenants(&database).await.unwrap(), before);
    }
}
