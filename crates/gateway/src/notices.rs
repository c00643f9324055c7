//! What an answer tells the holder of a key about the key itself: that it ends soon, that others know it.

use domain::{Timestamp, clock::from_unix};
use http::{HeaderMap, HeaderName, HeaderValue};
use time::format_description::well_known::Rfc3339;

use crate::policy::Key;

/// How long before its end the answers to a key say when it ends.
const NOTICE_SECONDS: i64 = 14 * 24 * 60 * 60;

/// Writes what is to be said about `key`: for most keys nothing, at the cost of two comparisons.
pub(crate) fn write(key: &Key, now: Timestamp, headers: &mut HeaderMap) {
    if let Some(end) = key.caller.key_expires_at
        && end.saturating_sub(now.unix_timestamp()) <= NOTICE_SECONDS
        && let Ok(end) = from_unix(end).format(&Rfc3339)
        && let Ok(end) = HeaderValue::try_from(end)
    {
        headers.insert(EXPIRES_AT, end);
    }
    if key.exposed {
        headers.insert(EXPOSED, HeaderValue::from_static("true"));
    }
}

const EXPIRES_AT: HeaderName = HeaderName::from_static("api-key-expires-at");
const EXPOSED: HeaderName = HeaderName::from_static("api-key-exposed");

#[cfg(test)]
mod tests {
    use domain::policy::KeyPolicy;

    use super::*;
    use crate::identify::testing::{holder, key_policy};

    const END: i64 = 1_800_000_000;

    fn said(policy: &KeyPolicy, now: i64) -> Vec<(String, String)> {
        let mut headers = HeaderMap::new();
        write(holder(policy).key(), from_unix(now), &mut headers);
        headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect()
    }

    #[test]
    fn the_end_is_told_in_the_last_fourteen_days() {
        let policy = KeyPolicy { expires_at: Some(END), ..key_policy() };
        assert_eq!(said(&policy, END - NOTICE_SECONDS - 1), []);
        let told = [("api-key-expires-at".to_owned(), "2027-01-15T08:00:00Z".to_owned())];
        for before in [NOTICE_SECONDS, 60, 1] {
            assert_eq!(said(&policy, END - before), told);
        }
        assert_eq!(said(&key_policy(), END), []);
    }

    #[test]
    fn exposure_is_told_until_the_key_is_gone() {
        let policy = KeyPolicy { exposed: true, ..key_policy() };
        assert_eq!(said(&policy, END), [("api-key-exposed".to_owned(), "true".to_owned())]);
    }
}
