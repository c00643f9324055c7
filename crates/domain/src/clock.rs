//! Time and randomness as values that are passed in, so that a test can fix both.

/// A moment in UTC.
pub type Timestamp = time::OffsetDateTime;

/// Tells the time. Only `main` and the listeners of a role hold one; functions take a [`Timestamp`].
pub trait Clock: Send + Sync {
    /// Returns the current moment in UTC.
    fn now(&self) -> Timestamp;
}

/// Gives random bytes fit for keys and nonces.
pub trait Entropy: Send + Sync {
    /// Fills `bytes` with random values.
    fn fill(&self, bytes: &mut [u8]);
}

/// Returns the moment `seconds` after 1970-01-01T00:00:00Z, or that moment itself when out of range.
pub fn from_unix(seconds: i64) -> Timestamp {
    Timestamp::from_unix_timestamp(seconds).unwrap_or(Timestamp::UNIX_EPOCH)
}
