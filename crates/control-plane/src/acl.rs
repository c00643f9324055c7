//! What is known of one key, beside the policy that would be published now (feature 7).

use control_db::{
    Database, Tx,
    keys::{self, ApiKey},
    policy,
    tenants::{self, Tenant},
};
use domain::{Timestamp, policy::PolicySnapshot};

use crate::Error;

/// The policy and one of its keys, at one moment.
#[derive(Clone, Debug)]
pub struct Standing {
    /// What gateways would be sent.
    pub policy: PolicySnapshot,
    /// The key and who owns it; `None` where no key has the id.
    pub key: Option<(ApiKey, Tenant)>,
}

/// Returns how things stand for the key with the public half `id`.
///
/// # Errors
/// [`Error::Database`].
pub async fn standing(database: &Database, id: &str, now: Timestamp) -> Result<Standing, Error> {
    let tx = Tx::snapshot(database).await?;
    let policy = policy::snapshot(&tx, now).await?;
    let key = match keys::get(&tx, id).await {
        Ok(key) => {
            let tenant = tenants::get(&tx, key.tenant).await?;
            Some((key, tenant))
        }
        Err(control_db::Error::NotFound) => None,
        Err(error) => return Err(error.into()),
    };
    Ok(Standing { policy, key })
}
