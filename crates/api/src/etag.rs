//! `ETag` and `If-Match`: nobody overwrites a change they have not seen.

use domain::problem::Code;
use http::{HeaderMap, header};

use crate::error::Error;

/// Fails unless the request's `If-Match` names `current`.
pub(crate) fn required(headers: &HeaderMap, current: &str) -> Result<(), Error> {
    match if_match(headers) {
        None => Err(Error::code(Code::IfMatchRequired)),
        Some(tags) if names(&tags, current) => Ok(()),
        Some(_) => Err(Error::code(Code::EtagMismatch)),
    }
}

/// Fails if the request has an `If-Match` that does not name `current`.
pub(crate) fn honoured(headers: &HeaderMap, current: &str) -> Result<(), Error> {
    if if_match(headers).is_none_or(|tags| names(&tags, current)) {
        Ok(())
    } else {
        Err(Error::code(Code::EtagMismatch))
    }
}

/// Returns the entity tag of version `version`.
pub(crate) fn of_version(version: u32) -> String {
    format!("\"{version}\"")
}

fn if_match(headers: &HeaderMap) -> Option<Vec<&str>> {
    let values: Vec<_> = headers.get_all(header::IF_MATCH).iter().collect();
    if values.is_empty() {
        return None;
    }
    let tags = values.into_iter().flat_map(|value| value.to_str().unwrap_or_default().split(','));
    Some(tags.map(str::trim).collect())
}

/// `*` is not taken: whoever sends it has not seen what it overwrites. Weak tags never match (RFC 9110, 13.1.1).
fn names(tags: &[&str], current: &str) -> bool {
    tags.contains(&current)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn refused(value: Option<&'static str>) -> Option<Code> {
        let mut headers = HeaderMap::new();
        if let Some(value) = value {
            headers.insert(header::IF_MATCH, HeaderValue::from_static(value));
        }
        required(&headers, "\"3\"").err().map(|error| error.problem().code)
    }

    #[test]
    fn only_the_current_strong_tag_matches() {
        assert_eq!(refused(Some("\"3\"")), None);
        assert_eq!(refused(Some("\"2\", \"3\"")), None);
        for stale in ["\"2\"", "W/\"3\"", "*", "3", ""] {
            assert_eq!(refused(Some(stale)), Some(Code::EtagMismatch), "{stale}");
        }
        assert_eq!(refused(None), Some(Code::IfMatchRequired));
    }

    #[test]
    fn without_if_match_an_optional_check_passes() {
        assert!(honoured(&HeaderMap::new(), "\"1\"").is_ok());
    }
}
