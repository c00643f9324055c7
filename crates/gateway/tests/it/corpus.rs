//! The corpora of hostile requests and the floods, against a gateway of the test's own (threats A1 and D6).

use domain::{problem::Code, scope::Scopes};
use testkit::hostile::{
    Target,
    corpus::{self, Fill, SMUGGLED},
    flood::FLOODS,
    http2::{Connection, HEADERS, Outcome, block, frame, headers, plain},
};

use crate::harness::{PLENTY, Served, World, within};

const BODY: &str = "{\"name\":\"a\"}";

async fn gateway() -> (World, Served, Target, String) {
    let mut world = World::new().await;
    world.change = Box::new(|config| config.requests.unidentified.requests = 100_000);
    let (served, key) = world.start_with_key().await;
    let target = Target::new(served.running.address, "localhost", &world.authority_pem).unwrap();
    let key = key.reveal().to_owned();
    (world, served, target, key)
}

/// Says what arrived at the API application that must not.
fn smuggled(world: &World, what: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for arrived in world.api.take() {
        if arrived.target == SMUGGLED {
            wrong.push(format!("{what}: it was smuggled"));
        }
        if arrived.context.is_err() || !(arrived.body.is_empty() || arrived.body == BODY) {
            wrong.push(format!("{what}: it was changed: {:?}", arrived.body));
        }
        let passed_on = |name: &&str| arrived.headers.contains_key(*name);
        wrong.extend(
            NEVER_PASSED_ON.iter().filter(|name| passed_on(name)).map(|name| format!("{what}: {name}")),
        );
    }
    wrong
}

const NEVER_PASSED_ON: [&str; 6] =
    ["transfer-encoding", "transfer_encoding", "content_length", "connection", "upgrade", "http2-settings"];

#[tokio::test]
async fn no_attack_of_the_http1_corpus_is_served_or_smuggles() {
    let (world, _served, target, key) = gateway().await;
    let mut wrong = Vec::new();
    for attack in corpus::http1(Fill { key: &key, post: "/api/v1/things", body: BODY }) {
        wrong.extend(attack.replay(&target).await.unwrap());
        wrong.extend(smuggled(&world, attack.name));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn what_the_corpus_is_answered_tells_of_the_catalogue_and_nothing_else() {
    let (_world, _served, target, key) = gateway().await;
    let mut explained = 0;
    for attack in corpus::http1(Fill { key: &key, post: "/api/v1/things", body: BODY }) {
        for answer in attack.send(&target).await.unwrap().answers {
            let head = answer.head.to_ascii_lowercase();
            assert!(!head.contains("server:") && !head.contains("x-powered-by"), "{}: {head}", attack.name);
            // What can't be read at all is answered below us, without a word.
            if answer.status < 400 || answer.body.is_empty() {
                continue;
            }
            let problem: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
            assert!(head.contains("content-type: application/problem+json"), "{}: {head}", attack.name);
            let code = Code::ALL.into_iter().find(|code| problem["code"] == code.as_str()).unwrap();
            assert_eq!(
                (code.status(), problem["status"].as_u64()),
                (answer.status, Some(answer.status.into()))
            );
            let members: Vec<_> = problem.as_object().unwrap().keys().map(String::as_str).collect();
            let unknown = members.iter().find(|name| !MEMBERS.contains(*name));
            assert_eq!(unknown, None, "{}: {problem}", attack.name);
            explained += 1;
        }
    }
    assert!(explained > 60, "{explained}");
}

/// All that a problem may tell.
const MEMBERS: [&str; 8] = ["code", "detail", "errors", "instance", "retryable", "status", "title", "type"];

#[tokio::test]
async fn no_attack_of_the_http2_corpus_is_served_or_reaches_the_next_hop() {
    let (world, _served, target, key) = gateway().await;
    let mut wrong = Vec::new();
    for attack in corpus::http2(Fill { key: &key, post: "/api/v1/things", body: BODY }) {
        wrong.extend(attack.replay(&target).await.unwrap());
        wrong.extend(smuggled(&world, attack.name));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn floods_of_frames_end_their_own_connection_only() {
    let (world, served, target, key) = gateway().await;
    let other = world.key(world.tenant(PLENTY, PLENTY), Scopes::all());
    let mut readiness = served.readiness.clone();
    within(readiness.wait_for(world.publish(|_| {}))).await;
    for flood in FLOODS.iter().filter(|flood| flood.is_cut) {
        let flooded = flood.run(&target, &key, 100_000).await.unwrap();
        assert!(flooded.ended && flooded.sent < flooded.of, "{}: {flooded:?}", flood.name);
        assert_eq!(served.client.get("/api/v1/me", &other).await.status, 200, "{}", flood.name);
    }
}

#[tokio::test]
async fn an_http2_client_that_gives_no_leave_to_answer_is_cut() {
    let mut world = World::new().await;
    world.change = Box::new(|config| config.connections.stall = std::time::Duration::from_millis(400));
    let (served, key) = world.start_with_key().await;
    let target = Target::new(served.running.address, "localhost", &world.authority_pem).unwrap();
    for key in [Some(key.reveal()), None] {
        // The window of its streams is zero; pings are answered.
        let mut connection = Connection::open(&target, &[(4, 0)]).await.unwrap();
        connection.send(&headers(1, &plain(key), true)).await.unwrap();
        assert_eq!(connection.outcome(1).await, Outcome::Ended);
    }
}

#[tokio::test]
async fn what_is_begun_over_http2_comes_to_an_end() {
    let mut world = World::new().await;
    world.change = Box::new(|config| {
        config.requests.body = std::time::Duration::from_millis(300);
        config.connections.headers = std::time::Duration::from_millis(300);
    });
    let (served, key) = world.start_with_key().await;
    let target = Target::new(served.running.address, "localhost", &world.authority_pem).unwrap();
    let mut post = plain(Some(key.reveal()));
    post[0].1 = b"POST".to_vec();
    post[3].1 = b"/api/v1/things".to_vec();
    post.push((b"content-type".to_vec(), b"application/json".to_vec()));
    let without_body = headers(1, &post, false);
    let without_end_of_headers = frame(HEADERS, 0, 1, &block(&plain(Some(key.reveal()))));
    for (begun, end) in [(without_body, Outcome::Refused(408)), (without_end_of_headers, Outcome::Ended)] {
        let mut connection = Connection::open(&target, &[]).await.unwrap();
        connection.send(&begun).await.unwrap();
        assert_eq!(connection.outcome(1).await, end);
    }
    assert!(world.api.take().is_empty());
}
