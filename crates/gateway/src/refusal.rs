//! Why a request goes no further, and what the caller is told.

use domain::problem::{Code, Problem};
use http::{HeaderValue, Response, header};
use serve::body::Body;

use crate::limit::Standing;

/// A request that goes no further.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) problem: Box<Problem>,
    /// The methods that the path does offer, for `method` only (RFC 9110, section 15.5.6).
    pub(crate) allow: Option<String>,
    /// Where the caller stands, for limits that were reached.
    pub(crate) standing: Option<Box<Standing>>,
    /// Whether nothing that follows on the connection can be trusted to be a request.
    pub(crate) close: bool,
}

impl Refusal {
    /// Tells the caller where they stand, too.
    pub(crate) fn at(mut self, standing: Standing) -> Self {
        self.standing = Some(Box::new(standing));
        self
    }

    /// Returns the answer.
    pub(crate) fn response(&self, request_id: &str) -> Response<Body> {
        let mut response = serve::problem::response(&self.problem, request_id);
        if let Some(allow) = self.allow.as_deref().and_then(|allow| HeaderValue::from_str(allow).ok()) {
            response.headers_mut().insert(header::ALLOW, allow);
        }
        if self.close {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self { problem: Box::new(problem), allow: None, standing: None, close: false }
    }
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Problem::new(code).into()
    }
}
