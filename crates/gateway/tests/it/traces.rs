//! Traces: sent to a collector, told to the API application, and never in the way of a request.

use domain::scope::Scope;
use http_body_util::Full;
use seal::api_key::PlainKey;
use serve::{config::Settings, traces};
use testkit::otlp::{Collector, Manner, Received};

use crate::harness::{PLENTY, Served, World, json};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// Returns a gateway that sends the traces of such a share of requests to `url`.
async fn traced(world: &mut World, url: String, sample: &'static str) -> (Served, PlainKey) {
    world.change = Box::new(move |config| {
        let values = [(traces::URL.name, url.as_str()), (traces::SAMPLE.name, sample)];
        let values = values.map(|(name, value)| (name.to_owned(), value.to_owned()));
        config.traces = traces::Collector::from_settings(&mut Settings::new(values));
        assert!(config.traces.is_some());
    });
    world.start_with_key().await
}

async fn get(served: &Served, key: &PlainKey, target: &str, traceparent: &[&str]) -> u16 {
    let mut request = served.client.request("GET", target, Some(key)).header("tracestate", "vendor=secret");
    for value in traceparent {
        request = request.header("traceparent", *value);
    }
    served.client.send(request.body(Full::default()).unwrap()).await.status.as_u16()
}

fn named<'a>(received: &'a [Received], name: &str) -> &'a Received {
    received.iter().find(|one| one.span.name == name).unwrap_or_else(|| panic!("{name}: {received:#?}"))
}

#[tokio::test]
async fn a_callers_trace_goes_on_through_the_gateway_to_the_api_application() {
    let (mut world, collector) = (World::new().await, Collector::start(Manner::Takes).await);
    let (served, key) = traced(&mut world, collector.url(), "1").await;
    assert_eq!(get(&served, &key, "/api/v1/me", &[CALLER]).await, 200);
    let received = collector.wait_for(2).await;
    let (request, forward) = (named(&received, "getMe"), named(&received, "forward"));
    assert_eq!((request.service.as_str(), request.span.kind, forward.span.kind), ("gateway", 2, 3));
    assert_eq!((request.ids().0.as_str(), request.parent().as_str()), (TRACE, "00f067aa0ba902b7"));
    assert_eq!((forward.ids().0.as_str(), forward.parent()), (TRACE, request.ids().1));
    assert!(request.span.start_time_unix_nano <= forward.span.start_time_unix_nano);
    assert!(forward.span.end_time_unix_nano <= request.span.end_time_unix_nano);
    assert_eq!(request.attribute("http.response.status_code").as_deref(), Some("200"));
    let forwarded = world.api.take().remove(0);
    let told = forwarded.headers["traceparent"].to_str().unwrap();
    assert_eq!(told, format!("00-{TRACE}-{}-01", forward.ids().1));
    assert!(!forwarded.headers.contains_key("tracestate"));
}

#[tokio::test]
async fn what_is_no_traceparent_begins_a_trace_of_our_own() {
    let (mut world, collector) = (World::new().await, Collector::start(Manner::Takes).await);
    let (served, key) = traced(&mut world, collector.url(), "1").await;
    let upper = CALLER.to_uppercase();
    let forged: [&[&str]; 5] = [&[], &["nonsense"], &[&upper], &[CALLER, CALLER], &[&format!("{CALLER}-x")]];
    for traceparent in forged {
        assert_eq!(get(&served, &key, "/api/v1/me", traceparent).await, 200);
    }
    let received = collector.wait_for(10).await;
    let roots: Vec<_> = received.iter().filter(|one| one.span.name == "getMe").collect();
    assert_eq!(roots.len(), 5);
    for root in roots {
        assert_eq!(root.parent(), "");
        assert_ne!(root.ids().0, TRACE);
    }
}

