//! The exchange with other gateways through a store that speaks the Redis protocol (decision 0016).
//!
//! Requests count in memory and never ask the store. What was counted is written to it, and what the others counted is
//! read from it, for many subjects at once: [`EVERY`] while there is something new, and at once when a request waits.
//! Each gateway writes under an id of its own, made at its start, so that nothing is ever counted twice and a restart
//! forgets nothing.

mod connection;

use std::{collections::HashMap, sync::Arc, time::Duration};

use domain::clock::{Clock, Entropy};
use seal::counter::{Count, GATEWAY_BYTES, Name};
use tokio::time::{Instant, MissedTickBehavior, timeout};

use self::connection::{Connection, Record};
use super::{Limits, uses::Subject, window::Published};
use crate::{
    metrics::{self, Exchange},
    outage::Outage,
};

pub(crate) use self::connection::StoreConfig;

/// This gateway's part in the exchange.
pub(crate) struct Store {
    pub(crate) config: StoreConfig,
    pub(crate) limits: Arc<Limits>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) metrics: Arc<metrics::Limits>,
    /// This gateway since its start.
    gateway: [u8; GATEWAY_BYTES],
}

/// An exchange failed, and why.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("can't reach the store: {0}")]
    Unreachable(String),
    #[error("the store did not answer in time")]
    Slow,
    #[error("the store broke off: {0}")]
    Broken(String),
    #[error("the store does not keep what it is given")]
    Forgetful,
}

impl Error {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "unreachable",
            Self::Slow => "slow",
            Self::Broken(_) => "broken",
            Self::Forgetful => "forgetful",
        }
    }

    const fn outcome(&self) -> Exchange {
        match self {
            Self::Unreachable(_) => Exchange::Unreachable,
            Self::Slow => Exchange::Slow,
            Self::Broken(_) => Exchange::Broken,
            Self::Forgetful => Exchange::Forgetful,
        }
    }
}

impl Store {
    pub(crate) fn new(
        config: StoreConfig,
        limits: Arc<Limits>,
        clock: Arc<dyn Clock>,
        entropy: &dyn Entropy,
        metrics: Arc<metrics::Limits>,
    ) -> Self {
        let mut gateway = [0; GATEWAY_BYTES];
        entropy.fill(&mut gateway);
        Self { config, limits, clock, metrics, gateway }
    }

