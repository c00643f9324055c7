//! Watches the database and keeps the newest policy, signed.

use std::{sync::Arc, time::Duration};

use control_db::{Database, Tx, policy};
use domain::clock::Clock;
use seal::token::SigningKey;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{Error, edition::Edition};

/// How often the version is looked at. Five times a second keeps "revoked within a second" with room to spare.
const INTERVAL: Duration = Duration::from_millis(200);

/// What is known of the policy at the moment.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// The newest version that could be read.
    pub published: Option<Arc<Edition>>,
    /// Whether the database answered the last time it was asked.
    pub database_answers: bool,
}

/// Publishes each new version to the receivers of `states` until `shutdown`.
pub async fn run(
    database: Database,
    key: SigningKey,
    clock: Arc<dyn Clock>,
    states: watch::Sender<State>,
    shutdown: CancellationToken,
) {
    let mut interval = tokio::time::interval(INTERVAL);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = interval.tick() => {}
        }
        let known = states.borrow().published.clone();
        match newer(&database, &key, clock.as_ref(), known.as_deref()).await {
            Ok(published) => {
                note(&states, true, published);
            }
            Err(error) => {
                if note(&states, false, None) {
                    tracing::warn!(error.message = %error, "the policy can't be renewed");
                }
            }
        }
    }
}

/// Returns whether anything changed.
fn note(states: &watch::Sender<State>, database_answers: bool, published: Option<Edition>) -> bool {
    states.send_if_modified(|state| {
        let changed = state.database_answers != database_answers || published.is_some();
        state.database_answers = database_answers;
        if let Some(published) = published {
            tracing::info!(
                policy.version = published.version(),
                policy.keys = published.keys(),
                "policy published"
            );
            state.published = Some(Arc::new(published));
        }
        changed
    })
}

/// Returns the policy when its version is not the `known` one's.
async fn newer(
    database: &Database,
    key: &SigningKey,
    clock: &dyn Clock,
    known: Option<&Edition>,
) -> Result<Option<Edition>, Error> {
    let tx = Tx::snapshot(database).await?;
    match known {
        Some(known) if known.version() == policy::version(&tx).await? => Ok(None),
        Some(known) => known.next(&tx, key, clock.now()).await.map(Some),
        None => Edition::whole(&tx, key, clock.now()).await.map(Some),
    }
}
