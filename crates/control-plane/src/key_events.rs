//! What happened to keys: listed for people, told in the log.

use control_db::{
    Database, Tx,
    events::{self, Event, Kind},
};
use domain::{Timestamp, ids::TenantId};
use time::format_description::well_known::Rfc3339;

use crate::Error;

/// Returns those of the newest thousand events of one tenant, of one key, or of all that are about keys, oldest first.
///
/// # Errors
/// [`Error::Database`].
pub async fn list(
    database: &Database,
    tenant: Option<TenantId>,
    key: Option<&str>,
) -> Result<Vec<Event>, Error> {
    let all = events::list(&Tx::snapshot(database).await?, tenant, key).await?;
    Ok(all.into_iter().map(|recorded| recorded.event).filter(|event| event.key.is_some()).collect())
}

/// Tells an event in the log, once it is recorded.
pub(crate) fn tell(event: &Event) {
    let Event { key, tenant, kind, details, .. } = event;
    let key = key.as_deref();
    match kind {
        Kind::Exposed | Kind::LeakReported => {
            tracing::warn!(key.id = key, %tenant, event = kind.as_str(), %details, "a key must be replaced");
        }
        Kind::Suspended | Kind::Resumed | Kind::Test => {
            tracing::info!(%tenant, event = kind.as_str(), %details, "a tenant changes");
        }
        Kind::Issued
        | Kind::Rotated
        | Kind::Revoked
        | Kind::Expiring
        | Kind::Shortened
        | Kind::Restricted => {
            tracing::info!(key.id = key, %tenant, event = kind.as_str(), %details, "a key changes");
        }
    }
}

/// Returns a moment as the details of events tell it, to the second.
pub(crate) fn rfc3339(at: Timestamp) -> String {
    at.replace_nanosecond(0).unwrap_or(at).format(&Rfc3339).unwrap_or_default()
}
