//! The tenants' data keys, wrapped by the master key.

use database::{Access, Error, set_local};
use domain::ids::TenantId;
use sea_orm::{
    ActiveValue::Set, DatabaseTransaction, EntityTrait, QueryOrder, QuerySelect, sea_query::OnConflict,
};
use seal::envelope::DataKey;

use crate::Database;

/// Returns every tenant that has stored anything, for work that visits them all, such as retention.
pub async fn tenants(database: &Database) -> Result<Vec<TenantId>, Error> {
    let tx = database.pool.begin(Access::Snapshot).await?;
    set_local(&tx, "app.retention", "on").await?;
    let ids: Vec<uuid::Uuid> = row::Entity::find()
        .select_only()
        .column(row::Column::TenantId)
        .order_by_asc(row::Column::TenantId)
        .into_tuple()
        .all(&tx)
        .await?;
    Ok(ids.into_iter().map(TenantId::from_uuid).collect())
}

/// Returns the data key of `tenant`, and makes it when there is none.
///
/// When two transactions make one at the same moment, the later waits for the earlier and takes its key.
pub(crate) async fn load_or_create(
    tx: &DatabaseTransaction,
    database: &Database,
    tenant: TenantId,
) -> Result<DataKey, Error> {
    if let Some(key) = load(tx, database, tenant).await? {
        return Ok(key);
    }
    let (_, wrapped) = database.master_key.new_data_key(tenant, database.entropy.as_ref());
    let row = row::ActiveModel { tenant_id: Set(tenant.uuid()), wrapped: Set(wrapped.0) };
    row::Entity::insert(row)
        .on_conflict(OnConflict::column(row::Column::TenantId).do_nothing().to_owned())
        .try_insert()
        .exec_without_returning(tx)
        .await?;
    load(tx, database, tenant).await?.ok_or(Error::Corrupt("data key"))
}

/// Returns the data key of `tenant`, if it has one.
pub(crate) async fn load(
    tx: &DatabaseTransaction,
    database: &Database,
    tenant: TenantId,
) -> Result<Option<DataKey>, Error> {
    let Some(row) = row::Entity::find_by_id(tenant.uuid()).one(tx).await? else { return Ok(None) };
    let key = database.master_key.unwrap(tenant, &row.wrapped).map_err(|_| Error::Corrupt("data key"))?;
    Ok(Some(key))
}

mod row {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "data_keys")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) tenant_id: Uuid,
        pub(crate) wrapped: Vec<u8>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
