//! Many calls at once: queue, retry budget, and what a failing provider is spared.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use llm::{ChatModel, Error};
use testkit::scripted_llm::{Fault, Script, ScriptedLlm};
use tokio::time::Instant;

use crate::support::{LONG, SHORT, ask, client_with};

/// Tells what is done at once from what waits for `Retry-After`, on a busy machine as well.
const FAR_FROM_600_S: Duration = Duration::from_secs(100);

#[tokio::test]
async fn a_failed_try_is_repeated_before_the_first_token() {
    for first in [Script::status(503), Script::reset(), Script::text("x").fault_after(0, Fault::ErrorEvent)] {
        let server = ScriptedLlm::start(Script::text("second try")).await;
        server.then(first);
        let client = client_with(&server, |settings| settings.retry.per_request = 1);
        assert_eq!(ask(&client).await.unwrap().text, "second try");
        let health = client.health();
        assert_eq!((health.requests, health.attempts, health.retries, health.answered), (1, 2, 1, 1));
    }
}

#[tokio::test]
async fn a_failure_that_would_repeat_itself_is_not_repeated() {
    let late = Script::text("late").slow_first_byte(2 * LONG);
    let malformed = Script::text("x").fault_after(0, Fault::MalformedJson);
    for script in
        [Script::status(400), Script::status(401), Script::content_filter(), Script::empty(), malformed, late]
    {
        let told = format!("{script:?}");
        let server = ScriptedLlm::start(script).await;
        let client = client_with(&server, |settings| {
            settings.deadlines.first_token = SHORT;
            settings.retry.per_request = 5;
        });
        assert!(ask(&client).await.is_err());
        assert_eq!(server.counts().started, 1, "{told}");
    }
}

#[tokio::test]
async fn nothing_is_repeated_after_the_first_token() {
    let server = ScriptedLlm::start(Script::text("Dear Mark").fault_after(1, Fault::ErrorEvent)).await;
    let client = client_with(&server, |settings| settings.retry.per_request = 5);
    assert!(ask(&client).await.is_err());
    assert_eq!(server.counts().started, 1);
}

#[tokio::test]
async fn retry_after_is_waited_for_or_told() {
    let server = ScriptedLlm::start(Script::text("ok")).await;
    let client = client_with(&server, |settings| settings.retry.per_request = 1);
    server.then(Script::status(429).retry_after("1"));
    let start = Instant::now();
    ask(&client).await.unwrap();
    assert!(start.elapsed() >= Duration::from_secs(1));

    server.then(Script::status(429).retry_after("600"));
    let start = Instant::now();
    let error = ask(&client).await.unwrap_err();
    assert_eq!(error, Error::Limited { retry_after: Some(Duration::from_secs(600)) });
    assert!(start.elapsed() < FAR_FROM_600_S);
}

#[tokio::test]
async fn a_storm_of_failures_costs_the_provider_a_tenth_more_at_most() {
    for script in [Script::status(500), Script::status(429)] {
        let server = ScriptedLlm::start(script).await;
        let client = client_with(&server, |settings| {
            settings.retry.per_request = 3;
            settings.limits.waiting = 1000;
            settings.limits.waiting_each = 1000;
        });
        let storm = (0..200).map(|_| ask(&client));
        assert!(join_all(storm).await.iter().all(Result::is_err));
        let calls = server.counts().started;
        assert!((200 + 10..=200 + 20 + 2).contains(&calls), "{calls} calls for 200 requests");
    }
}

#[tokio::test]
async fn no_more_than_the_limit_run_and_no_more_than_the_queue_wait() {
    let slow = Script::text("abc").pieces_of(1).slow_pieces(Duration::from_millis(100));
    let server = ScriptedLlm::start(slow).await;
    let client = Arc::new(client_with(&server, |settings| {
        settings.limits.concurrent = 2;
        settings.limits.waiting = 2;
    }));
    let calls: Vec<_> = (0..6)
        .map(|_| {
            let client = Arc::clone(&client);
            tokio::spawn(async move { ask(&client).await })
        })
        .collect();
    assert!(server.wait_for(|counts| counts.started == 2).await);
    let health = client.health();
    assert_eq!((health.in_flight, health.waiting), (2, 2));
    let ends: Vec<_> = join_all(calls).await.into_iter().map(|end| end.unwrap().err()).collect();
    assert_eq!(ends.iter().filter(|end| end.is_none()).count(), 4, "{ends:?}");
    assert_eq!(ends.iter().filter(|end| **end == Some(Error::Busy)).count(), 2, "{ends:?}");
}

#[tokio::test]
async fn a_caller_waits_for_a_place_only_so_long() {
    let server = ScriptedLlm::start(Script::text("Dear").fault_after(1, Fault::Stall)).await;
    let client = client_with(&server, |settings| {
        settings.limits.concurrent = 1;
        settings.deadlines.queue = SHORT;
    });
    let _held = client.stream(crate::support::request(), crate::support::in_a_minute()).await.unwrap();
    let start = Instant::now();
    assert_eq!(ask(&client).await.unwrap_err(), Error::Busy);
    // Else it waits for what is held, which stalls for 30 s.
    assert!(start.elapsed() >= SHORT && start.elapsed() < Duration::from_secs(20));
}
