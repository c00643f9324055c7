//! Takes what gateways saw of keys: when they were used, and that their secrets are known to others.
//!
//! Gateways are trusted in this: they alone hold what tells a genuine key, and they can't let a key live longer, only
//! end it. A report that comes twice, or from several gateways, is recorded once.

use control_db::{
    Database, Tx,
    events::{self, Event, Kind},
    keys::{self, ApiKey},
    tenants,
};
use domain::{
    Timestamp,
    clock::from_unix,
    report::{Leaked, Report, Seen},
};
use serde_json::json;

use crate::{
    Error,
    key_events::tell,
    keys::{Cause, end},
};

/// Takes `report`: leaked keys are revoked, exposed ones are flagged, or revoked where the tenant wants it so.
///
/// # Errors
/// [`Error::Refused`] when the report is larger than reports are, [`Error::Database`].
pub async fn take(database: &Database, report: &Report, now: Timestamp) -> Result<(), Error> {
    if !report.is_bounded() {
        return Err(Error::Refused("the report is too large".to_owned()));
    }
    if !report.leaked.is_empty() || !report.exposed.is_empty() {
        let tx = Tx::operator(database).await?;
        let mut new = Vec::new();
        for leaked in &report.leaked {
            new.extend(take_leaked(&tx, leaked, now).await?);
        }
        for exposed in &report.exposed {
            new.extend(take_exposed(&tx, exposed, now).await?);
        }
        tx.commit().await?;
        new.iter().for_each(tell);
    }
    if !report.used.is_empty() {
        let tx = Tx::operator(database).await?;
        let mut used: Vec<_> = report.used.iter().collect();
        // Two reports at the same moment change rows in the same order, so that neither waits for the other for ever.
        used.sort_by(|one, other| one.key.cmp(&other.key));
        for Seen { key, at } in used {
            keys::note_use(&tx, key, not_after(*at, now)).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

async fn take_leaked(tx: &Tx, leaked: &Leaked, now: Timestamp) -> Result<Vec<Event>, Error> {
    let Some(key) = known(tx, &leaked.key).await? else { return Ok(Vec::new()) };
    let at = not_after(leaked.at, now);
    let ended = end(tx, &key, Cause::LeakReported, at).await?;
    let details = json!({ "source": leaked.source, "revoked": ended.is_some() });
    let reported = record(tx, key, Kind::LeakReported, at, details).await?;
    Ok(reported.into_iter().chain(ended).collect())
}

async fn take_exposed(tx: &Tx, seen: &Seen, now: Timestamp) -> Result<Vec<Event>, Error> {
    let Some(key) = known(tx, &seen.key).await? else { return Ok(Vec::new()) };
    if key.exposed_at.is_some() {
        return Ok(Vec::new());
    }
    let at = not_after(seen.at, now);
    keys::set_exposed(tx, &key.id, at).await?;
    let rules = tenants::get(tx, key.tenant).await?.key_rules;
    let ended = if rules.revoke_exposed { end(tx, &key, Cause::Exposed, at).await? } else { None };
    let details = json!({ "seen_in": "url", "revoked": ended.is_some() });
    let seen = record(tx, key, Kind::Exposed, at, details).await?;
    Ok(seen.into_iter().chain(ended).collect())
}

async fn record(
    tx: &Tx,
    key: ApiKey,
    kind: Kind,
    at: Timestamp,
    details: serde_json::Value,
) -> Result<Option<Event>, Error> {
    let event = Event { key: Some(key.id), tenant: key.tenant, kind, subject: String::new(), at, details };
    Ok(events::append(tx, &event).await?.then_some(event))
}

/// Returns the key, or nothing where this database does not know it, as after a restore from a backup.
async fn known(tx: &Tx, id: &str) -> Result<Option<ApiKey>, Error> {
    match keys::get(tx, id).await {
        Ok(key) => Ok(Some(key)),
        Err(control_db::Error::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A gateway's clock may be ahead of ours.
fn not_after(at: i64, now: Timestamp) -> Timestamp {
    from_unix(at).min(now)
}
