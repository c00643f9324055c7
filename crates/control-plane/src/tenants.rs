//! Onboarding of tenants.

use control_db::{
    Database, Tx,
    events::{self, Event, Kind},
    keys::ApiKey,
    tenants::{self, KeyRules, Tenant},
};
use domain::{
    Timestamp,
    clock::Entropy,
    ids::TenantId,
    policy::{RequestLimit, TenantState},
};

use serde_json::json;

use crate::{
    Error,
    key_events::{rfc3339, tell},
    keys::{MAX_AGE_DAYS, max_age},
};

/// What a new tenant's keys may ask for, one key and all together, until somebody says otherwise.
pub const DEFAULT_KEY_LIMIT: RequestLimit = RequestLimit { requests: 600, window_seconds: 60 };
/// See [`DEFAULT_KEY_LIMIT`].
pub const DEFAULT_TENANT_LIMIT: RequestLimit = RequestLimit { requests: 2_400, window_seconds: 60 };

/// How a new tenant's keys are kept until somebody says otherwise. An exposed key is flagged and not revoked: whoever
/// put it into a URL would lose their service that second, and the key's owner is told.
pub const DEFAULT_KEY_RULES: KeyRules = KeyRules { max_age_days: MAX_AGE_DAYS, revoke_exposed: false };

const MAX_NAME_CHARS: usize = 100;

/// Adds a tenant called `name`.
///
/// # Errors
/// [`Error::Refused`] when the name is taken, empty, longer than 100 characters or holds control characters.
pub async fn add(
    database: &Database,
    name: &str,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<Tenant, Error> {
    let tenant = Tenant {
        id: TenantId::new(now, entropy),
        name: checked_name(name)?,
        state: TenantState::Active,
        key_limit: DEFAULT_KEY_LIMIT,
        tenant_limit: DEFAULT_TENANT_LIMIT,
        key_rules: DEFAULT_KEY_RULES,
        created_at: now,
    };
    let tx = Tx::operator(database).await?;
    tenants::create(&tx, &tenant).await.map_err(|error| match error {
        control_db::Error::Conflict => Error::Refused("there is a tenant of this name already".to_owned()),
        error => error.into(),
    })?;
    tx.commit().await?;
    Ok(tenant)
}

/// Returns all tenants, oldest first.
///
/// # Errors
/// [`Error::Database`].
pub async fn list(database: &Database) -> Result<Vec<Tenant>, Error> {
    Ok(tenants::list(&Tx::snapshot(database).await?).await?)
}

/// Sets whether a tenant's keys work, and returns the tenant.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn set_state(
    database: &Database,
    id: TenantId,
    state: TenantState,
    now: Timestamp,
) -> Result<Tenant, Error> {
    let tx = Tx::operator(database).await?;
    let before = tenants::get(&tx, id).await.map_err(Error::about("tenant"))?;
    tenants::set_state(&tx, id, state).await?;
    let kind = match state {
        TenantState::Active => Kind::Resumed,
        TenantState::Suspended => Kind::Suspended,
    };
    let subject = now.unix_timestamp_nanos().to_string();
    let event = Event { key: None, tenant: id, kind, subject, at: now, details: json!({}) };
    let changed = before.state != state;
    if changed {
        events::append(&tx, &event).await?;
    }
    let tenant = tenants::get(&tx, id).await?;
    tx.commit().await?;
    if changed {
        tell(&event);
    }
    Ok(tenant)
}

/// What is to change in how a tenant's keys are kept; what is not said stays.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeyRulesChange {
    /// No key works for more days than this; 1 to [`MAX_AGE_DAYS`].
    pub max_age_days: Option<u32>,
    /// Whether a key that was seen in a URL is revoked, and not only flagged.
    pub revoke_exposed: Option<bool>,
}

/// Changes how a tenant's keys are kept, and returns the tenant and the keys that end earlier because of it.
///
/// A lower maximum age holds for the keys that there are, too: one older than it ends now.
///
/// # Errors
/// [`Error::NotFound`], or [`Error::Refused`] for a maximum age that is none.
pub async fn set_key_rules(
    database: &Database,
    id: TenantId,
    change: KeyRulesChange,
    now: Timestamp,
) -> Result<(Tenant, Vec<ApiKey>), Error> {
    if change.max_age_days.is_some_and(|days| !(1..=MAX_AGE_DAYS).contains(&days)) {
        return Err(Error::Refused(format!("the maximum age of keys is 1 to {MAX_AGE_DAYS} days")));
    }
    let tx = Tx::operator(database).await?;
    let held = tenants::get(&tx, id).await.map_err(Error::about("tenant"))?.key_rules;
    let rules = KeyRules {
        max_age_days: change.max_age_days.unwrap_or(held.max_age_days),
        revoke_exposed: change.revoke_exposed.unwrap_or(held.revoke_exposed),
    };
    tenants::set_key_rules(&tx, id, rules).await?;
    let shortened = control_db::keys::shorten(&tx, id, max_age(rules)).await?;
    for key in &shortened {
        let subject = key.expires_at.map_or_else(String::new, |end| end.unix_timestamp().to_string());
        let details =
            json!({ "max_age_days": rules.max_age_days, "expires_at": key.expires_at.map(rfc3339) });
        let (key, tenant) = (Some(key.id.clone()), key.tenant);
        let event = Event { key, tenant, kind: Kind::Shortened, subject, at: now, details };
        events::append(&tx, &event).await?;
    }
    let tenant = tenants::get(&tx, id).await?;
    tx.commit().await?;
    Ok((tenant, shortened))
}

/// Returns `name` without outer white space, if it can be shown on one line.
pub(crate) fn checked_name(name: &str) -> Result<String, Error> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME_CHARS || name.chars().any(char::is_control) {
        return Err(Error::Refused(format!("a name is 1 to {MAX_NAME_CHARS} visible characters")));
    }
    Ok(name.to_owned())
}
