//! What becomes of a key in use: its end and its exposure are told, its use is reported, its networks are kept to.

use std::time::Duration;

use domain::scope::Scopes;
use http_body_util::Full;

use crate::harness::{NOW, PLENTY, World, within};

const DAY: i64 = 24 * 60 * 60;

#[tokio::test]
async fn every_answer_to_a_key_that_ends_soon_says_when() {
    let world = World::new().await;
    let tenant = world.tenant(PLENTY, PLENTY);
    let poor = world.key(tenant, Scopes::none());
    let lasting = world.key(tenant, Scopes::none());
    {
        let keys = &mut world.policy.lock().unwrap().keys;
        keys[0].expires_at = Some(NOW + 15 * DAY);
        keys[1].expires_at = Some(NOW + 90 * DAY);
    }
    let served = world.start().await;
    let ends = async |target, key| {
        let answer = served.client.get(target, key).await;
        (answer.status.as_u16(), answer.header("api-key-expires-at").to_owned())
    };
    assert_eq!(ends("/api/v1/me", &poor).await, (200, String::new()));
    world.clock.advance(DAY);
    let end = "2027-01-30T08:00:00Z".to_owned();
    assert_eq!(ends("/api/v1/me", &poor).await, (200, end.clone()));
    assert_eq!(ends("/api/v1/usage", &poor).await, (403, end.clone()));
    assert_eq!(ends("/api/v1/me", &lasting).await, (200, String::new()));
    world.clock.advance(14 * DAY - 1);
    assert_eq!(ends("/api/v1/me", &poor).await, (200, end));
    world.clock.advance(1);
    assert_eq!(ends("/api/v1/me", &poor).await.0, 401);
}

#[tokio::test]
async fn the_last_use_of_a_key_is_reported_to_the_minute() {
    let mut world = World::new().await;
    world.change = Box::new(|config| config.report_every = Duration::from_millis(20));
    let (served, key) = world.start_with_key().await;
    let tenant = world.policy.lock().unwrap().tenants[0].id;
    let unused = world.key(tenant, Scopes::all());
    world.clock.advance(61);
    for _ in 0..3 {
        served.client.get("/api/v1/me", &key).await;
    }
    let of_key = |id: &str, at| {
        let id = id.to_owned();
        move |report: &domain::report::Report| {
            report.used.iter().any(|seen| seen.key == id && seen.at == at).then_some(())
        }
    };
    world.feed.reported(of_key(key.id(), NOW + 60)).await;
    world.clock.advance(60);
    served.client.get("/api/v1/me", &key).await;
    world.feed.reported(of_key(key.id(), NOW + 120)).await;
    let reports = world.feed.reports.lock().unwrap();
    assert_eq!(reports.iter().map(|report| report.used.len()).sum::<usize>(), 2);
    assert!(reports.iter().all(|report| report.used.iter().all(|seen| seen.key != unused.id())));
}

#[tokio::test]
async fn uses_are_reported_once_the_control_plane_is_back_and_no_request_waits_for_it() {
    let mut world = World::new().await;
    world.change = Box::new(|config| config.report_every = Duration::from_millis(20));
    let (served, key) = world.start_with_key().await;
    world.stop_feed().await;
    for _ in 0..3 {
        world.clock.advance(60);
        assert_eq!(served.client.get("/api/v1/me", &key).await.status, 200);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    world.start_feed().await;
    let at = world.feed.reported(|report| report.used.first().map(|seen| seen.at)).await;
    assert_eq!(at, NOW + 180, "of several uses the newest is reported");
}

#[tokio::test]
async fn what_was_seen_last_is_reported_before_the_gateway_ends() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    assert_eq!(served.client.get("/api/v1/me", &key).await.status, 200);
    within(served.running.stop()).await;
    let reports = world.feed.reports.lock().unwrap();
    assert!(reports.iter().any(|report| report.used.iter().any(|seen| seen.key == key.id())), "{reports:?}");
}

#[tokio::test]
async fn a_genuine_key_in_a_url_is_reported_and_its_answers_say_so_once_it_is_flagged() {
    let mut world = World::new().await;
    world.change = Box::new(|config| config.requests.unidentified.requests = 10_000);
    let (served, key) = world.start_with_key().await;
    let stranger = domain::policy::Environment::Live;
    let stranger = seal::api_key::PlainKey::generate(stranger, &seal::entropy::SystemEntropy);
    let mut forged = key.reveal().to_owned();
    let replaced = if forged.ends_with('0') { "1" } else { "0" };
    forged.replace_range(forged.len() - 1.., replaced);
    for text in [stranger.reveal(), &forged, key.id()] {
        let target = format!("/api/v1/me?key={text}");
        let request = served.client.request("GET", &target, None).body(Full::default()).unwrap();
        assert!(served.client.send(request).await.status.is_client_error());
    }
    let hidden = key.reveal().replace("anp", "%61np");
    let request = served.client.request("GET", &format!("/api/v1/{hidden}"), None);
    let refused = served.client.send(request.body(Full::default()).unwrap()).await;
    assert_eq!(refused.problem().1, "key-in-url");
    let exposed = world.feed.reported(|report| report.exposed.first().cloned()).await;
    assert_eq!((exposed.key.as_str(), exposed.at), (key.id(), NOW));
    assert_eq!(
        world.feed.reports.lock().unwrap().iter().map(|report| report.exposed.len()).sum::<usize>(),
        1
    );

    assert_eq!(served.client.get("/api/v1/me", &key).await.header("api-key-exposed"), "");
    let version = world.publish(|policy| policy.keys[0].exposed = true);
    let mut readiness = served.readiness.clone();
    within(readiness.wait_for(version)).await;
    assert_eq!(served.client.get("/api/v1/me", &key).await.header("api-key-exposed"), "true");
}

#[tokio::test]
async fn a_key_is_refused_outside_its_networks_and_that_is_told_to_its_holder_only() {
    let world = World::new().await;
    let tenant = world.tenant(PLENTY, PLENTY);
    let [inside, outside, forged] = [(); 3].map(|()| world.key(tenant, Scopes::all()));
    {
        let keys = &mut world.policy.lock().unwrap().keys;
        keys[0].networks = vec!["127.0.0.0/8".parse().unwrap()];
        keys[1].networks = vec!["203.0.113.0/24".parse().unwrap(), "::1/128".parse().unwrap()];
        keys[2].networks = keys[1].networks.clone();
        keys[2].hash = keys[1].hash.clone();
    }
    let served = world.start().await;
    assert_eq!(served.client.get("/api/v1/me", &inside).await.status, 200);
    let refused = served.client.get("/api/v1/me", &outside).await;
    assert_eq!(refused.problem(), (403, "network-not-allowed".to_owned()));
    let text = String::from_utf8_lossy(&refused.body);
    assert!(!text.contains("203.0.113") && !text.contains(outside.id()), "{text}");
    // What a client says of itself is not believed.
    let claimed = served.client.request("GET", "/api/v1/me", Some(&outside));
    let claimed = claimed.header("x-forwarded-for", "203.0.113.7").header("forwarded", "for=203.0.113.7");
    let claimed = served.client.send(claimed.body(Full::default()).unwrap()).await;
    assert_eq!(claimed.problem().1, "network-not-allowed");
    assert_eq!(served.client.get("/api/v1/me", &forged).await.problem(), (401, "key-invalid".to_owned()));
    assert_eq!(world.api.take().len(), 1);
}