    /// Exchanges for as long as it is polled. No request waits for it longer than the store may take.
    pub(crate) async fn run(self) {
        let mut connection = None;
        let mut outage = Outage::begin();
        let mut pause = SHORTEST_PAUSE;
        let mut every = tokio::time::interval(EVERY);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut answered_at = None;
        loop {
            tokio::select! {
                _ = every.tick() => {}
                () = self.limits.sharing.urgent() => {}
            }
            let started = Instant::now();
            let result = self.round(&mut connection, answered_at).await;
            match result {
                Ok(false) => continue,
                Ok(true) => {
                    (outage, pause, answered_at) = (Outage::begin(), SHORTEST_PAUSE, Some(Instant::now()));
                    self.metrics.exchanged(Exchange::Answered, Some(started.elapsed()));
                    if self.limits.sharing.exchanged(true) {
                        tracing::info!("limits are counted together with other gateways");
                    }
                }
                Err(error) => {
                    (connection, answered_at) = (None, None);
                    self.metrics.exchanged(error.outcome(), None);
                    self.limits.sharing.exchanged(false);
                    if outage.is_news(error.kind()) {
                        tracing::warn!(
                            error.kind = error.kind(), error.message = %error,
                            "limits are counted apart from other gateways: this one keeps to its share"
                        );
                    }
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    /// Exchanges what is new, and tells whether there was anything to be done.
    async fn round(
        &self,
        connection: &mut Option<Connection>,
        answered_at: Option<Instant>,
    ) -> Result<bool, Error> {
        if connection.is_none() {
            let connecting = timeout(CONNECT, Connection::open(&self.config)).await;
            *connection = Some(connecting.map_err(|_| Error::Unreachable("no answer".to_owned()))??);
        }
        let Some(connection) = connection else { return Ok(false) };
        let now = self.clock.now();
        let published = self.limits.uses().publish(MOST_AT_ONCE, now);
        if published.is_empty() && answered_at.is_some_and(|at| at.elapsed() < PROOF_OF_LIFE) {
            return Ok(false);
        }
        let names: Vec<_> = published.iter().map(|(subject, counted)| self.name(*subject, counted)).collect();
        // What is written though nothing is new shows that the store still answers, and still keeps what it is given.
        let proof = (self.config.key.name(&[b"proof of life", &self.gateway]), self.count(1));
        let records = names.iter().zip(&published);
        let records =
            records.map(|(name, (_, counted))| self.record(*name, self.count(counted.own), ttl(counted)));
        let alone = published.is_empty().then(|| self.record(proof.0, proof.1, PROOF_OF_LIFE * 10));
        let records: Vec<_> = records.chain(alone).collect();
        let replied = match timeout(self.config.answer, connection.exchange(&records)).await {
            Ok(Ok(replied)) => self.open_all(&records, &replied),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(Error::Slow),
        };
        let mut uses = self.limits.uses();
        match replied {
            Ok(others) => {
                for ((subject, counted), others) in published.iter().zip(others) {
                    uses.confirm(*subject, *counted, others);
                }
                Ok(true)
            }
            Err(error) => {
                uses.requeue(&published);
                Err(error)
            }
        }
    }

    fn name(&self, subject: Subject, counted: &Published) -> Name {
        let Subject { kind, of, within } = subject;
        self.config.key.name(&[
            kind.as_str().as_bytes(),
            b" ",
            &of.to_be_bytes(),
            &within.to_be_bytes(),
            &counted.length.to_be_bytes(),
            &counted.started.to_be_bytes(),
        ])
    }

    const fn count(&self, count: u64) -> Count {
        Count { gateway: self.gateway, count }
    }

    fn record(&self, name: Name, count: Count, ttl: Duration) -> Record {
        Record { name, gateway: self.gateway, sealed: self.config.key.seal(&name, count), count, ttl }
    }

    /// Returns what the others counted of each record.
    fn open_all(&self, records: &[Record], replied: &[Vec<Vec<u8>>]) -> Result<Vec<u64>, Error> {
        let mut foreign = 0;
        let opened = records.iter().zip(replied).map(|(record, values)| {
            let mut counts: HashMap<_, u64> = HashMap::new();
            for value in values {
                match self.config.key.open(&record.name, value) {
                    Ok(Count { gateway, count }) => {
                        let known = counts.entry(gateway).or_default();
                        *known = (*known).max(count);
                    }
                    Err(_) => foreign += 1,
                }
            }
            // What was written just now and is not there is lost, and so may be what others wrote.
            let own = counts.remove(&self.gateway);
            if own.is_none_or(|own| own < record.count.count) {
                return Err(Error::Forgetful);
            }
            Ok(counts.values().fold(0, |sum: u64, count| sum.saturating_add(*count)))
        });
        let others = opened.collect();
        self.metrics.foreign_counts(foreign);
        others
    }
}

/// Counts are kept for a while after their window, for gateways whose clocks are behind.
fn ttl(counted: &Published) -> Duration {
    Duration::from_millis(counted.length.unsigned_abs()).min(LONGEST_WINDOW) * 2
}

/// How often what is new is exchanged.
const EVERY: Duration = Duration::from_millis(50);
/// How many subjects are exchanged at once.
const MOST_AT_ONCE: usize = 512;
/// How long a connection may take. Nobody waits for it.
const CONNECT: Duration = Duration::from_secs(2);
/// After how long without anything new the store is asked whether it is still there.
const PROOF_OF_LIFE: Duration = Duration::from_secs(1);
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_WINDOW: Duration = Duration::from_secs(86_400);
