//! Each deadline by itself, on real sockets.

use std::{sync::Arc, time::Duration};

use llm::{Answer, ChatModel, Client, Error, Phase, Settings, breaker::State};
use testkit::scripted_llm::{Fault, Script, ScriptedLlm};
use tokio::{
    net::TcpListener,
    task::{JoinHandle, yield_now},
    time::{Instant, advance},
};

use crate::support::{Half, LONG, SHORT, ask, client, client_with, request, settings};

/// Returns a client that waits for the first token only so long.
fn hasty(server: &ScriptedLlm) -> Client {
    client_with(server, |settings| settings.deadlines.first_token = SHORT)
}

#[tokio::test]
async fn a_server_that_never_finishes_the_handshake() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut settings = settings(&format!("https://{}/v1", silent.local_addr().unwrap()));
    let directory = testkit_ca().await;
    settings.roots = llm::settings::Roots::File(directory.path().join("ca.pem"));
    settings.deadlines.connect = SHORT;
    let client = Client::new(settings, Arc::new(Half)).unwrap();
    // The phase tells this deadline from those of the first token and of the whole, which are later.
    assert_eq!(ask(&client).await.unwrap_err(), Error::Timeout(Phase::Connect));
}

async fn testkit_ca() -> tempfile::TempDir {
    let server = ScriptedLlm::start_tls(Script::honest()).await;
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("ca.pem"), server.ca_pem().unwrap()).unwrap();
    directory
}

#[tokio::test]
async fn a_slow_first_byte() {
    let server = ScriptedLlm::start(Script::text("late").slow_first_byte(2 * LONG)).await;
    assert_eq!(ask(&hasty(&server)).await.unwrap_err(), Error::Timeout(Phase::FirstToken));
    assert!(server.wait_for(|counts| counts.cancelled == 1).await);
}

#[tokio::test]
async fn headers_but_no_first_token() {
    let server = ScriptedLlm::start(Script::text("late").fault_after(0, Fault::Stall)).await;
    assert_eq!(ask(&hasty(&server)).await.unwrap_err(), Error::Timeout(Phase::FirstToken));
    assert!(server.wait_for(|counts| counts.cancelled == 1).await);
}

#[tokio::test]
async fn a_stall_between_chunks() {
    let server = ScriptedLlm::start(Script::text("Dear").fault_after(1, Fault::Stall)).await;
    let client = client_with(&server, |settings| settings.deadlines.between_chunks = SHORT);
    let mut stream = client.stream(request(), Instant::now() + LONG).await.unwrap();
    assert!(stream.next().await.unwrap().is_ok());
    assert_eq!(stream.next().await, Some(Err(Error::Timeout(Phase::BetweenChunks))));
    assert_eq!(stream.next().await, None);
    assert!(server.wait_for(|counts| counts.cancelled == 1).await);
}

#[tokio::test]
async fn an_endless_drip_and_the_callers_own_deadline() {
    // It drips for 60 s.
    let drip = Script::text("x".repeat(600)).pieces_of(1).slow_pieces(Duration::from_millis(100));
    let server = ScriptedLlm::start(drip).await;
    let short = client_with(&server, |settings| settings.deadlines.total = Duration::from_secs(2));
    assert_eq!(ask(&short).await.unwrap_err(), Error::Timeout(Phase::Total));

    let start = Instant::now();
    let result = client(&server).stream(request(), start + Duration::from_secs(2)).await;
    let error = match result {
        Ok(stream) => stream.collect().await.unwrap_err(),
        // On a busy machine the first drop may come too late.
        Err(error) => error,
    };
    assert_eq!(error, Error::Timeout(Phase::Total));
    assert!(start.elapsed() < LONG, "it went on for {:?}", start.elapsed());
}

#[tokio::test]
async fn a_deadline_in_the_past_sends_nothing() {
    let server = ScriptedLlm::start(Script::text("late")).await;
    let result = client(&server).stream(request(), Instant::now()).await;
    assert_eq!(result.unwrap_err(), Error::Timeout(Phase::Total));
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn hurried_callers_do_not_open_the_breaker_and_a_slow_provider_does() {
    let server = ScriptedLlm::start(Script::text("late").slow_first_byte(2 * LONG)).await;
    let client = client_with(&server, |settings| {
        settings.deadlines.first_token = SHORT;
        settings.breaker.consecutive = 2;
    });
    for _ in 0..3 {
        let hurried = client.stream(request(), Instant::now() + Duration::from_millis(100)).await;
        assert_eq!(hurried.unwrap_err(), Error::Timeout(Phase::Total));
    }
    assert_eq!(client.health().breaker, State::Closed);
    for _ in 0..2 {
        assert_eq!(ask(&client).await.unwrap_err(), Error::Timeout(Phase::FirstToken));
    }
    assert_eq!(client.health().breaker, State::Open);
}

/// Asks, and returns once the server has read the `count`th request. The paused clock stands still meanwhile, since
/// there is always something to do.
async fn asking(client: &Client, server: &ScriptedLlm, count: usize) -> JoinHandle<Result<Answer, Error>> {
    let client = client.clone();
    let asked = tokio::spawn(async move { ask(&client).await });
    while server.counts().started < count {
        assert!(!asked.is_finished(), "it was not asked");
        yield_now().await;
    }
    asked
}

#[tokio::test(start_paused = true)]
async fn a_silent_provider_costs_two_callers_their_patience_and_then_one_at_a_time() {
    let server = ScriptedLlm::start(Script::text("late").slow_first_byte(100 * 3600 * LONG)).await;
    // As they are when nobody sets anything.
    let settings = Settings::new(server.base_url().parse().unwrap(), None, "scripted");
    let (first_token, open_for) = (settings.deadlines.first_token, settings.breaker.open_for_silence);
    let client = Client::new(settings, Arc::new(Half)).unwrap();
    for count in 1..=2 {
        let asked = asking(&client, &server, count).await;
        advance(first_token).await;
        assert_eq!(asked.await.unwrap().unwrap_err(), Error::Timeout(Phase::FirstToken));
    }
    assert_eq!(client.health().breaker, State::Open);
    let start = Instant::now();
    for _ in 0..20 {
        assert!(matches!(ask(&client).await.unwrap_err(), Error::BreakerOpen { .. }));
    }
    assert_eq!((start.elapsed(), server.counts().started), (Duration::ZERO, 2));

    // One trial; the others go on without waiting for it.
    advance(open_for).await;
    let trial = asking(&client, &server, 3).await;
    for _ in 0..20 {
        assert!(matches!(ask(&client).await.unwrap_err(), Error::BreakerOpen { .. }));
    }
    assert_eq!(server.counts().started, 3);
    advance(first_token).await;
    assert_eq!(trial.await.unwrap().unwrap_err(), Error::Timeout(Phase::FirstToken));
    let left = client.health().open_for.unwrap();
    assert!(left > open_for && left <= 2 * open_for, "{left:?}");

    // A trial that is answered lets everybody in again.
    server.always(Script::text("back"));
    advance(left).await;
    let trial = asking(&client, &server, 4).await;
    while !trial.is_finished() {
        yield_now().await;
    }
    assert_eq!(trial.await.unwrap().unwrap().text, "back");
    assert_eq!(client.health().breaker, State::Closed);
}
