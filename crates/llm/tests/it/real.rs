//! Against a real model on a real server.

use std::{sync::Arc, time::Duration};

use llm::{ChatModel, ChatRequest, Client, Event, Settings};
use testkit::real_llm::RealLlm;
use tokio::time::Instant;

use crate::support::Half;

#[tokio::test]
async fn a_real_model_streams_an_answer_and_counts_its_tokens() {
    let server = RealLlm::start().await.unwrap();
    let mut settings = Settings::new(server.base_url().parse().unwrap(), None, RealLlm::MODEL);
    settings.deadlines.first_token = Duration::from_secs(120);
    settings.deadlines.between_chunks = Duration::from_secs(60);
    settings.deadlines.total = Duration::from_secs(240);
    let client = Client::new(settings, Arc::new(Half)).unwrap();
    let question = ChatRequest {
        temperature: Some(0.0),
        ..ChatRequest::new("You are a friendly dietitian.", "Greet a client in one sentence.", 24)
    };
    let deadline = Instant::now() + Duration::from_secs(240);
    let mut stream = client.stream(question, deadline).await.unwrap();
    let (mut pieces, mut text) = (0, String::new());
    let usage = loop {
        match stream.next().await.unwrap().unwrap() {
            Event::Text(piece) => {
                pieces += 1;
                text.push_str(&piece);
            }
            Event::Finished { usage, .. } => break usage,
        }
    };
    assert!(pieces > 3, "{pieces} pieces: {text}");
    assert!(
        !usage.estimated && usage.input_tokens > 10 && (4..=24).contains(&usage.output_tokens),
        "{usage:?}"
    );
}
