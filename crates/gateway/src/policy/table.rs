//! All tenants and keys at one version of the policy, and how a version is made of the one before and of new pages.

use std::{
    collections::{HashMap, HashSet},
    ops::Deref,
    sync::Arc,
};

use domain::{
    Timestamp,
    ids::TenantId,
    policy::{KeyPolicy, Measure, PolicySnapshot, TenantPolicy, pages},
};
use http::HeaderValue;
use seal::policy::{Digest, Index};

use super::{
    key::{Key, Tenant},
    overrides::Overrides,
};
use crate::limit::{Quota, policy_header};

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
            Ok((policy.id, Arc::new(Tenant::new(policy)?)))
        })
        .collect()
}
