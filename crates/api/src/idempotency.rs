//! `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07): one piece of work for one key, one answer for all repeats.
//!
//! A key belongs to a tenant and an operation. A repeat is the same body at the same address: the draft's fingerprint is
//! taken over both, so that a key that comes with another body or path is refused with `idempotency-key-reused`.

use api_db::{
    Tx,
    idempotency::{self, About, Attempt, Claim, Lease},
};
use domain::{Timestamp, problem::Code};
use seal::digest::sha256;
use time::Duration;

use crate::{answer::Answer, app::App, error::Error, gate::Vouched};

/// How long an answer is kept.
const KEPT: Duration = Duration::hours(24);

/// Whether a request is to be worked on.
pub(crate) enum Start {
    /// Work, and hand in the answer with [`Claimed::complete`].
    Work(Claimed),
    /// It was done before: answer this.
    Replay(Answer),
}

/// The right to answer for a key; nothing when the request has none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Claimed(Option<Lease>);

/// Claims the request's key until `app.lease` from `now`. Without a key every request is worked on.
pub(crate) async fn claim(tx: &Tx, app: &App, vouched: &Vouched, now: Timestamp) -> Result<Start, Error> {
    let Some(key) = vouched.idempotency_key() else { return Ok(Start::Work(Claimed::default())) };
    let attempt = Attempt {
        route: vouched.operation(),
        key_digest: &sha256(key.as_bytes()),
        body_digest: &vouched.request_digest(),
        lease_until: now + app.lease,
        expires_at: now + KEPT,
        now,
    };
    match idempotency::claim(tx, &attempt).await? {
        Claim::New(lease) => Ok(Start::Work(Claimed(Some(lease)))),
        Claim::Replay(stored) => Answer::replayed(stored).map(Start::Replay),
        Claim::Running => Err(Error::code(Code::IdempotencyInProgress)),
        Claim::OtherBody => Err(Error::code(Code::IdempotencyKeyReused)),
        Claim::Erased => Err(Error::code(Code::Erased)),
    }
}

/// Claims the request's key in a transaction as short as that, for work that takes longer.
pub(crate) async fn begin(app: &App, vouched: &Vouched, now: Timestamp) -> Result<Start, Error> {
    if vouched.idempotency_key().is_none() {
        return Ok(Start::Work(Claimed::default()));
    }
    let tx = app.begin(vouched).await?;
    let start = claim(&tx, app, vouched, now).await?;
    tx.commit().await?;
    Ok(start)
}

/// Does a request's work once: one transaction claims the key, does the work and stores its answer for repeats.
///
/// `work` must be short; what takes long takes [`once_prepared`](crate::unfinished::once_prepared).
pub(crate) async fn once(
    app: &App,
    vouched: &Vouched,
    now: Timestamp,
    work: impl AsyncFnOnce(&Tx) -> Result<(Answer, About), Error>,
) -> Result<Answer, Error> {
    let tx = app.begin(vouched).await?;
    let claimed = match claim(&tx, app, vouched, now).await? {
        Start::Replay(answer) => {
            tx.commit().await?;
            return Ok(answer);
        }
        Start::Work(claimed) => claimed,
    };
    let (answer, about) = work(&tx).await?;
    claimed.complete(&tx, &answer, about).await?;
    tx.commit().await?;
    Ok(answer)
}

impl Claimed {
    /// Stores the answer that repeats get. `about` says whose data it holds.
    pub(crate) async fn complete(&self, tx: &Tx, answer: &Answer, about: About) -> Result<(), Error> {
        match &self.0 {
            Some(lease) => Ok(idempotency::complete(tx, lease, &answer.stored(), about).await?),
            None => Ok(()),
        }
    }

    /// Gives the key back, so that the caller can try again.
    pub(crate) async fn release(&self, tx: &Tx) -> Result<(), Error> {
        match &self.0 {
            Some(lease) => Ok(idempotency::release(tx, lease).await?),
            None => Ok(()),
        }
    }

    /// Tells whether there is a key at all.
    pub(crate) const fn is_some(&self) -> bool {
        self.0.is_some()
    }
}
