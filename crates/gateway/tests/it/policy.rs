//! Which policies are taken, and what happens without one (feature 12, threat A7).

use std::{
    fs,
    time::{Duration, Instant},
};

use domain::{
    policy::{PolicySnapshot, TenantState},
    scope::Scopes,
};
use seal::{
    api_key::PlainKey,
    entropy::SystemEntropy,
    pki::{self, Authority, Usage},
    token::SigningKey,
};
use serve::clock::SystemClock;

use domain::clock::Clock as _;

use crate::harness::{PLENTY, Served, World, issue, mode_of, once_within_a_second, within};

async fn status(served: &Served, key: &PlainKey) -> u16 {
    served.client.get("/api/v1/me", key).await.status.as_u16()
}

/// Gives the gateway time to take what it should not take.
async fn a_moment() {
    tokio::time::sleep(Duration::from_millis(700)).await;
}

#[tokio::test]
async fn the_gateway_is_closed_until_it_has_a_policy() {
    let world = World::new().await;
    let tenant = world.tenant(PLENTY, PLENTY);
    let key = world.key(tenant, Scopes::all());
    let mut served = world.start_closed().await;
    assert_eq!(served.readiness.policy_version(), None);
    let answer = served.client.get("/api/v1/me", &key).await;
    assert_eq!(answer.problem(), (503, "overloaded".to_owned()));
    assert_eq!(answer.header("retry-after"), "1");
    assert!(world.api.take().is_empty());
    let version = world.publish(|_| {});
    within(served.readiness.wait_for(version)).await;
    assert_eq!(status(&served, &key).await, 200);
}

#[tokio::test]
async fn with_the_control_plane_down_the_gateway_serves_also_after_a_restart() {
    let mut world = World::new().await;
    let (served, key) = world.start_with_key().await;
    world.stop_feed().await;
    assert_eq!(status(&served, &key).await, 200);
    wait_for_file(&world).await;
    served.running.stop().await;
    assert_eq!(mode_of(&world.path("policy.token")), 0o600);
    let again = world.start_closed().await;
    assert_eq!(again.readiness.policy_version(), Some(world.policy.lock().unwrap().version));
    assert_eq!(status(&again, &key).await, 200);
}

#[tokio::test]
async fn a_key_revoked_while_the_control_plane_was_down_stops_within_a_second_of_its_return() {
    let mut world = World::new().await;
    let (served, key) = world.start_with_key().await;
    world.stop_feed().await;
    once_within_a_second(async || {
        world.publish(|policy| policy.keys[0].revoked = false);
        world.start_feed().await;
        within(async { while status(&served, &key).await != 200 {} }).await;
        world.stop_feed().await;
        // Long enough for the pause between two tries to be at its longest.
        tokio::time::sleep(Duration::from_secs(3)).await;
        world.publish(|policy| policy.keys[0].revoked = true);
        assert_eq!(status(&served, &key).await, 200);
        world.start_feed().await;
        let since = Instant::now();
        within(async { while status(&served, &key).await == 200 {} }).await;
        let taken = since.elapsed();
        world.stop_feed().await;
        taken
    })
    .await;
}

#[tokio::test]
async fn a_tampered_policy_on_disk_is_refused_until_the_control_plane_delivers() {
    let mut world = World::new().await;
    let (served, key) = world.start_with_key().await;
    wait_for_file(&world).await;
    served.running.stop().await;
    world.stop_feed().await;
    let good = fs::read_to_string(world.path("policy.token")).unwrap();
    let pages: Vec<_> = fs::read_dir(world.path("policy.token.pages")).unwrap().collect();
    assert_eq!(pages.len(), 2);
    for page in pages {
        let page = page.unwrap().path();
        let content = fs::read_to_string(&page).unwrap();
        for bad in [Some(content.replace("false", "true ").replace("100000", "900000")), None] {
            match &bad {
                Some(bad) => fs::write(&page, bad).unwrap(),
                None => fs::remove_file(&page).unwrap(),
            }
            let served = world.start_closed().await;
            assert_eq!(served.readiness.policy_version(), None);
            assert_eq!(status(&served, &key).await, 503, "{bad:?}");
            served.running.stop().await;
        }
        fs::write(&page, content).unwrap();
    }
    let payload_changed = {
        let mut parts: Vec<_> = good.split('.').map(str::to_owned).collect();
        let json = data_encoding::BASE64URL_NOPAD.decode(parts[1].as_bytes()).unwrap();
        let json = String::from_utf8(json).unwrap().replace("\"version\":", "\"version\":9");
        parts[1] = data_encoding::BASE64URL_NOPAD.encode(json.as_bytes());
        parts.join(".")
    };
    let unsigned = good.rsplit_once('.').unwrap().0.to_owned() + ".";
    let truncated = good[..good.len() - 1].to_owned();
    for bad in [payload_changed, unsigned, truncated, String::new(), "\u{0}\u{1}".to_owned()] {
        fs::write(world.path("policy.token"), &bad).unwrap();
        let served = world.start_closed().await;
        assert_eq!(served.readiness.policy_version(), None);
        assert_eq!(status(&served, &key).await, 503, "{bad}");
        served.running.stop().await;
    }
    world.start_feed().await;
    let mut served = world.start_closed().await;
    within(served.readiness.wait_for(1)).await;
    assert_eq!(status(&served, &key).await, 200);
}

