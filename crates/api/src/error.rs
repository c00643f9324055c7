//! What can go wrong in the API role, and the only place that turns it into an answer.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use domain::problem::{Code, FieldError, Problem};
use serve::body::{self, Body};

/// Why a request was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The caller is told this problem.
    #[error("refused: {}", .0.code)]
    Refused(Problem),
    /// `storeContent` named a dietitian that this tenant does not have; as the caller wrote it.
    #[error("refused: dietitian-not-found")]
    UnknownDietitian(String),
    /// The database failed, or does not have the row.
    #[error(transparent)]
    Database(#[from] api_db::Error),
    /// Something that never should be; for the log.
    #[error("{0}")]
    Fault(&'static str),
}

impl Error {
    /// Returns the refusal with nothing but its code.
    pub(crate) const fn code(code: Code) -> Self {
        Self::Refused(Problem::new(code))
    }

    /// Returns the refusal of one field.
    pub(crate) fn field(code: Code, pointer: &str, word: &str, detail: &str) -> Self {
        Self::fields(code, vec![FieldError::new(pointer, word, detail)])
    }

    /// Returns the refusal of several fields.
    pub(crate) fn fields(code: Code, mut errors: Vec<FieldError>) -> Self {
        errors.sort();
        let detail = match &errors[..] {
            [one] => one.detail.clone(),
            several => format!("{} fields can't be used", several.len()),
        };
        Self::Refused(Problem::new(code).detail(detail).errors(errors))
    }

    /// Names the member of the body that no dietitian was found by, where the path names none.
    pub(crate) fn about_dietitian_id(error: api_db::Error) -> Self {
        match error {
            api_db::Error::NotFound => {
                Self::field(Code::NotFound, "/dietitian_id", "not-found", "you have no dietitian of this id")
            }
            error => error.into(),
        }
    }

    /// Returns what the caller is told.
    pub(crate) fn problem(&self) -> Problem {
        match self {
            Self::Refused(problem) => problem.clone(),
            Self::UnknownDietitian(_) => Problem::new(Code::DietitianNotFound),
            Self::Database(api_db::Error::NotFound) => Problem::new(Code::NotFound),
            Self::Database(api_db::Error::Conflict) => Problem::new(Code::StateConflict),
            Self::Database(api_db::Error::Unavailable(_)) => Problem::new(Code::Overloaded),
            Self::Database(_) | Self::Fault(_) => Problem::new(Code::Internal),
        }
    }

    /// Returns the problem document; `instance` is the request id.
    pub(crate) fn to_json(&self, instance: &str) -> serde_json::Value {
        let mut json = self.problem().to_json(instance);
        if let Self::UnknownDietitian(uuid) = self {
            json["error"] = format!("Cannot find dietitian of uuid: {uuid}").into();
        }
        json
    }

    /// Returns the answer; `instance` is the request id.
    pub(crate) fn response(&self, instance: &str) -> http::Response<Body> {
        let mut response = serve::problem::response(&self.problem(), instance);
        *response.body_mut() = body::full(self.to_json(instance).to_string());
        response
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

/// An error on its way from a handler to the gate, which knows the request id and writes the answer.
#[derive(Clone)]
pub(crate) struct Failure(pub(crate) Arc<Error>);

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut response = Response::default();
        response.extensions_mut().insert(Failure(Arc::new(self)));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn internal_errors_tell_the_caller_nothing() {
        for error in
            [Error::Fault("row 17 of table x"), Error::Database(api_db::Error::Corrupt("sealed value"))]
        {
            let json = error.to_json("r-1").to_string();
            assert!(
                json.contains("internal") && !json.contains("row 17") && !json.contains("sealed"),
                "{json}"
            );
        }
    }

    #[test]
    fn an_unknown_dietitian_is_told_in_the_words_of_the_original_story() {
        let error = Error::UnknownDietitian("7d1c6e4e-0000-4000-8000-000000000000".to_owned());
        let json = error.to_json("r-1");
        assert_eq!(json["status"], 400);
        assert_eq!(json["error"], "Cannot find dietitian of uuid: 7d1c6e4e-0000-4000-8000-000000000000");
    }
}
