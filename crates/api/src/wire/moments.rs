//! Moments, as RFC 3339 in UTC.

use domain::{Timestamp, problem::Code};
use time::format_description::well_known::Rfc3339;

use crate::error::Error;

/// Returns `moment` as RFC 3339 in UTC.
pub(crate) fn rfc3339(moment: Timestamp) -> String {
    moment.format(&Rfc3339).expect("years 0 to 9999 have an RFC 3339 form, and clocks know no others")
}

/// Reads a moment whose form the contract has checked; there is no 31st of February all the same.
pub(crate) fn moment(text: Option<&str>, pointer: &str) -> Result<Option<Timestamp>, Error> {
    text.map(|text| Timestamp::parse(text, &Rfc3339))
        .transpose()
        .map_err(|_| Error::field(Code::Schema, pointer, "format", "there is no such moment"))
}
