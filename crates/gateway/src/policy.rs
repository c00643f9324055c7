//! Who may call, as the gateway looks it up: an immutable table, replaced as a whole.

use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering},
    },
};

use domain::{
    Timestamp,
    caller::Caller,
    clock::from_unix,
    ids::TenantId,
    policy::{
        KeyPolicy, LimitOverride, LimitSubject, Measure, PolicySnapshot, RequestLimit, TenantPolicy,
        TenantState,
    },
};
use http::HeaderValue;
use ipnet::IpNet;
use seal::api_key::KeyHash;
use tokio::sync::watch;

use crate::limit::{Quota, policy_header};

/// The policy in force, if there is one yet. Without one the gateway lets nobody in.
#[derive(Debug)]
pub(crate) struct Policy {
    table: watch::Sender<Option<Arc<Table>>>,
    confirmed_at: Arc<AtomicI64>,
    /// Keys that are refused although no policy says so yet.
    denied: Mutex<HashSet<String>>,
}

impl Policy {
    pub(crate) fn none_yet() -> Self {
        Self { table: watch::Sender::new(None), confirmed_at: Arc::default(), denied: Mutex::default() }
    }

    pub(crate) fn current(&self) -> Option<Arc<Table>> {
        self.table.borrow().clone()
    }

    pub(crate) fn version(&self) -> Option<u64> {
        self.table.borrow().as_ref().map(|table| table.version)
    }

    /// Puts `table` in force. Keys that were denied here stay so until a policy says it itself.
    pub(crate) fn replace(&self, table: Table) {
        let mut denied = self.denied();
        denied.retain(|id| table.key(id).is_some_and(|key| !key.revoke()));
        self.table.send_replace(Some(Arc::new(table)));
    }

    /// Refuses the key from now on, as if it was revoked.
    pub(crate) fn deny(&self, id: &str) {
        let mut denied = self.denied();
        if let Some(key) = self.current().as_ref().and_then(|table| table.key(id))
            && !key.revoke()
        {
            denied.insert(id.to_owned());
        }
    }

    fn denied(&self) -> MutexGuard<'_, HashSet<String>> {
        self.denied.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that what is in force was the newest at `now` (seconds since 1970).
    pub(crate) fn confirm(&self, now: i64) {
        self.confirmed_at.store(now, Ordering::Relaxed);
    }

    pub(crate) fn confirmed_at(&self) -> Option<Timestamp> {
        self.readiness().confirmed_at()
    }

    pub(crate) fn readiness(&self) -> Readiness {
        Readiness { table: self.table.subscribe(), confirmed_at: Arc::clone(&self.confirmed_at) }
    }
}

/// Tells whether the gateway has a policy and so serves callers.
#[derive(Clone, Debug)]
pub struct Readiness {
    table: watch::Receiver<Option<Arc<Table>>>,
    confirmed_at: Arc<AtomicI64>,
}

impl Readiness {
    /// Returns the version of the policy in force, or `None` while the gateway is closed.
    pub fn policy_version(&self) -> Option<u64> {
        self.table.borrow().as_ref().map(|table| table.version)
    }

    /// Returns when the control plane last said that the policy in force is the newest; after a start without it, when
    /// the policy was made.
    pub fn confirmed_at(&self) -> Option<Timestamp> {
        let confirmed_at = self.confirmed_at.load(Ordering::Relaxed);
        (confirmed_at > 0).then(|| from_unix(confirmed_at))
    }

    /// Waits until a policy of at least `version` is in force, or the gateway is gone.
    pub async fn wait_for(&mut self, version: u64) {
        let _ =
            self.table.wait_for(|table| table.as_ref().is_some_and(|table| table.version >= version)).await;
    }
}

/// All keys at one version of the policy.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) version: u64,
    pub(crate) issued_at: i64,
    pub(crate) fingerprint: String,
    keys: HashMap<String, Arc<Key>>,
}

/// One API key.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) hash: KeyHash,
    pub(crate) caller: Caller,
    /// What its use is counted under.
    pub(crate) subject: u128,
    pub(crate) exposed: bool,
    /// Limits of its own, the stronger first.
    limits: Box<[Changed]>,
    /// Where it works; everywhere if empty.
    networks: Box<[IpNet]>,
    pub(crate) tenant: Arc<Tenant>,
    revoked: AtomicBool,
    /// The minute since 1970 of the last use that was noted.
    noted: AtomicU32,
}

impl Key {
    pub(crate) fn new(
        policy: &KeyPolicy,
        tenant: Arc<Tenant>,
        limits: Box<[Changed]>,
    ) -> Result<Self, Unusable> {
        Ok(Self {
            subject: subject(&policy.id),
            limits,
            hash: KeyHash::from_text(&policy.hash).map_err(|_| Unusable::Hash)?,
            caller: Caller {
                tenant: policy.tenant,
                application: policy.application,
                key: policy.id.clone(),
                environment: policy.environment,
                scopes: policy.scopes,
                key_expires_at: policy.expires_at,
            },
            exposed: policy.exposed,
            networks: policy.networks.clone().into(),
            tenant,
            revoked: AtomicBool::new(policy.revoked),
            noted: AtomicU32::new(0),
        })
    }

    /// Returns what is in force at `now` in place of the usual limit of this key, if anything is.
    pub(crate) fn limit(&self, measure: Measure, now: Timestamp) -> Option<u64> {
        changed(&self.limits, measure, now)
    }

    /// Returns the header `RateLimit-Policy` with the limits of requests of the key and of its tenant.
    pub(crate) fn limit_header(&self, key: Quota, tenant: Quota, now: Timestamp) -> HeaderValue {
        let is_usual = self.limit(Measure::Requests, now).is_none()
            && self.tenant.limit(Measure::Requests, now).is_none();
        if is_usual { self.tenant.limit_header.clone() } else { policy_header(key, tenant) }
    }

