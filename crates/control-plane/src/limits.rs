//! Limits that differ for a while: for a tenant, for each key of an application, or for one key.

use control_db::{
    Database, Tx, applications, keys,
    limits::{self, Change},
    tenants,
};
use domain::{
    Timestamp,
    clock::Entropy,
    ids::{Id, TenantId},
    policy::{LimitOverride, LimitSubject, Measure},
};
use time::Duration;

use crate::Error;

/// How long an override lasts at most. Who needs it for longer needs another plan.
pub const LONGEST_DAYS: i64 = 366;
/// The longest reason, in characters.
pub const LONGEST_REASON: usize = 500;

/// Lets `of` have `amount` of `measure` until `until`, in place of the usual limit and of an override that there is.
///
/// # Errors
/// [`Error::NotFound`], or [`Error::Refused`] for an end in the past or too far away, an amount that is none, a measure
/// that `of` does not have, or a reason that says nothing.
pub async fn set(
    database: &Database,
    of: LimitSubject,
    measure: Measure,
    (amount, until): (u64, Timestamp),
    reason: &str,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<Change, Error> {
    if measure == Measure::DietitianRequests && !matches!(of, LimitSubject::Tenant(_)) {
        return Err(Error::Refused("dietitian-requests is a limit of tenants".to_owned()));
    }
    if !(1..=measure.most()).contains(&amount) {
        return Err(Error::Refused(format!("{} is 1 to {}", measure.as_str(), measure.most())));
    }
    if until <= now || until > now + Duration::days(LONGEST_DAYS) {
        return Err(Error::Refused(format!(
            "the end is in the future, at most {LONGEST_DAYS} days from now"
        )));
    }
    change(database, of, measure, Some((amount, until)), reason, now, entropy).await
}

/// Ends an override at once.
///
/// # Errors
/// [`Error::NotFound`] also when there is none, [`Error::Refused`] for a reason that says nothing.
pub async fn clear(
    database: &Database,
    of: LimitSubject,
    measure: Measure,
    reason: &str,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<Change, Error> {
    change(database, of, measure, None, reason, now, entropy).await
}

/// Returns what is in force at `now`.
///
/// # Errors
/// [`Error::Database`].
pub async fn in_force(database: &Database, now: Timestamp) -> Result<Vec<LimitOverride>, Error> {
    Ok(limits::in_force(&Tx::snapshot(database).await?, now).await?)
}

/// Returns the newest thousand changes of one tenant, or of all, oldest first.
///
/// # Errors
/// [`Error::Database`].
pub async fn changes(database: &Database, tenant: Option<TenantId>) -> Result<Vec<Change>, Error> {
    Ok(limits::changes(&Tx::snapshot(database).await?, tenant).await?)
}

async fn change(
    database: &Database,
    of: LimitSubject,
    measure: Measure,
    set: Option<(u64, Timestamp)>,
    reason: &str,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<Change, Error> {
    let tx = Tx::operator(database).await?;
    let tenant = match &of {
        LimitSubject::Tenant(tenant) => tenants::get(&tx, *tenant).await.map_err(Error::about("tenant"))?.id,
        LimitSubject::Application(application) => {
            applications::get(&tx, *application).await.map_err(Error::about("application"))?.tenant
        }
        LimitSubject::Key(key) => keys::get(&tx, key).await.map_err(Error::about("key"))?.tenant,
    };
    let id = Id::<Change>::new(now, entropy).uuid();
    let change = Change { id, of, tenant, measure, set, reason: checked_reason(reason)?, at: now };
    limits::apply(&tx, &change).await.map_err(Error::about("override in force"))?;
    tx.commit().await?;
    tracing::info!(
        %tenant, limit.of = ?change.of, limit.measure = measure.as_str(),
        limit.value = change.set.map(|(amount, _)| amount), limit.ended = change.set.is_none(),
        "a limit changes"
    );
    Ok(change)
}

/// Returns `reason` without outer white space, if it can be shown on one line.
fn checked_reason(reason: &str) -> Result<String, Error> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > LONGEST_REASON || reason.chars().any(char::is_control) {
        return Err(Error::Refused(format!("a reason is 1 to {LONGEST_REASON} visible characters")));
    }
    Ok(reason.to_owned())
}
