//! Tells when a connection has had nothing to do for too long, or an answer that its client does not take.
//!
//! hyper bounds the wait for a request's headers over HTTP/1.1 only. Over HTTP/2 a client could keep its connection for
//! ever, and with it one of the places that all clients share: by never sending the preface, by answering pings, or by
//! giving no leave to send an answer (CVE-2019-9517), which leaves nothing to write that could stall.

use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};

use crate::body::{Body, BodyError};

/// What goes on over one connection.
#[derive(Debug, Default)]
pub(crate) struct Activity {
    /// How many requests are running.
    running: watch::Sender<usize>,
    untaken: Untaken,
}

/// Counts one request as running until it is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    running: watch::Sender<usize>,
    untaken: Untaken,
}

/// Since when each answer that has something to send waits for the client to take it.
#[derive(Clone, Debug, Default)]
struct Untaken(Arc<Mutex<Waiting>>);

#[derive(Debug, Default)]
struct Waiting {
    answers: u64,
    since: BTreeMap<u64, Instant>,
}

impl Untaken {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Activity {
    /// Counts a request.
    pub(crate) fn begin(&self) -> Running {
        self.running.send_modify(|running| *running += 1);
        Running { running: self.running.clone(), untaken: self.untaken.clone() }
    }

    /// Waits until no request has been running for as long as `longest`.
    pub(crate) async fn idle_for(&self, longest: Duration) {
        let mut changes = self.running.subscribe();
        loop {
            let _ = changes.wait_for(|running| *running == 0).await;
            if timeout(longest, changes.changed()).await.is_err() {
                return;
            }
        }
    }
}

impl Activity {
    /// Waits until the client has taken nothing of some answer for `longest`, or up to a quarter more.
    pub(crate) async fn untaken_for(&self, longest: Duration) {
        loop {
            sleep(longest / 4).await;
            let oldest = self.untaken.waiting().since.values().min().copied();
            if oldest.is_some_and(|since| since.elapsed() >= longest) {
                return;
            }
        }
    }
}

impl Running {
    /// Returns `body`, with which the request ends.
    pub(crate) fn until_the_end_of(self, body: Body) -> Body {
        let mut waiting = self.untaken.waiting();
        waiting.answers += 1;
        let number = waiting.answers;
        waiting.since.insert(number, Instant::now());
        drop(waiting);
        Body::new(Held { body, number, running: self })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.running.send_modify(|running| *running -= 1);
    }
}

struct Held {
    body: Body,
    number: u64,
    running: Running,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.running.untaken.waiting().since.remove(&self.number);
    }
}

impl http_body::Body for Held {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.body).poll_frame(context);
        // Asked for more, hyper has leave to send: what is pending waits for us, what is there for the client.
        let mut waiting = this.running.untaken.waiting();
        match &polled {
            Poll::Ready(Some(Ok(_))) => waiting.since.insert(this.number, Instant::now()),
            _ => waiting.since.remove(&this.number),
        };
        drop(waiting);
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{Instant, advance};

    use super::*;

    const LONGEST: Duration = Duration::from_secs(10);

    #[tokio::test(start_paused = true)]
    async fn a_connection_without_a_request_is_idle_after_the_time_given() {
        let since = Instant::now();
        Activity::default().idle_for(LONGEST).await;
        assert_eq!(since.elapsed(), LONGEST);
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_begins_anew_with_the_end_of_each_request() {
        let activity = Activity::default();
        let since = Instant::now();
        let requests = async {
            for _ in 0..3 {
                advance(LONGEST - Duration::from_secs(1)).await;
                let body = activity.begin().until_the_end_of(crate::body::full("text"));
                advance(LONGEST * 5).await;
                drop(body);
            }
            since.elapsed()
        };
        let ((), last) = tokio::join!(activity.idle_for(LONGEST), requests);
        assert_eq!(since.elapsed(), last + LONGEST);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_nobody_takes_is_noticed_and_one_that_waits_for_us_is_not() {
        let activity = Activity::default();
        let since = Instant::now();
        let endless = futures_util::stream::pending::<Result<Frame<Bytes>, BodyError>>();
        let mut ours = activity.begin().until_the_end_of(Body::new(http_body_util::StreamBody::new(endless)));
        let asked = std::future::poll_fn(|context| {
            Poll::Ready(http_body::Body::poll_frame(Pin::new(&mut ours), context))
        })
        .await;
        assert!(asked.is_pending());
        let answers = async {
            for _ in 0..3 {
                let body = activity.begin().until_the_end_of(crate::body::full("text"));
                sleep(LONGEST / 2).await;
                drop(body);
            }
            activity.begin().until_the_end_of(crate::body::full("text"))
        };
        let ((), _untaken) = tokio::join!(activity.untaken_for(LONGEST), answers);
        let noticed = since.elapsed() - LONGEST * 3 / 2;
        assert!((LONGEST..=LONGEST * 5 / 4).contains(&noticed), "{noticed:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_shorter_than_a_look_counts_too() {
        let activity = Activity::default();
        let since = Instant::now();
        let request = async {
            tokio::time::sleep(LONGEST / 2).await;
            drop(activity.begin());
        };
        tokio::join!(activity.idle_for(LONGEST), request);
        assert_eq!(since.elapsed(), LONGEST / 2 + LONGEST);
    }
}
