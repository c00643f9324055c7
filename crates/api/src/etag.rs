//! `ETag` and `If-Match`: nobody overwrites a change they have not seen.

use domain::problem::{Code, Problem};
use http::{HeaderMap, header};

use crate::error::Error;

/// Fails unless the request's `If-Match` names `current`.
pub(crate) fn required(headers: &HeaderMap, current: &str) -> Result<(), Error> {
    if headers.contains_key(header::IF_MATCH) {
        honoured(headers, current)
    } else {
        Err(Error::code(Code::IfMatchRequired))
    }
}

/// Fails if the request has an `If-Match` that does not name `current`.
pub(crate) fn honoured(headers: &HeaderMap, current: &str) -> Result<(), Error> {
    let Some(tags) = if_match(headers) else { return Ok(()) };
    if !(tags == ["*"] || tags.iter().all(|tag| is_strong(tag))) {
        let detail =
            format!("If-Match takes the ETag as it was answered, in double quotes, such as {EXAMPLE}, or *");
        return Err(Problem::new(Code::Malformed).detail(detail).into());
    }
    // `*` is for callers who want their change whatever there is (RFC 9110, 13.1.1).
    if tags == ["*"] || tags.contains(&current) { Ok(()) } else { Err(Error::code(Code::EtagMismatch)) }
}

const EXAMPLE: &str = "If-Match: \"3\"";

/// Weak tags never match (RFC 9110, 13.1.1), and none of ours is weak: whoever sends one has not kept what was answered.
fn is_strong(tag: &str) -> bool {
    let opaque = tag.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    opaque.is_some_and(|opaque| !opaque.is_empty() && !opaque.contains('"'))
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
        for stale in ["\"2\"", "\"2\",\"4\""] {
            assert_eq!(refused(Some(stale)), Some(Code::EtagMismatch), "{stale}");
        }
        assert_eq!(refused(None), Some(Code::IfMatchRequired));
    }

    #[test]
    fn a_star_matches_whatever_there_is() {
        assert_eq!(refused(Some("*")), None);
    }

    #[test]
    fn a_tag_in_another_form_is_told_the_right_one_and_not_that_something_changed() {
        for bad in ["3", "W/\"3\"", "", "\"3", "\"\"", "\"3\", *", "\"2\", 3"] {
            assert_eq!(refused(Some(bad)), Some(Code::Malformed), "{bad}");
        }
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_MATCH, HeaderValue::from_static("3"));
        let problem = required(&headers, "\"3\"").unwrap_err().problem();
        assert!(problem.detail.unwrap().contains(EXAMPLE));
    }

    #[test]
    fn without_if_match_an_optional_check_passes() {
        assert!(honoured(&HeaderMap::new(), "\"1\"").is_ok());
    }
}
