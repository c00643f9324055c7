//! Metered use.

use domain::Timestamp;
use time::Time;

/// Returns the first moment of the month that `now` is in.
pub(crate) fn month_of(now: Timestamp) -> Timestamp {
    now.replace_day(1).unwrap_or(now).replace_time(Time::MIDNIGHT)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_month_begins_on_its_first_midnight() {
        assert_eq!(month_of(datetime!(2026-11-23 14:45:07.5 UTC)), datetime!(2026-11-01 00:00 UTC));
    }
}
