//! A fresh migrated database per test, on either engine.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

pub use database::{Engine, Settings};
use domain::clock::Entropy;
use seal::envelope::MasterKey;
use tempfile::TempDir;

use crate::{fixed::SeededEntropy, postgres::Cluster};

/// A migrated, empty database that only this test uses, and that goes when this value does.
pub struct TestDb {
    engine: Engine,
    owner: String,
    service: String,
    place: Place,
}

enum Place {
    Folder(TempDir),
    Cluster { cluster: &'static Cluster, database: String },
}

impl TestDb {
    /// Makes a control-plane database.
    pub async fn control(engine: Engine) -> Self {
        let db = Self::make(engine, "anp_control_plane").await;
        if engine == Engine::Sqlite {
            control_db::migrate(&db.owner()).await.expect("a new file takes the migrations");
        }
        db
    }

    /// Makes an API database.
    pub async fn api(engine: Engine) -> Self {
        let db = Self::make(engine, "anp_api").await;
        if engine == Engine::Sqlite {
            api_db::migrate(&db.owner()).await.expect("a new file takes the migrations");
        }
        db
    }

    /// Connects to a control-plane database as its service.
    pub async fn open_control(&self) -> control_db::Database {
        control_db::Database::connect(&self.service()).await.expect("the service may connect to its database")
    }

    /// Connects to an API database as its service, with [`master_key`] and seeded randomness.
    pub async fn open_api(&self) -> api_db::Database {
        static SEED: AtomicU64 = AtomicU64::new(1);
        let entropy: Arc<dyn Entropy> =
            Arc::new(SeededEntropy::new(SEED.fetch_add(1, Ordering::Relaxed) << 32));
        api_db::Database::connect(&self.service(), master_key(), entropy)
            .await
            .expect("the service may connect to its database")
    }

    /// Returns the engine.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Returns the address for the role that migrates, as the binary's settings take it.
    pub fn owner_address(&self) -> &str {
        &self.owner
    }

    /// Returns the address for the role of the service, as the binary's settings take it.
    pub fn service_address(&self) -> &str {
        &self.service
    }

    /// Returns the settings of the role that migrates.
    pub fn owner(&self) -> Settings {
        Settings::parse(&self.owner).expect("test addresses are well formed")
    }

    /// Returns the settings of the role of the service.
    pub fn service(&self) -> Settings {
        Settings::parse(&self.service).expect("test addresses are well formed")
    }

    /// Returns the SQLite file, or `None` on PostgreSQL.
    pub fn file(&self) -> Option<std::path::PathBuf> {
        match &self.place {
            Place::Folder(folder) => Some(folder.path().join(FILE)),
            Place::Cluster { .. } => None,
        }
    }

    /// Returns the cluster and the name of the database in it, or `None` on SQLite.
    pub fn cluster(&self) -> Option<(&'static Cluster, &str)> {
        match &self.place {
            Place::Folder(_) => None,
            Place::Cluster { cluster, database } => Some((*cluster, database)),
        }
    }

    async fn make(engine: Engine, template: &str) -> Self {
        match engine {
            Engine::Sqlite => Self::in_folder(),
            Engine::Postgres => Self::in_cluster(template).await,
        }
    }

    fn in_folder() -> Self {
        let folder = tempfile::tempdir().expect("the temporary folder is writable");
        let address = format!("sqlite://{}", folder.path().join(FILE).display());
        Self {
            engine: Engine::Sqlite,
            owner: address.clone(),
            service: address,
            place: Place::Folder(folder),
        }
    }

    async fn in_cluster(template: &str) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        let cluster = Cluster::get().await.expect("a PostgreSQL cluster to test on");
        let database = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        cluster.copy(template, &database).await.expect("the template can be copied");
        Self {
            engine: Engine::Postgres,
            owner: cluster.address(&format!("{template}_owner"), &database),
            service: cluster.address(template, &database),
            place: Place::Cluster { cluster, database },
        }
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        if let Place::Cluster { cluster, database } = &self.place {
            cluster.drop_later(database);
        }
    }
}

/// Returns the master key of all test databases.
pub fn master_key() -> Arc<MasterKey> {
    Arc::new(MasterKey::new(&[7; MasterKey::LENGTH]).expect("the length is right"))
}

/// Makes two tests, `NAME::sqlite` and `NAME::postgres`, of one body.
///
/// ```ignore
/// testkit::on_both_engines! {
///     async fn a_tenant_is_stored(engine: Engine) {
///         let db = TestDb::control(engine).await;
///     }
/// }
/// ```
#[macro_export]
macro_rules! on_both_engines {
    ($(async fn $name:ident($engine:ident: Engine) $body:block)+) => {$(
        mod $name {
            use super::*;

            async fn run($engine: $crate::test_db::Engine) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                run($crate::test_db::Engine::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                run($crate::test_db::Engine::Postgres).await;
            }
        }
    )+};
}

const FILE: &str = "test.db";
