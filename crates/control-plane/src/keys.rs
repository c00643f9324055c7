//! The life of API keys: issued, rotated with overlap, revoked (features 1 to 4).

use control_db::{
    Database, Tx, applications,
    events::{self, Event, Kind},
    keys::{self, ApiKey},
    tenants::{self, KeyRules},
};
use domain::{
    Timestamp,
    clock::Entropy,
    ids::{ApplicationId, TenantId},
    policy::Environment,
    scope::Scopes,
};
use ipnet::IpNet;
use seal::api_key::{Pepper, PlainKey};
use serde_json::{Value, json};
use time::Duration;

use crate::{
    Error,
    key_events::{rfc3339, tell},
    networks,
};

/// No key lives for more days than this, and a tenant's keys for fewer if the tenant says so (feature 4).
pub const MAX_AGE_DAYS: u32 = 90;

/// The longest time for which a rotated key and its successor both work (feature 3).
pub const MAX_OVERLAP: Duration = Duration::days(7);

/// What a new key is to be.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// The application it is for.
    pub application: ApplicationId,
    /// Test or live.
    pub environment: Environment,
    /// What it may do.
    pub scopes: Scopes,
    /// How long it lives; for as long as the tenant's keys may, if nothing is said.
    pub lifetime: Option<Duration>,
    /// The networks from which it works; everywhere if none.
    pub networks: Vec<IpNet>,
}

/// A key just issued. Its text is shown to its owner once and is nowhere else.
#[derive(Debug)]
pub struct Issued {
    /// What is stored.
    pub key: ApiKey,
    /// The key itself.
    pub plain: PlainKey,
}