#[tokio::test]
async fn an_older_policy_is_refused_also_after_a_restart() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    let older = world.policy.lock().unwrap().clone();
    let version = world.publish(|policy| policy.keys[0].revoked = true);
    let mut served = served;
    within(served.readiness.wait_for(version)).await;
    // A stolen older token, announced as if it were newer.
    world.feed.publish_raw(version + 10, world.feed.sign(&older));
    a_moment().await;
    assert_eq!(served.readiness.policy_version(), Some(version));
    assert_eq!(status(&served, &key).await, 401);
    served.running.stop().await;
    let again = world.start_closed().await;
    a_moment().await;
    assert_eq!(again.readiness.policy_version(), Some(version));
    assert_eq!(status(&again, &key).await, 401);
}

#[tokio::test]
async fn the_control_plane_is_told_which_policy_is_held_and_people_when_it_was_confirmed() {
    let mut world = World::new().await;
    let (served, key) = world.start_with_key().await;
    let told = || world.feed.held.lock().unwrap().clone();
    let expected = format!("\"{}\"", seal::policy::divide(&world.policy.lock().unwrap()).0.fingerprint());
    within(async {
        while told().as_ref() != Some(&expected) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    assert_eq!(served.readiness.confirmed_at(), Some(world.clock.now()));
    wait_for_file(&world).await;
    served.running.stop().await;
    world.stop_feed().await;
    // Started anew without the control plane: what is on disk is as old as it is.
    world.clock.advance(1_000);
    let served = world.start_closed().await;
    let age = world.clock.now() - served.readiness.confirmed_at().unwrap();
    assert_eq!(age, time::Duration::seconds(1_000));
    assert_eq!(status(&served, &key).await, 200);
}

#[tokio::test]
async fn unsigned_foreign_and_contradictory_policies_change_nothing() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    let mut newer = world.policy.lock().unwrap().clone();
    newer.version += 5;
    let foreign = SigningKey::from_seed(&*SigningKey::new_seed(&SystemEntropy)).unwrap();
    let signed = |change: &dyn Fn(&mut PolicySnapshot)| {
        let mut policy = newer.clone();
        change(&mut policy);
        world.feed.sign(&policy)
    };
    let good = signed(&|_| {});
    let held = served.readiness.policy_version();
    for (what, token) in [
        ("foreign signature", seal::policy::divide(&newer).0.sign(&foreign)),
        ("unsigned", good.rsplit_once('.').unwrap().0.to_owned()),
        ("truncated", good[..good.len() / 2].to_owned()),
        ("empty", String::new()),
        ("unknown tenant", signed(&|policy| policy.tenants.clear())),
        ("tenant twice", signed(&|policy| policy.tenants.push(policy.tenants[0].clone()))),
        ("key twice", signed(&|policy| policy.keys.push(policy.keys[0].clone()))),
        ("unreadable hash", signed(&|policy| policy.keys[0].hash = "x".to_owned())),
        ("window of no length", signed(&|policy| policy.tenants[0].key_limit.window_seconds = 0)),
    ] {
        world.feed.publish_raw(newer.version, token);
        a_moment().await;
        assert_eq!(served.readiness.policy_version(), held, "{what}");
        assert_eq!(status(&served, &key).await, 200, "{what}");
    }
    // And the good one is taken: it was not something else that kept the others out.
    world.feed.publish_raw(newer.version, good);
    let mut readiness = served.readiness.clone();
    within(readiness.wait_for(newer.version)).await;
}

#[tokio::test]
async fn of_a_change_only_the_page_with_the_change_is_fetched() {
    let world = World::new().await;
    let tenant = world.tenant(PLENTY, PLENTY);
    let keys: Vec<_> = (0..2_000).map(|_| world.key(tenant, Scopes::all())).collect();
    let mut served = world.start_closed().await;
    let version = world.publish(|_| {});
    within(served.readiness.wait_for(version)).await;
    let fetched = || world.feed.pages_asked.lock().unwrap().len();
    assert_eq!(fetched(), 1 + 4);
    let (revoked, other) = (&keys[0], &keys[1]);
    let version = world.publish(|policy| policy.keys[0].revoked = true);
    within(served.readiness.wait_for(version)).await;
    assert_eq!(fetched(), 1 + 4 + 1);
    assert_eq!((status(&served, revoked).await, status(&served, other).await), (401, 200));
    let version = world.publish(|policy| policy.tenants[0].state = TenantState::Suspended);
    within(served.readiness.wait_for(version)).await;
    assert_eq!(fetched(), 1 + 4 + 1 + 1);
    assert_eq!(status(&served, other).await, 403);
    // And what is on disk is whole.
    within(async {
        while fs::read_dir(world.path("policy.token.pages")).unwrap().count() != 1 + 4 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    served.running.stop().await;
    let again = world.start_closed().await;
    assert_eq!(again.readiness.policy_version(), Some(version));
}

#[tokio::test]
async fn what_was_fetched_before_the_fetching_broke_off_is_not_fetched_again() {
    let world = World::new().await;
    let tenant = world.tenant(PLENTY, PLENTY);
    let keys: Vec<_> = (0..2_000).map(|_| world.key(tenant, Scopes::all())).collect();
    let fetched = || world.feed.pages_asked.lock().unwrap().len();
    let mut served = world.start_closed().await;
    let (index, _) = seal::policy::divide(&world.policy.lock().unwrap());
    let last = index.keys.last().unwrap().to_string();
    // Tried in vain for a while: the last page is not there.
    let mut policy = world.policy.lock().unwrap().clone();
    policy.version += 1;
    let token = world.feed.sign(&policy);
    let page = world.feed.pages.lock().unwrap().remove(&last).unwrap();
    world.feed.publish_raw(policy.version, token);
    within(async {
        while fetched() < 8 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    world.feed.pages.lock().unwrap().insert(last.clone(), page);
    within(served.readiness.wait_for(policy.version)).await;
    assert_eq!(status(&served, &keys[0]).await, 200);
    let mut asked = world.feed.pages_asked.lock().unwrap().clone();
    asked.retain(|name| *name != last);
    asked.sort_unstable();
    let times = asked.len();
    asked.dedup();
    assert_eq!((times, asked.len()), (4, 4), "each of the others once");
}

#[tokio::test]
async fn a_policy_whose_pages_are_not_there_or_not_in_place_changes_nothing() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    let held = served.readiness.policy_version();
    let newer = {
        let mut policy = world.policy.lock().unwrap();
        policy.version += 5;
        policy.keys[0].exposed = true;
        policy.clone()
    };
    let (index, pages) = seal::policy::divide(&newer);
    // Pages that nobody has, now or later.
    let nowhere = {
        let mut policy = newer.clone();
        policy.keys[0].revoked = true;
        seal::policy::divide(&policy).0
    };
    let publish = |index: &seal::policy::Index| {
        world.feed.publish_raw(index.version, index.sign(world.feed.signer()));
    };
    let doubled = [index.keys.clone(), index.keys.clone()].concat();
    let tenants_as_keys = index.tenants.clone();
    let pages = pages.iter().map(|page| (page.digest.to_string(), page.json.clone()));
    world.feed.pages.lock().unwrap().extend(pages);
    for (what, changed) in [
        ("nowhere", nowhere),
        ("no pages", seal::policy::Index { keys: Vec::new(), ..index.clone() }),
        ("three pages", seal::policy::Index { keys: vec![index.keys[0]; 3], ..index.clone() }),
        ("page twice", seal::policy::Index { keys: doubled, ..index.clone() }),
        ("tenants for keys", seal::policy::Index { keys: tenants_as_keys, ..index.clone() }),
    ] {
        publish(&changed);
        a_moment().await;
        assert_eq!(served.readiness.policy_version(), held, "{what}");
        assert_eq!(status(&served, &key).await, 200, "{what}");
    }
    publish(&index);
    let mut readiness = served.readiness.clone();
    within(readiness.wait_for(index.version)).await;
}

#[tokio::test]
async fn a_refused_policy_is_not_asked_for_in_a_busy_loop() {
    let world = World::new().await;
    let (_served, _) = world.start_with_key().await;
    world.feed.publish_raw(99, "garbage".to_owned());
    a_moment().await;
    let before = world.feed.served.load(std::sync::atomic::Ordering::SeqCst);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let asked = world.feed.served.load(std::sync::atomic::Ordering::SeqCst) - before;
    assert!((3..=12).contains(&asked), "{asked} times in two seconds");
}

#[tokio::test]
async fn a_control_plane_of_another_authority_or_name_is_not_believed() {
    let mut world = World::new().await;
    world.stop_feed().await;
    let (foreign, _) = Authority::generate(SystemClock.now()).unwrap();
    let own = std::mem::replace(&mut world.authority, foreign);
    world.start_feed().await;
    world.publish(|_| {});
    let served = world.start_closed().await;
    a_moment().await;
    assert_eq!(served.readiness.policy_version(), None);
    assert_eq!(world.feed.served.load(std::sync::atomic::Ordering::SeqCst), 0);
    world.stop_feed().await;
    world.authority = own;
    let api = issue(&world.authority, &[pki::API_NAME], Usage::Server);
    world.start_feed_with(&api).await;
    a_moment().await;
    assert_eq!(served.readiness.policy_version(), None);
    assert_eq!(world.feed.served.load(std::sync::atomic::Ordering::SeqCst), 0);
}

/// The file follows the switch by some milliseconds.
async fn wait_for_file(world: &World) {
    within(async {
        while !world.path("policy.token").exists() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}
