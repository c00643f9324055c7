//! What can be told about a provider from the calls made to it.

use std::time::Duration;

use crate::{Error, breaker};

/// A reading of a client's counters and breaker. Counters begin at 0 when the client is built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Whether the provider is asked at all.
    pub breaker: breaker::State,
    /// Time until the next trial call while the breaker is open.
    pub open_for: Option<Duration>,
    /// Calls under way.
    pub in_flight: usize,
    /// Calls waiting for a place.
    pub waiting: usize,
    /// Calls asked for by callers.
    pub requests: u64,
    /// Requests sent to the provider, retries included.
    pub attempts: u64,
    /// Attempts after the first of a call.
    pub retries: u64,
    /// Answers that finished.
    pub answered: u64,
    /// Calls that ended in an error.
    pub failed: u64,
    /// Calls whose caller went away before the end.
    pub cancelled: u64,
    /// How the latest failed call failed.
    pub last_failure: Option<Error>,
}
