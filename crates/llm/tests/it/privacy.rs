//! Nothing that can be printed tells the key, the prompt or what the provider wrote.

use std::{
    io,
    sync::{Arc, Mutex},
};

use llm::{ChatModel, Client, Error, Event, Misconfiguration, Settings};
use testkit::scripted_llm::{Fault, Script, ScriptedLlm};
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{Half, KEY, PROMPT, ask, client, in_a_minute, request, settings};

/// What the scripted server writes, quotes or is sent in these tests.
const SECRETS: [&str; 6] = [KEY, PROMPT, "Joanna", "Dear Mark", "System of the house", "upstream secret"];

fn assert_silent(printed: &str) {
    for secret in SECRETS {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
}

#[tokio::test]
async fn errors_tell_nothing_of_the_request_or_the_answer() {
    for script in [
        Script::status(500),
        Script::status(400),
        Script::status(401),
        Script::status(429),
        Script::text("Dear Mark").fault_after(1, Fault::MalformedJson),
        Script::text("Dear Mark").fault_after(1, Fault::ErrorEvent),
        Script::text("Dear Mark").fault_after(1, Fault::Reset),
        Script::text("Dear Mark").finish("content_filter"),
    ] {
        let server = ScriptedLlm::start(script).await;
        let client = client(&server);
        let error = ask(&client).await.unwrap_err();
        assert_silent(&format!("{error} {error:?} {} {:?}", error.name(), client.health()));
        assert!(std::error::Error::source(&error).is_none());
    }
}

#[tokio::test]
async fn values_print_sizes_and_never_words() {
    let server = ScriptedLlm::start(Script::text("Dear Mark")).await;
    let client = client(&server);
    let stream = client.stream(request(), in_a_minute()).await.unwrap();
    let printed = format!("{client:?} {:?} {stream:?} {:?}", request(), Event::Text("Dear Mark".to_owned()));
    let answer = stream.collect().await.unwrap();
    assert_eq!(answer.text, "Dear Mark");
    assert_silent(&format!("{printed} {answer:?} {:#?}", request().messages));

    let mut settings = settings("https://user:sk-secret-key@llm.example/sk-secret-key?k=sk-secret-key");
    settings.proxy = Some("http://user:sk-secret-key@proxy.example/".parse().unwrap());
    assert_silent(&format!("{settings:?} {settings:#?}"));
}

#[tokio::test]
async fn a_key_that_no_header_may_carry_is_refused_unprinted() {
    let base = "https://127.0.0.1:1/v1".parse().unwrap();
    let mut settings = Settings::new(base, Some("sk-secret-key\r\nX-Evil: 1".into()), "m");
    settings.base_url = "http://127.0.0.1:1/v1".parse().unwrap();
    let error = Client::new(settings, Arc::new(Half)).unwrap_err();
    assert_eq!(error, Error::Misconfigured(Misconfiguration::Key));
    assert_silent(&format!("{error} {error:?}"));
}

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Captured {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Holds for the libraries below us too, at the finest level they have.
#[tokio::test]
async fn the_finest_log_tells_nothing() {
    let captured = Captured::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(captured.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    tracing::info!("capturing");
    for script in [Script::text("Dear Mark"), Script::text("Dear Mark").fault_after(1, Fault::MalformedJson)]
    {
        let server = ScriptedLlm::start(script).await;
        let _ = ask(&client(&server)).await;
    }
    let log = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("capturing"));
    assert_silent(&log);
}
