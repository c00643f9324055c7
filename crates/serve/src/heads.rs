//! Looks at the heads of HTTP/1.1 requests as they come, for what hyper reads in one of two ways and does not tell.
//!
//! hyper takes a line that ends in a bare line feed, drops the length where a transfer coding stands beside it, and one
//! of two lengths that are the same. RFC 9112 leaves servers free to; but whoever stands before us may have read the
//! other way, and then what is one request to them is two to us (request smuggling). Nothing is parsed here that hyper
//! does not parse itself: what this misses is no worse than before.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Stands among the extensions of a request on whose connection something came that can be read in two ways.
#[derive(Clone, Copy, Debug)]
pub struct Ambiguous;

/// Whether something came over a connection that can be read in two ways.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ambiguity(Arc<AtomicBool>);

impl Ambiguity {
    pub(crate) fn came(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A stream whose heads are looked at.
pub(crate) struct Watched<S> {
    stream: S,
    heads: Heads,
    ambiguity: Ambiguity,
}

impl<S> Watched<S> {
    pub(crate) fn new(stream: S, ambiguity: Ambiguity) -> Self {
        Self { stream, heads: Heads::default(), ambiguity }
    }
}

/// How far the requests of a connection were seen.
#[derive(Debug, Default)]
pub struct Heads {
    place: Place,
    line: Vec<u8>,
    first_seen: bool,
    length: Option<u64>,
    is_coded: bool,
}

#[derive(Debug, Default)]
enum Place {
    #[default]
    Head,
    Body(u64),
    /// Nothing more is looked at: the connection ends with the request that is under way.
    Last,
}

impl Heads {
    /// Looks at what came; tells whether some of it can be read in two ways. It may come in any pieces.
    pub fn see(&mut self, mut bytes: &[u8]) -> bool {
        let mut ambiguous = false;
        while !bytes.is_empty() {
            match &mut self.place {
                Place::Last => break,
                Place::Body(left) => {
                    let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                    bytes = &bytes[taken..];
                    *left -= taken as u64;
                    if *left == 0 {
                        self.place = Place::Head;
                    }
                }
                Place::Head => {
                    let end = bytes.iter().position(|byte| *byte == b'\n');
                    let (piece, rest) = bytes.split_at(end.map_or(bytes.len(), |end| end + 1));
                    bytes = rest;
                    self.line.extend_from_slice(piece);
                    if end.is_some() {
                        ambiguous |= self.end_of_line();
                        self.line.clear();
                    } else if self.line.len() > LONGEST_LINE {
                        self.place = Place::Last;
                    }
                }
            }
        }
        ambiguous
    }

    fn end_of_line(&mut self) -> bool {
        let Some(line) = self.line.strip_suffix(b"\r\n") else { return true };
        if line.is_empty() {
            // Empty lines before a request are passed over.
            return self.first_seen && self.end_of_head();
        }
        if !std::mem::replace(&mut self.first_seen, true) {
            return false;
        }
        let (name, value) = line.split_at(line.iter().position(|byte| *byte == b':').unwrap_or(line.len()));
        if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.is_coded = true;
        } else if name.eq_ignore_ascii_case(b"content-length") {
            let value = value.strip_prefix(b":").unwrap_or_default().trim_ascii();
            let length = std::str::from_utf8(value).ok().and_then(|value| value.parse().ok());
            return self.length.replace(length.unwrap_or_default()).is_some() || length.is_none();
        }
        false
    }

    fn end_of_head(&mut self) -> bool {
        self.first_seen = false;
        let (length, is_coded) = (self.length.take(), std::mem::take(&mut self.is_coded));
        self.place = match length {
            _ if is_coded => Place::Last,
            None | Some(0) => Place::Head,
            Some(length) => Place::Body(length),
        };
        is_coded && length.is_some()
    }
}

/// hyper refuses heads long before.
const LONGEST_LINE: usize = 65_536;

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        if self.heads.see(&buffer.filled()[before..]) {
            self.ambiguity.0.store(true, Ordering::Relaxed);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Says for each request whether it can be read in two ways, however its bytes come in pieces.
    fn seen(requests: &[&str], piece: usize) -> Vec<bool> {
        let mut heads = Heads::default();
        let mut see = |request: &str| {
            request.as_bytes().chunks(piece).map(|piece| heads.see(piece)).max() == Some(true)
        };
        requests.iter().map(|request| see(request)).collect()
    }

    const PLAIN: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    const WITH_BODY: &str = "POST / HTTP/1.1\r\ncontent-length: 9\r\nHost: a\r\n\r\na\nb: c\n\n\r";

    #[test]
    fn what_can_be_read_in_two_ways_is_seen_wherever_it_stands() {
        for bad in [
            "GET / HTTP/1.1\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n\n",
            "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
            "GET / HTTP/1.1\r\nContent-Length: 0\r\nCONTENT-LENGTH: 1\r\n\r\na",
            "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "GET / HTTP/1.1\r\ntransfer-encoding: chunked\r\ncontent-length:5\r\n\r\n0\r\n\r\n",
        ] {
            for piece in [1, 7, 1_000] {
                assert_eq!(seen(&[PLAIN, WITH_BODY, bad], piece), [false, false, true], "{bad:?}");
            }
        }
    }

    #[test]
    fn chunks_are_not_looked_at() {
        let chunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na\nb\r\n0\r\n\r\n";
        assert_eq!(seen(&["\r\n", chunked, "\n"], 3), [false, false, false]);
    }

    proptest! {
        #[test]
        fn whatever_stands_in_a_body_is_no_head(bodies in prop::collection::vec("[\r\n\\PC]{0,40}", 0..6), piece in 1_usize..50) {
            let requests: Vec<_> = bodies
                .iter()
                .map(|body| format!("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{body}", body.len()))
                .collect();
            let requests: Vec<_> = requests.iter().map(String::as_str).collect();
            prop_assert!(seen(&requests, piece).iter().all(|ambiguous| !ambiguous));
            let after: Vec<_> = requests.into_iter().chain(["GET / HTTP/1.1\n\r\n"]).collect();
            prop_assert!(seen(&after, piece).ends_with(&[true]));
        }
    }
}
