//! The database, and transactions that are held to one tenant and can open its content.

use std::{ops::Deref, sync::Arc};

use database::{Access, Engine, Error, Pool, Settings, set_local};
use domain::{clock::Entropy, ids::TenantId};
use sea_orm::DatabaseTransaction;
use seal::envelope::{DataKey, MasterKey};

use crate::{data_keys, migrations::MIGRATIONS};

/// The API database, opened by its service. Clones share the connections.
#[derive(Clone)]
pub struct Database {
    pub(crate) pool: Pool,
    pub(crate) master_key: Arc<MasterKey>,
    pub(crate) entropy: Arc<dyn Entropy>,
}

impl Database {
    /// Connects as the service; see [`Pool::open`] for what is refused.
    ///
    /// `master_key` wraps the tenants' data keys; `entropy` makes those keys and the nonces of sealed values.
    pub async fn connect(
        settings: &Settings,
        master_key: Arc<MasterKey>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, Error> {
        Ok(Self { pool: Pool::open(settings, MIGRATIONS).await?, master_key, entropy })
    }

    /// Tells whether the database is a file of this process's own, which no other process serves from.
    pub fn is_embedded(&self) -> bool {
        self.pool.engine() == Engine::Sqlite
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

/// A transaction for one tenant that reads one unchanging state and changes nothing: it waits for no writer, and no
/// writer for it. Functions that write do not take it.
pub struct Reader {
    inner: DatabaseTransaction,
    opener: Opener,
}

/// What opens a tenant's sealed values, also after the transaction ended.
#[derive(Clone)]
pub(crate) struct Opener {
    pub(crate) tenant: TenantId,
    data_key: Option<Arc<DataKey>>,
}

impl Opener {
    /// [`Error::Corrupt`] without a key: whatever is sealed was sealed with one.
    pub(crate) fn data_key(&self) -> Result<&DataKey, Error> {
        self.data_key.as_deref().ok_or(Error::Corrupt("data key"))
    }
}

impl Reader {
    /// Begins to read for `tenant`; other tenants' rows do not exist for it. A tenant without a data key has no rows,
    /// and gets no key by being read.
    pub async fn tenant(database: &Database, tenant: TenantId) -> Result<Self, Error> {
        let inner = begin(database, Access::Snapshot, tenant).await?;
        let data_key = data_keys::load(&inner, database, tenant).await?.map(Arc::new);
        Ok(Self { inner, opener: Opener { tenant, data_key } })
    }

    pub(crate) fn connection(&self) -> &DatabaseTransaction {
        &self.inner
    }

    pub(crate) fn tenant_id(&self) -> TenantId {
        self.opener.tenant
    }

    pub(crate) const fn opener(&self) -> &Opener {
        &self.opener
    }
}

/// A transaction for one tenant that reads and writes. Dropped without [`Tx::commit`], it never was.
///
/// It can do what a [`Reader`] can, and goes wherever one is taken.
/// Drop it when a query fails: PostgreSQL takes no further statement in it.
pub struct Tx {
    reader: Reader,
    entropy: Arc<dyn Entropy>,
}

impl Tx {
    /// Begins work for `tenant`; other tenants' rows do not exist for it. Its data key is made on first use.
    ///
    /// On SQLite one such transaction runs at a time: what only reads takes a [`Reader`].
    pub async fn tenant(database: &Database, tenant: TenantId) -> Result<Self, Error> {
        let inner = begin(database, Access::Write, tenant).await?;
        let data_key = Some(Arc::new(data_keys::load_or_create(&inner, database, tenant).await?));
        let opener = Opener { tenant, data_key };
        Ok(Self { reader: Reader { inner, opener }, entropy: database.entropy.clone() })
    }

    /// Makes the changes last, all of them or none.
    pub async fn commit(self) -> Result<(), Error> {
        Ok(self.reader.inner.commit().await?)
    }

    pub(crate) fn entropy(&self) -> &dyn Entropy {
        self.entropy.as_ref()
    }
}

impl Deref for Tx {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reader
    }
}

async fn begin(database: &Database, access: Access, tenant: TenantId) -> Result<DatabaseTransaction, Error> {
    let inner = database.pool.begin(access).await?;
    set_local(&inner, "app.tenant_id", &tenant.to_string()).await?;
    Ok(inner)
}
