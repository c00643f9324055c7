//! What those who run the gateway are told: liveness, readiness, and what was counted of whom, and of whom not.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use domain::{clock::Clock as _, scope::Scope};
use http_body_util::Full;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::harness::{PLENTY, Served, World, json, within};

/// An answer of the operations port.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

/// Asks `address` for `line`, such as `GET /livez`, under the name `host`.
async fn ask(address: SocketAddr, line: &str, host: &str) -> Told {
    let mut text = String::new();
    within(async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("{line} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        stream.read_to_string(&mut text).await.unwrap();
    })
    .await;
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    Told { status: head[9..12].parse().unwrap(), head: head.to_owned(), body: body.to_owned() }
}

impl Served {
    pub(crate) async fn told(&self, path: &str) -> Told {
        ask(self.operations, &format!("GET {path}"), "localhost").await
    }

    /// Returns every series with its value.
    async fn series(&self) -> BTreeMap<String, f64> {
        let told = self.told("/metrics").await;
        assert_eq!(told.status, 200, "{told:?}");
        let lines = told.body.lines().filter(|line| !line.starts_with('#'));
        let pairs = lines.map(|line| line.rsplit_once(' ').unwrap());
        pairs.map(|(name, value)| (name.to_owned(), value.parse().unwrap())).collect()
    }

