//! What gateways report of keys, over their own door, and what becomes of it.

use control_db::{
    Database,
    events::{Event, Kind},
    keys::ApiKey,
};
use control_plane::{
    Error, applications, key_events,
    keys::{self, NewKey},
    reports,
    tenants::{self, KeyRulesChange},
};
use domain::{
    clock::from_unix,
    policy::Environment,
    report::{Leaked, Report, Seen},
    scope::Scopes,
};
use seal::{
    api_key::Pepper,
    entropy::SystemEntropy,
    pki::{API_NAME, GATEWAY_NAME},
};
use serde_json::json;
use testkit::{
    on_both_engines,
    test_db::{Engine, TestDb},
};

use crate::running::Running;

const NOW: i64 = 1_800_000_000;

/// Issues a key of a new tenant called `name`.
async fn key_of(database: &Database, name: &str, revoke_exposed: bool) -> ApiKey {
    let now = from_unix(NOW);
    let tenant = tenants::add(database, name, now, &SystemEntropy).await.unwrap();
    let change = KeyRulesChange { revoke_exposed: Some(revoke_exposed), ..KeyRulesChange::default() };
    tenants::set_key_rules(database, tenant.id, change, now).await.unwrap();
    let app = applications::add(database, tenant.id, "Web", now, &SystemEntropy).await.unwrap();
    let (environment, scopes) = (Environment::Live, Scopes::all());
    let new = NewKey { application: app.id, environment, scopes, lifetime: None, networks: Vec::new() };
    let pepper = Pepper::new(&[3; 32]).unwrap();
    keys::issue(database, &pepper, new, now, &SystemEntropy).await.unwrap().key
}

async fn stored(database: &Database, key: &ApiKey) -> ApiKey {
    let all = keys::list(database, Some(key.tenant)).await.unwrap();
    all.into_iter().find(|stored| stored.id == key.id).unwrap()
}

async fn events(database: &Database, key: &ApiKey) -> Vec<Event> {
    let mut all = key_events::list(database, None, Some(&key.id)).await.unwrap();
    all.retain(|event| !matches!(event.kind, Kind::Issued | Kind::Revoked));
    all
}

/// Returns why `key` was revoked, as its events say.
async fn causes(database: &Database, key: &ApiKey) -> Vec<serde_json::Value> {
    let mut all = key_events::list(database, None, Some(&key.id)).await.unwrap();
    all.retain(|event| event.kind == Kind::Revoked);
    all.into_iter().map(|event| event.details["cause"].clone()).collect()
}

fn seen(key: &ApiKey, at: i64) -> Seen {
    Seen { key: key.id.clone(), at }
}

fn leaked(key: &ApiKey, at: i64, source: &str) -> Leaked {
    Leaked { key: key.id.clone(), at, source: Some(source.to_owned()) }
}