    pub(crate) fn is_revoked(&self) -> bool {
        self.revoked.load(Ordering::Relaxed)
    }

    /// Refuses the key from now on, and tells whether it was refused before.
    fn revoke(&self) -> bool {
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
    /// Limits that differ.
    pub(crate) limits: Box<[Changed]>,
}

impl Tenant {
    /// Returns what is in force at `now` in place of the usual limit of this tenant, if anything is.
    pub(crate) fn limit(&self, measure: Measure, now: Timestamp) -> Option<u64> {
        changed(&self.limits, measure, now)
    }
}

/// A limit that differs from the usual one until a moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Changed {
    measure: Measure,
    value: u64,
    /// Seconds since 1970.
    until: i64,
}

fn changed(limits: &[Changed], measure: Measure, now: Timestamp) -> Option<u64> {
    let holds = |limit: &&Changed| limit.measure == measure && now.unix_timestamp() < limit.until;
    limits.iter().find(holds).map(|limit| limit.value)
}

/// Returns what the use of the key with the public half `id` is counted under; the same at each gateway.
fn subject(id: &str) -> u128 {
    match id.as_bytes().try_into() {
        // Made of random letters, all of it.
        Ok(letters) => u128::from_be_bytes(letters),
        Err(_) => {
            let digest = seal::digest::sha256(id.as_bytes());
            u128::from_be_bytes(*digest.first_chunk().expect("32 bytes are more than 16"))
        }
    }
}

/// The limits that differ, by whose they are.
struct Overrides(HashMap<LimitSubject, Vec<Changed>>);

impl Overrides {
    fn new(limits: Vec<LimitOverride>) -> Self {
        let mut all: HashMap<_, Vec<_>> = HashMap::new();
        for LimitOverride { of, measure, value, until } in limits {
            // Not even a signed policy lifts a limit altogether.
            let value = value.min(measure.most());
            all.entry(of).or_default().push(Changed { measure, value, until });
        }
        Self(all)
    }

    fn of_tenant(&self, tenant: TenantId) -> Box<[Changed]> {
        self.0.get(&LimitSubject::Tenant(tenant)).cloned().unwrap_or_default().into()
    }

    fn of_key(&self, key: &KeyPolicy) -> Box<[Changed]> {
        if self.0.is_empty() {
            return Box::default();
        }
        let subjects = [LimitSubject::Key(key.id.clone()), LimitSubject::Application(key.application)];
        subjects.iter().filter_map(|subject| self.0.get(subject)).flatten().copied().collect()
    }
}

/// A signed policy that contradicts itself. It is refused as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unusable {
    #[error("a tenant stands twice")]
    TenantTwice,
    #[error("a limit has a window of no length")]
    NoWindow,
    #[error("a key stands twice")]
    KeyTwice,
    #[error("a key belongs to an unknown tenant")]
    UnknownTenant,
    #[error("a key's hash can't be read")]
    Hash,
}

impl Table {
    pub(crate) fn new(snapshot: PolicySnapshot) -> Result<Self, Unusable> {
        let (version, issued_at) = (snapshot.version, snapshot.issued_at);
        let fingerprint = seal::snapshot::fingerprint(&snapshot);
        let overrides = Overrides::new(snapshot.limits);
        let tenants = tenants(&snapshot.tenants, &overrides)?;
        let mut keys = HashMap::with_capacity(snapshot.keys.len());
        for policy in snapshot.keys {
            let tenant = tenants.get(&policy.tenant).ok_or(Unusable::UnknownTenant)?;
            let key = Arc::new(Key::new(&policy, Arc::clone(tenant), overrides.of_key(&policy))?);
            if keys.insert(policy.id, key).is_some() {
                return Err(Unusable::KeyTwice);
            }
        }
        Ok(Self { version, issued_at, fingerprint, keys })
    }

    /// Returns the key with the public half `id`.
    pub(crate) fn key(&self, id: &str) -> Option<&Arc<Key>> {
        self.keys.get(id)
    }
}

fn tenants(
    policies: &[TenantPolicy],
    overrides: &Overrides,
) -> Result<HashMap<TenantId, Arc<Tenant>>, Unusable> {
    let mut seen = HashSet::new();
    policies
        .iter()
        .map(|policy| {
            if !seen.insert(policy.id) {
                return Err(Unusable::TenantTwice);
            }
            Ok((policy.id, Arc::new(tenant(policy, overrides.of_tenant(policy.id))?)))
        })
        .collect()
}

fn tenant(policy: &TenantPolicy, limits: Box<[Changed]>) -> Result<Tenant, Unusable> {
    let (key, tenant) = (policy.key_limit, policy.tenant_limit);
    if key.window_seconds == 0 || tenant.window_seconds == 0 {
        return Err(Unusable::NoWindow);
    }
    Ok(Tenant {
        suspended: match policy.state {
            TenantState::Active => false,
            TenantState::Suspended => true,
        },
        key_limit: key,
        tenant_limit: tenant,
        limit_header: policy_header(key.into(), tenant.into()),
        limits,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identify::testing::key_policy;

    fn key(networks: &[&str]) -> Key {
        let mut policy = key_policy();
        policy.networks = networks.iter().map(|network| network.parse().unwrap()).collect();
        let limit = RequestLimit { requests: 1, window_seconds: 1 };
        let limits = (limit, limit);
        let (id, state) = (policy.tenant, TenantState::Active);
        let tenant =
            tenant(&TenantPolicy { id, state, key_limit: limits.0, tenant_limit: limits.1 }, Box::default())
                .unwrap();
        Key::new(&policy, Arc::new(tenant), Box::default()).unwrap()
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
