//! One version of the policy, divided into pages and signed: made whole, or from the one before and what changed.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use axum::body::Bytes;
use control_db::{
    Tx, keys, limits,
    policy::{self, Changes},
};
use domain::{
    Timestamp,
    policy::{TenantPolicy, pages},
};
use seal::{
    policy::{Digest, Index, Page},
    token::SigningKey,
};

use crate::Error;

/// One version of the policy, ready to be sent.
#[derive(Clone, Debug)]
pub struct Edition {
    index: Index,
    /// The signed index.
    pub token: String,
    /// What tells its content from another one of the same version.
    pub fingerprint: Digest,
    pages: HashMap<Digest, Bytes>,
    /// How many keys stand on each page.
    keys: Arc<[usize]>,
}

impl Edition {
    /// Returns what the token holds.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// Returns the version.
    pub fn version(&self) -> u64 {
        self.index.version
    }

    /// Returns how many keys it names.
    pub fn keys(&self) -> usize {
        self.keys.iter().sum()
    }

    /// Returns the page of that name.
    pub fn page(&self, digest: Digest) -> Option<Bytes> {
        self.pages.get(&digest).cloned()
    }

    /// Reads everything. Meant for [`Tx::snapshot`], where version and rows belong together.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn whole(tx: &Tx, signing_key: &SigningKey, now: Timestamp) -> Result<Self, Error> {
        let mut draft = Draft {
            index: Index {
                version: policy::version(tx).await?,
                issued_at: now.unix_timestamp(),
                tenants: Vec::new(),
                keys: Vec::new(),
                limits: limits::in_force(tx, now).await?,
            },
            pages: HashMap::new(),
            keys: Vec::new(),
        };
        draft.read_tenants(tx).await?;
        let count = pages::count_for(keys::count(tx).await?);
        for page in 0..count {
            let (digest, entries) = draft.read_keys(tx, page, count).await?;
            draft.index.keys.push(digest);
            draft.keys.push(entries);
        }
        Ok(draft.finish(signing_key))
    }

    /// Reads what changed since this edition, and everything where that can't be said. Meant for [`Tx::snapshot`].
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn next(&self, tx: &Tx, signing_key: &SigningKey, now: Timestamp) -> Result<Self, Error> {
        let Changes::Known { tenants, keys } = policy::changes(tx, self.version()).await? else {
            return Self::whole(tx, signing_key, now).await;
        };
        let index = Index {
            version: policy::version(tx).await?,
            issued_at: now.unix_timestamp(),
            limits: limits::in_force(tx, now).await?,
            ..self.index.clone()
        };
        let mut draft = Draft { index, pages: self.pages.clone(), keys: self.keys.to_vec() };
        if tenants {
            draft.read_tenants(tx).await?;
        }
        let count = draft.keys.len();
        let mut changed: Vec<_> = keys.iter().map(|key| pages::of_key(key, count)).collect();
        changed.sort_unstable();
        changed.dedup();
        for page in changed {
            (draft.index.keys[page], draft.keys[page]) = draft.read_keys(tx, page, count).await?;
        }
        if pages::count_for(draft.keys.iter().sum()) != count {
            return Self::whole(tx, signing_key, now).await;
        }
        Ok(draft.finish(signing_key))
    }
}

struct Draft {
    index: Index,
    pages: HashMap<Digest, Bytes>,
    keys: Vec<usize>,
}

impl Draft {
    async fn read_tenants(&mut self, tx: &Tx) -> Result<(), Error> {
        let tenants = policy::tenants(tx).await?;
        let mut paged = vec![Vec::<TenantPolicy>::new(); pages::count_for(tenants.len())];
        let count = paged.len();
        for tenant in tenants {
            paged[pages::of_tenant(tenant.id, count)].push(tenant);
        }
        self.index.tenants = paged.iter().map(|tenants| self.put(Page::of_tenants(tenants))).collect();
        Ok(())
    }

    /// Returns the name of the page and how many keys stand on it.
    async fn read_keys(&mut self, tx: &Tx, page: usize, pages: usize) -> Result<(Digest, usize), Error> {
        let (first, next) = pages::range(page, pages);
        let keys = policy::keys_between(tx, first.as_deref(), next.as_deref()).await?;
        Ok((self.put(Page::of_keys(&keys)), keys.len()))
    }

    fn put(&mut self, page: Page) -> Digest {
        self.pages.insert(page.digest, page.json.into());
        page.digest
    }

    fn finish(mut self, signing_key: &SigningKey) -> Edition {
        let index = self.index;
        let named: HashSet<_> = index.tenants.iter().chain(&index.keys).collect();
        self.pages.retain(|digest, _| named.contains(digest));
        Edition {
            token: index.sign(signing_key),
            fingerprint: index.fingerprint(),
            pages: self.pages,
            keys: self.keys.into(),
            index,
        }
    }
}
