//! Bounded request bodies, and the one body type of our answers.

use std::time::Duration;

use bytes::Bytes;
use domain::problem::{Code, Problem};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited, combinators::UnsyncBoxBody};

/// Why a body broke off. Its text is never shown to a caller.
pub type BodyError = Box<dyn std::error::Error + Send + Sync>;

/// The body of every answer: in one piece, or streamed.
pub type Body = UnsyncBoxBody<Bytes, BodyError>;

/// Returns a body in one piece.
pub fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

/// Reads a body of at most `limit` bytes within `deadline`.
///
/// # Errors
/// `too-large` past the limit, `request-timeout` past the deadline, `malformed` when the client breaks off.
pub async fn read<B>(body: B, limit: usize, deadline: Duration) -> Result<Bytes, Problem>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<BodyError>,
{
    if body.size_hint().lower() > limit as u64 {
        return Err(too_large(limit));
    }
    match tokio::time::timeout(deadline, Limited::new(body, limit).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large(limit)),
        Ok(Err(_)) => Err(Problem::new(Code::Malformed).detail("the body broke off")),
        Err(_) => Err(Problem::new(Code::RequestTimeout).detail("the body did not arrive in time")),
    }
}

fn too_large(limit: usize) -> Problem {
    Problem::new(Code::TooLarge).detail(format!("the body may hold at most {limit} bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_over_the_limit_is_refused() {
        let read =
            |bytes: &'static [u8]| read(Full::new(Bytes::from_static(bytes)), 4, Duration::from_secs(1));
        assert_eq!(read(b"1234").await.unwrap(), "1234");
        assert_eq!(read(b"12345").await.unwrap_err().code, Code::TooLarge);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_ends_is_refused() {
        let stalled = http_body_util::StreamBody::new(futures_util::stream::pending::<
            Result<http_body::Frame<Bytes>, BodyError>,
        >());
        let refused = read(stalled, 4, Duration::from_secs(1)).await.unwrap_err();
        assert_eq!(refused.code, Code::RequestTimeout);
    }
}
