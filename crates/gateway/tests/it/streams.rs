//! Long answers: streamed, cut when silent, ended with the client, drained at shutdown.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt as _, Full, StreamBody};
use serve::body::{Body, BodyError};
use tokio::sync::mpsc;

use crate::harness::{World, json, within};

/// Answers with a stream that the test feeds.
fn stream(world: &World) -> (mpsc::Sender<&'static str>, Arc<AtomicBool>) {
    let (sender, receiver) = mpsc::channel(8);
    let ended = Arc::new(AtomicBool::new(false));
    let (receiver, told) = (std::sync::Mutex::new(Some(receiver)), Arc::clone(&ended));
    world.api.script(move |_| {
        let receiver: mpsc::Receiver<&'static str> = receiver.lock().unwrap().take().unwrap();
        let when_dropped = TellWhenDropped(Arc::clone(&told));
        async move {
            let frames =
                futures_util::stream::unfold((receiver, when_dropped), |(mut receiver, guard)| async {
                    let text = receiver.recv().await?;
                    Some((
                        Ok::<_, BodyError>(Frame::data(Bytes::from_static(text.as_bytes()))),
                        (receiver, guard),
                    ))
                });
            let body: Body = StreamBody::new(frames).boxed_unsync();
            Response::builder().header("content-type", "text/event-stream").body(body).unwrap()
        }
    });
    (sender, ended)
}

struct TellWhenDropped(Arc<AtomicBool>);

impl Drop for TellWhenDropped {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

async fn becomes_true(flag: &AtomicBool) {
    within(async {
        while !flag.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

fn streaming(mut request: Request<Full<Bytes>>) -> Request<Full<Bytes>> {
    request.headers_mut().insert("accept", "text/event-stream".parse().unwrap());
    request
}

#[tokio::test]
async fn the_first_event_arrives_before_the_answer_ends() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    let (events, ended) = stream(&world);
    let request = streaming(served.client.post_request("/api/v1/generations", &key, "{\"name\":\"a\"}"));
    let mut response = served.client.send_raw_request(request).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    for event in ["event: created\n\n", ": still here\n\n", "event: completed\n\n"] {
        events.send(event).await.unwrap();
        let frame = within(response.body_mut().frame()).await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), event);
        assert!(!ended.load(Ordering::SeqCst));
    }
    drop(events);
    assert!(within(response.body_mut().frame()).await.is_none());
}

#[tokio::test]
async fn a_client_that_leaves_ends_its_request_behind_the_gateway() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    // In the middle of a stream.
    let (events, ended) = stream(&world);
    let request = streaming(served.client.post_request("/api/v1/generations", &key, "{\"name\":\"a\"}"));
    let mut response = served.client.send_raw_request(request).await;
    events.send("event: created\n\n").await.unwrap();
    within(response.body_mut().frame()).await.unwrap().unwrap();
    drop(response);
    becomes_true(&ended).await;
    // Before there is an answer.
    let ended = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&ended);
    world.api.script(move |_| {
        let guard = TellWhenDropped(Arc::clone(&told));
        async move {
            std::future::pending::<()>().await;
            drop(guard);
            json(200, "{}")
        }
    });
    world.api.take();
    let waiting = served.client.get("/api/v1/usage", &key);
    tokio::select! {
        _ = waiting => panic!("answered"),
        () = async { while world.api.arrived.lock().unwrap().is_empty() { tokio::time::sleep(Duration::from_millis(5)).await } } => {}
    }
    becomes_true(&ended).await;
}

#[tokio::test]
async fn a_stream_that_falls_silent_is_cut() {
    let mut world = World::new().await;
    world.change = Box::new(|config| config.requests.idle = Duration::from_millis(300));
    let (served, key) = world.start_with_key().await;
    let (events, ended) = stream(&world);
    let request = streaming(served.client.post_request("/api/v1/generations", &key, "{\"name\":\"a\"}"));
    let mut response = served.client.send_raw_request(request).await;
    // Each piece begins the wait anew.
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_millis(150)).await;
        events.send(": still here\n\n").await.unwrap();
        within(response.body_mut().frame()).await.unwrap().unwrap();
    }
    assert!(within(response.body_mut().frame()).await.unwrap().is_err());
    becomes_true(&ended).await;
}

#[tokio::test]
async fn a_stream_keeps_its_place_until_it_ends() {
    let mut world = World::new().await;
    world.change = Box::new(|config| config.requests.concurrent_per_tenant = 1);
    let (served, key) = world.start_with_key().await;
    let (events, ended) = stream(&world);
    let request = streaming(served.client.post_request("/api/v1/generations", &key, "{\"name\":\"a\"}"));
    let response = served.client.send_raw_request(request).await;
    assert_eq!(served.client.get("/api/v1/me", &key).await.problem().1, "concurrency-limited");
    drop((events, response));
    becomes_true(&ended).await;
    world.api.script(|_| async { json(200, "{}") });
    within(async {
        while served.client.get("/api/v1/me", &key).await.status != 200 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn large_answers_pass_whole() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    let large: &'static str = "0123456789".repeat(500_000).leak();
    world.api.script(move |_| async move { json(200, large) });
    let answer = served.client.get("/api/v1/me", &key).await;
    assert_eq!(answer.header("content-length"), "5000000");
    assert_eq!(answer.body, large);
}

#[tokio::test]
async fn running_requests_end_before_the_gateway_does() {
    let world = World::new().await;
    let (served, key) = world.start_with_key().await;
    let (events, _) = stream(&world);
    let request = streaming(served.client.post_request("/api/v1/generations", &key, "{\"name\":\"a\"}"));
    let mut response = served.client.send_raw_request(request).await;
    served.running.shutdown.cancel();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!served.running.task.is_finished());
    assert!(served.client.connect("http/1.1").await.is_err(), "a new connection was accepted");
    events.send("event: completed\n\n").await.unwrap();
    within(response.body_mut().frame()).await.unwrap().unwrap();
    drop(events);
    assert!(within(response.body_mut().frame()).await.is_none());
    within(served.running.task).await.unwrap();
}
