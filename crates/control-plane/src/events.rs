//! What happened to keys and tenants, and who was told: listed for people.

use control_db::{
    Database, Tx,
    deliveries::{self, Delivery},
    events::{self, Recorded},
};
use domain::ids::TenantId;

use crate::Error;

/// An event, and how far it is with each webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What happened.
    pub event: Recorded,
    /// Where it is to be told, was, or could not be.
    pub deliveries: Vec<Delivery>,
}

/// Returns the newest thousand events of one tenant, of one key, or of all, oldest first.
///
/// # Errors
/// [`Error::Database`].
pub async fn list(
    database: &Database,
    tenant: Option<TenantId>,
    key: Option<&str>,
) -> Result<Vec<Told>, Error> {
    let tx = Tx::snapshot(database).await?;
    let all = events::list(&tx, tenant, key).await?;
    let numbers: Vec<_> = all.iter().map(|event| event.number).collect();
    let mut deliveries = deliveries::of(&tx, &numbers).await?.into_iter().peekable();
    let told = |event: Recorded| {
        let of_it = std::iter::from_fn(|| deliveries.next_if(|delivery| delivery.event == event.number));
        Told { deliveries: of_it.collect(), event }
    };
    Ok(all.into_iter().map(told).collect())
}