on_both_engines! {
    async fn the_newest_use_is_kept_whatever_the_order_of_reports(engine: Engine) {
        let test_db = TestDb::control(engine).await;
        let database = test_db.open_control().await;
        let key = key_of(&database, "a", false).await;
        let other = key_of(&database, "b", false).await;
        let version = async || {
            let tx = control_db::Tx::snapshot(&database).await.unwrap();
            control_db::policy::version(&tx).await.unwrap()
        };
        let before = version().await;
        let now = from_unix(NOW + 600);
        for (at, newest) in [(60, 60), (180, 180), (120, 180), (6_000, 600)] {
            let mut used = vec![seen(&key, NOW + at)];
            used.push(Seen { key: "nobody".to_owned(), at: NOW });
            reports::take(&database, &Report { used, ..Report::default() }, now).await.unwrap();
            let expected = Some(from_unix(NOW + newest));
            assert_eq!(stored(&database, &key).await.last_used_at, expected);
        }
        assert_eq!(stored(&database, &other).await.last_used_at, None);
        assert_eq!(version().await, before, "gateways need not hear of a use");
        assert_eq!(events(&database, &key).await, []);
    }

    async fn an_exposed_key_is_flagged_once_and_revoked_where_the_tenant_wants_it(engine: Engine) {
        let test_db = TestDb::control(engine).await;
        let database = test_db.open_control().await;
        let lenient = key_of(&database, "a", false).await;
        let strict = key_of(&database, "b", true).await;
        for at in [10, 20] {
            let exposed = vec![seen(&lenient, NOW + at), seen(&strict, NOW + at)];
            let report = Report { exposed, ..Report::default() };
            reports::take(&database, &report, from_unix(NOW + 60)).await.unwrap();
        }
        let at = from_unix(NOW + 10);
        for (key, revoked) in [(&lenient, false), (&strict, true)] {
            let stored = stored(&database, key).await;
            assert_eq!((stored.exposed_at, stored.revoked_at), (Some(at), revoked.then_some(at)));
            assert!(stored.policy().exposed);
            let events = events(&database, key).await;
            assert_eq!((events.len(), events[0].kind, events[0].at), (1, Kind::Exposed, at));
            assert_eq!(events[0].details, json!({ "seen_in": "url", "revoked": revoked }));
            assert_eq!(causes(&database, key).await, vec![json!("exposed"); usize::from(revoked)]);
        }
    }

    async fn a_successor_of_an_exposed_key_is_not_exposed(engine: Engine) {
        let test_db = TestDb::control(engine).await;
        let database = test_db.open_control().await;
        let key = key_of(&database, "a", false).await;
        let report = Report { exposed: vec![seen(&key, NOW)], ..Report::default() };
        reports::take(&database, &report, from_unix(NOW)).await.unwrap();
        let pepper = Pepper::new(&[3; 32]).unwrap();
        let rotated =
            keys::rotate(&database, &pepper, &key.id, time::Duration::ZERO, from_unix(NOW), &SystemEntropy).await;
        assert_eq!(rotated.unwrap().key.exposed_at, None);
    }

    async fn a_leaked_key_is_revoked_and_its_source_recorded_once(engine: Engine) {
        let test_db = TestDb::control(engine).await;
        let database = test_db.open_control().await;
        let key = key_of(&database, "a", false).await;
        let revoked_before = key_of(&database, "b", false).await;
        keys::revoke(&database, &revoked_before.id, from_unix(NOW)).await.unwrap();
        for (at, source) in [(5, "https://a.example/"), (6, "https://b.example/")] {
            let leaked = vec![leaked(&key, NOW + at, source), leaked(&revoked_before, NOW + at, source)];
            let report = Report { leaked, ..Report::default() };
            reports::take(&database, &report, from_unix(NOW + 60)).await.unwrap();
        }
        for (key, at, worked) in [(&key, 5, true), (&revoked_before, 0, false)] {
            assert_eq!(stored(&database, key).await.revoked_at, Some(from_unix(NOW + at)));
            let events = events(&database, key).await;
            assert_eq!((events.len(), events[0].kind), (1, Kind::LeakReported));
            assert_eq!(events[0].details, json!({ "source": "https://a.example/", "revoked": worked }));
            let cause = if worked { "leak-reported" } else { "command" };
            assert_eq!(causes(&database, key).await, [json!(cause)]);
        }
    }

    async fn a_key_that_this_database_does_not_know_spoils_no_report(engine: Engine) {
        let test_db = TestDb::control(engine).await;
        let database = test_db.open_control().await;
        let key = key_of(&database, "a", false).await;
        let mut stranger = key.clone();
        stranger.id = "stranger".to_owned();
        let report = Report {
            used: vec![seen(&stranger, NOW), seen(&key, NOW)],
            exposed: vec![seen(&stranger, NOW), seen(&key, NOW)],
            leaked: vec![leaked(&stranger, NOW, "https://a.example/"), leaked(&key, NOW, "https://a.example/")],
        };
        reports::take(&database, &report, from_unix(NOW)).await.unwrap();
        let stored = stored(&database, &key).await;
        assert!(stored.exposed_at.is_some() && stored.revoked_at.is_some() && stored.last_used_at.is_some());
    }
}

#[tokio::test]
async fn a_report_beyond_its_bounds_is_refused() {
    let test_db = TestDb::control(Engine::Sqlite).await;
    let database = test_db.open_control().await;
    let key = key_of(&database, "a", false).await;
    let long = "x".repeat(Report::LONGEST_SOURCE + 1);
    for report in [
        Report { used: vec![seen(&key, NOW); Report::MOST_USED + 1], ..Report::default() },
        Report { exposed: vec![seen(&key, NOW); Report::MOST_EXPOSED + 1], ..Report::default() },
        Report { leaked: vec![leaked(&key, NOW, "x"); Report::MOST_LEAKED + 1], ..Report::default() },
        Report { leaked: vec![leaked(&key, NOW, &long)], ..Report::default() },
    ] {
        let refused = reports::take(&database, &report, from_unix(NOW)).await;
        assert!(matches!(refused, Err(Error::Refused(_))));
    }
    let largest = Report { used: vec![seen(&key, NOW); Report::MOST_USED], ..Report::default() };
    reports::take(&database, &largest, from_unix(NOW)).await.unwrap();
}

#[tokio::test]
async fn only_the_gateway_reports() {
    let running = Running::start(Engine::Sqlite).await;
    let key = key_of(&running.database, "a", false).await;
    let report = Report { used: vec![seen(&key, NOW)], ..Report::default() };
    let url = format!("https://{}/reports", running.feed);
    for name in [None, Some(API_NAME)] {
        assert!(running.client(name).post(&url).json(&report).send().await.is_err(), "{name:?}");
    }
    assert_eq!(stored(&running.database, &key).await.last_used_at, None);
    let gateway = running.client(Some(GATEWAY_NAME));
    assert_eq!(gateway.post(&url).json(&report).send().await.unwrap().status(), 204);
    assert_eq!(stored(&running.database, &key).await.last_used_at, Some(from_unix(NOW)));
    let unknown = json!({ "used": [], "secrets": [] });
    assert_eq!(gateway.post(&url).json(&unknown).send().await.unwrap().status(), 422);
    let public = format!("https://{}/reports", running.pages);
    assert_eq!(running.client(None).post(public).json(&report).send().await.unwrap().status(), 404);
}
