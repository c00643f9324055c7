//! Who may call, as the gateway looks it up: an immutable table, replaced as a whole.

mod key;
mod overrides;
mod table;

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use domain::{Timestamp, clock::from_unix};
use tokio::sync::watch;

pub(crate) use key::Key;
pub(crate) use table::{Draft, Found, Held, Table, Unusable};

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
