//! Migrations run once, also when several programs run them, and a service refuses a database without them.

use control_db::{Database, Error, Settings, migrate};
use testkit::postgres::Cluster;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_migrations_at_the_same_moment_run_once() {
    let folder = tempfile::tempdir().unwrap();
    // Several files, since the moment at which a new one gets its write-ahead log is short.
    for number in 0..20 {
        let file = folder.path().join(format!("new-{number}.db"));
        let settings = Settings::parse(&format!("sqlite://{}", file.display())).unwrap();
        run_at_once(&settings).await;
        Database::connect(&settings).await.map(|_| ()).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_migrations_at_the_same_moment_run_once() {
    let cluster = Cluster::get().await.unwrap();
    empty_database(cluster, "empty_for_migrations").await;
    let settings =
        Settings::parse(&cluster.address("anp_control_plane_owner", "empty_for_migrations")).unwrap();
    run_at_once(&settings).await;
}

#[tokio::test]
async fn an_unmigrated_sqlite_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::parse(&format!("sqlite://{}", folder.path().join("new.db").display())).unwrap();
    assert_refused(Database::connect(&settings).await, "run `nutrition-pro migrate`");
}

#[tokio::test]
async fn an_unmigrated_postgres_database_is_refused() {
    let cluster = Cluster::get().await.unwrap();
    empty_database(cluster, "empty_for_connect").await;
    let settings = Settings::parse(&cluster.address("anp_control_plane", "empty_for_connect")).unwrap();
    assert_refused(Database::connect(&settings).await, "run `nutrition-pro migrate`");
}

#[tokio::test]
async fn a_sqlite_file_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("new.db");
    std::fs::write(&file, "").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let settings = Settings::parse(&format!("sqlite://{}", file.display())).unwrap();
    migrate(&settings).await.unwrap();
    let database = Database::connect(&settings).await.unwrap();
    crate::fixtures::store_tenant(&database, "a").await;
    let mut modes: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name(), entry.metadata().unwrap().permissions().mode() & 0o777))
        .collect();
    modes.sort();
    assert!(modes.len() > 1, "no write-ahead log beside the file: {modes:?}");
    assert!(modes.iter().all(|(_, mode)| *mode == 0o600), "{modes:?}");
}

async fn run_at_once(settings: &Settings) {
    let tasks: Vec<_> = (0..5)
        .map(|_| {
            let settings = settings.clone();
            tokio::spawn(async move { migrate(&settings).await.unwrap().len() })
        })
        .collect();
    let mut runs = 0;
    for task in tasks {
        runs += usize::from(task.await.unwrap() > 0);
    }
    assert_eq!(runs, 1);
}

async fn empty_database(cluster: &Cluster, name: &str) {
    let mut superuser = cluster.superuser("postgres").await.unwrap();
    for sql in [
        format!("CREATE DATABASE {name} OWNER anp_control_plane_owner"),
        format!("GRANT CONNECT ON DATABASE {name} TO anp_control_plane"),
    ] {
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut superuser).await.unwrap();
    }
}

fn assert_refused(result: Result<Database, Error>, expected: &str) {
    match result {
        Err(Error::Refused(reason)) => assert!(reason.contains(expected), "{reason}"),
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it was accepted"),
    }
}
