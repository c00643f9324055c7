//! What a handler answers with, in a form that can be stored and given again.

use api_db::idempotency::StoredAnswer;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::{error::Error, gate::Meant};

/// An answer in one piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    status: StatusCode,
    headers: Vec<(HeaderName, String)>,
    body: Vec<u8>,
}

impl Answer {
    /// Returns the answer 200 with `body`.
    pub(crate) fn ok(body: &impl Serialize) -> Result<Self, Error> {
        Self::json(StatusCode::OK, body)
    }

    /// Returns the answer 201 with `body` and where it is found from now on.
    pub(crate) fn created(body: &impl Serialize, location: String) -> Result<Self, Error> {
        Ok(Self::json(StatusCode::CREATED, body)?.header(header::LOCATION, location))
    }

    /// Returns the answer 204.
    pub(crate) fn no_content() -> Self {
        Self { status: StatusCode::NO_CONTENT, headers: Vec::new(), body: Vec::new() }
    }

    /// Returns `error` as an answer that can be stored.
    pub(crate) fn problem(error: &Error, request_id: &str) -> Self {
        let body = error.to_json(request_id).to_string().into_bytes();
        let status = StatusCode::from_u16(error.problem().code.status());
        Self { status: status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), headers: Vec::new(), body }
            .header(header::CONTENT_TYPE, PROBLEM.to_owned())
    }

    /// Adds a header.
    pub(crate) fn header(mut self, name: HeaderName, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Says that a machine wrote the texts in the body.
    pub(crate) fn disclosed(self) -> Self {
        self.header(AI_DISCLOSURE, MACHINE_GENERATED.to_owned())
    }

    /// Adds the version of what the body shows.
    pub(crate) fn etag(self, etag: String) -> Self {
        self.header(header::ETAG, etag)
    }

    /// Returns the body.
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    /// Tells whether it is a problem and not a result.
    pub(crate) fn is_problem(&self) -> bool {
        self.status.is_client_error() || self.status.is_server_error()
    }

    fn json(status: StatusCode, body: &impl Serialize) -> Result<Self, Error> {
        let body = serde_json::to_vec(body).map_err(|_| Error::Fault("an answer has no JSON form"))?;
        Ok(Self { status, headers: Vec::new(), body }.header(header::CONTENT_TYPE, JSON.to_owned()))
    }

    /// Returns the form that is stored.
    pub(crate) fn stored(&self) -> StoredAnswer {
        StoredAnswer {
            status: self.status.as_u16(),
            headers: self.headers.iter().map(|(name, value)| (name.to_string(), value.clone())).collect(),
            body: self.body.clone(),
        }
    }

    /// Returns the answer that was stored, marked as given again.
    pub(crate) fn replayed(stored: StoredAnswer) -> Result<Self, Error> {
        let unreadable = |_| Error::Fault("a stored answer can't be read");
        let mut headers = Vec::new();
        for (name, value) in stored.headers {
            headers.push((name.parse().map_err(|_| Error::Fault("a stored header can't be read"))?, value));
        }
        let status = StatusCode::from_u16(stored.status).map_err(unreadable)?;
        Ok(Self { status, headers, body: stored.body }.header(REPLAYED, "true".to_owned()))
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = Response::new(self.body.into());
        *response.status_mut() = self.status;
        response.extensions_mut().insert(Meant);
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}

const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";

/// Says that a machine wrote the texts of an answer (draft-abaris-aicdh); informative.
pub(crate) const AI_DISCLOSURE: HeaderName = HeaderName::from_static("ai-disclosure");

/// What [`AI_DISCLOSURE`] says of a draft that nobody has reviewed yet.
pub(crate) const MACHINE_GENERATED: &str = "mode=machine-generated";

/// Says that an answer was stored before and is given again.
pub(crate) const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_answer_comes_back_whole_and_marked() {
        let answer = Answer::created(&serde_json::json!({"id": 1}), "/here".to_owned()).unwrap();
        let again = Answer::replayed(answer.stored()).unwrap();
        assert_eq!(again, answer.header(REPLAYED, "true".to_owned()));
    }
}
