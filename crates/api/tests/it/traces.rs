//! Traces: what the gateway began goes on here, and no third party hears of it.

use testkit::{
    otlp::{Collector, Manner},
    scripted_llm::{Script, ScriptedLlm},
    test_db::Engine,
};

use crate::{
    app::{App, Sent, caller},
    requests::{self, GENERATIONS},
};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

fn traceparent(flags: &str) -> Vec<(String, String)> {
    vec![("traceparent".to_owned(), format!("00-{TRACE}-00f067aa0ba902b7-{flags}"))]
}

#[tokio::test]
async fn a_trace_of_the_gateway_goes_on_to_the_model_and_the_model_does_not_hear_of_it() {
    let (llm, collector) =
        (ScriptedLlm::start(Script::honest()).await, Collector::start(Manner::Takes).await);
    let app = App::start_traced(Engine::Sqlite, &llm, collector.url()).await;
    let caller = caller();
    let id = requests::dietitian(&app, &caller).await;
    let mut asked = Sent::post(GENERATIONS, &requests::generation(&id));
    asked.headers.extend(traceparent("01"));
    app.send(&caller, &asked).await.ok();
    let received = collector.wait_for(2).await;
    assert_eq!(received.len(), 2, "only what the gateway chose is traced: {received:#?}");
    let [chat, request] = [0, 1].map(|index| &received[index]);
    assert_eq!((chat.span.name.as_str(), chat.span.kind), ("chat", 3));
    assert_eq!(
        (request.service.as_str(), request.span.name.as_str(), request.span.kind),
        ("api", "createGeneration", 2)
    );
    assert_eq!((request.ids().0.as_str(), request.parent().as_str()), (TRACE, "00f067aa0ba902b7"));
    assert_eq!((chat.ids().0.as_str(), chat.parent()), (TRACE, request.ids().1));
    assert_eq!(request.attribute("http.response.status_code").as_deref(), Some("201"));
    assert!(chat.attribute("gen_ai.usage.output_tokens").unwrap().parse::<u32>().unwrap() > 0);
    for told in llm.requests() {
        let names = ["traceparent", "tracestate", "baggage", "x-request-id"];
        assert!(names.iter().all(|name| !told.headers.contains_key(*name)), "{:?}", told.headers);
        assert!(!told.raw.contains(TRACE));
    }
    let text = format!("{received:?}");
    for secret in [id.as_str(), &caller.key, &caller.tenant.to_string(), "Joanna", "127.0.0.1"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[tokio::test]
async fn what_the_gateway_did_not_choose_is_not_traced() {
    let (llm, collector) =
        (ScriptedLlm::start(Script::honest()).await, Collector::start(Manner::Takes).await);
    let app = App::start_traced(Engine::Sqlite, &llm, collector.url()).await;
    let ask = async |headers: Vec<(String, String)>| {
        let mut sent = Sent::get("/api/v1/me");
        sent.headers.extend(headers);
        app.send(&caller(), &sent).await.ok();
    };
    ask(traceparent("00")).await;
    ask(Vec::new()).await;
    ask(vec![("traceparent".to_owned(), "nonsense".to_owned())]).await;
    ask(traceparent("01")).await;
    let received = collector.wait_for(1).await;
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].span.name, "getMe");
}
