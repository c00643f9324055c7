//! What happened to keys: listed for people, told in the log.

use control_db::{
    Database, Tx,
    events::{self, KeyEvent, Kind},
};
use domain::{Timestamp, ids::TenantId};
use time::format_description::well_known::Rfc3339;

use crate::Error;

/// Returns the newest thousand events of one tenant, of one key, or of all, oldest first.
///
/// # Errors
/// [`Error::Database`].
pub async fn list(
    database: &Database,
    tenant: Option<TenantId>,
    key: Option<&str>,
) -> Result<Vec<KeyEvent>, Error> {
    Ok(events::list(&Tx::snapshot(database).await?, tenant, key).await?)
}

/// Tells an event in the log, once it is recorded.
pub(crate) fn tell(event: &KeyEvent) {
    let KeyEvent { key, tenant, kind, details, .. } = event;
    match kind {
        Kind::Exposed | Kind::LeakReported => {
            tracing::warn!(key.id = key, %tenant, event = kind.as_str(), %details, "a key must be replaced");
        }
        Kind::Expiring | Kind::Shortened | Kind::Restricted => {
            tracing::info!(key.id = key, %tenant, event = kind.as_str(), %details, "a key changes");
        }
    }
}

/// Returns a moment as the details of events tell it, to the second.
pub(crate) fn rfc3339(at: Timestamp) -> String {
    at.replace_nanosecond(0).unwrap_or(at).format(&Rfc3339).unwrap_or_default()
}
