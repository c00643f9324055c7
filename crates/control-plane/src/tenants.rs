//! Onboarding of tenants.

use control_db::{
    Database, Tx,
    tenants::{self, Tenant},
};
use domain::{
    Timestamp,
    clock::Entropy,
    ids::TenantId,
    policy::{RequestLimit, TenantState},
};

use crate::Error;

/// What a new tenant's keys may ask for, one key and all together, until somebody says otherwise.
pub const DEFAULT_KEY_LIMIT: RequestLimit = RequestLimit { requests: 600, window_seconds: 60 };
/// See [`DEFAULT_KEY_LIMIT`].
pub const DEFAULT_TENANT_LIMIT: RequestLimit = RequestLimit { requests: 2_400, window_seconds: 60 };

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
pub async fn set_state(database: &Database, id: TenantId, state: TenantState) -> Result<Tenant, Error> {
    let tx = Tx::operator(database).await?;
    tenants::set_state(&tx, id, state).await.map_err(Error::about("tenant"))?;
    let tenant = tenants::get(&tx, id).await?;
    tx.commit().await?;
    Ok(tenant)
}

/// Returns `name` without outer white space, if it can be shown on one line.
pub(crate) fn checked_name(name: &str) -> Result<String, Error> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME_CHARS || name.chars().any(char::is_control) {
        return Err(Error::Refused(format!("a name is 1 to {MAX_NAME_CHARS} visible characters")));
    }
    Ok(name.to_owned())
}
