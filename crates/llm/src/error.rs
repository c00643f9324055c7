//! Why no answer came, in one variant per thing a caller does next.
//!
//! No variant can carry the provider's text, the prompt or the key: there is no field to put them in.

use std::time::Duration;

/// Why a model did not answer. Values are safe to log and to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The provider failed or cannot be reached: fall back, or try again later.
    #[error("the language model is unavailable: {cause}")]
    Unavailable {
        /// What was seen.
        cause: Cause,
        /// How long the provider asked to be left alone.
        retry_after: Option<Duration>,
    },
    /// The provider's own rate limit was reached: fall back, or answer `provider-limited`.
    #[error("the language model's provider limits our rate")]
    Limited {
        /// How long the provider asked to be left alone.
        retry_after: Option<Duration>,
    },
    /// Too many calls are under way here and the queue is full: answer `overloaded`.
    #[error("too many calls to the language model are waiting")]
    Busy,
    /// The provider failed too often lately and is not asked: fall back at once.
    #[error("the language model is not asked for {}s after repeated failures", retry_after.as_secs())]
    BreakerOpen {
        /// Time until the next trial call.
        retry_after: Duration,
    },
    /// A deadline passed: fall back, or answer `provider-timeout`.
    #[error("the language model took too long: {0}")]
    Timeout(Phase),
    /// The provider declined to write this (content filter or refusal): do not ask again.
    #[error("the language model declined to answer")]
    Refused,
    /// An answer came that cannot be used: fall back.
    #[error("the language model's answer is unusable: {0}")]
    BadAnswer(Fault),
    /// Asking again will not help until an operator changes something.
    #[error("the language model is misconfigured: {0}")]
    Misconfigured(Misconfiguration),
}

/// What was seen of an unavailable provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// No connection, or no TLS session, could be made.
    #[error("no connection")]
    Connect,
    /// The connection broke before the first token.
    #[error("connection broken")]
    Broken,
    /// The provider answered with this HTTP status.
    #[error("status {0}")]
    Status(u16),
    /// The provider reported an error of its own inside a stream that began well.
    #[error("error within the stream")]
    InStream,
}

/// Which deadline passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Phase {
    /// Making the connection, TLS included.
    #[error("connecting")]
    Connect,
    /// From sending the request to the first text.
    #[error("first token")]
    FirstToken,
    /// Between two events of the stream.
    #[error("between chunks")]
    BetweenChunks,
    /// The whole call: waiting, tries and answer.
    #[error("whole answer")]
    Total,
}

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Something in it is not what the chat API promises.
    #[error("malformed")]
    Malformed,
    /// It finished without a word.
    #[error("empty")]
    Empty,
    /// It ended without saying that it was finished.
    #[error("truncated")]
    Truncated,
    /// It is larger than the limit.
    #[error("too large")]
    TooLarge,
}

/// What an operator has to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misconfiguration {
    /// The base URL is not https (plain http is for loopback hosts), or carries a user, query or fragment.
    #[error("base URL must be https without user, query or fragment (http only on loopback)")]
    BaseUrl,
    /// The key cannot be sent in a header.
    #[error("the API key has characters that no header may carry")]
    Key,
    /// The certificate roots cannot be read, or hold no certificate.
    #[error("certificate roots cannot be used")]
    Roots,
    /// The proxy URL cannot be used.
    #[error("proxy URL cannot be used")]
    Proxy,
    /// A limit or deadline is zero or contradicts another.
    #[error("a limit or deadline is zero")]
    Limits,
    /// The provider refused the key (401, 403).
    #[error("the provider refused the API key")]
    Unauthorized,
    /// The provider knows no such model or path (404, 410), or redirected us.
    #[error("the provider knows no such model or path")]
    NotFound,
    /// The provider's account has no money left.
    #[error("the provider's quota is used up")]
    QuotaExhausted,
    /// The provider refused the form of this request (400, 413, 422 …).
    #[error("the provider refused the request, status {0}")]
    Rejected(u16),
}

impl Error {
    /// Returns a short stable name, for metrics and [`crate::Health`].
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unavailable { .. } => "unavailable",
            Self::Limited { .. } => "limited",
            Self::Busy => "busy",
            Self::BreakerOpen { .. } => "breaker-open",
            Self::Timeout(_) => "timeout",
            Self::Refused => "refused",
            Self::BadAnswer(_) => "bad-answer",
            Self::Misconfigured(_) => "misconfigured",
        }
    }

    /// Returns how long to leave the provider alone, where that is known.
    pub const fn retry_after(self) -> Option<Duration> {
        match self {
            Self::Unavailable { retry_after, .. } | Self::Limited { retry_after } => retry_after,
            Self::BreakerOpen { retry_after } => Some(retry_after),
            _ => None,
        }
    }

    /// Returns whether the same request may succeed at a second try right away.
    pub(crate) const fn is_retryable(self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::Limited { .. } | Self::Timeout(Phase::Connect))
    }

    /// Returns whether this tells that the provider is ill, and not that one request was.
    pub(crate) const fn is_providers_fault(self) -> bool {
        match self {
            Self::Unavailable { .. } | Self::Limited { .. } => true,
            Self::Timeout(_) => true,
            // A large or cut answer is as much the fault of one prompt as of the provider.
            Self::BadAnswer(fault) => !matches!(fault, Fault::TooLarge),
            Self::Misconfigured(what) => !matches!(what, Misconfiguration::Rejected(_)),
            Self::Busy | Self::BreakerOpen { .. } | Self::Refused => false,
        }
    }
}