#[tokio::test]
async fn refusals_are_traced_with_their_code_and_nobody_is_named() {
    let (mut world, collector) = (World::new().await, Collector::start(Manner::Takes).await);
    let tenant = world.tenant(PLENTY, PLENTY);
    let weak = world.key(tenant, [Scope::SamplesWrite].into_iter().collect());
    let (served, key) = traced(&mut world, collector.url(), "1").await;
    world.api.script(|_| async { json(500, "{}") });
    assert_eq!(get(&served, &weak, "/api/v1/usage?made-up=text", &[]).await, 403);
    assert_eq!(get(&served, &key, "/api/v1/made-up-path", &[]).await, 404);
    served.client.post("/api/v1/things", &key, "{\"name\":\"made-up-body\"}").await;
    let received = collector.wait_for(4).await;
    let refused = named(&received, "getUsage");
    assert_eq!(refused.attribute("problem.code").as_deref(), Some("scope-missing"));
    assert_eq!(refused.span.status, None);
    assert_eq!(named(&received, "-").attribute("problem.code").as_deref(), Some("not-found"));
    let failed = named(&received, "addThing");
    assert_eq!(
        (failed.span.status.as_ref().unwrap().code, failed.attribute("error.type").unwrap()),
        (2, "502".to_owned())
    );
    assert_eq!(named(&received, "forward").attribute("error.type").as_deref(), Some("foreign"));
    let text = format!("{received:?}");
    for secret in ["made-up", "127.0.0.1", key.id(), weak.id(), &tenant.to_string(), "vendor"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[tokio::test]
async fn how_many_requests_are_traced_is_for_us_to_say() {
    let (mut world, collector) = (World::new().await, Collector::start(Manner::Takes).await);
    let (served, key) = traced(&mut world, collector.url(), "0").await;
    for _ in 0..20 {
        assert_eq!(get(&served, &key, "/api/v1/me", &[CALLER]).await, 200);
    }
    assert!(world.api.take().iter().all(|forwarded| !forwarded.headers.contains_key("traceparent")));
    served.counts(&[("anp_gateway_trace_spans_sent_total", 0.0)]).await;
    assert!(collector.received().is_empty());
    drop(served);

    world.change = Box::new(|_| {});
    let served = world.start().await;
    assert_eq!(get(&served, &key, "/api/v1/me", &[CALLER]).await, 200);
    assert!(!world.api.take()[0].headers.contains_key("traceparent"));
    assert!(!served.told("/metrics").await.body.contains("trace_spans"), "off by default");
}

#[tokio::test]
async fn a_collector_that_is_away_refuses_or_lies_costs_spans_and_no_request() {
    let dropped = |reason: &str| format!("anp_gateway_trace_spans_dropped_total{{reason=\"{reason}\"}}");
    let huge = vec![b'x'; 1_000_000];
    // A partial success that claims more than was sent: field 1, of 12 bytes: field 1, a number.
    let rejects_all = [&[0x0a, 0x0a, 0x08], [0xff; 8].as_slice(), &[0x7f]].concat();
    for (manner, reason, sent) in [
        (None, "unreachable", 0.0),
        (Some(Manner::Says(503, Vec::new())), "refused", 0.0),
        (Some(Manner::Says(302, huge.clone())), "refused", 0.0),
        (Some(Manner::Says(200, rejects_all)), "refused", 0.0),
        (Some(Manner::Says(200, huge)), "refused", 2.0),
        (Some(Manner::Says(200, b"nonsense".to_vec())), "refused", 2.0),
    ] {
        let mut world = World::new().await;
        let collector = match manner.clone() {
            Some(manner) => Some(Collector::start(manner).await),
            None => None,
        };
        let url = collector.as_ref().map_or("http://127.0.0.1:9/v1/traces".to_owned(), Collector::url);
        let (served, key) = traced(&mut world, url, "1").await;
        assert_eq!(get(&served, &key, "/api/v1/me", &[]).await, 200);
        let expected =
            [(dropped(reason), 2.0 - sent), ("anp_gateway_trace_spans_sent_total".to_owned(), sent)];
        let expected: Vec<_> = expected.iter().map(|(name, count)| (name.as_str(), *count)).collect();
        served.counts(&expected).await;
    }
}

#[tokio::test]
async fn with_a_collector_that_never_answers_requests_are_answered_and_what_finds_no_place_is_counted() {
    let (mut world, collector) = (World::new().await, Collector::start(Manner::Silent).await);
    let (served, key) = traced(&mut world, collector.url(), "1").await;
    assert_eq!(get(&served, &key, "/api/v1/me", &[]).await, 200);
    // It has the first ones, and keeps the exporter waiting.
    collector.wait_for(2).await;
    let mut full = 0.0;
    while full == 0.0 {
        for _ in 0..200 {
            assert_eq!(get(&served, &key, "/api/v1/me", &[]).await, 200);
        }
        let text = served.told("/metrics").await.body;
        let line = text.lines().find_map(|line| {
            line.strip_prefix("anp_gateway_trace_spans_dropped_total{reason=\"queue-full\"} ")
        });
        full = line.unwrap().parse().unwrap();
    }
}
