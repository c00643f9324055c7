//! The policy that gateways follow, as one state of the database.

use database::Error;
use domain::{
    Timestamp,
    policy::{PolicySnapshot, TenantPolicy},
};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, sea_query::Expr};

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
    let mut keys: Vec<_> = keys::list(tx, None).await?.iter().map(|key| key.policy()).collect();
    keys.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(PolicySnapshot {
        version,
        issued_at: now.unix_timestamp(),
        tenants: tenants.collect(),
        keys,
        limits: Vec::new(),
    })
}

/// Grows the version. Called before the change it stands for: the row's lock lets changes pass one after the other.
pub(crate) async fn bump(tx: &Tx) -> Result<(), Error> {
    row::Entity::update_many()
        .col_expr(row::Column::Version, Expr::col(row::Column::Version).add(1))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Sets the version to `above` + 1 where it is not above that yet, and returns what it is then.
///
/// The policy itself stays as it is. [`Error::Conflict`] when `above` is more than [`LONGEST_STRIDE`] ahead.
pub async fn advance(tx: &Tx, above: u64) -> Result<u64, Error> {
    tx.must_be_operator()?;
    let now = version(tx).await?;
    if above.saturating_sub(now) > LONGEST_STRIDE {
        return Err(Error::Conflict);
    }
    let next = i64::try_from(above.saturating_add(1)).map_err(|_| Error::Conflict)?;
    row::Entity::update_many()
        .col_expr(row::Column::Version, Expr::value(next))
        .filter(row::Column::Version.lt(next))
        .exec(tx.connection())
        .await?;
    version(tx).await
}

/// A mistyped version must not use up the numbers that further changes need.
pub const LONGEST_STRIDE: u64 = 1_000_000_000;

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
