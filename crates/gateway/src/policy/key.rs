//! One API key and one tenant, as much of them as a request needs.

use std::{
    net::IpAddr,
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
};

use domain::{
    Timestamp,
    caller::Caller,
    policy::{KeyPolicy, RequestLimit, TenantPolicy, TenantState},
};
use http::HeaderValue;
use ipnet::IpNet;
use seal::api_key::KeyHash;

use super::table::Unusable;
use crate::limit::policy_header;

/// One API key.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) hash: KeyHash,
    pub(crate) caller: Caller,
    pub(crate) exposed: bool,
    /// Where it works; everywhere if empty.
    networks: Box<[IpNet]>,
    revoked: AtomicBool,
    /// The minute since 1970 of the last use that was noted.
    noted: AtomicU32,
}

impl Key {
    pub(super) fn new(policy: KeyPolicy) -> Result<Self, Unusable> {
        Ok(Self {
            hash: KeyHash::from_text(&policy.hash).map_err(|_| Unusable::Hash)?,
            caller: Caller {
                tenant: policy.tenant,
                application: policy.application,
                key: policy.id,
                environment: policy.environment,
                scopes: policy.scopes,
                key_expires_at: policy.expires_at,
            },
            exposed: policy.exposed,
            networks: policy.networks.into(),
            revoked: AtomicBool::new(policy.revoked),
            noted: AtomicU32::new(0),
        })
    }

    /// Returns what its use is counted under; the same at each gateway.
    pub(crate) fn subject(&self) -> u128 {
        let id = self.caller.key.as_bytes();
        match id.try_into() {
            // Made of random letters, all of it.
            Ok(letters) => u128::from_be_bytes(letters),
            Err(_) => {
                let digest = seal::digest::sha256(id);
                u128::from_be_bytes(*digest.first_chunk().expect("32 bytes are more than 16"))
            }
        }
    }

    pub(crate) fn is_revoked(&self) -> bool {
        self.revoked.load(Ordering::Relaxed)
    }

    /// Refuses the key from now on, and tells whether it was refused before.
    pub(super) fn revoke(&self) -> bool {
        self.revoked.swap(true, Ordering::Relaxed)
    }

    /// Tells whether the key works from `peer`. An IPv4 address that is written as an IPv6 one counts as what it is.
    pub(crate) fn works_from(&self, peer: IpAddr) -> bool {
        self.networks.is_empty() || {
            let peer = peer.to_canonical();
            self.networks.iter().any(|network| network.contains(&peer))
        }
    }

    /// Tells whether no use in the minute of `now` was noted yet, and notes one.
    pub(crate) fn note_use(&self, now: Timestamp) -> bool {
        let minute = u32::try_from(now.unix_timestamp() / 60).unwrap_or(u32::MAX);
        // Most of the time a read is all there is to it.
        self.noted.load(Ordering::Relaxed) != minute && self.noted.swap(minute, Ordering::Relaxed) != minute
    }
}

/// One tenant.
#[derive(Debug)]
pub(crate) struct Tenant {
    pub(crate) suspended: bool,
    pub(crate) key_limit: RequestLimit,
    pub(crate) tenant_limit: RequestLimit,
    /// The two limits as the header `RateLimit-Policy` tells them.
    pub(crate) limit_header: HeaderValue,
}

impl Tenant {
    pub(super) fn new(policy: &TenantPolicy) -> Result<Self, Unusable> {
        let (key, tenant) = (policy.key_limit, policy.tenant_limit);
        if key.window_seconds == 0 || tenant.window_seconds == 0 {
            return Err(Unusable::NoWindow);
        }
        Ok(Self {
            suspended: match policy.state {
                TenantState::Active => false,
                TenantState::Suspended => true,
            },
            key_limit: key,
            tenant_limit: tenant,
            limit_header: policy_header(key.into(), tenant.into()),
        })
    }
}

#[cfg(test)]
mod tests {
    use domain::clock::from_unix;

    use super::*;
    use crate::identify::testing::key_policy;

    fn key(networks: &[&str]) -> Key {
        let mut policy = key_policy();
        policy.networks = networks.iter().map(|network| network.parse().unwrap()).collect();
        Key::new(policy).unwrap()
    }

    #[test]
    fn a_key_works_from_its_networks_only() {
        let restricted = key(&["203.0.113.0/24", "2001:db8::/32", "198.51.100.7/32"]);
        for (peer, expected) in [
            ("203.0.113.0", true),
            ("203.0.113.255", true),
            ("203.0.114.0", false),
            ("::ffff:203.0.113.9", true),
            ("::203.0.113.9", false),
            ("::ffff:203.0.114.9", false),
            ("2001:db8:ffff::1", true),
            ("2001:db9::1", false),
            ("198.51.100.7", true),
            ("198.51.100.8", false),
            ("127.0.0.1", false),
        ] {
            assert_eq!(restricted.works_from(peer.parse().unwrap()), expected, "{peer}");
            assert!(key(&[]).works_from(peer.parse().unwrap()), "{peer}");
        }
    }

    #[test]
    fn a_use_is_news_once_a_minute() {
        let key = key(&[]);
        let news: Vec<_> =
            [60, 61, 119, 120, 121, 6_000].map(|now| key.note_use(from_unix(now))).into_iter().collect();
        assert_eq!(news, [true, false, false, true, false, true]);
    }
}
