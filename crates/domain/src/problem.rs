//! The catalogue of everything that can be wrong with a request (RFC 9457 problem details).

use std::fmt;

use serde::{Deserialize, Serialize};

/// What went wrong, in one word that programs branch on.
///
/// Each code has one HTTP status, one title and one answer to "may I try again?".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    /// Not HTTP, not JSON, or ambiguous framing.
    Malformed,
    /// An API key stands in the URL.
    KeyInUrl,
    /// `storeContent` only: no such dietitian for this tenant.
    DietitianNotFound,
    /// No API key was sent.
    KeyMissing,
    /// The API key is not one of ours.
    KeyInvalid,
    /// The API key is past its end.
    KeyExpired,
    /// The API key was revoked.
    KeyRevoked,
    /// The API application was reached by something other than the gateway.
    ContextInvalid,
    /// The API key does not work from the caller's network.
    NetworkNotAllowed,
    /// The API key lacks the operation's scope.
    ScopeMissing,
    /// The body names an application that the key was not issued to.
    TenantMismatch,
    /// The tenant is suspended.
    TenantSuspended,
    /// The dietitian has not consented, or has withdrawn consent.
    ConsentRequired,
    /// There is nothing here, or nothing that this caller may know of.
    NotFound,
    /// The path exists, the method does not.
    Method,
    /// No representation that the caller accepts.
    NotAcceptable,
    /// It was erased.
    Erased,
    /// The first request with this idempotency key is still running.
    IdempotencyInProgress,
    /// Too few samples to write in this voice.
    StyleNotReady,
    /// The resource's state does not allow this.
    StateConflict,
    /// `If-Match` names another version.
    EtagMismatch,
    /// The body, the headers or the target are too large.
    TooLarge,
    /// The body is not `application/json`.
    MediaType,
    /// The operation needs `If-Match`.
    IfMatchRequired,
    /// The body or a parameter does not fit the schema.
    Schema,
    /// The facts contradict each other or can't be written about.
    FactsInvalid,
    /// The text holds characters or instructions that are not let in.
    UnsafeInput,
    /// No text passed the output rules.
    OutputBlocked,
    /// The idempotency key was used with another body.
    IdempotencyKeyReused,
    /// A request limit was reached.
    RateLimited,
    /// Too many requests at the same time.
    ConcurrencyLimited,
    /// The request took too long to arrive.
    RequestTimeout,
    /// Our fault.
    Internal,
    /// A part behind the gateway failed.
    ProviderError,
    /// A part is down or full.
    Overloaded,
    /// A part behind the gateway took too long.
    ProviderTimeout,
}

impl Code {
    /// The whole catalogue, in the order of the documentation.
    pub const ALL: [Self; 36] = [
        Self::Malformed,
        Self::KeyInUrl,
        Self::DietitianNotFound,
        Self::KeyMissing,
        Self::KeyInvalid,
        Self::KeyExpired,
        Self::KeyRevoked,
        Self::ContextInvalid,
        Self::NetworkNotAllowed,
        Self::ScopeMissing,
        Self::TenantMismatch,
        Self::TenantSuspended,
        Self::ConsentRequired,
        Self::NotFound,
        Self::Method,
        Self::NotAcceptable,
        Self::Erased,
        Self::IdempotencyInProgress,
        Self::StyleNotReady,
        Self::StateConflict,
        Self::EtagMismatch,
        Self::TooLarge,
        Self::MediaType,
        Self::IfMatchRequired,
        Self::Schema,
        Self::FactsInvalid,
        Self::UnsafeInput,
        Self::OutputBlocked,
        Self::IdempotencyKeyReused,
        Self::RateLimited,
        Self::ConcurrencyLimited,
        Self::RequestTimeout,
        Self::Internal,
        Self::ProviderError,
        Self::Overloaded,
        Self::ProviderTimeout,
    ];

