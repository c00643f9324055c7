//! Forgets what is to be forgotten: content that expired, stored answers of yesterday.

use std::{sync::Arc, time::Duration};

use api_db::{Database, Tx, generations, idempotency, tenants};
use domain::{Timestamp, clock::Clock};
use tokio_util::sync::CancellationToken;

/// How often it looks.
const INTERVAL: Duration = Duration::from_secs(3_600);

/// Ends what an earlier process left running, where no other process can be at work.
pub(crate) async fn begin(database: &Database) -> Result<(), api_db::Error> {
    if !database.is_embedded() {
        return Ok(());
    }
    for tenant in tenants(database).await? {
        let tx = Tx::tenant(database, tenant).await?;
        idempotency::release_all(&tx).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Forgets what has expired, every hour until `shutdown`.
pub(crate) async fn run(database: Database, clock: Arc<dyn Clock>, shutdown: CancellationToken) {
    loop {
        if let Err(error) = purge(&database, clock.now()).await {
            tracing::warn!(%error, "what has expired was not forgotten yet");
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(INTERVAL) => {}
        }
    }
}

async fn purge(database: &Database, now: Timestamp) -> Result<(), api_db::Error> {
    for tenant in tenants(database).await? {
        let tx = Tx::tenant(database, tenant).await?;
        let texts = generations::purge_expired(&tx, now).await?;
        let answers = idempotency::purge(&tx, now).await?;
        tx.commit().await?;
        if texts + answers > 0 {
            tracing::info!(tenant.id = %tenant, generations = texts, answers, "forgot what has expired");
        }
    }
    Ok(())
}
