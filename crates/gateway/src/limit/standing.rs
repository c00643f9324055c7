//! Where a caller stands with the limits, as the answer tells it (draft-ietf-httpapi-ratelimit-headers-11).

use std::fmt::Write as _;

use http::{HeaderMap, HeaderName, HeaderValue};

use super::{
    kind::Kind,
    window::{Level, Quota},
};

/// Where a caller stands. The limits of requests of key and tenant are always told, the others when they are nearly or
/// quite used up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    pub(super) caller: Option<OfCaller>,
    pub(super) more: Vec<Told>,
    pub(super) near: Near,
}

/// Where one stands with the limits of requests of a key and of its tenant.
#[derive(Clone, Debug)]
pub(super) struct OfCaller {
    pub(super) key: Level,
    pub(super) tenant: Level,
    /// Both, as `RateLimit-Policy` says them.
    pub(super) policy: HeaderValue,
}

/// A limit and where one stands with it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    pub(super) kind: Kind,
    pub(super) quota: Quota,
    pub(super) level: Level,
}

/// The limits that are nearly used up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Near(u16);

impl Near {
    pub(crate) fn add(&mut self, kind: Kind) {
        self.0 |= 1 << kind as u16;
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Kind> {
        Kind::ALL.into_iter().filter(move |kind| self.0 & (1 << *kind as u16) != 0)
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns the names with a comma between them.
    pub(crate) fn names(self) -> String {
        self.iter().map(Kind::as_str).collect::<Vec<_>>().join(", ")
    }
}

impl Standing {
    /// Returns the standing that tells of one limit only.
    pub(super) fn of(told: Told) -> Self {
        Self { caller: None, more: vec![told], near: Near::default() }
    }

    /// Returns the limits that are nearly used up.
    pub(crate) const fn near(&self) -> Near {
        self.near
    }

    /// Writes the headers.
    pub(crate) fn write(self, headers: &mut HeaderMap) {
        if !self.near.is_empty() {
            insert(headers, LIMIT_WARNING, self.near.names());
        }
        let mut levels = String::with_capacity(64);
        if let Some(OfCaller { key, tenant, .. }) = &self.caller {
            let _ = write!(
                levels,
                "\"key\";r={};t={}, \"tenant\";r={};t={}",
                key.remaining, key.reset, tenant.remaining, tenant.reset
            );
        }
        let policy = match &self.caller {
            Some(of_caller) if self.more.is_empty() => of_caller.policy.clone(),
            of_caller => {
                let mut policies = String::with_capacity(128);
                if let Some(of_caller) = of_caller {
                    policies.push_str(of_caller.policy.to_str().unwrap_or_default());
                }
                for told in &self.more {
                    told.append(&mut policies, &mut levels);
                }
                HeaderValue::try_from(policies).expect("quoted names and numbers are visible ASCII")
            }
        };
        if !levels.is_empty() {
            headers.insert(RATE_LIMIT_POLICY, policy);
            insert(headers, RATE_LIMIT, levels);
        }
    }
}

impl Told {
    fn append(&self, policies: &mut String, levels: &mut String) {
        let Self { kind, quota, level } = self;
        for list in [&mut *policies, &mut *levels] {
            if !list.is_empty() {
                list.push_str(", ");
            }
        }
        let _ = write!(policies, "\"{}\";q={}", kind.as_str(), quota.amount);
        if let Some(unit) = kind.unit() {
            let _ = write!(policies, ";qu=\"{unit}\"");
        }
        if quota.window_seconds > 0 {
            let _ = write!(policies, ";w={}", quota.window_seconds);
        }
        let _ = write!(levels, "\"{}\";r={};t={}", kind.as_str(), level.remaining, level.reset);
    }
}

/// Returns the value of `RateLimit-Policy` for the limits of requests of a key and of its tenant.
pub(crate) fn policy(key: Quota, tenant: Quota) -> HeaderValue {
    let text = format!(
        "\"key\";q={};w={}, \"tenant\";q={};w={}",
        key.amount, key.window_seconds, tenant.amount, tenant.window_seconds
    );
    HeaderValue::try_from(text).expect("quoted names and numbers are visible ASCII")
}

fn insert(headers: &mut HeaderMap, name: HeaderName, text: String) {
    headers.insert(name, HeaderValue::try_from(text).expect("quoted names and numbers are visible ASCII"));
}

const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
/// The policies of which four fifths or more are used up.
const LIMIT_WARNING: HeaderName = HeaderName::from_static("api-limit-warning");

#[cfg(test)]
mod tests {
    use super::*;

    fn told(kind: Kind, window_seconds: u32) -> Told {
        let level = Level { remaining: 1, reset: 2 };
        Told { kind, quota: Quota { amount: 9, window_seconds }, level }
    }

    fn written(standing: Standing) -> (String, String, Option<String>) {
        let mut headers = HeaderMap::new();
        standing.write(&mut headers);
        let text = |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap().to_owned());
        (text("ratelimit-policy").unwrap(), text("ratelimit").unwrap(), text("api-limit-warning"))
    }

    #[test]
    fn every_limit_is_told_with_its_unit_and_window() {
        let quota = Quota { amount: 9, window_seconds: 60 };
        let level = Level { remaining: 1, reset: 2 };
        let mut standing = Standing {
            caller: Some(OfCaller { key: level, tenant: level, policy: policy(quota, quota) }),
            ..Standing::default()
        };
        standing.more.push(told(Kind::KeyBytes, 60));
        standing.more.push(told(Kind::TenantConcurrency, 0));
        standing.near.add(Kind::KeyBytes);
        standing.near.add(Kind::Key);
        let (policies, levels, warning) = written(standing);
        let key_and_tenant = "\"key\";q=9;w=60, \"tenant\";q=9;w=60";
        let more =
            "\"key-bytes\";q=9;qu=\"content-bytes\";w=60, \"concurrency\";q=9;qu=\"concurrent-requests\"";
        assert_eq!(policies, format!("{key_and_tenant}, {more}"));
        let levels_of = |name: &str| format!("\"{name}\";r=1;t=2");
        let expected = ["key", "tenant", "key-bytes", "concurrency"].map(levels_of).join(", ");
        assert_eq!(levels, expected);
        assert_eq!(warning.unwrap(), "key, key-bytes");
    }

    #[test]
    fn who_has_no_key_is_told_of_the_limit_that_was_reached() {
        let (policies, levels, warning) = written(Standing::of(told(Kind::Address, 60)));
        assert_eq!(policies, "\"address\";q=9;w=60");
        assert_eq!(levels, "\"address\";r=1;t=2");
        assert_eq!(warning, None);
    }
}
