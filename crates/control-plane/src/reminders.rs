//! Says in time that keys end: an event and a line in the log 30, 20, 10 and 1 days before, each once (feature 4).

use std::sync::Arc;

use control_db::{
    Database, Tx,
    events::{self, Event, Kind},
    keys,
};
use domain::{Timestamp, clock::Clock};
use serde_json::json;
use time::Duration;
use tokio_util::sync::CancellationToken;

use crate::{
    Error,
    key_events::{rfc3339, tell},
};

/// How many days before the end.
pub const DAYS: [i64; 4] = [1, 10, 20, 30];

/// How often it is looked for keys that end.
const INTERVAL: std::time::Duration = std::time::Duration::from_secs(60);
/// How many keys are told of in one transaction; the others are told of a moment later.
const AT_ONCE: u64 = 500;

/// Reminds until `shutdown`.
pub(crate) async fn run(database: Database, clock: Arc<dyn Clock>, shutdown: CancellationToken) {
    let mut interval = tokio::time::interval(INTERVAL);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = interval.tick() => {}
        }
        if let Err(error) = remind(&database, clock.now()).await {
            tracing::warn!(error.message = %error, "can't look for keys that end");
        }
    }
}

/// Records and tells which keys end soon, unless that was said before.
///
/// Each key is told of at the shortest of [`DAYS`] that it has not more of left. One that lives for no longer than that
/// in all is not told of: its owner wanted it so.
///
/// # Errors
/// [`Error::Database`].
pub async fn remind(database: &Database, now: Timestamp) -> Result<Vec<Event>, Error> {
    let mut said = Vec::new();
    let mut after = now;
    for days in DAYS {
        let ahead = Duration::days(days);
        loop {
            let new = remind_at(database, now, (after, now + ahead), days).await?;
            let is_last = new.is_empty();
            said.extend(new);
            if is_last {
                break;
            }
        }
        after = now + ahead;
    }
    Ok(said)
}

async fn remind_at(
    database: &Database,
    now: Timestamp,
    ends: (Timestamp, Timestamp),
    days: i64,
) -> Result<Vec<Event>, Error> {
    let subject = days.to_string();
    let unsaid = (Kind::Expiring, subject.as_str());
    // Most looks find nothing; they make no writer wait.
    let tx = Tx::snapshot(database).await?;
    let ending = keys::ending(&tx, ends, Duration::days(days), unsaid, AT_ONCE).await?;
    drop(tx);
    if ending.is_empty() {
        return Ok(Vec::new());
    }
    let tx = Tx::operator(database).await?;
    let mut said = Vec::new();
    for key in ending {
        let details = json!({
            "days": days, "expires_at": key.expires_at.map(rfc3339), "replaced_by": key.replaced_by,
        });
        let (key, tenant, subject) = (Some(key.id), key.tenant, subject.clone());
        let event = Event { key, tenant, kind: Kind::Expiring, subject, at: now, details };
        // Another control plane may have been faster.
        if events::append(&tx, &event).await? {
            said.push(event);
        }
    }
    tx.commit().await?;
    said.iter().for_each(tell);
    Ok(said)
}
