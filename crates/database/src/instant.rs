//! Moments as both engines store and compare them: microseconds since 1970 in a 64-bit integer.
//!
//! SQLite has no time type, and its text form of a time does not sort once fractions of a second appear.

use time::OffsetDateTime;

use crate::Error;

/// Returns the stored form of `moment`; anything finer than a microsecond is cut off.
pub fn to_micros(moment: OffsetDateTime) -> i64 {
    i64::try_from(moment.unix_timestamp_nanos().div_euclid(1_000)).unwrap_or(i64::MAX)
}

/// Returns the moment that a stored number stands for.
pub fn from_micros(micros: i64) -> Result<OffsetDateTime, Error> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000).map_err(|_| Error::Corrupt("time"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn microseconds_round_trip_on_both_sides_of_1970() {
        for micros in [-1, 0, 1, 1_763_900_000_123_456] {
            assert_eq!(from_micros(micros).map(to_micros).ok(), Some(micros));
        }
    }

    #[test]
    fn numbers_beyond_the_calendar_are_corrupt() {
        assert!(matches!(from_micros(i64::MAX), Err(Error::Corrupt(_))));
    }
}
