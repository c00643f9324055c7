//! Who calls, as the gateway vouches for it towards the API application.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{ApplicationId, TenantId},
    policy::Environment,
    scope::Scopes,
};

/// The identity behind one API key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Caller {
    /// The tenant that owns the key. The only source of a tenant id in the API application.
    pub tenant: TenantId,
    /// The application the key was issued to.
    pub application: ApplicationId,
    /// The public half of the key; safe to log.
    pub key: String,
    /// Whether the key is for tests or for live texts.
    pub environment: Environment,
    /// What the key may do.
    pub scopes: Scopes,
    /// Seconds since 1970 at which the key expires, if it does.
    pub key_expires_at: Option<i64>,
}

/// What the gateway signs for each forwarded request (threat A1).
///
/// It binds one caller to one request for a few seconds: it can't be moved to another path or body, and it can't be used twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallerContext {
    /// Who calls.
    pub caller: Caller,
    /// The HTTP method, upper case.
    pub method: String,
    /// The path and query exactly as forwarded.
    pub target: String,
    /// SHA-256 of the forwarded body, base64url without padding.
    pub body_digest: String,
    /// The request id that logs, answers and problems carry.
    pub request_id: String,
    /// 128 random bits, base64url; accepted once.
    pub nonce: String,
    /// Seconds since 1970 at which the gateway signed.
    pub issued_at: i64,
}

impl CallerContext {
    /// How long a context is valid, in seconds, before and after `issued_at`.
    pub const LIFETIME_SECONDS: i64 = 30;
}