/// Issues a key.
///
/// # Errors
/// [`Error::NotFound`] for an unknown application, [`Error::Refused`] for a lifetime of none or over the tenant's maximum
/// age, or for too many networks.
pub async fn issue(
    database: &Database,
    pepper: &Pepper,
    new: NewKey,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<Issued, Error> {
    let tx = Tx::operator(database).await?;
    let application = applications::get(&tx, new.application).await.map_err(Error::about("application"))?;
    let rules = tenants::get(&tx, application.tenant).await?.key_rules;
    let max_age = max_age(rules);
    let lifetime = new.lifetime.unwrap_or(max_age);
    if lifetime <= Duration::ZERO || lifetime > max_age {
        let days = rules.max_age_days;
        return Err(Error::Refused(format!("a key of this tenant lives 1 to {days} days, its maximum age")));
    }
    let plain = PlainKey::generate(new.environment, entropy);
    let key = ApiKey {
        id: plain.id().to_owned(),
        tenant: application.tenant,
        application: application.id,
        hash: pepper.hash(&plain).to_text(),
        environment: new.environment,
        scopes: new.scopes,
        last4: plain.last4().to_owned(),
        created_at: now,
        granted_at: now,
        expires_at: Some(now + lifetime),
        revoked_at: None,
        replaced_by: None,
        last_used_at: None,
        exposed_at: None,
        networks: networks::checked(new.networks)?,
    };
    keys::insert(&tx, &key).await?;
    let event = issued(&key, None);
    events::append(&tx, &event).await?;
    tx.commit().await?;
    tell(&event);
    Ok(Issued { key, plain })
}

/// Returns the event of a key that was issued, in place of the one that it replaces.
fn issued(key: &ApiKey, replaces: Option<&str>) -> Event {
    let details = json!({
        "application": key.application, "environment": key.environment, "scopes": key.scopes,
        "expires_at": key.expires_at.map(rfc3339), "networks": key.networks, "replaces": replaces,
    });
    event_of(key, Kind::Issued, "", key.created_at, details)
}

fn event_of(key: &ApiKey, kind: Kind, subject: &str, at: Timestamp, details: Value) -> Event {
    Event { key: Some(key.id.clone()), tenant: key.tenant, kind, subject: subject.to_owned(), at, details }
}

/// Issues a successor with the same scopes and networks; the key itself works for `overlap` longer.
///
/// The successor ends when the key would have ended, and the tenant's maximum age goes on counting from the grant of the
/// first key: rotation never prolongs what was granted.
///
/// # Errors
/// [`Error::NotFound`], or [`Error::Refused`] when the key no longer works, was rotated before, or `overlap` is
/// negative or over [`MAX_OVERLAP`].
pub async fn rotate(
    database: &Database,
    pepper: &Pepper,
    id: &str,
    overlap: Duration,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<Issued, Error> {
    if overlap.is_negative() || overlap > MAX_OVERLAP {
        return Err(Error::Refused(format!("the overlap is 0 to {} days", MAX_OVERLAP.whole_days())));
    }
    let tx = Tx::operator(database).await?;
    let old = working(&tx, id, now).await?;
    if let Some(successor) = &old.replaced_by {
        return Err(Error::Refused(format!("this key was rotated already; its successor is {successor}")));
    }
    let plain = PlainKey::generate(old.environment, entropy);
    let key = ApiKey {
        id: plain.id().to_owned(),
        hash: pepper.hash(&plain).to_text(),
        last4: plain.last4().to_owned(),
        created_at: now,
        last_used_at: None,
        exposed_at: None,
        ..old.clone()
    };
    let old_end = old.expires_at.map_or(now + overlap, |end| end.min(now + overlap));
    keys::insert(&tx, &key).await?;
    keys::set_expiry(&tx, id, Some(old_end)).await?;
    keys::set_replaced_by(&tx, id, &key.id).await?;
    let details = json!({ "replaced_by": key.id, "expires_at": rfc3339(old_end) });
    let both = [event_of(&old, Kind::Rotated, &key.id, now, details), issued(&key, Some(id))];
    for event in &both {
        events::append(&tx, event).await?;
    }
    tx.commit().await?;
    both.iter().for_each(tell);
    Ok(Issued { key, plain })
}

/// Lets a key work from `networks` only, or from everywhere if there are none, and returns it. Those before it had no
/// longer count.
///
/// # Errors
/// [`Error::NotFound`], or [`Error::Refused`] when the key no longer works or for too many networks.
pub async fn restrict(
    database: &Database,
    id: &str,
    networks: Vec<IpNet>,
    now: Timestamp,
) -> Result<ApiKey, Error> {
    let networks = networks::checked(networks)?;
    let tx = Tx::operator(database).await?;
    working(&tx, id, now).await?;
    keys::set_networks(&tx, id, &networks).await.map_err(Error::about("key"))?;
    let key = keys::get(&tx, id).await?;
    let subject = now.unix_timestamp_nanos().to_string();
    let event = event_of(&key, Kind::Restricted, &subject, now, json!({ "networks": networks }));
    events::append(&tx, &event).await?;
    tx.commit().await?;
    tell(&event);
    Ok(key)
}

/// Returns a key that works at `now`.
async fn working(tx: &Tx, id: &str, now: Timestamp) -> Result<ApiKey, Error> {
    let key = keys::get(tx, id).await.map_err(Error::about("key"))?;
    if key.revoked_at.is_some() || key.expires_at.is_some_and(|end| end <= now) {
        return Err(Error::Refused("this key no longer works: issue a new one".to_owned()));
    }
    Ok(key)
}

/// Returns how long keys live at most under `rules`.
pub(crate) fn max_age(rules: KeyRules) -> Duration {
    Duration::days(rules.max_age_days.into())
}

/// Revokes a key now and for good, and returns it. Revoking twice is no error.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn revoke(database: &Database, id: &str, now: Timestamp) -> Result<ApiKey, Error> {
    let tx = Tx::operator(database).await?;
    let key = keys::get(&tx, id).await.map_err(Error::about("key"))?;
    let event = end(&tx, &key, Cause::Command, now).await?;
    let key = keys::get(&tx, id).await?;
    tx.commit().await?;
    event.iter().for_each(tell);
    Ok(key)
}

/// Why a key was revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Somebody wanted it so.
    Command,
    /// It was seen where secrets do not belong.
    Exposed,
    /// Somebody who held it reported that it leaked.
    LeakReported,
}

/// Revokes `key`, unless it was before, and returns the event that says so, to be told once it is committed.
pub(crate) async fn end(tx: &Tx, key: &ApiKey, cause: Cause, at: Timestamp) -> Result<Option<Event>, Error> {
    if key.revoked_at.is_some() {
        return Ok(None);
    }
    keys::revoke(tx, &key.id, at).await?;
    let cause = match cause {
        Cause::Command => "command",
        Cause::Exposed => "exposed",
        Cause::LeakReported => "leak-reported",
    };
    let event = event_of(key, Kind::Revoked, "", at, json!({ "cause": cause }));
    events::append(tx, &event).await?;
    Ok(Some(event))
}

/// Returns the keys of one tenant, or of all, oldest first.
///
/// # Errors
/// [`Error::Database`].
pub async fn list(database: &Database, tenant: Option<TenantId>) -> Result<Vec<ApiKey>, Error> {
    Ok(keys::list(&Tx::snapshot(database).await?, tenant).await?)
}
