//! Applications: what API keys are issued to.

use database::{Error, from_micros, to_micros};
use domain::{
    Timestamp,
    ids::{ApplicationId, TenantId},
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::Tx;

/// A meal planner's application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// Its identifier, which meal planners know as `client-uuid`.
    pub id: ApplicationId,
    /// Its owner.
    pub tenant: TenantId,
    /// Its name, unique within the tenant; 1 to 200 characters.
    pub name: String,
    /// When it was added.
    pub created_at: Timestamp,
}

/// Adds an application. [`Error::Conflict`] when the tenant has one of that name, [`Error::NotFound`] without the tenant.
pub async fn create(tx: &Tx, application: &Application) -> Result<(), Error> {
    tx.may_write(application.tenant)?;
    let row = row::ActiveModel {
        id: Set(application.id.uuid()),
        tenant_id: Set(application.tenant.uuid()),
        name: Set(application.name.clone()),
        created_at: Set(to_micros(application.created_at)),
    };
    row::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Returns the applications of one tenant, or of all that the transaction may see, oldest first.
pub async fn list(tx: &Tx, tenant: Option<TenantId>) -> Result<Vec<Application>, Error> {
    let mut query = row::Entity::find().filter(tx.visible(row::Column::TenantId));
    if let Some(tenant) = tenant {
        query = query.filter(row::Column::TenantId.eq(tenant.uuid()));
    }
    let rows = query.order_by_asc(row::Column::Id).all(tx.connection()).await?;
    rows.into_iter().map(Application::try_from).collect()
}

/// Returns one application.
pub async fn get(tx: &Tx, id: ApplicationId) -> Result<Application, Error> {
    let row = row::Entity::find_by_id(id.uuid())
        .filter(tx.visible(row::Column::TenantId))
        .one(tx.connection())
        .await?;
    row.ok_or(Error::NotFound)?.try_into()
}

impl TryFrom<row::Model> for Application {
    type Error = Error;

    fn try_from(row: row::Model) -> Result<Self, Error> {
        Ok(Self {
            id: ApplicationId::from_uuid(row.id),
            tenant: TenantId::from_uuid(row.tenant_id),
            name: row.name,
            created_at: from_micros(row.created_at)?,
        })
    }
}

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "applications")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) id: Uuid,
        pub(crate) tenant_id: Uuid,
        pub(crate) name: String,
        pub(crate) created_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
