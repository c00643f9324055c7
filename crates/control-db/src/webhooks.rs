//! Webhooks: where tenants are told what happened. The secrets that sign are derived from the id and stored nowhere.

use database::{Error, from_micros, to_micros};
use domain::{
    Timestamp,
    ids::{TenantId, WebhookId},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr};

use crate::{Tx, deliveries};

/// Where a tenant is told what happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Its identifier.
    pub id: WebhookId,
    /// Who is told.
    pub tenant: TenantId,
    /// Where; it may hold a secret of the receiver's and stands in no log. At most 500 characters.
    pub url: String,
    /// When it was added.
    pub created_at: Timestamp,
}

/// Adds a webhook. [`Error::NotFound`] without the tenant.
pub async fn create(tx: &Tx, webhook: &Webhook) -> Result<(), Error> {
    tx.may_write(webhook.tenant)?;
    let row = row::ActiveModel {
        id: Set(webhook.id.uuid()),
        tenant_id: Set(webhook.tenant.uuid()),
        url: Set(webhook.url.clone()),
        created_at: Set(to_micros(webhook.created_at)),
        removed_at: Set(None),
    };
    row::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Returns the webhooks of one tenant, or of all that the transaction may see, oldest first.
pub async fn list(tx: &Tx, tenant: Option<TenantId>) -> Result<Vec<Webhook>, Error> {
    let mut query = row::Entity::find()
        .filter(tx.visible(row::Column::TenantId))
        .filter(row::Column::RemovedAt.is_null());
    if let Some(tenant) = tenant {
        query = query.filter(row::Column::TenantId.eq(tenant.uuid()));
    }
    let rows = query.order_by_asc(row::Column::Id).all(tx.connection()).await?;
    rows.into_iter().map(Webhook::try_from).collect()
}

/// Returns one webhook, unless it was removed.
pub async fn get(tx: &Tx, id: WebhookId) -> Result<Webhook, Error> {
    let row = row::Entity::find_by_id(id.uuid())
        .filter(tx.visible(row::Column::TenantId))
        .filter(row::Column::RemovedAt.is_null())
        .one(tx.connection())
        .await?;
    row.ok_or(Error::NotFound)?.try_into()
}

/// Removes a webhook; what it was still to tell is given up.
pub async fn remove(tx: &Tx, id: WebhookId, at: Timestamp) -> Result<(), Error> {
    let result = row::Entity::update_many()
        .col_expr(row::Column::RemovedAt, Expr::val(to_micros(at)))
        .filter(row::Column::Id.eq(id.uuid()))
        .filter(row::Column::RemovedAt.is_null())
        .filter(tx.visible(row::Column::TenantId))
        .exec(tx.connection())
        .await?;
    if result.rows_affected == 0 {
        return Err(Error::NotFound);
    }
    deliveries::give_up(tx, id, at, "the webhook was removed").await
}

impl TryFrom<row::Model> for Webhook {
    type Error = Error;

    fn try_from(row: row::Model) -> Result<Self, Error> {
        Ok(Self {
            id: WebhookId::from_uuid(row.id),
            tenant: TenantId::from_uuid(row.tenant_id),
            url: row.url,
            created_at: from_micros(row.created_at)?,
        })
    }
}

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "webhooks")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) tenant_id: Uuid,
        pub(crate) url: String,
        pub(crate) created_at: i64,
        pub(crate) removed_at: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
