//! Tenants, applications and the life of keys.

use control_plane::{
    Error, applications,
    keys::{self, NewKey},
    networks, tenants,
};
use domain::{
    clock::from_unix,
    ids::{ApplicationId, TenantId},
    policy::{Environment, TenantState},
    scope::{Scope, Scopes},
};
use seal::{
    api_key::{KeyHash, Pepper},
    entropy::SystemEntropy,
};
use testkit::{on_both_engines, test_db::TestDb};
use time::Duration;

const NOW: i64 = 1_800_000_000;

fn pepper() -> Pepper {
    Pepper::new(&[3; 32]).unwrap()
}

fn new_key(application: ApplicationId, lifetime: Duration) -> NewKey {
    let scopes: Scopes = [Scope::UsageRead].into_iter().collect();
    NewKey {
        application,
        environment: Environment::Test,
        scopes,
        lifetime: Some(lifetime),
        networks: Vec::new(),
    }
}

async fn application(database: &control_db::Database) -> ApplicationId {
    let now = from_unix(NOW);
    let tenant = tenants::add(database, " Planner ", now, &SystemEntropy).await.unwrap();
    assert_eq!(tenant.name, "Planner");
    applications::add(database, tenant.id, "Web", now, &SystemEntropy).await.unwrap().id
}

