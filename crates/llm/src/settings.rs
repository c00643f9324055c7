//! What a [`crate::Client`] is told: where the provider is, how long to wait, and how much to allow.
//!
//! Nothing here reads the environment; the caller parses its configuration into these types.

use std::{fmt, path::PathBuf, time::Duration};

use secrecy::SecretString;
use url::Url;

/// Everything a client needs. `Debug` shows neither the key nor more of a URL than scheme, host and port.
#[derive(Clone)]
pub struct Settings {
    /// The API's root, such as `https://api.openai.com/v1`; plain http only for loopback hosts.
    pub base_url: Url,
    /// Sent as bearer token; `None` for servers that want none.
    pub api_key: Option<SecretString>,
    /// The provider's name of the model.
    pub model: String,
    /// Which field carries the output cap.
    pub output_cap: OutputCap,
    /// Whom to trust as the provider's certificate issuer.
    pub roots: Roots,
    /// An http proxy for all calls; the environment's proxy variables are never looked at.
    pub proxy: Option<Url>,
    /// How long each part of a call may take.
    pub deadlines: Deadlines,
    /// How much may be asked, answered and done at once.
    pub limits: Limits,
    /// When a failed call is tried again.
    pub retry: Retry,
    /// When a failing provider is left alone.
    pub breaker: Breaker,
}

impl Settings {
    /// Returns settings for `model` at `base_url` with the defaults of this module.
    pub fn new(base_url: Url, api_key: Option<SecretString>, model: impl Into<String>) -> Self {
        Self {
            base_url,
            api_key,
            model: model.into(),
            output_cap: OutputCap::MaxCompletionTokens,
            roots: Roots::Platform,
            proxy: None,
            deadlines: Deadlines::default(),
            limits: Limits::default(),
            retry: Retry::default(),
            breaker: Breaker::default(),
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("origin", &self.base_url.origin().ascii_serialization())
            .field("api_key", &self.api_key.is_some())
            .field("model", &self.model)
            .field("output_cap", &self.output_cap)
            .field("roots", &self.roots)
            .field("proxy", &self.proxy.as_ref().map(|proxy| proxy.origin().ascii_serialization()))
            .field("deadlines", &self.deadlines)
            .field("limits", &self.limits)
            .field("retry", &self.retry)
            .field("breaker", &self.breaker)
            .finish()
    }
}

/// The request field that carries the output cap; a provider takes one of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputCap {
    /// `max_completion_tokens`, what OpenAI takes today.
    MaxCompletionTokens,
    /// `max_tokens`, what older servers take.
    MaxTokens,
}

/// Whose certificates are trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Roots {
    /// Those of the operating system.
    Platform,
    /// Only those in this PEM file: for private endpoints.
    File(PathBuf),
}

/// How long each part of a call may take; the caller's own deadline cuts them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// Making the connection, TLS included.
    pub connect: Duration,
    /// Waiting for one of [`Limits::concurrent`] places.
    pub queue: Duration,
    /// From sending the request to the first text.
    pub first_token: Duration,
    /// Between two events of the stream; keep-alive comments do not count as events.
    pub between_chunks: Duration,
    /// The whole call: waiting, tries and answer.
    pub total: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            queue: Duration::from_secs(5),
            // ChatGPT begins within 0.3 to 5 seconds; what takes longer than this is ill, or thinks, or is a small machine.
            first_token: Duration::from_secs(10),
            between_chunks: Duration::from_secs(10),
            // A text of 1 500 characters takes under 20 seconds at 30 tokens a second.
            total: Duration::from_secs(45),
        }
    }
}

/// How much may be asked, answered and done at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Calls under way at once.
    pub concurrent: usize,
    /// Calls that may wait for a place, in turns of their callers; more are refused at once.
    pub waiting: usize,
    /// Of one caller, no more than this many of them.
    pub waiting_each: usize,
    /// The largest answer in bytes of text.
    pub answer_bytes: usize,
    /// The most output tokens a request may ask for; larger wishes are cut to it.
    pub output_tokens: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { concurrent: 16, waiting: 64, waiting_each: 16, answer_bytes: 64 * 1024, output_tokens: 4096 }
    }
}

/// When a failed call is tried again; never after its first text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Tries after the first, for one request.
    pub per_request: u32,
    /// Tries after the first, for all requests of a window together: this percentage of them …
    pub percent: u32,
    /// … plus these, so that a quiet service may retry at all.
    pub minimum: u32,
    /// The window over which the two above count.
    pub window: Duration,
    /// The longest wait before the first retry; doubled for each further one.
    pub backoff: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            per_request: 2,
            percent: 10,
            minimum: 2,
            window: Duration::from_secs(60),
            backoff: Duration::from_millis(400),
        }
    }
}

/// When a failing provider is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breaker {
    /// Opens after this many failures in a row, of whatever kind …
    pub consecutive: u32,
    /// … or this many in a row in which it was silent until a deadline, since each costs its caller that long …
    pub silent: u32,
    /// … or when this percentage of a window's calls failed …
    pub percent: u32,
    /// … and the window saw at least this many.
    pub calls: u32,
    /// The window over which the percentage counts.
    pub window: Duration,
    /// How long the first opening lasts; doubled each time the trial call fails.
    pub open_for: Duration,
    /// How long it lasts at least after a silence: a trial costs its caller a deadline again.
    pub open_for_silence: Duration,
    /// The longest opening.
    pub open_for_at_most: Duration,
}

impl Default for Breaker {
    fn default() -> Self {
        Self {
            consecutive: 5,
            silent: 2,
            percent: 50,
            calls: 20,
            window: Duration::from_secs(30),
            open_for: Duration::from_secs(5),
            open_for_silence: Duration::from_secs(30),
            open_for_at_most: Duration::from_secs(300),
        }
    }
}
