//! The policy that a gateway enforces, as the control plane publishes it.
//!
//! A gateway refuses a policy with a field that it does not know: a restriction must never be passed over. What came
//! later is therefore left out of the JSON wherever it says nothing, so that an older gateway goes on until the first
//! key has it, and gateways are updated before the control plane.

pub mod pages;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{ApplicationId, TenantId},
    scope::Scopes,
};

/// Whether a key works on test data or on live texts (feature 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// For integration work.
    Test,
    /// For dietitians and their clients.
    Live,
}

impl Environment {
    /// Returns the name used in key texts, JSON and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Live => "live",
        }
    }
}

impl std::str::FromStr for Environment {
    type Err = crate::content::UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "test" => Ok(Self::Test),
            "live" => Ok(Self::Live),
            _ => Err(crate::content::UnknownName),
        }
    }
}

/// The state of a tenant as far as its keys are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TenantState {
    /// Its keys work.
    Active,
    /// Its keys are refused with `tenant-suspended`.
    Suspended,
}

/// Requests per window, for one key and for one tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestLimit {
    /// How many requests fit in one window.
    pub requests: u32,
    /// The window's length in seconds.
    pub window_seconds: u32,
}

/// A limit that differs from the usual one until a moment, after which the usual one is back.
///
/// Where several fit, the one that names the key goes before the one that names its application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitOverride {
    /// Whose limit it is.
    pub of: LimitSubject,
    /// What is limited.
    pub measure: Measure,
    /// How much of it: requests or bytes in a window, or requests at the same time.
    pub value: u64,
    /// Seconds since 1970 at which it ends. Gateways end it by their own clock.
    pub until: i64,
}

/// Whose limit an override changes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitSubject {
    /// All keys of a tenant together; for [`Measure::DietitianRequests`] each of its dietitians.
    Tenant(TenantId),
    /// Each key of an application by itself.
    Application(ApplicationId),
    /// One key, by its public half.
    Key(String),
}

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// Requests in a window.
    Requests,
    /// Bytes of request bodies in a window.
    Bytes,
    /// Requests at the same time.
    Concurrency,
    /// Requests in a window that are about one dietitian; of a tenant only.
    DietitianRequests,
}

impl Measure {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Requests, Self::Bytes, Self::Concurrency, Self::DietitianRequests];

    /// Returns the name used on the command line, in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Bytes => "bytes",
            Self::Concurrency => "concurrency",
            Self::DietitianRequests => "dietitian-requests",
        }
    }

    /// The most that an override may allow: 16 million requests, a tebibyte, or ten thousand at the same time.
    pub const fn most(self) -> u64 {
        match self {
            Self::Requests | Self::DietitianRequests => 1 << 24,
            Self::Bytes => 1 << 40,
            Self::Concurrency => 10_000,
        }
    }
}

impl std::str::FromStr for Measure {
    type Err = crate::content::UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|measure| measure.as_str() == text).ok_or(crate::content::UnknownName)
    }
}

/// One API key, as much of it as a gateway needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyPolicy {
    /// The public half of the key.
    pub id: String,
    /// HMAC-SHA-256 of the whole key under the pepper, base64url without padding.
    pub hash: String,
    /// The application it was issued to.
    pub application: ApplicationId,
    /// The tenant that owns the application.
    pub tenant: TenantId,
    /// Test or live.
    pub environment: Environment,
    /// What it may do.
    pub scopes: Scopes,
    /// Seconds since 1970 from which it is refused, if ever.
    pub expires_at: Option<i64>,
    /// Whether it was revoked. Kept in the policy so that the refusal can say so.
    pub revoked: bool,
    /// Whether it was seen where secrets do not belong, and is to be replaced. Absent stands for no.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub exposed: bool,
    /// The networks from which it works. Absent stands for everywhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub networks: Vec<IpNet>,
}

/// One tenant, as much of it as a gateway needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TenantPolicy {
    /// The tenant.
    pub id: TenantId,
    /// Whether its keys work.
    pub state: TenantState,
    /// What one of its keys may ask for.
    pub key_limit: RequestLimit,
    /// What all its keys together may ask for.
    pub tenant_limit: RequestLimit,
}

/// Everything a gateway knows about callers, at one version. It is sent and kept in [`pages`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicySnapshot {
    /// Grows by at least one with each change.
    pub version: u64,
    /// Seconds since 1970 at which the control plane made it.
    pub issued_at: i64,
    /// All tenants, by id.
    pub tenants: Vec<TenantPolicy>,
    /// All keys that were not forgotten yet, by public half.
    pub keys: Vec<KeyPolicy>,
    /// Limits that differ for a while. Absent stands for none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<LimitOverride>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = r#"{"id":"a","hash":"h","application":"018f3d6e-1111-7000-8000-000000000001","tenant":"018f3d6e-1111-7000-8000-000000000002","environment":"live","scopes":["usage:read"],"expires_at":null,"revoked":false}"#;

    #[test]
    fn a_key_without_what_came_later_reads_and_is_written_as_before() {
        let key: KeyPolicy = serde_json::from_str(KEY).unwrap();
        assert!(!key.exposed && key.networks.is_empty());
        assert_eq!(serde_json::to_string(&key).unwrap(), KEY);
    }

    #[test]
    fn a_policy_without_overrides_reads_and_is_written_as_before() {
        let text = r#"{"version":1,"issued_at":2,"tenants":[],"keys":[]}"#;
        let policy: PolicySnapshot = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&policy).unwrap(), text);
    }

    #[test]
    fn an_override_is_written_in_words() {
        let of = LimitSubject::Key("k".to_owned());
        let limit = LimitOverride { of, measure: Measure::DietitianRequests, value: 3, until: 9 };
        let text = r#"{"of":{"key":"k"},"measure":"dietitian-requests","value":3,"until":9}"#;
        assert_eq!(serde_json::to_string(&limit).unwrap(), text);
        assert_eq!(serde_json::from_str::<LimitOverride>(text).unwrap(), limit);
        assert!(Measure::ALL.into_iter().all(|measure| measure.as_str().parse() == Ok(measure)));
    }

    #[test]
    fn a_restriction_that_is_not_known_is_not_passed_over() {
        let stricter = KEY.replace("\"revoked\"", "\"only_on_sundays\":true,\"revoked\"");
        assert!(serde_json::from_str::<KeyPolicy>(&stricter).is_err());
    }
}
