//! The database, and transactions that are held to one tenant or belong to an operator.

use database::{Access, Error, Pool, Settings, set_local};
use domain::ids::TenantId;
use sea_orm::{ColumnTrait, Condition, DatabaseTransaction};

use crate::migrations::MIGRATIONS;

/// The control-plane database, opened by its service. Clones share the connections.
#[derive(Clone)]
pub struct Database {
    pool: Pool,
}

impl Database {
    /// Connects as the service; see [`Pool::open`] for what is refused.
    pub async fn connect(settings: &Settings) -> Result<Self, Error> {
        Ok(Self { pool: Pool::open(settings, MIGRATIONS).await? })
    }

    /// Fails unless the database answers.
    pub async fn ping(&self) -> Result<(), Error> {
        self.pool.ping().await
    }

    /// Closes all connections after their transactions.
    pub async fn close(&self) -> Result<(), Error> {
        self.pool.close().await
    }
}

/// A transaction on the control-plane database. Dropped without [`Tx::commit`], it never was.
///
/// Drop it when a query fails: PostgreSQL takes no further statement in it.
pub struct Tx {
    inner: DatabaseTransaction,
    tenant: Option<TenantId>,
}

impl Tx {
    /// Begins work that spans tenants. Only for operators: whoever lets a tenant's own people in uses [`Tx::tenant`].
    pub async fn operator(database: &Database) -> Result<Self, Error> {
        Self::spanning(database, Access::Write).await
    }

    /// Begins work on one tenant; other tenants' rows do not exist for it.
    pub async fn tenant(database: &Database, tenant: TenantId) -> Result<Self, Error> {
        let inner = database.pool.begin(Access::Write).await?;
        set_local(&inner, "app.tenant_id", &tenant.to_string()).await?;
        Ok(Self { inner, tenant: Some(tenant) })
    }

    /// Begins reading one unchanging state of all tenants. It does not make writers wait.
    pub async fn snapshot(database: &Database) -> Result<Self, Error> {
        Self::spanning(database, Access::Snapshot).await
    }

    /// Makes the changes last.
    pub async fn commit(self) -> Result<(), Error> {
        Ok(self.inner.commit().await?)
    }

    async fn spanning(database: &Database, access: Access) -> Result<Self, Error> {
        let inner = database.pool.begin(access).await?;
        set_local(&inner, "app.operator", "on").await?;
        Ok(Self { inner, tenant: None })
    }

    pub(crate) fn connection(&self) -> &DatabaseTransaction {
        &self.inner
    }

    /// Returns the filter that every query carries: SQLite has no row-level security.
    pub(crate) fn visible(&self, tenant_column: impl ColumnTrait) -> Condition {
        match self.tenant {
            Some(tenant) => Condition::all().add(tenant_column.eq(tenant.uuid())),
            None => Condition::all(),
        }
    }

    /// Refuses what a tenant's own people must not do to their tenant, as row-level security does.
    pub(crate) fn must_be_operator(&self) -> Result<(), Error> {
        if self.tenant.is_none() { Ok(()) } else { Err(Error::NotFound) }
    }

    /// Refuses to write a row of another tenant, as row-level security does.
    pub(crate) fn may_write(&self, tenant: TenantId) -> Result<(), Error> {
        match self.tenant {
            Some(own) if own != tenant => Err(Error::NotFound),
            _ => Ok(()),
        }
    }
}
