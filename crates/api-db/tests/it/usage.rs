//! Usage records: one per generation and meter, added up, never changed.

use api_db::{
    Error, Tx,
    usage::{self, Group, GroupBy, Total},
};
use sqlx::{AssertSqlSafe, Connection, postgres::PgConnection, sqlite::SqliteConnection};
use testkit::{
    on_both_engines,
    test_db::{Engine, TestDb},
};
use time::Duration;

use crate::fixtures::{dietitian, generation, new_tenant, now, usage_of};

on_both_engines! {
    async fn a_generation_is_metered_once(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let tenant = new_tenant();
        let text = generation(dietitian("d-1").id);
        let tasks: Vec<_> = (0..50)
            .map(|_| {
                let (database, record) = (database.clone(), usage_of(&text));
                tokio::spawn(async move {
                    let tx = Tx::tenant(&database, tenant).await?;
                    usage::insert(&tx, &record).await?;
                    tx.commit().await
                })
            })
            .collect();
        let mut stored = 0;
        for task in tasks {
            match task.await.unwrap() {
                Ok(()) => stored += 1,
                Err(Error::Conflict) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(stored, 1);
    }

    async fn reports_add_up_by_group_within_the_period(engine: Engine) {
        let db = TestDb::api(engine).await;
        let database = db.open_api().await;
        let tenant = new_tenant();
        let mut people = [dietitian("d-1").id, dietitian("d-2").id];
        people.sort();
        let tx = Tx::tenant(&database, tenant).await.unwrap();
        for (person, key, age) in
            [(0, "k1", 0), (0, "k2", 0), (1, "k1", 0), (1, "k1", -1), (1, "k1", 10)]
        {
            let mut text = generation(people[person]);
            text.key = key.to_owned();
            text.created_at = now() + Duration::days(age);
            usage::insert(&tx, &usage_of(&text)).await.unwrap();
        }
        let total = |group, records| Total {
            group,
            records,
            input_tokens: 700 * records,
            output_tokens: 90 * records,
            units: records,
        };
        let (from, to) = (now(), now() + Duration::days(10));
        for (group_by, expected) in [
            (GroupBy::None, vec![total(Group::All, 3)]),
            (GroupBy::Key, vec![total(Group::Key("k1".to_owned()), 2), total(Group::Key("k2".to_owned()), 1)]),
            (
                GroupBy::Dietitian,
                vec![total(Group::Dietitian(people[0]), 2), total(Group::Dietitian(people[1]), 1)],
            ),
            (GroupBy::Type, vec![total(Group::Type(generation(people[0]).content_type), 3)]),
        ] {
            assert_eq!(usage::report(&tx, from, to, group_by).await.unwrap(), expected);
        }
        let nothing = usage::report(&tx, to + Duration::DAY, to + Duration::DAY, GroupBy::None).await.unwrap();
        assert_eq!(nothing, [total(Group::All, 0)]);
        assert_eq!(usage::report(&tx, to + Duration::DAY, to, GroupBy::Key).await.unwrap(), []);
    }
}

#[tokio::test]
async fn sqlite_refuses_to_change_a_record() {
    let db = TestDb::api(Engine::Sqlite).await;
    let database = db.open_api().await;
    let tx = Tx::tenant(&database, new_tenant()).await.unwrap();
    usage::insert(&tx, &usage_of(&generation(dietitian("d").id))).await.unwrap();
    tx.commit().await.unwrap();
    let mut connection = SqliteConnection::connect(db.service_address()).await.unwrap();
    for sql in ["UPDATE usage_records SET units = 0", "DELETE FROM usage_records"] {
        let error = sqlx::raw_sql(sql).execute(&mut connection).await.unwrap_err();
        assert!(error.to_string().contains("usage records are not"), "{error}");
    }
}

#[tokio::test]
async fn postgres_refuses_to_change_a_record_to_service_and_owner() {
    let db = TestDb::api(Engine::Postgres).await;
    for (address, expected) in [(db.service_address(), "42501"), (db.owner_address(), "P0001")] {
        let mut connection = PgConnection::connect(address).await.unwrap();
        for sql in
            ["UPDATE usage_records SET units = 0", "DELETE FROM usage_records", "TRUNCATE usage_records"]
        {
            let error =
                sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap_err();
            let code = error.as_database_error().and_then(|error| error.code());
            assert_eq!(code.as_deref(), Some(expected), "{sql}: {error}");
        }
    }
}
