//! Moments, as RFC 3339 in UTC.

use domain::{Timestamp, problem::Code};
use time::{UtcOffset, format_description::well_known::Rfc3339, macros::format_description};

use crate::error::Error;

/// Returns `moment` as RFC 3339 in UTC, always with three digits of a second.
pub(crate) fn rfc3339(moment: Timestamp) -> String {
    let form = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    let moment = moment.to_offset(UtcOffset::UTC);
    moment.format(form).expect("years 0 to 9999 have an RFC 3339 form, and clocks know no others")
}

/// Reads a moment whose form the contract has checked; there is no 31st of February all the same.
pub(crate) fn moment(text: Option<&str>, pointer: &str) -> Result<Option<Timestamp>, Error> {
    text.map(|text| Timestamp::parse(text, &Rfc3339))
        .transpose()
        .map_err(|_| Error::field(Code::Schema, pointer, "format", "there is no such moment"))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_moment_has_three_digits_of_a_second_whatever_it_is() {
        assert_eq!(rfc3339(datetime!(2026-11-02 08:15:00 UTC)), "2026-11-02T08:15:00.000Z");
        assert_eq!(rfc3339(datetime!(2026-11-02 08:15:00.120_999 +1)), "2026-11-02T07:15:00.120Z");
    }

    #[test]
    fn what_is_answered_can_be_asked_with() {
        let now = datetime!(2026-11-02 08:15:00.123 UTC);
        assert_eq!(moment(Some(&rfc3339(now)), "?from").unwrap(), Some(now));
    }
}
