//! Who may call, as the gateway looks it up: an immutable table, replaced as a whole.

use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
    ops::Deref,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering},
    },
};

use domain::{
    Timestamp,
    caller::Caller,
    clock::from_unix,
    ids::{ApplicationId, TenantId},
    policy::{
        KeyPolicy, LimitOverride, LimitSubject, Measure, PolicySnapshot, RequestLimit, TenantPolicy,
        TenantState, pages,
    },
};
use http::HeaderValue;
use ipnet::IpNet;
use seal::{
    api_key::KeyHash,
    policy::{Digest, Index},
};
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
        self.table.borrow().as_ref().map(|table| table.index.version)
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
        self.table.borrow().as_ref().map(|table| table.index.version)
    }

    /// Returns when the control plane last said that the policy in force is the newest; after a start without it, when
    /// the policy was made.
    pub fn confirmed_at(&self) -> Option<Timestamp> {
        let confirmed_at = self.confirmed_at.load(Ordering::Relaxed);
        (confirmed_at > 0).then(|| from_unix(confirmed_at))
    }

    /// Waits until a policy of at least `version` is in force, or the gateway is gone.
    pub async fn wait_for(&mut self, version: u64) {
        let _ = self
            .table
            .wait_for(|table| table.as_ref().is_some_and(|table| table.index.version >= version))
            .await;
    }
}

type TenantPage = Arc<[(TenantId, Arc<Tenant>)]>;
/// In the order of their ids.
type KeyPage = Arc<[Key]>;
type Tenants = Arc<HashMap<TenantId, Arc<Tenant>>>;

/// All keys at one version of the policy.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) index: Index,
    tenant_pages: Vec<TenantPage>,
    tenants: Tenants,
    key_pages: Vec<KeyPage>,
    overrides: Arc<Overrides>,
}

/// A key of a table, and its tenant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found<'a> {
    page: &'a KeyPage,
    place: usize,
    tenant: &'a Arc<Tenant>,
    overrides: &'a Arc<Overrides>,
}

impl Found<'_> {
    pub(crate) fn tenant(&self) -> &Tenant {
        self.tenant
    }

    /// Returns what outlives the table.
    pub(crate) fn keep(self) -> Held {
        Held {
            page: Arc::clone(self.page),
            place: self.place,
            tenant: Arc::clone(self.tenant),
            overrides: Arc::clone(self.overrides),
        }
    }
}

impl Deref for Found<'_> {
    type Target = Key;

    fn deref(&self) -> &Key {
        &self.page[self.place]
    }
}

/// A key and its tenant, as they were when it was found.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    page: KeyPage,
    place: usize,
    tenant: Arc<Tenant>,
    overrides: Arc<Overrides>,
}

impl Held {
    pub(crate) fn key(&self) -> &Key {
        &self.page[self.place]
    }

    pub(crate) fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// Returns what is in force at `now` in place of the usual limit of this key, if anything is.
    pub(crate) fn limit_of_key(&self, measure: Measure, now: Timestamp) -> Option<u64> {
        self.overrides.of_key(&self.key().caller, measure, now)
    }

    /// Returns what is in force at `now` in place of the usual limit of its tenant, if anything is.
    pub(crate) fn limit_of_tenant(&self, measure: Measure, now: Timestamp) -> Option<u64> {
        self.overrides.of_tenant(self.key().caller.tenant, measure, now)
    }

    /// Returns the header `RateLimit-Policy` with the limits of requests of the key and of its tenant.
    pub(crate) fn limit_header(&self, key: Quota, tenant: Quota, now: Timestamp) -> HeaderValue {
        let is_usual = self.limit_of_key(Measure::Requests, now).is_none()
            && self.limit_of_tenant(Measure::Requests, now).is_none();
        if is_usual { self.tenant.limit_header.clone() } else { policy_header(key, tenant) }
    }
}

impl Table {
    /// Takes a whole policy, as a gateway takes it in pages.
    pub(crate) fn new(policy: &PolicySnapshot) -> Result<Self, Unusable> {
        let (index, pages) = seal::policy::divide(policy);
        let mut draft = Draft::new(index, None)?;
        for page in pages {
            draft.add(&page.json)?;
        }
        draft.finish()
    }

