//! Refusals as `application/problem+json` (RFC 9457).

use domain::problem::{Code, Problem};
use http::{HeaderValue, Response, StatusCode, header};

use crate::body::{self, Body};

/// The header that carries the request id, the same as the problem's `instance`.
pub const REQUEST_ID: &str = "x-request-id";

/// Returns `problem` as an answer; `request_id` becomes its `instance`.
pub fn response(problem: &Problem, request_id: &str) -> Response<Body> {
    let mut response = Response::new(body::full(problem.to_json(request_id).to_string()));
    *response.status_mut() =
        StatusCode::from_u16(problem.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID, id);
    }
    if problem.code.status() == 401 {
        headers
            .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"ai-nutrition-pro\""));
    }
    if let Some(limit) = &problem.limit {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(limit.reset.max(1)));
    } else if problem.code == Code::Overloaded || problem.code == Code::IdempotencyInProgress {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_is_uncacheable_problem_json_with_its_status() {
        for code in Code::ALL {
            let response = response(&Problem::new(code), "r-1");
            assert_eq!(response.status().as_u16(), code.status());
            assert_eq!(response.headers()["content-type"], "application/problem+json");
            assert_eq!(response.headers()["cache-control"], "no-store");
            assert_eq!(response.headers()["x-request-id"], "r-1");
        }
    }
}
