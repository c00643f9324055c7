//! Tenants: who may use the service, and how much.

use database::{Error, from_micros, to_micros};
use domain::{
    Timestamp,
    ids::TenantId,
    policy::{RequestLimit, TenantState},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::{
    Tx, columns,
    policy::{self, Changed},
};

/// A meal planner company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Its identifier.
    pub id: TenantId,
    /// Its name, unique among all tenants; 1 to 200 characters.
    pub name: String,
    /// Whether its keys work.
    pub state: TenantState,
    /// What one of its keys may ask for.
    pub key_limit: RequestLimit,
    /// What all its keys together may ask for.
    pub tenant_limit: RequestLimit,
    /// How its keys are kept.
    pub key_rules: KeyRules,
    /// When it was added.
    pub created_at: Timestamp,
}

/// How a tenant's keys are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyRules {
    /// No key works for more days than this, counted from its grant; 1 to 90.
    pub max_age_days: u32,
    /// Whether a key that was seen in a URL is revoked, and not only flagged.
    pub revoke_exposed: bool,
}

/// Adds a tenant, as operator. [`Error::Conflict`] when the name is taken.
pub async fn create(tx: &Tx, tenant: &Tenant) -> Result<(), Error> {
    tx.must_be_operator()?;
    policy::bump(tx, Changed::Tenant(tenant.id)).await?;
    let row = row::ActiveModel {
        id: Set(tenant.id.uuid()),
        name: Set(tenant.name.clone()),
        state: Set(state_name(tenant.state).to_owned()),
        key_limit_requests: Set(tenant.key_limit.requests.into()),
        key_limit_seconds: Set(tenant.key_limit.window_seconds.into()),
        tenant_limit_requests: Set(tenant.tenant_limit.requests.into()),
        tenant_limit_seconds: Set(tenant.tenant_limit.window_seconds.into()),
        key_max_age_days: Set(tenant.key_rules.max_age_days.into()),
        revoke_exposed: Set(tenant.key_rules.revoke_exposed),
        created_at: Set(to_micros(tenant.created_at)),
    };
    row::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Returns the tenants that the transaction may see, oldest first.
pub async fn list(tx: &Tx) -> Result<Vec<Tenant>, Error> {
    let rows = row::Entity::find()
        .filter(tx.visible(row::Column::Id))
        .order_by_asc(row::Column::Id)
        .all(tx.connection())
        .await?;
    rows.into_iter().map(Tenant::try_from).collect()
}

/// Returns one tenant.
pub async fn get(tx: &Tx, id: TenantId) -> Result<Tenant, Error> {
    let row =
        row::Entity::find_by_id(id.uuid()).filter(tx.visible(row::Column::Id)).one(tx.connection()).await?;
    row.ok_or(Error::NotFound)?.try_into()
}

/// Suspends a tenant, or lets it work again, as operator.
pub async fn set_state(tx: &Tx, id: TenantId, state: TenantState) -> Result<(), Error> {
    change(tx, id, row::ActiveModel { state: Set(state_name(state).to_owned()), ..Default::default() }).await
}

/// Sets how a tenant's keys are kept from now on, as operator. Keys that there are stay as they are.
pub async fn set_key_rules(tx: &Tx, id: TenantId, rules: KeyRules) -> Result<(), Error> {
    let rules = row::ActiveModel {
        key_max_age_days: Set(rules.max_age_days.into()),
        revoke_exposed: Set(rules.revoke_exposed),
        ..Default::default()
    };
    change(tx, id, rules).await
}

async fn change(tx: &Tx, id: TenantId, change: row::ActiveModel) -> Result<(), Error> {
    tx.must_be_operator()?;
    policy::bump(tx, Changed::Tenant(id)).await?;
    let result = row::Entity::update_many()
        .set(change)
        .filter(row::Column::Id.eq(id.uuid()))
        .exec(tx.connection())
        .await?;
    if result.rows_affected == 1 { Ok(()) } else { Err(Error::NotFound) }
}

fn state_name(state: TenantState) -> &'static str {
    match state {
        TenantState::Active => "active",
        TenantState::Suspended => "suspended",
    }
}

impl TryFrom<row::Model> for Tenant {
    type Error = Error;

    fn try_from(row: row::Model) -> Result<Self, Error> {
        let limit = |requests, seconds| {
            Ok::<_, Error>(RequestLimit {
                requests: columns::count(requests)?,
                window_seconds: columns::count(seconds)?,
            })
        };
        Ok(Self {
            id: TenantId::from_uuid(row.id),
            name: row.name,
            state: match row.state.as_str() {
                "active" => TenantState::Active,
                "suspended" => TenantState::Suspended,
                _ => return Err(Error::Corrupt("tenant state")),
            },
            key_limit: limit(row.key_limit_requests, row.key_limit_seconds)?,
            tenant_limit: limit(row.tenant_limit_requests, row.tenant_limit_seconds)?,
            key_rules: KeyRules {
                max_age_days: columns::count(row.key_max_age_days)?,
                revoke_exposed: row.revoke_exposed,
            },
            created_at: from_micros(row.created_at)?,
        })
    }
}

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "tenants")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) name: String,
        pub(crate) state: String,
        pub(crate) key_limit_requests: i64,
        pub(crate) key_limit_seconds: i64,
        pub(crate) tenant_limit_requests: i64,
        pub(crate) tenant_limit_seconds: i64,
        pub(crate) key_max_age_days: i64,
        pub(crate) revoke_exposed: bool,
        pub(crate) created_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
