//! Watches the database and keeps the newest policy, signed.

use std::{sync::Arc, time::Duration};

use control_db::{Database, Tx, policy};
use domain::clock::Clock;
use seal::{snapshot, token::SigningKey};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::Error;

/// How often the version is looked at. Five times a second keeps "revoked within a second" with room to spare.
const INTERVAL: Duration = Duration::from_millis(200);

/// One version of the policy, ready to be sent.
#[derive(Clone, Debug)]
pub struct Published {
    /// The version in the snapshot.
    pub version: u64,
    /// The signed snapshot.
    pub token: String,
    /// What tells its content from another one of the same version.
    pub fingerprint: String,
    /// How many tenants it names.
    pub tenants: usize,
    /// How many keys it names.
    pub keys: usize,
}

/// What is known of the policy at the moment.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// The newest version that could be read.
    pub published: Option<Arc<Published>>,
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
        let known = states.borrow().published.as_ref().map(|published| published.version);
        match newer(&database, &key, clock.as_ref(), known).await {
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
fn note(states: &watch::Sender<State>, database_answers: bool, published: Option<Published>) -> bool {
    states.send_if_modified(|state| {
        let changed = state.database_answers != database_answers || published.is_some();
        state.database_answers = database_answers;
        if let Some(published) = published {
            tracing::info!(
                policy.version = published.version,
                policy.keys = published.keys,
                "policy published"
            );
            state.published = Some(Arc::new(published));
        }
        changed
    })
}

/// Returns the policy when its version is not `known`.
async fn newer(
    database: &Database,
    key: &SigningKey,
    clock: &dyn Clock,
    known: Option<u64>,
) -> Result<Option<Published>, Error> {
    let tx = Tx::snapshot(database).await?;
    if known == Some(policy::version(&tx).await?) {
        return Ok(None);
    }
    let snapshot = policy::snapshot(&tx, clock.now()).await?;
    Ok(Some(Published {
        version: snapshot.version,
        token: snapshot::sign(key, &snapshot),
        fingerprint: snapshot::fingerprint(&snapshot),
        tenants: snapshot.tenants.len(),
        keys: snapshot.keys.len(),
    }))
}
