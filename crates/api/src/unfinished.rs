//! What becomes of a request that ends early: its idempotency key is given back, and what a language model used for it
//! is metered, in one transaction and without any text.

use std::sync::Arc;

use api_db::{
    Tx,
    generations::{self, Generation},
    idempotency::About,
    usage::{self, UsageRecord},
};
use domain::Timestamp;

use crate::{
    answer::Answer,
    app::App,
    error::Error,
    gate::Vouched,
    idempotency::{self, Claimed, Start},
};

/// A request until its answer is stored. Dropped before that, it settles what is left in the background.
pub(crate) struct Unfinished {
    pub(crate) app: Arc<App>,
    pub(crate) vouched: Vouched,
    /// `None` once nothing is left to settle.
    claimed: Option<Claimed>,
    /// What a model used, if it was asked.
    used: Option<Box<BrokenOff>>,
}

/// The rows of a generation that a model worked on and that came to nothing.
#[derive(Clone)]
pub(crate) struct BrokenOff {
    pub(crate) generation: Generation,
    pub(crate) usage: UsageRecord,
}

impl Unfinished {
    pub(crate) fn new(app: Arc<App>, vouched: Vouched, claimed: Claimed) -> Self {
        Self { app, vouched, claimed: Some(claimed), used: None }
    }

    /// Returns the claim, until nothing is left to settle.
    pub(crate) const fn claimed(&self) -> Option<&Claimed> {
        self.claimed.as_ref()
    }

    /// Says what a model used for it.
    pub(crate) fn used(&mut self, used: Option<BrokenOff>) {
        self.used = used.map(Box::new);
    }

    /// Says that it was stored.
    pub(crate) fn finished(&mut self) {
        self.claimed = None;
    }

    /// Settles before the refusal is answered, so that the caller can try again at once. What fails is tried once more on
    /// drop, and logged there.
    pub(crate) async fn settle(&mut self) {
        if let Some(claimed) = &self.claimed
            && settle(&self.app, &self.vouched, claimed, self.used.as_deref()).await.is_ok()
        {
            self.finished();
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let Some(claimed) = self.claimed.take() else { return };
        let (app, vouched, used) = (Arc::clone(&self.app), self.vouched.clone(), self.used.take());
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            // If this fails too, the lease of the key runs out by itself.
            if let Err(error) = settle(&app, &vouched, &claimed, used.as_deref()).await {
                let tenant = vouched.tenant();
                tracing::warn!(request.id = vouched.request_id(), tenant.id = %tenant, %error, "a request that ended early was not settled");
            }
        });
    }
}

/// Does a request's work once, work that takes longer than a transaction may: claims its key, lets `prepare` work without
/// any transaction, and stores its answer for repeats in the one in which `store` works.
///
/// Whoever repeats the request meanwhile is told that it is in progress; no second one works.
pub(crate) async fn once_prepared<P>(
    app: &Arc<App>,
    vouched: &Vouched,
    now: Timestamp,
    prepare: impl Future<Output = Result<P, Error>>,
    store: impl AsyncFnOnce(&Tx, P) -> Result<(Answer, About), Error>,
) -> Result<Answer, Error> {
    let claimed = match idempotency::begin(app, vouched, now).await? {
        Start::Replay(answer) => return Ok(answer),
        Start::Work(claimed) => claimed,
    };
    let mut unfinished = Unfinished::new(Arc::clone(app), vouched.clone(), claimed.clone());
    let done = async {
        let prepared = prepare.await?;
        let tx = app.begin(vouched).await?;
        let (answer, about) = store(&tx, prepared).await?;
        claimed.complete(&tx, &answer, about).await?;
        tx.commit().await?;
        Ok(answer)
    };
    let done = done.await;
    match &done {
        Ok(_) => unfinished.finished(),
        Err(_) => unfinished.settle().await,
    }
    done
}

async fn settle(
    app: &App,
    vouched: &Vouched,
    claimed: &Claimed,
    used: Option<&BrokenOff>,
) -> Result<(), Error> {
    if !claimed.is_some() && used.is_none() {
        return Ok(());
    }
    let tx = app.begin(vouched).await?;
    if let Some(BrokenOff { generation, usage }) = used {
        match generations::insert(&tx, generation).await {
            // Its commit was under way when it was given up: result and use are there.
            Err(api_db::Error::Conflict) => return Ok(()),
            // The dietitian is gone. What was used was used.
            Err(api_db::Error::NotFound) => {}
            inserted => inserted?,
        }
        usage::insert(&tx, usage).await?;
    }
    claimed.release(&tx).await?;
    Ok(tx.commit().await?)
}
