//! What every handler has at hand.

use std::sync::Arc;
use std::time::Duration;

use api_db::{Database, Reader, Tx};
use domain::{
    Timestamp,
    clock::{Clock, Entropy},
    ids::Id,
};
use llm::ChatModel;
use seal::{cursor::CursorKey, digest::PseudonymKey};

use crate::{error::Error, gate::Vouched, metrics::Metrics, work::Workers};

/// The running application.
pub(crate) struct App {
    pub(crate) database: Database,
    /// The language model, if one is configured.
    pub(crate) model: Option<Arc<dyn ChatModel>>,
    pub(crate) cursors: CursorKey,
    pub(crate) pseudonyms: PseudonymKey,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    /// How long a request with an idempotency key is believed to run.
    pub(crate) lease: Duration,
    /// The OpenAPI document.
    pub(crate) document: Arc<str>,
    /// How long the writing of one answer may take; less than the lease.
    pub(crate) writing: Duration,
    /// For whatever keeps a processor busy.
    pub(crate) workers: Workers,
    pub(crate) metrics: Arc<Metrics>,
}

impl App {
    /// Begins to read what the caller's tenant has.
    pub(crate) async fn read(&self, vouched: &Vouched) -> Result<Reader, Error> {
        Ok(Reader::tenant(&self.database, vouched.tenant()).await?)
    }

    /// Begins a transaction for the caller's tenant that writes; what only reads takes [`App::read`].
    pub(crate) async fn begin(&self, vouched: &Vouched) -> Result<Tx, Error> {
        Ok(Tx::tenant(&self.database, vouched.tenant()).await?)
    }

    /// Returns the current moment in whole milliseconds: what is answered at once is what is read later.
    pub(crate) fn now(&self) -> Timestamp {
        let now = self.clock.now();
        now.replace_millisecond(now.millisecond()).unwrap_or(now)
    }

    /// Returns a new identifier.
    pub(crate) fn id<T>(&self) -> Id<T> {
        Id::new(self.now(), self.entropy.as_ref())
    }
}