    /// Waits until each of `expected` has its value: a request is counted when its answer has passed, which is a
    /// moment after the client has it.
    pub(crate) async fn counts(&self, expected: &[(&str, f64)]) {
        let mut series = BTreeMap::new();
        let waited = tokio::time::timeout(Duration::from_secs(20), async {
            loop {
                series = self.series().await;
                if expected.iter().all(|(name, value)| series.get(*name) == Some(value)) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        if waited.await.is_err() {
            let differ: Vec<_> =
                expected.iter().map(|(name, value)| (name, value, series.get(*name))).collect();
            panic!("{differ:#?}");
        }
    }
}

#[tokio::test]
async fn a_request_is_counted_under_its_operation_with_its_status_and_code() {
    let world = World::new().await;
    let tenant = world.tenant(PLENTY, PLENTY);
    let key = world.key(tenant, [Scope::SamplesWrite].into_iter().collect());
    let served = world.start().await;
    let body = "{\"name\":\"a\"}";
    assert_eq!(served.client.post("/api/v1/things", &key, body).await.status, 200);
    assert_eq!(served.client.post("/api/v1/things", &key, "{\"count\":1}").await.status, 422);
    assert_eq!(served.client.get("/api/v1/usage", &key).await.status, 403);
    let nobody = served.client.request("GET", "/api/v1/me", None).body(Full::default()).unwrap();
    assert_eq!(served.client.send(nobody).await.status, 401);
    served
        .counts(&[
            ("anp_gateway_requests_total{operation=\"addThing\",status=\"2xx\"}", 1.0),
            ("anp_gateway_requests_total{operation=\"addThing\",status=\"4xx\"}", 1.0),
            ("anp_gateway_requests_total{operation=\"addThing\",status=\"5xx\"}", 0.0),
            ("anp_gateway_requests_total{operation=\"getUsage\",status=\"4xx\"}", 1.0),
            ("anp_gateway_requests_total{operation=\"getMe\",status=\"4xx\"}", 1.0),
            ("anp_gateway_requests_total{operation=\"-\",status=\"4xx\"}", 0.0),
            ("anp_gateway_request_duration_seconds_count{operation=\"addThing\"}", 2.0),
            ("anp_gateway_request_duration_seconds_bucket{le=\"+Inf\",operation=\"addThing\"}", 2.0),
            ("anp_gateway_request_body_bytes_total{operation=\"addThing\"}", body.len() as f64),
            ("anp_gateway_response_body_bytes_total{operation=\"generate\"}", 0.0),
            ("anp_gateway_refusals_total{code=\"schema\"}", 1.0),
            ("anp_gateway_refusals_total{code=\"scope-missing\"}", 1.0),
            ("anp_gateway_refusals_total{code=\"key-missing\"}", 1.0),
            ("anp_gateway_refusals_total{code=\"rate-limited\"}", 0.0),
            ("anp_gateway_requests_in_flight", 0.0),
            ("anp_gateway_upstream_connects_total", 1.0),
            ("anp_gateway_upstream_duration_seconds_count", 1.0),
        ])
        .await;
}

#[tokio::test]
async fn the_bytes_of_answers_are_counted_and_a_stream_is_in_flight_until_its_end() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    let (release, released) = tokio::sync::watch::channel(false);
    world.api.script(move |_| {
        let mut released = released.clone();
        async move {
            let _ = released.wait_for(|released| *released).await;
            json(200, "{\"twelve\":12}")
        }
    });
    let asking = served.client.get("/api/v1/me", &key);
    let (answered, ()) = tokio::join!(asking, async {
        served.counts(&[("anp_gateway_requests_in_flight", 1.0)]).await;
        release.send(true).unwrap();
    });
    served
        .counts(&[
            ("anp_gateway_requests_in_flight", 0.0),
            ("anp_gateway_response_body_bytes_total{operation=\"getMe\"}", answered.body.len() as f64),
        ])
        .await;
}

#[tokio::test]
async fn a_client_that_leaves_before_the_answer_is_counted_as_gone() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    world.api.script(|_| std::future::pending());
    let stream = {
        let mut stream = served.client.connect("http/1.1").await.unwrap();
        let request = format!(
            "GET /api/v1/me HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\r\n",
            key.reveal()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    };
    served.counts(&[("anp_gateway_requests_in_flight", 1.0)]).await;
    drop(stream);
    served
        .counts(&[
            ("anp_gateway_requests_total{operation=\"getMe\",status=\"gone\"}", 1.0),
            ("anp_gateway_requests_in_flight", 0.0),
        ])
        .await;
}

#[tokio::test]
async fn what_clients_make_up_makes_no_series_and_nobody_is_named() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    served.counts(&[("anp_gateway_policy_age_seconds", 0.0)]).await;
    let before = served.series().await;
    for number in 0..1_000 {
        let (method, target) = match number % 4 {
            0 => ("GET", format!("/api/v1/made-up-{number}")),
            1 => ("GET", format!("/made-up-{number}?made-up={number}")),
            2 => ("MADEUP", format!("/api/v1/made-up-{number}")),
            _ => ("DELETE", format!("/api/v1/generations?made-up={number}")),
        };
        let request = served.client.request(method, &target, Some(&key)).header("made-up", number);
        let answered = served.client.send(request.body(Full::default()).unwrap()).await;
        assert!(answered.status.is_client_error(), "{answered:?}");
    }
    served.client.get("/api/v1/me", &key).await;
    served.counts(&[("anp_gateway_requests_total{operation=\"-\",status=\"4xx\"}", 1_000.0)]).await;
    let mut after = served.series().await;
    after.retain(|name, _| !before.contains_key(name));
    assert!(after.is_empty(), "{after:?}");
    let text = served.told("/metrics").await.body;
    let tenant = world.policy.lock().unwrap().tenants[0].id.to_string();
    for secret in ["made-up", "MADEUP", "127.0.0.1", key.id(), tenant.as_str()] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[tokio::test]
async fn failures_of_the_api_application_are_counted_by_their_reason() {
    let mut world = World::new().await;
    world.change = Box::new(|config| config.requests.answer = Duration::from_millis(300));
    let (served, key) = world.start_with_key().await;
    let count = |reason: &str| format!("anp_gateway_upstream_failures_total{{reason=\"{reason}\"}}");
    world.api.script(|_| async { json(401, "{}") });
    assert_eq!(served.client.get("/api/v1/me", &key).await.status, 502);
    world.api.script(|_| std::future::pending());
    assert_eq!(served.client.get("/api/v1/me", &key).await.status, 504);
    served.counts(&[(&count("foreign"), 1.0), (&count("timeout"), 1.0), (&count("unreachable"), 0.0)]).await;

    world.change = Box::new(|config| config.upstream = "127.0.0.1:9".parse().unwrap());
    let served = world.start().await;
    assert_eq!(served.client.get("/api/v1/me", &key).await.status, 503);
    served.counts(&[(&count("unreachable"), 1.0), ("anp_gateway_upstream_connects_total", 0.0)]).await;
}

#[tokio::test]
async fn connections_and_handshakes_are_counted_whether_or_not_a_request_follows() {
    let world = World::new().await;
    let served = world.start().await;
    let open = served.client.connect("h2").await.unwrap();
    let mut plain = TcpStream::connect(served.running.address).await.unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    drop(TcpStream::connect(served.running.address).await.unwrap());
    let garbage = served.client.raw(b"\x00\x01\r\n\r\n").await;
    let failures = |reason: &str| {
        format!("anp_gateway_tls_handshake_failures_total{{listener=\"edge\",reason=\"{reason}\"}}")
    };
    served
        .counts(&[
            ("anp_gateway_tls_handshakes_total{listener=\"edge\",version=\"1.3\"}", 2.0),
            ("anp_gateway_tls_handshakes_total{listener=\"edge\",version=\"1.2\"}", 0.0),
            (&failures("protocol"), 1.0),
            (&failures("broken-off"), 1.0),
            (&failures("timeout"), 0.0),
            ("anp_gateway_connections_broken_total{listener=\"edge\"}", 1.0),
            ("anp_gateway_connections_open{listener=\"edge\"}", 1.0),
        ])
        .await;
    drop((open, plain, garbage));
    served.counts(&[("anp_gateway_connections_open{listener=\"edge\"}", 0.0)]).await;
}

#[tokio::test]
async fn genuine_keys_in_urls_are_counted_and_made_up_ones_are_not() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    let made_up = seal::api_key::PlainKey::generate(domain::policy::Environment::Live, &*world.entropy);
    for shown in [&key, &made_up] {
        let target = format!("/api/v1/me?key={}", shown.reveal());
        assert_eq!(served.client.get(&target, &key).await.problem().1, "key-in-url");
    }
    served
        .counts(&[
            ("anp_gateway_keys_exposed_total{how=\"url\"}", 1.0),
            ("anp_gateway_keys_exposed_total{how=\"reported\"}", 0.0),
            ("anp_gateway_refusals_total{code=\"key-in-url\"}", 2.0),
        ])
        .await;
}

#[tokio::test]
async fn a_control_plane_that_is_away_and_a_clock_that_is_off_are_told() {
    let mut world = World::new().await;
    let served = world.start().await;
    // The scripted control plane tells the machine's time, and the gateway's clock stands still.
    let real = serve::clock::SystemClock.now();
    let apart = served.series().await["anp_gateway_clock_apart_seconds"];
    let expected = (real - world.clock.now()).whole_seconds() as f64;
    assert!((apart - expected).abs() <= 60.0, "{apart} is not about {expected}");
    let unreachable = "anp_gateway_policy_failures_total{reason=\"unreachable\"}";
    assert_eq!(served.series().await[unreachable], 0.0);
    world.stop_feed().await;
    within(async { while served.series().await[unreachable] == 0.0 {} }).await;
}

#[tokio::test]
async fn readiness_follows_the_policy_and_liveness_does_not() {
    let world = World::new().await;
    let mut served = world.start_closed().await;
    let not_yet = served.told("/readyz").await;
    assert_eq!(not_yet.status, 503);
    assert!(not_yet.head.contains("application/problem+json"), "{not_yet:?}");
    let problem: Value = serde_json::from_str(&not_yet.body).unwrap();
    assert_eq!(
        (&problem["code"], &problem["detail"]),
        (&"overloaded".into(), &"no policy is in force".into())
    );
    assert_eq!(served.told("/livez").await.status, 200);
    let series = served.series().await;
    let told = |name: &String| name.contains("policy_version") || name.contains("policy_age");
    assert!(!series.keys().any(told));

    let version = world.publish(|_| {});
    within(served.readiness.wait_for(version)).await;
    assert_eq!(served.told("/readyz").await.status, 200);
    served
        .counts(&[("anp_gateway_policy_version", version as f64), ("anp_gateway_policy_age_seconds", 0.0)])
        .await;
}

#[tokio::test]
async fn the_age_of_the_policy_and_the_time_left_of_certificates_follow_the_clock() {
    let mut world = World::new().await;
    let served = world.start().await;
    served.counts(&[("anp_gateway_policy_age_seconds", 0.0)]).await;
    world.stop_feed().await;
    let left = |name: &str| format!("anp_gateway_certificate_left_seconds{{certificate=\"{name}\"}}");
    let before = served.series().await;
    world.clock.advance(86_400);
    let mut expected = vec![("anp_gateway_policy_age_seconds".to_owned(), 86_400.0)];
    for name in ["ANP_GATEWAY_CERT_FILE", "ANP_GATEWAY_CLIENT_CERT_FILE"] {
        expected.push((left(name), before[&left(name)] - 86_400.0));
    }
    let expected: Vec<_> = expected.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    served.counts(&expected).await;
}

#[tokio::test]
async fn at_shutdown_it_is_not_ready_and_tells_so_until_running_requests_have_ended() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    let (release, released) = tokio::sync::watch::channel(false);
    world.api.script(move |_| {
        let mut released = released.clone();
        async move {
            let _ = released.wait_for(|released| *released).await;
            json(200, "{}")
        }
    });
    let (answered, ()) = tokio::join!(served.client.get("/api/v1/me", &key), async {
        served.counts(&[("anp_gateway_requests_in_flight", 1.0)]).await;
        served.running.shutdown.cancel();
        let told = served.told("/readyz").await;
        assert_eq!(told.status, 503, "{told:?}");
        assert!(told.body.contains("running requests end"), "{told:?}");
        assert_eq!(served.told("/livez").await.status, 200);
        served.counts(&[("anp_gateway_requests_in_flight", 1.0), ("anp_gateway_draining", 1.0)]).await;
        release.send(true).unwrap();
    });
    assert_eq!(answered.status, 200);
    within(served.running.task).await.unwrap();
    assert!(TcpStream::connect(served.operations).await.is_err());
}

