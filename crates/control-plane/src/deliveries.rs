//! Delivers events to webhooks: as soon as they are recorded, again and again where that fails, and not for ever.
//!
//! Events of one webhook are told one after the other, those of different ones at the same time, so that a slow receiver
//! delays nobody else. A message may arrive twice (a process that ends after it was sent and before that was noted), and
//! in another order than it happened; its id tells.

use std::{collections::HashSet, sync::Arc, time::Duration};

use control_db::{
    Database, Tx,
    deliveries::{self, State},
    events, webhooks,
};
use domain::{Timestamp, clock::Clock, ids::WebhookId};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{
    Error,
    messenger::{DEADLINE, Messenger},
};

/// How long after each failure the next attempt is made. After the last one the delivery is dead.
pub const PAUSES: [time::Duration; 9] = [
    time::Duration::seconds(5),
    time::Duration::minutes(5),
    time::Duration::minutes(30),
    time::Duration::hours(2),
    time::Duration::hours(5),
    time::Duration::hours(10),
    time::Duration::hours(14),
    time::Duration::hours(20),
    time::Duration::hours(24),
];

/// How often it is looked for what is due.
const INTERVAL: Duration = Duration::from_secs(1);
/// How many webhooks are told at the same time.
const AT_ONCE: usize = 32;
/// Nobody else takes a delivery for so long; by then the attempt is over.
const LEASE: time::Duration = time::Duration::seconds(60);

/// Delivers until `shutdown`. Without a `messenger` nothing is delivered, and what is due waits.
pub(crate) async fn run(
    database: Database,
    messenger: Option<Messenger>,
    clock: Arc<dyn Clock>,
    shutdown: CancellationToken,
) {
    let Some(messenger) = messenger.map(Arc::new) else {
        tracing::info!("webhooks are told nothing by this process");
        return shutdown.cancelled().await;
    };
    let mut interval = tokio::time::interval(INTERVAL);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut told = JoinSet::new();
    let mut busy = HashSet::new();
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            Some(ended) = told.join_next() => {
                if let Ok(webhook) = ended {
                    busy.remove(&webhook);
                }
                continue;
            }
            _ = interval.tick() => {}
        }
        let waiting = match waiting(&database, clock.now()).await {
            Ok(waiting) => waiting,
            Err(error) => {
                tracing::warn!(error.message = %error, "can't look for events that are to be told");
                continue;
            }
        };
        for webhook in waiting {
            if told.len() < AT_ONCE && busy.insert(webhook) {
                let (database, messenger, clock) =
                    (database.clone(), Arc::clone(&messenger), Arc::clone(&clock));
                told.spawn(async move {
                    if let Err(error) = deliver(&database, &messenger, webhook, &*clock).await {
                        tracing::warn!(error.message = %error, %webhook, "a delivery can't be noted");
                    }
                    webhook
                });
            }
        }
    }
}

async fn waiting(database: &Database, now: Timestamp) -> Result<Vec<WebhookId>, Error> {
    // Those that are busy may be among them.
    let limit = 2 * AT_ONCE as u64;
    Ok(deliveries::waiting(&Tx::snapshot(database).await?, now, limit).await?)
}

/// Tells `webhook` what is due, one after the other, up to the first failure.
///
/// # Errors
/// [`Error::Database`].
pub async fn deliver(
    database: &Database,
    messenger: &Messenger,
    webhook: WebhookId,
    clock: &dyn Clock,
) -> Result<(), Error> {
    debug_assert!(LEASE > DEADLINE);
    loop {
        let now = clock.now();
        let tx = Tx::operator(database).await?;
        let webhook = webhooks::get(&tx, webhook).await.map_err(Error::about("webhook"))?;
        let Some(mut delivery) = deliveries::take(&tx, webhook.id, now, now + LEASE).await? else {
            return Ok(());
        };
        let event = events::get(&tx, delivery.event).await?;
        // No transaction is held across the call.
        tx.commit().await?;
        let outcome = messenger.tell(&webhook, &event, now).await;
        let now = clock.now();
        let made = usize::try_from(delivery.attempts).unwrap_or(usize::MAX);
        match (outcome, PAUSES.get(made.saturating_sub(1))) {
            (Ok(()), _) => (delivery.state, delivery.ended_at) = (State::Delivered, Some(now)),
            (Err(failure), Some(pause)) if !failure.is_final() => delivery.due_at = now + *pause,
            (Err(_), _) => (delivery.state, delivery.ended_at) = (State::Dead, Some(now)),
        }
        delivery.failure = outcome.err().map(|failure| failure.to_string()).unwrap_or_default();
        let tx = Tx::operator(database).await?;
        deliveries::update(&tx, &delivery).await?;
        tx.commit().await?;
        if let Err(failure) = outcome {
            let (webhook, tenant, attempts) = (webhook.id, webhook.tenant, delivery.attempts);
            if delivery.state == State::Dead {
                tracing::warn!(%webhook, %tenant, attempts, error.message = %failure, "an event was told to nobody: given up");
            } else {
                tracing::info!(%webhook, %tenant, attempts, error.message = %failure, "a webhook can't be told");
            }
            return Ok(());
        }
    }
}
