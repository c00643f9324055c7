//! What stands in the log, and what never does (threat X18, feature 6).

use std::{
    io,
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

use domain::clock::Clock as _;
use http_body_util::Full;
use serde_json::Value;
use tracing_subscriber::fmt::MakeWriter;

use crate::{
    client::Answered,
    harness::{World, within},
};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Lines {
    /// Also the other tests' lines: they are looked at too, for what may stand in none.
    fn of_the_process() -> Self {
        static LINES: OnceLock<Lines> = OnceLock::new();
        let start = || {
            let lines = Self::default();
            let subscriber = tracing_subscriber::fmt().json().with_max_level(tracing::Level::TRACE);
            tracing::subscriber::set_global_default(subscriber.with_writer(lines.clone()).finish()).unwrap();
            lines
        };
        LINES.get_or_init(start).clone()
    }

    /// This test's own lines, for as long as the guard lives: its tasks run on its thread.
    fn of_this_test() -> (Self, tracing::subscriber::DefaultGuard) {
        let lines = Self::default();
        let subscriber = tracing_subscriber::fmt().json().with_max_level(tracing::Level::INFO);
        let guard = tracing::subscriber::set_default(subscriber.with_writer(lines.clone()).finish());
        (lines, guard)
    }

    async fn wait_for(&self, text: &str) {
        within(async {
            while !self.text().contains(text) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await;
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// Returns the fields of the lines about `requests`.
    fn about(&self, requests: &[Answered]) -> Vec<Value> {
        let lines: Vec<Value> = self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let lines: Vec<_> = lines.into_iter().filter(|line| line["target"] == "gateway::access").collect();
        let mut found = Vec::new();
        for request in requests {
            let id = request.header("x-request-id");
            found.extend(
                lines.iter().map(|line| &line["fields"]).filter(|fields| fields["request.id"] == id).cloned(),
            );
        }
        found
    }
}

#[tokio::test]
async fn each_request_leaves_one_line_without_a_word_of_the_caller() {
    let lines = Lines::of_the_process();
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;

    let canary = "canary7381";
    let odd = served.client.request("CANARY7381", "/api/v1/me", None).header("x-request-id", canary);
    let odd = odd.header("user-agent", canary).body(Full::default()).unwrap();
    let answers = [
        served.client.post("/api/v1/things", &key, "{\"name\":\"canary7381\"}").await,
        served.client.get("/api/v1/things?cursor=canary7381", &key).await,
        served.client.get("/api/v1/canary7381", &key).await,
        served.client.get(&format!("/api/v1/me?key={}", key.reveal()), &key).await,
        served.client.send(odd).await,
    ];
    within(async {
        while lines.about(&answers).len() < answers.len() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;

    let requests = lines.about(&answers);
    let answer = &answers[0];
    let first = &requests[0];
    assert_eq!(first["method"], "POST");
    assert_eq!(first["operation"], "addThing");
    assert_eq!(first["status"], 200);
    assert_eq!(first["code"], "-");
    assert_eq!(first["key.id"], key.id());
    assert_eq!(first["tenant"], world.policy.lock().unwrap().tenants[0].id.to_string());
    assert_eq!(first["bytes"], answer.body.len());
    assert_eq!(first["request.id"], answer.header("x-request-id"));
    assert!(first["duration_ms"].is_u64());
    let codes: Vec<_> = requests.iter().map(|line| line["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["-", "-", "not-found", "key-in-url", "method"]);

    // Only what we write ourselves: the libraries' debug lines are off in every configuration that we ship.
    let ours: String = lines
        .text()
        .lines()
        .filter(|line| line.contains("\"target\":\"gateway") || line.contains("\"target\":\"serve"))
        .collect();
    let secret = key.reveal().rsplit('_').nth(1).unwrap();
    for never in [canary, "CANARY7381", secret, "/api/v1"] {
        assert!(!ours.contains(never), "{never} stands in the log");
    }
}

#[tokio::test]
async fn each_reason_for_which_no_policy_comes_is_said_at_once() {
    let (lines, _guard) = Lines::of_this_test();
    let mut world = World::new().await;
    let (served, _) = world.start_with_key().await;
    let held = served.readiness.policy_version().unwrap();
    // Each is waited for less long than it takes until a reason that is known is said again.
    world.stop_feed().await;
    lines.wait_for("can't reach the control plane").await;
    world.feed.publish_raw(held + 10, "garbage".to_owned());
    world.start_feed().await;
    lines.wait_for("the policy is not genuine").await;
    // The control plane's database was restored from a backup.
    let mut restored = world.policy.lock().unwrap().clone();
    restored.version = held - 1;
    world.feed.publish_raw(held + 10, world.feed.sign(&restored));
    lines.wait_for(&format!("nutrition-pro policy advance --above {held}")).await;
    // It goes on, and is not said at each try.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let ours = |text: &str| lines.text().lines().filter(|line| line.contains(text)).count();
    assert_eq!((ours("not-newer"), ours("not-genuine")), (1, 1));
}

#[tokio::test]
async fn a_certificate_that_ends_soon_is_said_at_start_with_the_days_left() {
    let (lines, _guard) = Lines::of_this_test();
    let world = World::new().await;
    // The certificates of the tests live for a thousand days from the real moment on.
    let last_day = serve::clock::SystemClock.now() + time::Duration::days(999);
    world.clock.advance((last_day - world.clock.now()).whole_seconds() + 3_600);
    let _served = world.start().await;
    lines.wait_for("this certificate ends soon").await;
    let about = |setting: &str| lines.text().lines().filter(|line| line.contains(setting)).count();
    assert_eq!((about("ANP_GATEWAY_CERT_FILE"), about("ANP_GATEWAY_CLIENT_CERT_FILE")), (1, 1));
    assert!(lines.text().contains("\"days_left\":0"), "{}", lines.text());
}
