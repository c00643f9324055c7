//! The policy that gateways follow, as one state of the database.

use std::collections::BTreeSet;

use database::Error;
use domain::{
    Timestamp,
    ids::TenantId,
    policy::{KeyPolicy, PolicySnapshot, TenantPolicy},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect, sea_query::Expr,
};

use crate::{
    Tx,
    keys::{self, ApiKey},
    limits, tenants,
};

/// Returns the version of the policy; it grows with every change of a tenant, key or limit.
pub async fn version(tx: &Tx) -> Result<u64, Error> {
    let row = row::Entity::find_by_id(ONLY_ROW).one(tx.connection()).await?;
    let version = row.ok_or(Error::Corrupt("policy version"))?.version;
    u64::try_from(version).map_err(|_| Error::Corrupt("policy version"))
}

/// Returns everything a gateway knows about callers. Meant for [`Tx::snapshot`], where version and rows belong together.
pub async fn snapshot(tx: &Tx, now: Timestamp) -> Result<PolicySnapshot, Error> {
    let version = version(tx).await?;
    let (tenants, keys) = (tenants(tx).await?, keys_between(tx, None, None).await?);
    let (issued_at, limits) = (now.unix_timestamp(), limits::in_force(tx, now).await?);
    Ok(PolicySnapshot { version, issued_at, tenants, keys, limits })
}

/// Returns all tenants as gateways need them.
pub async fn tenants(tx: &Tx) -> Result<Vec<TenantPolicy>, Error> {
    let tenants = tenants::list(tx).await?.into_iter().map(|tenant| TenantPolicy {
        id: tenant.id,
        state: tenant.state,
        key_limit: tenant.key_limit,
        tenant_limit: tenant.tenant_limit,
    });
    Ok(tenants.collect())
}

/// Returns the keys from the id `first` up to and without `next`, in the order of their ids, as gateways need them.
/// `None` stands for no bound.
pub async fn keys_between(tx: &Tx, first: Option<&str>, next: Option<&str>) -> Result<Vec<KeyPolicy>, Error> {
    let mut keys: Vec<_> = keys::between(tx, first, next).await?.iter().map(ApiKey::policy).collect();
    keys.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(keys)
}

/// What a change was about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Changed<'a> {
    Tenant(TenantId),
    Key(&'a str),
    /// Limits that differ: they are read at each change.
    Limits,
    /// Nobody can say.
    Anything,
}

/// What changed since a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changes {
    /// Anything: the version is too long ago, or not of this database.
    Unknown,
    /// No more than this.
    Known {
        /// Whether a tenant did.
        tenants: bool,
        /// The public halves of the keys that did.
        keys: BTreeSet<String>,
    },
}

/// Returns what changed after version `since`. Meant for [`Tx::snapshot`].
pub async fn changes(tx: &Tx, since: u64) -> Result<Changes, Error> {
    let now = version(tx).await?;
    if now < since || now - since > KEPT_VERSIONS {
        return Ok(Changes::Unknown);
    }
    let since = i64::try_from(since).map_err(|_| Error::Corrupt("policy version"))?;
    let rows = change::Entity::find()
        .filter(change::Column::Version.gt(since))
        .limit(MOST_CHANGES + 1)
        .all(tx.connection())
        .await?;
    let many = u64::try_from(rows.len()).is_ok_and(|rows| rows > MOST_CHANGES);
    if many || rows.iter().any(|row| row.kind == ANYTHING) {
        return Ok(Changes::Unknown);
    }
    Ok(Changes::Known {
        tenants: rows.iter().any(|row| row.kind == TENANT),
        keys: rows.into_iter().filter(|row| row.kind == KEY).map(|row| row.subject).collect(),
    })
}

/// Grows the version. Called before the change it stands for: the row's lock lets changes pass one after the other.
pub(crate) async fn bump(tx: &Tx, changed: Changed<'_>) -> Result<(), Error> {
    row::Entity::update_many()
        .col_expr(row::Column::Version, Expr::col(row::Column::Version).add(1))
        .exec(tx.connection())
        .await?;
    note(tx, &[changed]).await
}

/// Notes what else the newest version changes.
pub(crate) async fn note(tx: &Tx, changed: &[Changed<'_>]) -> Result<(), Error> {
    let version = version(tx).await?;
    let version = i64::try_from(version).map_err(|_| Error::Corrupt("policy version"))?;
    for changed in changed {
        let (kind, subject) = match changed {
            Changed::Tenant(id) => (TENANT, id.to_string()),
            Changed::Key(id) => (KEY, (*id).to_owned()),
            Changed::Limits => continue,
            Changed::Anything => (ANYTHING, String::new()),
        };
        let row =
            change::ActiveModel { version: Set(version), kind: Set(kind.to_owned()), subject: Set(subject) };
        change::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    }
    let kept = i64::try_from(KEPT_VERSIONS).unwrap_or(i64::MAX);
    change::Entity::delete_many()
        .filter(change::Column::Version.lte(version.saturating_sub(kept)))
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
    if now < version(tx).await? {
        note(tx, &[Changed::Anything]).await?;
    }
    version(tx).await
}

/// A mistyped version must not use up the numbers that further changes need.
pub const LONGEST_STRIDE: u64 = 1_000_000_000;

const ONLY_ROW: i64 = 1;

/// For as many versions it is remembered what they changed. Who lags more reads everything.
const KEPT_VERSIONS: u64 = 10_000;
/// With more changes than this, everything is as quickly read.
const MOST_CHANGES: u64 = 10_000;

const TENANT: &str = "tenant";
const KEY: &str = "key";
const ANYTHING: &str = "all";

mod change {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "policy_changes")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) version: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) kind: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) subject: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

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