on_both_engines! {
    async fn an_issued_key_is_stored_as_a_hash_only(engine: Engine) {
        let test_db = TestDb::control(engine).await;
        let database = test_db.open_control().await;
        let app = application(&database).await;
        let new = new_key(app, Duration::days(1));
        let issued = keys::issue(&database, &pepper(), new, from_unix(NOW), &SystemEntropy).await.unwrap();
        let stored = keys::list(&database, None).await.unwrap().remove(0);
        assert_eq!(stored, issued.key);
        assert!(pepper().matches(&issued.plain, &KeyHash::from_text(&stored.hash).unwrap()));
        let secret = issued.plain.reveal().split('_').nth(3).unwrap();
        assert!(!format!("{stored:?}").contains(secret));
    }

    async fn a_key_lives_no_longer_than_the_maximum_age(engine: Engine) {
        let test_db = TestDb::control(engine).await;
        let database = test_db.open_control().await;
        let app = application(&database).await;
        for lifetime in [Duration::ZERO, Duration::days(keys::MAX_AGE_DAYS.into()) + Duration::SECOND] {
            let refused =
                keys::issue(&database, &pepper(), new_key(app, lifetime), from_unix(NOW), &SystemEntropy).await;
            assert!(matches!(refused, Err(Error::Refused(_))), "{lifetime}");
        }
        assert_eq!(keys::list(&database, None).await.unwrap(), []);
    }

    async fn rotation_prolongs_nothing(engine: Engine) {
        let test_db = TestDb::control(engine).await;
        let database = test_db.open_control().await;
        let app = application(&database).await;
        let (now, pepper) = (from_unix(NOW), pepper());
        let new = new_key(app, Duration::hours(10));
        let first = keys::issue(&database, &pepper, new, now, &SystemEntropy).await.unwrap().key;
        let rotate = |id: String, hours, at| {
            let (database, pepper) = (database.clone(), pepper.clone());
            async move { keys::rotate(&database, &pepper, &id, Duration::hours(hours), at, &SystemEntropy).await }
        };
        let second = rotate(first.id.clone(), 2, now).await.unwrap().key;
        assert_eq!((second.scopes, second.expires_at), (first.scopes, first.expires_at));
        let again = rotate(first.id.clone(), 2, now).await;
        assert!(matches!(again, Err(Error::Refused(reason)) if reason.contains(&second.id)));
        let late = now + Duration::hours(9);
        let third = rotate(second.id.clone(), 100, late).await.unwrap().key;
        assert_eq!(third.expires_at, first.expires_at);
        let ends: Vec<_> = keys::list(&database, None)
            .await
            .unwrap()
            .iter()
            .map(|key| (key.id.clone(), key.expires_at))
            .collect();
        assert!(ends.contains(&(first.id.clone(), Some(now + Duration::hours(2)))));
        assert!(ends.contains(&(second.id, first.expires_at)), "an overlap must not outlive the key's own end");
        let after = rotate(third.id, 1, now + Duration::hours(11)).await;
        assert!(matches!(after, Err(Error::Refused(_))));
    }

    async fn a_key_is_held_to_networks_and_so_is_its_successor(engine: Engine) {
        let test_db = TestDb::control(engine).await;
        let database = test_db.open_control().await;
        let app = application(&database).await;
        let now = from_unix(NOW);
        let nets = |texts: &[&str]| -> Vec<_> { texts.iter().map(|text| networks::parse(text).unwrap()).collect() };
        let office = nets(&["2001:db8::/32", "203.0.113.0/24", "203.0.113.0/24"]);
        let new = NewKey { networks: office, ..new_key(app, Duration::days(1)) };
        let key = keys::issue(&database, &pepper(), new, now, &SystemEntropy).await.unwrap().key;
        assert_eq!(key.networks, nets(&["203.0.113.0/24", "2001:db8::/32"]));
        let successor = keys::rotate(&database, &pepper(), &key.id, Duration::HOUR, now, &SystemEntropy).await.unwrap().key;
        assert_eq!(successor.networks, key.networks);

        let home = nets(&["198.51.100.7"]);
        let restricted = keys::restrict(&database, &successor.id, home.clone(), now).await.unwrap();
        assert_eq!((&restricted.networks, &restricted.policy().networks), (&home, &home));
        let lifted = keys::restrict(&database, &successor.id, Vec::new(), now + Duration::SECOND).await.unwrap();
        assert_eq!(lifted.networks, []);
        let stored = keys::list(&database, None).await.unwrap();
        assert!(stored.contains(&lifted) && stored.iter().any(|stored| stored.networks == key.networks));
        let events = control_plane::key_events::list(&database, None, Some(&successor.id)).await.unwrap();
        let restricted = events.iter().filter(|event| event.kind == control_db::events::Kind::Restricted);
        let told: Vec<_> = restricted.map(|event| event.details["networks"].clone()).collect();
        assert_eq!(told, [serde_json::json!(["198.51.100.7/32"]), serde_json::json!([])]);

        let many = (0..33).map(|n| networks::parse(&format!("10.0.0.{n}")).unwrap()).collect();
        let refused = keys::restrict(&database, &key.id, many, now).await;
        assert!(matches!(refused, Err(Error::Refused(reason)) if reason.contains("32")));
        let nobody = keys::restrict(&database, "nobody", Vec::new(), now).await;
        assert!(matches!(nobody, Err(Error::NotFound("key"))));
        keys::revoke(&database, &successor.id, now).await.unwrap();
        let ended = keys::restrict(&database, &successor.id, Vec::new(), now).await;
        assert!(matches!(ended, Err(Error::Refused(_))), "who restricts a key that is revoked means another");
    }

    async fn what_is_not_there_is_named(engine: Engine) {
        let test_db = TestDb::control(engine).await;
        let database = test_db.open_control().await;
        let now = from_unix(NOW);
        let nobody = TenantId::new(now, &SystemEntropy);
        let app = ApplicationId::new(now, &SystemEntropy);
        let add = applications::add(&database, nobody, "Web", now, &SystemEntropy).await;
        assert!(matches!(add, Err(Error::NotFound("tenant"))));
        let suspend = tenants::set_state(&database, nobody, TenantState::Suspended, now).await;
        assert!(matches!(suspend, Err(Error::NotFound("tenant"))));
        let issue = keys::issue(&database, &pepper(), new_key(app, Duration::days(1)), now, &SystemEntropy).await;
        assert!(matches!(issue, Err(Error::NotFound("application"))));
        assert!(matches!(keys::revoke(&database, "nothing", now).await, Err(Error::NotFound("key"))));
    }

    async fn names_that_can_not_be_shown_are_refused(engine: Engine) {
        let test_db = TestDb::control(engine).await;
        let database = test_db.open_control().await;
        for name in ["", "  ", "a\nb", "\u{7}", &"x".repeat(101)] {
            let refused = tenants::add(&database, name, from_unix(NOW), &SystemEntropy).await;
            assert!(matches!(refused, Err(Error::Refused(_))), "{name:?}");
        }
    }
}