    /// Returns the key with the public half `id`. One whose tenant is not known is not there.
    pub(crate) fn key(&self, id: &str) -> Option<Found<'_>> {
        let page = &self.key_pages[pages::of_key(id, self.key_pages.len())];
        let place = page.binary_search_by(|key| key.caller.key.as_str().cmp(id)).ok()?;
        let tenant = self.tenants.get(&page[place].caller.tenant)?;
        Some(Found { page, place, tenant, overrides: &self.overrides })
    }
}

/// A table in the making: what did not change is taken over from the one before, the rest is added page by page.
#[derive(Debug)]
pub(crate) struct Draft {
    index: Index,
    tenant_pages: Vec<Option<TenantPage>>,
    tenants_before: Option<Tenants>,
    /// Made once all pages of tenants are there.
    tenants: Option<Tenants>,
    key_pages: Vec<Option<KeyPage>>,
}

impl Draft {
    /// Begins the table that `index` describes. Digests are not compared across different counts of pages.
    pub(crate) fn new(index: Index, before: Option<&Table>) -> Result<Self, Unusable> {
        if !pages::is_count(index.tenants.len()) || !pages::is_count(index.keys.len()) {
            return Err(Unusable::Pages);
        }
        let (tenant_pages, key_pages) = match before {
            None => (vec![None; index.tenants.len()], vec![None; index.keys.len()]),
            Some(before) => (
                unchanged(&index.tenants, &before.index.tenants, &before.tenant_pages),
                unchanged(&index.keys, &before.index.keys, &before.key_pages),
            ),
        };
        let same_tenants = before.filter(|before| before.index.tenants == index.tenants);
        let tenants = same_tenants.map(|before| Arc::clone(&before.tenants));
        let tenants_before = before.map(|before| Arc::clone(&before.tenants));
        Ok(Self { index, tenant_pages, tenants_before, tenants, key_pages })
    }

    /// Returns the name of the page to be added next; `None` when all are there.
    pub(crate) fn wanted(&self) -> Option<Digest> {
        let missing = |page: Option<usize>, digests: &[Digest]| page.map(|page| digests[page]);
        missing(first_missing(&self.tenant_pages), &self.index.tenants)
            .or_else(|| missing(first_missing(&self.key_pages), &self.index.keys))
    }

    /// Adds the wanted page.
    pub(crate) fn add(&mut self, json: &[u8]) -> Result<(), Unusable> {
        if let Some(page) = first_missing(&self.tenant_pages) {
            let policies = seal::policy::open_tenants(json, self.index.tenants[page]);
            let policies = policies.map_err(|_| Unusable::AnotherPage)?;
            self.tenant_pages[page] = Some(tenants(&policies, page, self.tenant_pages.len())?);
            return Ok(());
        }
        let Some(page) = first_missing(&self.key_pages) else { return Err(Unusable::Pages) };
        let policies = seal::policy::open_keys(json, self.index.keys[page]);
        let keys = self.keys(page, policies.map_err(|_| Unusable::AnotherPage)?)?;
        self.key_pages[page] = Some(keys);
        Ok(())
    }

    /// Returns the table. Every page must have been added.
    pub(crate) fn finish(mut self) -> Result<Table, Unusable> {
        let tenants = Arc::clone(self.tenants());
        let key_pages: Vec<_> = self.key_pages.into_iter().map(|page| page.expect(ADDED)).collect();
        // Keys that were taken over lose their tenant only if one is gone: a rare thing, and a walk over all keys.
        let gone =
            self.tenants_before.is_some_and(|before| before.keys().any(|id| !tenants.contains_key(id)));
        if gone
            && key_pages
                .iter()
                .flat_map(|page| page.iter())
                .any(|key| !tenants.contains_key(&key.caller.tenant))
        {
            return Err(Unusable::UnknownTenant);
        }
        let tenant_pages = self.tenant_pages.into_iter().map(|page| page.expect(ADDED)).collect();
        let overrides = Arc::new(Overrides::new(&self.index.limits));
        Ok(Table { index: self.index, tenant_pages, tenants, key_pages, overrides })
    }

