//! Reads on where a request's body was not wanted, so that a client that is still sending gets to read its answer.
//!
//! Over HTTP/2 a body that nobody reads any more resets its stream: before the answer with CANCEL, after it with
//! NO_ERROR (RFC 9113, section 8.1). Many clients report either as a failure, without the answer. What comes is thrown
//! away instead, for a while. Over HTTP/1.1 [`crate::linger`] does the same for the connection.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

/// A client may take no longer than this to end.
const LONGEST: Duration = Duration::from_secs(5);
/// And send no more than this: twice the largest body that an operation takes.
const MOST_BYTES: usize = 2 * 1_024 * 1_024;

/// The body of a request. Dropped before its end, it is read on in the background.
#[derive(Debug)]
pub struct RequestBody<B: Body<Data = Bytes> + Send + Unpin + 'static = Incoming> {
    /// Nothing once it has ended.
    body: Option<B>,
    read_on: bool,
}

impl<B: Body<Data = Bytes> + Send + Unpin + 'static> RequestBody<B> {
    /// Returns `body`; with `read_on`, it is read on when it is dropped.
    pub(crate) fn new(body: B, read_on: bool) -> Self {
        Self { body: Some(body), read_on }
    }
}

impl<B: Body<Data = Bytes> + Send + Unpin + 'static> Drop for RequestBody<B> {
    fn drop(&mut self) {
        let Some(body) = self.body.take().filter(|body| self.read_on && !body.is_end_stream()) else {
            return;
        };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(tokio::time::timeout(LONGEST, throw_away(body)));
        }
    }
}

async fn throw_away<B: Body<Data = Bytes> + Unpin>(mut body: B) {
    let mut taken = 0;
    while taken < MOST_BYTES {
        let frame = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await;
        let Some(Ok(frame)) = frame else { return };
        taken += frame.data_ref().map_or(0, Bytes::len);
    }
}

impl<B: Body<Data = Bytes> + Send + Unpin + 'static> Body for RequestBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = self.get_mut();
        let Some(body) = &mut this.body else { return Poll::Ready(None) };
        let frame = ready!(Pin::new(body).poll_frame(context));
        if !matches!(frame, Some(Ok(_))) {
            this.body = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt as _, StreamBody};
    use tokio::{sync::mpsc, time::Instant};

    use super::*;

    type Sent = Result<Frame<Bytes>, std::convert::Infallible>;

    fn body(read_on: bool) -> (mpsc::Sender<Sent>, impl Body<Data = Bytes>) {
        let (sender, mut receiver) = mpsc::channel(1);
        let pieces = futures_util::stream::poll_fn(move |context| receiver.poll_recv(context));
        (sender, RequestBody::new(StreamBody::new(pieces), read_on))
    }

    fn piece() -> Sent {
        Ok(Frame::data(Bytes::from_static(&[b' '; 1_024])))
    }

    #[tokio::test(start_paused = true)]
    async fn what_nobody_wants_is_read_to_its_bound() {
        let (sender, body) = body(true);
        drop(body);
        let mut sent = 0;
        while sender.send(piece()).await.is_ok() {
            sent += 1;
        }
        // One more may lie in the channel.
        assert!((2_048..=2_050).contains(&sent), "{sent}");
    }

    #[tokio::test(start_paused = true)]
    async fn who_sends_nothing_is_not_waited_for() {
        let (sender, body) = body(true);
        let since = Instant::now();
        drop(body);
        sender.closed().await;
        assert_eq!(since.elapsed(), LONGEST);
    }

    #[tokio::test(start_paused = true)]
    async fn without_need_nothing_is_read() {
        let (sender, body) = body(false);
        drop(body);
        assert!(sender.send(piece()).await.is_err());
    }

    #[tokio::test]
    async fn a_body_that_is_wanted_is_passed_on_whole() {
        let (sender, body) = body(true);
        let sending = async move {
            for _ in 0..5 {
                sender.send(piece()).await.unwrap();
            }
        };
        let (read, ()) = tokio::join!(body.collect(), sending);
        let Ok(read) = read else { panic!("it broke off") };
        assert_eq!(read.to_bytes().len(), 5 * 1_024);
    }
}