    /// Returns `(code, status, title, retryable)`: the row of the catalogue.
    const fn row(self) -> (&'static str, u16, &'static str, bool) {
        match self {
            Self::Malformed => ("malformed", 400, "The request could not be read", false),
            Self::KeyInUrl => ("key-in-url", 400, "An API key does not belong in a URL", false),
            Self::DietitianNotFound => ("dietitian-not-found", 400, "Cannot find dietitian", false),
            Self::KeyMissing => ("key-missing", 401, "An API key is needed", false),
            Self::KeyInvalid => ("key-invalid", 401, "This API key is not valid", false),
            Self::KeyExpired => ("key-expired", 401, "This API key has expired", false),
            Self::KeyRevoked => ("key-revoked", 401, "This API key was revoked", false),
            Self::ContextInvalid => ("context-invalid", 401, "This address serves the gateway only", false),
            Self::NetworkNotAllowed => {
                ("network-not-allowed", 403, "This API key does not work from this address", false)
            }
            Self::ScopeMissing => ("scope-missing", 403, "This API key may not do this", false),
            Self::TenantMismatch => {
                ("tenant-mismatch", 403, "The application named is not the caller's", false)
            }
            Self::TenantSuspended => ("tenant-suspended", 403, "This account is suspended", false),
            Self::ConsentRequired => ("consent-required", 403, "The dietitian's consent is needed", false),
            Self::NotFound => ("not-found", 404, "There is nothing here", false),
            Self::Method => ("method", 405, "This method is not offered here", false),
            Self::NotAcceptable => ("not-acceptable", 406, "No acceptable representation", false),
            Self::IdempotencyInProgress => {
                ("idempotency-in-progress", 409, "The first request is still running", true)
            }
            Self::StyleNotReady => ("style-not-ready", 409, "More samples are needed", false),
            Self::StateConflict => ("state-conflict", 409, "The state does not allow this", false),
            Self::Erased => ("erased", 410, "It was erased", false),
            Self::EtagMismatch => ("etag-mismatch", 412, "It has changed meanwhile", false),
            Self::TooLarge => ("too-large", 413, "The request is too large", false),
            Self::MediaType => ("media-type", 415, "The body must be application/json", false),
            Self::IfMatchRequired => ("if-match-required", 428, "If-Match is needed", false),
            Self::Schema => ("schema", 422, "The request does not fit the schema", false),
            Self::FactsInvalid => ("facts-invalid", 422, "The facts can't be used", false),
            Self::UnsafeInput => ("unsafe-input", 422, "The text holds what is not let in", false),
            Self::OutputBlocked => ("output-blocked", 422, "No text passed the output rules", false),
            Self::IdempotencyKeyReused => {
                ("idempotency-key-reused", 422, "The idempotency key was used with another body", false)
            }
            Self::RateLimited => ("rate-limited", 429, "The request limit is reached", true),
            Self::ConcurrencyLimited => {
                ("concurrency-limited", 429, "Too many requests at the same time", true)
            }
            Self::RequestTimeout => ("request-timeout", 408, "The request took too long to arrive", true),
            Self::Internal => ("internal", 500, "Something failed on our side", true),
            Self::ProviderError => ("provider-error", 502, "A part of the service failed", true),
            Self::Overloaded => ("overloaded", 503, "The service is overloaded or starting", true),
            Self::ProviderTimeout => ("provider-timeout", 504, "A part of the service took too long", true),
        }
    }

    /// Returns the word that the member `code` carries.
    pub const fn as_str(self) -> &'static str {
        self.row().0
    }

    /// Returns the HTTP status.
    pub const fn status(self) -> u16 {
        self.row().1
    }

    /// Returns the one-line title.
    pub const fn title(self) -> &'static str {
        self.row().2
    }

    /// Tells whether the same request may succeed later.
    pub const fn retryable(self) -> bool {
        self.row().3
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One bad field of a request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FieldError {
    /// Where, as a JSON Pointer (RFC 6901) into the request's body.
    pub pointer: String,
    /// What, in one word: the JSON Schema keyword that failed, or a word of our own.
    pub code: String,
    /// What to do about it, in one sentence that holds nothing of the request's data.
    pub detail: String,
}

impl FieldError {
    /// Returns the error of the field at `pointer`.
    pub fn new(pointer: impl Into<String>, code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), code: code.into(), detail: detail.into() }
    }
}

/// Whose limit was reached, for `rate-limited` and `concurrency-limited`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitReached {
    /// `key`, `tenant`, `dietitian` or `address`.
    pub scope: String,
    /// The policy's name in the `RateLimit-Policy` header.
    pub policy: String,
    /// Seconds until a request fits again.
    pub reset: u64,
}

/// A refusal as the caller reads it. It never holds the text of an internal error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What went wrong.
    pub code: Code,
    /// One sentence for the developer on the other side.
    pub detail: Option<String>,
    /// The bad fields, all of them.
    pub errors: Vec<FieldError>,
    /// Whose limit was reached.
    pub limit: Option<LimitReached>,
}

impl Problem {
    /// Returns the problem with nothing but its code.
    pub const fn new(code: Code) -> Self {
        Self { code, detail: None, errors: Vec::new(), limit: None }
    }

    /// Adds one sentence for the developer on the other side.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds the bad fields.
    #[must_use]
    pub fn errors(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
        self
    }

    /// Returns the JSON of `application/problem+json`; `instance` is the request id.
    pub fn to_json(&self, instance: &str) -> serde_json::Value {
        let mut json = serde_json::json!({
            "type": format!("urn:ai-nutrition-pro:problem:{}", self.code),
            "title": self.code.title(),
            "status": self.code.status(),
            "code": self.code.as_str(),
            "instance": instance,
            "retryable": self.code.retryable(),
        });
        if let Some(detail) = &self.detail {
            json["detail"] = detail.as_str().into();
        }
        if !self.errors.is_empty() {
            json["errors"] = serde_json::json!(self.errors);
        }
        if let Some(limit) = &self.limit {
            json["limit"] = serde_json::json!(limit);
        }
        json
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_has_its_own_word_and_an_error_status() {
        let words: BTreeSet<_> = Code::ALL.into_iter().map(Code::as_str).collect();
        assert_eq!(words.len(), Code::ALL.len());
        assert!(Code::ALL.into_iter().all(|code| (400..600).contains(&code.status())));
    }

    #[test]
    fn problem_json_names_every_bad_field() {
        let problem = Problem::new(Code::Schema).detail("two fields").errors(vec![
            FieldError::new("/a", "type", "a string"),
            FieldError::new("/b", "required", "add it"),
        ]);
        let json = problem.to_json("r-1");
        assert_eq!(json["status"], 422);
        assert_eq!(json["errors"][1]["pointer"], "/b");
        assert_eq!(json["instance"], "r-1");
    }
}
