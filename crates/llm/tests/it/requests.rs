//! What is sent, and what comes back when all is well.

use std::{sync::Arc, time::Duration};

use llm::{ChatModel, ChatRequest, Event, FinishReason, Message, Usage};
use serde_json::json;
use testkit::scripted_llm::{Fault, Script, ScriptedLlm};

use crate::support::{KEY, LONG, ask, client, client_with, in_a_minute, request};

#[tokio::test]
async fn the_answer_arrives_piece_by_piece() {
    let slow = Script::text("Dear Mark, well done").pieces_of(5).slow_pieces(Duration::from_millis(100));
    let server = ScriptedLlm::start(slow).await;
    let mut stream = client(&server).stream(request(), in_a_minute()).await.unwrap();
    assert_eq!(stream.next().await, Some(Ok(Event::Text("Dear ".to_owned()))));
    for piece in ["Mark,", " well", " done"] {
        assert_eq!(stream.next().await, Some(Ok(Event::Text(piece.to_owned()))));
    }
    let usage = Usage { input_tokens: 7, output_tokens: 4, estimated: false };
    assert_eq!(stream.next().await, Some(Ok(Event::Finished { reason: FinishReason::Stop, usage })));
    assert_eq!(stream.next().await, None);
}

#[tokio::test]
async fn the_first_piece_does_not_wait_for_the_rest() {
    // The rest never comes.
    let server =
        ScriptedLlm::start(Script::text("Dear Mark").pieces_of(5).fault_after(1, Fault::Stall)).await;
    let mut stream = client(&server).stream(request(), in_a_minute()).await.unwrap();
    assert_eq!(stream.next().await, Some(Ok(Event::Text("Dear ".to_owned()))));
}

#[tokio::test]
async fn requests_carry_the_key_the_chat_and_no_wish_to_be_stored() {
    let server = ScriptedLlm::start(Script::text("ok")).await;
    let client = client(&server);
    let chat = ChatRequest {
        messages: vec![Message::user("facts"), Message::assistant("text"), Message::user("more facts")],
        safety_identifier: Some("f00d".to_owned()),
        seed: Some(3),
        ..request()
    };
    client.stream(chat, in_a_minute()).await.unwrap().collect().await.unwrap();
    let [sent] = server.requests().try_into().unwrap();
    assert_eq!((sent.method.as_str(), sent.path.as_str()), ("POST", "/v1/chat/completions"));
    assert_eq!(sent.headers["authorization"], format!("Bearer {KEY}"));
    assert_eq!(
        sent.body,
        json!({
            "model": "scripted",
            "messages": [
                { "role": "system", "content": "System of the house" },
                { "role": "user", "content": "facts" },
                { "role": "assistant", "content": "text" },
                { "role": "user", "content": "more facts" },
            ],
            "stream": true,
            "stream_options": { "include_usage": true },
            "store": false,
            "max_completion_tokens": 200,
            "seed": 3,
            "safety_identifier": "f00d",
        })
    );
}

#[tokio::test]
async fn without_a_key_no_authorization_is_sent() {
    let server = ScriptedLlm::start(Script::text("ok")).await;
    ask(&client_with(&server, |settings| settings.api_key = None)).await.unwrap();
    assert!(!server.requests()[0].headers.contains_key("authorization"));
}

#[tokio::test]
async fn servers_that_count_nothing_or_never_say_done_are_understood() {
    let server = ScriptedLlm::start(Script::text("12345678").without_usage().without_done()).await;
    let answer = ask(&client(&server)).await.unwrap();
    assert_eq!(
        (answer.text.as_str(), answer.usage.output_tokens, answer.usage.estimated),
        ("12345678", 2, true)
    );
}

#[tokio::test]
async fn an_answer_cut_at_the_cap_says_so() {
    let server = ScriptedLlm::start(Script::text("half a sen").finish("length")).await;
    assert_eq!(ask(&client(&server)).await.unwrap().reason, FinishReason::Length);
}

#[tokio::test]
async fn dropping_the_stream_cancels_upstream() {
    let endless = Script::text("word ".repeat(1000)).slow_pieces(Duration::from_millis(50));
    let server = ScriptedLlm::start(endless).await;
    let client = client(&server);
    let mut stream = client.stream(request(), in_a_minute()).await.unwrap();
    stream.next().await.unwrap().unwrap();
    assert_eq!((client.health().in_flight, server.counts().cancelled), (1, 0));
    drop(stream);
    assert!(server.wait_for(|counts| counts.cancelled == 1).await);
    let health = client.health();
    assert_eq!((health.in_flight, health.cancelled, health.failed), (0, 1, 0));
}

#[tokio::test]
async fn dropping_the_call_before_the_first_text_cancels_upstream() {
    let server = ScriptedLlm::start(Script::text("late").slow_first_byte(2 * LONG)).await;
    let client = Arc::new(client(&server));
    let call = tokio::spawn({
        let client = Arc::clone(&client);
        async move { ask(&client).await }
    });
    assert!(server.wait_for(|counts| counts.started == 1).await);
    call.abort();
    assert!(server.wait_for(|counts| counts.cancelled == 1).await);
    assert_eq!((client.health().in_flight, client.health().cancelled), (0, 1));
}

/// Runs this test binary again with variables that would divert a client that reads the environment.
#[tokio::test]
async fn the_environment_diverts_nothing() {
    let test = "requests::requests_carry_the_key_the_chat_and_no_wish_to_be_stored";
    let mut child = tokio::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", test]);
    for proxy in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"] {
        child.env(proxy, "http://127.0.0.1:9");
    }
    child.env("OPENAI_BASE_URL", "http://127.0.0.1:9/v1").env("OPENAI_API_KEY", "sk-other");
    child.env("OPENAI_ORG_ID", "org").env("OPENAI_PROJECT_ID", "project");
    let output = child.output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}
