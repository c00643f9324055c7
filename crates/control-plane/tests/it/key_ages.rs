//! How long keys live: the tenant's maximum age, rotation within it, and who is told before the end (feature 4).

use control_db::{
    Database,
    events::{Event, Kind},
    keys::ApiKey,
    tenants::Tenant,
};
use control_plane::{
    Error, applications, key_events,
    keys::{self, NewKey},
    reminders,
    tenants::{self, KeyRulesChange},
};
use domain::{
    Timestamp,
    clock::from_unix,
    ids::{ApplicationId, TenantId},
    policy::Environment,
    scope::Scopes,
};
use proptest::prelude::*;
use seal::{api_key::Pepper, entropy::SystemEntropy};
use testkit::{on_both_engines, test_db::TestDb};
use time::Duration;

fn start() -> Timestamp {
    from_unix(1_800_000_000)
}

fn pepper() -> Pepper {
    Pepper::new(&[3; 32]).unwrap()
}

async fn application(database: &Database, name: &str) -> (TenantId, ApplicationId) {
    let tenant = tenants::add(database, name, start(), &SystemEntropy).await.unwrap();
    let app = applications::add(database, tenant.id, "Web", start(), &SystemEntropy).await.unwrap();
    (tenant.id, app.id)
}

async fn issue(
    database: &Database,
    application: ApplicationId,
    lifetime: Option<Duration>,
    now: Timestamp,
) -> Result<ApiKey, Error> {
    let new = NewKey {
        application,
        environment: Environment::Live,
        scopes: Scopes::all(),
        lifetime,
        networks: Vec::new(),
    };
    Ok(keys::issue(database, &pepper(), new, now, &SystemEntropy).await?.key)
}

async fn rotate(database: &Database, id: &str, hours: i64, now: Timestamp) -> Result<ApiKey, Error> {
    let overlap = Duration::hours(hours);
    Ok(keys::rotate(database, &pepper(), id, overlap, now, &SystemEntropy).await?.key)
}

async fn set_max_age(
    database: &Database,
    tenant: TenantId,
    days: u32,
    now: Timestamp,
) -> Result<(Tenant, Vec<ApiKey>), Error> {
    let change = KeyRulesChange { max_age_days: Some(days), ..KeyRulesChange::default() };
    tenants::set_key_rules(database, tenant, change, now).await
}

fn days(events: &[Event]) -> Vec<i64> {
    events.iter().filter_map(|event| event.details["days"].as_i64()).collect()
}

