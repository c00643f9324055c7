//! Who may call, as the gateway looks it up: an immutable table, replaced as a whole.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use domain::{
    Timestamp,
    caller::Caller,
    clock::from_unix,
    ids::TenantId,
    policy::{KeyPolicy, PolicySnapshot, RequestLimit, TenantPolicy, TenantState},
};
use http::HeaderValue;
use seal::api_key::KeyHash;
use tokio::sync::watch;

/// The policy in force, if there is one yet. Without one the gateway lets nobody in.
#[derive(Debug)]
pub(crate) struct Policy {
    table: watch::Sender<Option<Arc<Table>>>,
    confirmed_at: Arc<AtomicI64>,
}

impl Policy {
    pub(crate) fn none_yet() -> Self {
        Self { table: watch::Sender::new(None), confirmed_at: Arc::default() }
    }

    pub(crate) fn current(&self) -> Option<Arc<Table>> {
        self.table.borrow().clone()
    }

    pub(crate) fn version(&self) -> Option<u64> {
        self.table.borrow().as_ref().map(|table| table.version)
    }

    pub(crate) fn replace(&self, table: Table) {
        self.table.send_replace(Some(Arc::new(table)));
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
    pub(crate) revoked: bool,
    pub(crate) tenant: Arc<Tenant>,
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
        let tenants = tenants(&snapshot.tenants)?;
        let mut keys = HashMap::with_capacity(snapshot.keys.len());
        for policy in snapshot.keys {
            let tenant = tenants.get(&policy.tenant).ok_or(Unusable::UnknownTenant)?;
            let key = Arc::new(key(&policy, Arc::clone(tenant))?);
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

fn tenants(policies: &[TenantPolicy]) -> Result<HashMap<TenantId, Arc<Tenant>>, Unusable> {
    let mut seen = HashSet::new();
    policies
        .iter()
        .map(|policy| {
            if !seen.insert(policy.id) {
                return Err(Unusable::TenantTwice);
            }
            Ok((policy.id, Arc::new(tenant(policy)?)))
        })
        .collect()
}

fn tenant(policy: &TenantPolicy) -> Result<Tenant, Unusable> {
    let (key, tenant) = (policy.key_limit, policy.tenant_limit);
    if key.window_seconds == 0 || tenant.window_seconds == 0 {
        return Err(Unusable::NoWindow);
    }
    let header = format!(
        "\"key\";q={};w={}, \"tenant\";q={};w={}",
        key.requests, key.window_seconds, tenant.requests, tenant.window_seconds
    );
    Ok(Tenant {
        suspended: match policy.state {
            TenantState::Active => false,
            TenantState::Suspended => true,
        },
        key_limit: key,
        tenant_limit: tenant,
        limit_header: HeaderValue::try_from(header).expect("quoted names and numbers are visible ASCII"),
    })
}

fn key(policy: &KeyPolicy, tenant: Arc<Tenant>) -> Result<Key, Unusable> {
    Ok(Key {
        hash: KeyHash::from_text(&policy.hash).map_err(|_| Unusable::Hash)?,
        caller: Caller {
            tenant: policy.tenant,
            application: policy.application,
            key: policy.id.clone(),
            environment: policy.environment,
            scopes: policy.scopes,
            key_expires_at: policy.expires_at,
        },
        revoked: policy.revoked,
        tenant,
    })
}
