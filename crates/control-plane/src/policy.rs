//! The version of the policy, where an operator has to move it.

use control_db::{
    Database, Tx,
    policy::{self, LONGEST_STRIDE},
};

use crate::Error;

/// Publishes the policy as it is under a version above `above`, unless it has one already; returns the version.
///
/// For a database that was restored from a backup: gateways take nothing older than what they hold, so that nobody can
/// give them back a policy in which a revoked key works. That the restored one shall hold is therefore said by a person.
///
/// # Errors
/// [`Error::Refused`] when `above` is too far ahead to be a version that a gateway holds.
pub async fn advance(database: &Database, above: u64) -> Result<u64, Error> {
    let tx = Tx::operator(database).await?;
    let version = policy::advance(&tx, above).await.map_err(|error| match error {
        control_db::Error::Conflict => {
            Error::Refused(format!("that is more than {LONGEST_STRIDE} versions ahead"))
        }
        error => error.into(),
    })?;
    tx.commit().await?;
    Ok(version)
}
