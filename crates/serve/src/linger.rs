//! Reads on for a moment after the last answer, so that a client that is still sending gets to read it.
//!
//! A socket that is closed with bytes unread is reset by the kernel, and the reset can overtake the answer: who sends
//! more than is taken would see a broken connection instead of 413 (RFC 9112, section 9.6). What comes is thrown away.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, ReadBuf},
    time::Sleep,
};

/// A client may take no longer than this to end. It keeps its place among the connections until then.
const LONGEST: Duration = Duration::from_secs(5);
/// And send no more than this: twice the largest body that an operation takes.
const MOST_BYTES: usize = 2 * 1_024 * 1_024;

/// The wait for the other side's end, once ours is closed.
#[derive(Default)]
pub(crate) struct Linger {
    taken: usize,
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Linger {
    /// Is ready when the other side has ended, or is no longer waited for.
    pub(crate) fn poll<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        context: &mut Context<'_>,
    ) -> Poll<()> {
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(tokio::time::sleep(LONGEST)));
        if waiting.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        let mut thrown_away = [0; 8_192];
        while self.taken < MOST_BYTES {
            let mut buffer = ReadBuf::new(&mut thrown_away);
            let read = ready!(Pin::new(&mut *stream).poll_read(context, &mut buffer));
            if read.is_err() || buffer.filled().is_empty() {
                break;
            }
            self.taken += buffer.filled().len();
        }
        Poll::Ready(())
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::{
        io::{AsyncWriteExt as _, DuplexStream, duplex},
        time::Instant,
    };

    use super::*;

    async fn linger(stream: &mut DuplexStream) -> Duration {
        let (since, mut linger) = (Instant::now(), Linger::default());
        poll_fn(|context| linger.poll(stream, context)).await;
        since.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_ends_is_waited_for_until_then() {
        let (mut ours, mut theirs) = duplex(16);
        let peer = async {
            theirs.write_all(&[0; 1_000]).await.unwrap();
            tokio::time::sleep(LONGEST / 2).await;
            theirs.write_all(&[0; 1_000]).await.unwrap();
            drop(theirs);
        };
        assert_eq!(tokio::join!(linger(&mut ours), peer).0, LONGEST / 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_never_ends_is_left_whether_silent_or_dripping() {
        let (mut ours, _silent) = duplex(16);
        assert_eq!(linger(&mut ours).await, LONGEST);

        let (mut ours, mut theirs) = duplex(16);
        let dripping = async {
            while theirs.write_all(&[0]).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
        };
        tokio::select! {
            taken = linger(&mut ours) => assert_eq!(taken, LONGEST),
            () = dripping => unreachable!("our side is open"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_sends_without_end_is_left() {
        let (mut ours, mut theirs) = duplex(64 * 1_024);
        let flood = async { while theirs.write_all(&[0; 1_024]).await.is_ok() {} };
        tokio::select! {
            taken = linger(&mut ours) => assert_eq!(taken, Duration::ZERO),
            () = flood => unreachable!("our side is open"),
        }
    }
}