on_both_engines! {
    async fn a_tenant_lowers_the_maximum_age_and_never_raises_it_over_ninety_days(engine: Engine) {
        let test_db = TestDb::control(engine).await;
        let database = test_db.open_control().await;
        let (tenant, app) = application(&database, "a").await;
        for refused in [0, 91, u32::MAX] {
            assert!(matches!(set_max_age(&database, tenant, refused, start()).await, Err(Error::Refused(_))));
        }
        assert_eq!(set_max_age(&database, tenant, 7, start()).await.unwrap().0.key_rules.max_age_days, 7);
        let refused = issue(&database, app, Some(Duration::days(8)), start()).await;
        assert!(matches!(refused, Err(Error::Refused(reason)) if reason.contains("1 to 7 days")));
        let longest = issue(&database, app, None, start()).await.unwrap();
        assert_eq!(longest.expires_at, Some(start() + Duration::days(7)));
        let (_, other) = application(&database, "b").await;
        let ninety = issue(&database, other, None, start()).await.unwrap();
        assert_eq!(ninety.expires_at, Some(start() + Duration::days(90)));
    }

    async fn a_lower_maximum_age_shortens_the_keys_that_there_are(engine: Engine) {
        let test_db = TestDb::control(engine).await;
        let database = test_db.open_control().await;
        let (tenant, app) = application(&database, "a").await;
        let (_, other) = application(&database, "b").await;
        let old = issue(&database, app, None, start()).await.unwrap();
        let now = start() + Duration::days(30);
        let young = issue(&database, app, None, now).await.unwrap();
        let short = issue(&database, app, Some(Duration::days(2)), now).await.unwrap();
        let revoked = issue(&database, app, None, now).await.unwrap();
        keys::revoke(&database, &revoked.id, now).await.unwrap();
        let foreign = issue(&database, other, None, now).await.unwrap();

        let (_, shortened) = set_max_age(&database, tenant, 10, now).await.unwrap();
        let listed = keys::list(&database, None).await.unwrap();
        let end = |key: &ApiKey| listed.iter().find(|listed| listed.id == key.id).unwrap().expires_at;
        assert_eq!(end(&old), Some(start() + Duration::days(10)));
        assert_eq!(end(&young), Some(now + Duration::days(10)));
        for unchanged in [&short, &revoked, &foreign] {
            assert_eq!(end(unchanged), unchanged.expires_at);
        }
        assert_eq!(shortened.len(), 2);
        for key in &shortened {
            assert!(listed.contains(key));
        }
        let mut events = key_events::list(&database, Some(tenant), None).await.unwrap();
        events.retain(|event| !matches!(event.kind, Kind::Issued | Kind::Revoked));
        assert_eq!(events.len(), 2);
        assert!(events.iter().all(|event| event.kind == Kind::Shortened));
        // Raised again, it gives nothing back.
        set_max_age(&database, tenant, 90, now).await.unwrap();
        assert_eq!(keys::list(&database, None).await.unwrap(), listed);
    }

    async fn each_reminder_is_said_once(engine: Engine) {
        let test_db = TestDb::control(engine).await;
        let database = test_db.open_control().await;
        let (_, app) = application(&database, "a").await;
        let key = issue(&database, app, None, start()).await.unwrap();
        let end = key.expires_at.unwrap();
        let mut said = Vec::new();
        for hours_left in [24 * 31, 24 * 30, 24 * 29, 24 * 20, 24 * 11, 24 * 10, 25, 24, 1, 0, -1] {
            for _ in 0..2 {
                let now = end - Duration::hours(hours_left);
                let events = reminders::remind(&database, now).await.unwrap();
                said.extend(days(&events).into_iter().map(|days| (hours_left, days)));
            }
        }
        assert_eq!(said, [(24 * 30, 30), (24 * 20, 20), (24 * 10, 10), (24, 1)]);
        let recorded = key_events::list(&database, None, Some(&key.id)).await.unwrap();
        assert_eq!(days(&recorded), [30, 20, 10, 1]);
    }

    async fn after_a_pause_only_the_nearest_reminder_is_said(engine: Engine) {
        let test_db = TestDb::control(engine).await;
        let database = test_db.open_control().await;
        let (_, app) = application(&database, "a").await;
        let key = issue(&database, app, None, start()).await.unwrap();
        let now = key.expires_at.unwrap() - Duration::days(5);
        assert_eq!(days(&reminders::remind(&database, now).await.unwrap()), [10]);
    }

    async fn keys_that_end_soon_by_intention_or_no_longer_work_are_not_reminded_of(engine: Engine) {
        let test_db = TestDb::control(engine).await;
        let database = test_db.open_control().await;
        let (_, app) = application(&database, "a").await;
        let brief = issue(&database, app, Some(Duration::days(10)), start()).await.unwrap();
        let revoked = issue(&database, app, Some(Duration::days(60)), start()).await.unwrap();
        keys::revoke(&database, &revoked.id, start()).await.unwrap();
        assert_eq!(reminders::remind(&database, start() + Duration::hours(1)).await.unwrap(), []);
        assert_eq!(reminders::remind(&database, start() + Duration::days(55)).await.unwrap(), []);
        let last_day = reminders::remind(&database, brief.expires_at.unwrap() - Duration::HOUR).await.unwrap();
        assert_eq!(days(&last_day), [1]);
    }
}

/// One step in the life of a tenant's keys.
#[derive(Clone, Copy, Debug)]
enum Step {
    Rotate { overlap_hours: i64 },
    Lower { days: u32 },
    Wait { hours: i64 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0_i64..=168).prop_map(|overlap_hours| Step::Rotate { overlap_hours }),
        1 => (1_u32..=90).prop_map(|days| Step::Lower { days }),
        3 => (0_i64..400).prop_map(|hours| Step::Wait { hours }),
    ]
}

/// Walks through `steps`, and returns the most that the chain of keys may live for, with all of its keys.
async fn chain(lifetime_days: i64, steps: &[Step]) -> (Timestamp, Vec<ApiKey>) {
    let test_db = TestDb::control(testkit::test_db::Engine::Sqlite).await;
    let database = test_db.open_control().await;
    let (tenant, app) = application(&database, "a").await;
    let first = issue(&database, app, Some(Duration::days(lifetime_days)), start()).await.unwrap();
    let (mut now, mut cap, mut newest) = (start(), first.expires_at.unwrap(), first.id);
    for step in steps {
        match *step {
            Step::Wait { hours } => now += Duration::hours(hours),
            Step::Lower { days } => {
                set_max_age(&database, tenant, days, now).await.unwrap();
                cap = cap.min(start() + Duration::days(days.into()));
            }
            Step::Rotate { overlap_hours } => match rotate(&database, &newest, overlap_hours, now).await {
                Ok(successor) => newest = successor.id,
                Err(_) => assert!(now >= cap, "only what has ended can't be rotated"),
            },
        }
    }
    (cap, keys::list(&database, None).await.unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_chain_of_rotations_outlives_what_was_granted(
        lifetime_days in 1_i64..=90, steps in prop::collection::vec(step(), 1..12),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (cap, keys) = runtime.block_on(chain(lifetime_days, &steps));
        for key in keys {
            prop_assert!(key.expires_at.is_some_and(|end| end <= cap), "{:?} {}", key, cap);
            prop_assert_eq!(key.granted_at, start());
        }
    }
}