#[tokio::test]
async fn nothing_of_it_is_on_the_public_port_and_nothing_public_is_on_its_port() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    for path in ["/metrics", "/livez", "/readyz", "/api/v1/metrics"] {
        assert_eq!(served.client.get(path, &key).await.problem(), (404, "not-found".into()), "{path}");
    }
    for path in ["/api/v1/me", "/", "/metrics/", "//metrics", "/policy", "/debug/pprof"] {
        assert_eq!(served.told(path).await.status, 404, "{path}");
    }
    assert!(world.api.take().is_empty());
}

#[tokio::test]
async fn it_is_read_only_and_answers_under_names_of_this_machine() {
    let world = World::new().await;
    let served = world.start().await;
    for path in ["/metrics", "/livez", "/readyz"] {
        for method in ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"] {
            let told = ask(served.operations, &format!("{method} {path}"), "localhost").await;
            assert_eq!(told.status, 405, "{method} {path}");
            assert!(told.head.contains("allow: GET, HEAD"), "{told:?}");
        }
        let head = ask(served.operations, &format!("HEAD {path}"), "[::1]:8444").await;
        assert_eq!((head.status, head.body.as_str()), (200, ""));
        for host in ["planner.example", "127.0.0.1.planner.example", "192.0.2.1:8444", ""] {
            let told = ask(served.operations, &format!("GET {path}"), host).await;
            assert_eq!(told.status, 404, "{path} under {host}");
        }
    }
}

#[tokio::test]
async fn the_text_is_openmetrics_with_units_and_an_end() {
    let world = World::new().await;
    let served = world.start().await;
    // A policy is in force a moment before it is confirmed.
    served.counts(&[("anp_gateway_policy_age_seconds", 0.0)]).await;
    let told = served.told("/metrics").await;
    let content_type = "content-type: application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert!(told.head.contains(content_type), "{}", told.head);
    assert!(told.body.ends_with("# EOF\n"));
    for line in [
        "# TYPE anp_gateway_requests counter",
        "# TYPE anp_gateway_request_duration_seconds histogram",
        "# UNIT anp_gateway_request_duration_seconds seconds",
        "# UNIT anp_gateway_response_body_bytes bytes",
        "# TYPE anp_gateway_policy_age_seconds gauge",
        "# TYPE anp_gateway_certificate_left_seconds gauge",
    ] {
        assert!(told.body.lines().any(|told| told == line), "{line}: {}", told.body);
    }
    for line in told.body.lines().filter(|line| line.starts_with("# HELP")) {
        assert!(line.starts_with("# HELP anp_gateway_") && line.ends_with('.'), "{line}");
    }
}
