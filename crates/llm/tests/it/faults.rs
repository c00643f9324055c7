//! Each way in which a provider can fail becomes the error that tells the caller what to do.

use std::time::Duration;

use llm::{Cause, ChatModel, Error, Fault, Misconfiguration, breaker::State};
use testkit::scripted_llm::{Fault as Scripted, Script, ScriptedLlm};

use crate::support::{LONG, ask, client, client_with};

async fn error_of(script: Script) -> Error {
    let server = ScriptedLlm::start(script).await;
    let client = client_with(&server, |settings| settings.limits.answer_bytes = 10_000);
    let error = ask(&client).await.unwrap_err();
    let health = client.health();
    assert_eq!((health.failed, health.in_flight, health.last_failure), (1, 0, Some(error)));
    error
}

#[tokio::test]
async fn statuses_become_what_the_caller_does_next() {
    let unavailable = |status| Error::Unavailable { cause: Cause::Status(status), retry_after: None };
    let limited = |seconds| Error::Limited { retry_after: Some(Duration::from_secs(seconds)) };
    for (script, expected) in [
        (Script::status(500), unavailable(500)),
        (Script::status(503), unavailable(503)),
        (Script::status(429).retry_after("7"), limited(7)),
        (Script::status(429).error_code("insufficient_quota"), quota()),
        (Script::status(401), Error::Misconfigured(Misconfiguration::Unauthorized)),
        (Script::status(404), Error::Misconfigured(Misconfiguration::NotFound)),
        (Script::status(400), Error::Misconfigured(Misconfiguration::Rejected(400))),
        (Script::status(413), Error::Misconfigured(Misconfiguration::Rejected(413))),
        (Script::status(400).error_code("content_filter"), Error::Refused),
        (Script::status(204), Error::BadAnswer(Fault::Malformed)),
    ] {
        let told = format!("{script:?}");
        assert_eq!(error_of(script).await, expected, "{told}");
    }
}

fn quota() -> Error {
    Error::Misconfigured(Misconfiguration::QuotaExhausted)
}

#[tokio::test]
async fn spoiled_streams_are_told_apart() {
    let broken = Error::Unavailable { cause: Cause::Broken, retry_after: None };
    let in_stream = Error::Unavailable { cause: Cause::InStream, retry_after: None };
    for (script, expected) in [
        (Script::reset(), broken),
        (Script::text("Hello you").fault_after(0, Scripted::Reset), broken),
        (Script::text("Hello you").fault_after(1, Scripted::Reset), Error::BadAnswer(Fault::Truncated)),
        (Script::text("Hello you").fault_after(1, Scripted::Truncate), Error::BadAnswer(Fault::Truncated)),
        (
            Script::text("Hello you").fault_after(0, Scripted::MalformedJson),
            Error::BadAnswer(Fault::Malformed),
        ),
        (Script::text("Hello you").fault_after(1, Scripted::BrokenSse), Error::BadAnswer(Fault::Malformed)),
        (Script::text("Hello you").fault_after(1, Scripted::ErrorEvent), in_stream),
        (Script::text("Hello you").not_streamed(), Error::BadAnswer(Fault::Malformed)),
        (Script::empty(), Error::BadAnswer(Fault::Empty)),
        (Script::huge(20_000), Error::BadAnswer(Fault::TooLarge)),
        (Script::content_filter(), Error::Refused),
    ] {
        let told = format!("{:?}", script);
        assert_eq!(error_of(script).await, expected, "{told:.200}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable() {
    let server = ScriptedLlm::start(Script::honest()).await;
    let client = client(&server);
    drop(server);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let error = ask(&client).await.unwrap_err();
    assert_eq!(error, Error::Unavailable { cause: Cause::Connect, retry_after: None });
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = ScriptedLlm::start(Script::text("stolen")).await;
    let target = format!("{}/chat/completions", elsewhere.base_url());
    let error = error_of(Script::redirect(target)).await;
    assert_eq!(error, Error::Misconfigured(Misconfiguration::NotFound));
    assert_eq!(elsewhere.counts().started, 0);
}

#[tokio::test]
async fn a_failing_provider_is_left_alone_and_tried_again_later() {
    let server = ScriptedLlm::start(Script::status(503)).await;
    let client = client_with(&server, |settings| {
        settings.breaker.consecutive = 3;
        settings.breaker.open_for = LONG;
    });
    for _ in 0..3 {
        assert!(matches!(ask(&client).await, Err(Error::Unavailable { .. })));
    }
    assert_eq!(client.health().breaker, State::Open);
    tokio::time::pause();
    for _ in 0..20 {
        assert!(matches!(ask(&client).await, Err(Error::BreakerOpen { .. })));
    }
    assert_eq!(server.counts().started, 3);
    assert!(matches!(client.health().last_failure, Some(Error::Unavailable { .. })));

    server.always(Script::text("back again"));
    tokio::time::advance(LONG).await;
    assert_eq!(client.health().breaker, State::HalfOpen);
    tokio::time::resume();
    assert_eq!(ask(&client).await.unwrap().text, "back again");
    assert_eq!(client.health().breaker, State::Closed);
}

#[tokio::test]
async fn requests_that_are_at_fault_themselves_do_not_open_the_breaker() {
    let server = ScriptedLlm::start(Script::status(400)).await;
    let client = client_with(&server, |settings| settings.breaker.consecutive = 2);
    for _ in 0..5 {
        assert!(matches!(ask(&client).await, Err(Error::Misconfigured(Misconfiguration::Rejected(400)))));
    }
    assert_eq!(client.health().breaker, State::Closed);
}
