//! The policy that gateways follow, as one state of the database.

use database::Error;
use domain::{
    Timestamp,
    policy::{PolicySnapshot, TenantPolicy},
};
use sea_orm::{EntityTrait, ExprTrait, sea_query::Expr};

use crate::{Tx, keys, tenants};

/// Returns the version of the policy; it grows with every change of a tenant or key.
pub async fn version(tx: &Tx) -> Result<u64, Error> {
    let row = row::Entity::find_by_id(ONLY_ROW).one(tx.connection()).await?;
    let version = row.ok_or(Error::Corrupt("policy version"))?.version;
    u64::try_from(version).map_err(|_| Error::Corrupt("policy version"))
}

/// Returns everything a gateway knows about callers. Meant for [`Tx::snapshot`], where version and rows belong together.
pub async fn snapshot(tx: &Tx, now: Timestamp) -> Result<PolicySnapshot, Error> {
    let version = version(tx).await?;
    let tenants = tenants::list(tx).await?.into_iter().map(|tenant| TenantPolicy {
        id: tenant.id,
        state: tenant.state,
        key_limit: tenant.key_limit,
        tenant_limit: tenant.tenant_limit,
    });
    let mut keys: Vec<_> = keys::list(tx, None).await?.iter().map(|key| key.policy(now)).collect();
    keys.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(PolicySnapshot { version, issued_at: now.unix_timestamp(), tenants: tenants.collect(), keys })
}

/// Grows the version. Called before the change it stands for: the row's lock lets changes pass one after the other.
pub(crate) async fn bump(tx: &Tx) -> Result<(), Error> {
    row::Entity::update_many()
        .col_expr(row::Column::Version, Expr::col(row::Column::Version).add(1))
        .exec(tx.connection())
        .await?;
    Ok(())
}

const ONLY_ROW: i64 = 1;

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "policy_version")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: i64,
        pub(crate) version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