    fn keys(&mut self, page: usize, policies: Vec<KeyPolicy>) -> Result<KeyPage, Unusable> {
        let count = self.key_pages.len();
        let tenants = Arc::clone(self.tenants());
        let mut last: Option<String> = None;
        let keys = policies.into_iter().map(|policy| {
            if pages::of_key(&policy.id, count) != page {
                return Err(Unusable::AnotherPage);
            }
            if last.as_ref().is_some_and(|last| *last >= policy.id) {
                return Err(Unusable::KeyTwice);
            }
            last = Some(policy.id.clone());
            if !tenants.contains_key(&policy.tenant) {
                return Err(Unusable::UnknownTenant);
            }
            Key::new(policy)
        });
        keys.collect()
    }

    fn tenants(&mut self) -> &Tenants {
        let pages = &self.tenant_pages;
        self.tenants.get_or_insert_with(|| {
            Arc::new(pages.iter().flatten().flat_map(|page| page.iter().cloned()).collect())
        })
    }
}

const ADDED: &str = "every page was added";

fn first_missing<T>(pages: &[Option<T>]) -> Option<usize> {
    pages.iter().position(Option::is_none)
}

/// Returns the pages of before that stand at the same place under the same name.
fn unchanged<T: Clone>(now: &[Digest], before: &[Digest], pages: &[T]) -> Vec<Option<T>> {
    if now.len() != before.len() {
        return vec![None; now.len()];
    }
    let same = now.iter().zip(before).zip(pages);
    same.map(|((now, before), page)| (now == before).then(|| page.clone())).collect()
}

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
    pub(crate) fn new(policy: KeyPolicy) -> Result<Self, Unusable> {
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
}

/// A limit that differs from the usual one until a moment.
#[derive(Clone, Copy, Debug)]
struct Changed {
    measure: Measure,
    value: u64,
    /// Seconds since 1970.
    until: i64,
}

/// The limits that differ, by whose they are.
#[derive(Debug, Default)]
struct Overrides {
    tenants: HashMap<TenantId, Vec<Changed>>,
    applications: HashMap<ApplicationId, Vec<Changed>>,
    keys: HashMap<String, Vec<Changed>>,
}

impl Overrides {
    fn new(limits: &[LimitOverride]) -> Self {
        let mut all = Self::default();
        for LimitOverride { of, measure, value, until } in limits {
            // Not even a signed policy lifts a limit altogether.
            let changed = Changed { measure: *measure, value: (*value).min(measure.most()), until: *until };
            match of {
                LimitSubject::Tenant(id) => all.tenants.entry(*id).or_default(),
                LimitSubject::Application(id) => all.applications.entry(*id).or_default(),
                LimitSubject::Key(id) => all.keys.entry(id.clone()).or_default(),
            }
            .push(changed);
        }
        all
    }

    fn of_tenant(&self, tenant: TenantId, measure: Measure, now: Timestamp) -> Option<u64> {
        changed(self.tenants.get(&tenant), measure, now)
    }

    /// What names the key goes before what names its application.
    fn of_key(&self, caller: &Caller, measure: Measure, now: Timestamp) -> Option<u64> {
        changed(self.keys.get(&caller.key), measure, now)
            .or_else(|| changed(self.applications.get(&caller.application), measure, now))
    }
}

fn changed(limits: Option<&Vec<Changed>>, measure: Measure, now: Timestamp) -> Option<u64> {
    let holds = |limit: &&Changed| limit.measure == measure && now.unix_timestamp() < limit.until;
    limits?.iter().find(holds).map(|limit| limit.value)
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
    #[error("there can't be so many pages")]
    Pages,
    #[error("a page is not the one that the index names")]
    AnotherPage,
}

/// Returns the tenants of page `page` of `pages`.
fn tenants(policies: &[TenantPolicy], page: usize, pages: usize) -> Result<TenantPage, Unusable> {
    let mut seen = HashSet::new();
    policies
        .iter()
        .map(|policy| {
            if !seen.insert(policy.id) {
                return Err(Unusable::TenantTwice);
            }
            if pages::of_tenant(policy.id, pages) != page {
                return Err(Unusable::AnotherPage);
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
    Ok(Tenant {
        suspended: match policy.state {
            TenantState::Active => false,
            TenantState::Suspended => true,
        },
        key_limit: key,
        tenant_limit: tenant,
        limit_header: policy_header(key.into(), tenant.into()),
    })
}

#[cfg(test)]
mod tests {
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
