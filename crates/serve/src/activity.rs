//! Tells when a connection has had nothing to do for too long.
//!
//! hyper bounds the wait for a request's headers over HTTP/1.1 only. Over HTTP/2 a client could keep its connection for
//! ever, and with it one of the places that all clients share: by never sending the preface, or by answering pings.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::{sync::watch, time::timeout};

use crate::body::{Body, BodyError};

/// How many requests of one connection are running.
#[derive(Debug, Default)]
pub(crate) struct Activity(watch::Sender<usize>);

/// Counts one request as running until it is dropped.
#[derive(Debug)]
pub(crate) struct Running(watch::Sender<usize>);

impl Activity {
    /// Counts a request.
    pub(crate) fn begin(&self) -> Running {
        self.0.send_modify(|running| *running += 1);
        Running(self.0.clone())
    }

    /// Waits until no request has been running for as long as `longest`.
    pub(crate) async fn idle_for(&self, longest: Duration) {
        let mut changes = self.0.subscribe();
        loop {
            let _ = changes.wait_for(|running| *running == 0).await;
            if timeout(longest, changes.changed()).await.is_err() {
                return;
            }
        }
    }
}

impl Running {
    /// Returns `body`, with which the request ends.
    pub(crate) fn until_the_end_of(self, body: Body) -> Body {
        Body::new(Held { body, _running: self })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.send_modify(|running| *running -= 1);
    }
}

struct Held {
    body: Body,
    _running: Running,
}

impl http_body::Body for Held {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        Pin::new(&mut self.get_mut().body).poll_frame(context)
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
