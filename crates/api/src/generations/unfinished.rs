//! What becomes of a generation that ends early: its idempotency key is given back, and what a language model used for
//! it is metered, in one transaction and without any text.

use std::sync::Arc;

use api_db::{
    generations::{self, Generation},
    usage::{self, UsageRecord},
};

use crate::{app::App, error::Error, gate::Vouched, idempotency::Claimed};

/// A generation until it is stored. Dropped before that, it settles what is left in the background.
pub(super) struct Unfinished {
    pub(super) app: Arc<App>,
    pub(super) vouched: Vouched,
    /// `None` once nothing is left to settle.
    claimed: Option<Claimed>,
    /// What a model used, if it was asked.
    used: Option<Box<BrokenOff>>,
}

/// The rows of a generation that a model worked on and that came to nothing.
#[derive(Clone)]
pub(super) struct BrokenOff {
    pub(super) generation: Generation,
    pub(super) usage: UsageRecord,
}

impl Unfinished {
    pub(super) fn new(app: Arc<App>, vouched: Vouched, claimed: Claimed) -> Self {
        Self { app, vouched, claimed: Some(claimed), used: None }
    }

    /// Returns the claim, until nothing is left to settle.
    pub(super) const fn claimed(&self) -> Option<&Claimed> {
        self.claimed.as_ref()
    }

    /// Says what a model used for it.
    pub(super) fn used(&mut self, used: Option<BrokenOff>) {
        self.used = used.map(Box::new);
    }

    /// Says that it was stored.
    pub(super) fn finished(&mut self) {
        self.claimed = None;
    }

    /// Settles before the refusal is answered, so that the caller can try again at once.
    pub(super) async fn settle(&mut self) -> Result<(), Error> {
        if let Some(claimed) = &self.claimed {
            settle(&self.app, &self.vouched, claimed, self.used.as_deref()).await?;
        }
        self.finished();
        Ok(())
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
                tracing::warn!(request.id = vouched.request_id(), %error, "a generation that ended early was not settled");
            }
        });
    }
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
