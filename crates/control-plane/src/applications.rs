//! Onboarding of applications.

use control_db::{
    Database, Tx,
    applications::{self, Application},
    tenants,
};
use domain::{
    Timestamp,
    clock::Entropy,
    ids::{ApplicationId, TenantId},
};

use crate::{Error, tenants::checked_name};

/// Adds an application called `name` to a tenant.
///
/// # Errors
/// [`Error::NotFound`] for an unknown tenant, [`Error::Refused`] for a name that can't be used.
pub async fn add(
    database: &Database,
    tenant: TenantId,
    name: &str,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<Application, Error> {
    let name = checked_name(name)?;
    let application = Application { id: ApplicationId::new(now, entropy), tenant, name, created_at: now };
    let tx = Tx::operator(database).await?;
    tenants::get(&tx, tenant).await.map_err(Error::about("tenant"))?;
    applications::create(&tx, &application).await?;
    tx.commit().await?;
    Ok(application)
}

/// Returns the applications of one tenant, or of all, oldest first.
///
/// # Errors
/// [`Error::Database`].
pub async fn list(database: &Database, tenant: Option<TenantId>) -> Result<Vec<Application>, Error> {
    Ok(applications::list(&Tx::snapshot(database).await?, tenant).await?)
}
