//! Runs the role.

use std::{sync::Arc, time::Duration};

use api_db::Database;
use domain::clock::{Clock, Entropy};
use llm::ChatModel;
use prometheus_client::registry::Registry;
use seal::{
    context::Verifier, cursor::CursorKey, digest::PseudonymKey, envelope::MasterKey, pki::GATEWAY_NAME,
};
use serve::{
    contract::Contract,
    expiry,
    listen::{self, Limits},
    metrics::{self, Certificates, Connections},
    operations::Operations,
    tls::{self, Clients},
    traces::Tracer,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    app::App,
    config::{self, Config},
    gate::Gate,
    metrics::{Metrics, Standing},
    openapi::openapi,
    retention, routes,
    work::Workers,
};

/// The role can't start; the text says what to change.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A certificate, a key or the authority can't be used.
    #[error(transparent)]
    Tls(#[from] tls::Error),
    /// The master key can't be used.
    #[error("the master key can't be used")]
    MasterKey,
    /// The database can't be used.
    #[error("the API database can't be used: {0}")]
    Database(#[from] api_db::Error),
    /// The language model's settings can't be used.
    #[error("the settings of the language model can't be used: {0}")]
    Llm(#[from] llm::Error),
    /// The program contradicts its own contract.
    #[error(transparent)]
    Contract(#[from] serve::contract::Unenforceable),
}

/// Where the role is reached.
#[derive(Debug)]
pub struct Listeners {
    /// By gateways, over mutual TLS.
    pub gateways: TcpListener,
    /// By those who run it: liveness, readiness and metrics in plain HTTP. Its address must be a loopback one.
    pub operations: TcpListener,
}

/// Serves on `listeners` until `shutdown`, then lets running requests end. Those who run it are answered to the end. The database must be migrated.
///
/// # Errors
/// [`Error`] when the role can't start. Once it serves, it ends by `shutdown` only.
pub async fn run(
    config: Config,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    listeners: Listeners,
    shutdown: CancellationToken,
) -> Result<(), Error> {
    let only_gateways = Clients::Named { authorities: &config.authorities, names: &[GATEWAY_NAME] };
    let tls = tls::server(&config.shown, only_gateways, &["h2", "http/1.1"])?;
    let master_key = MasterKey::new(&config.master_key).map_err(|_| Error::MasterKey)?;
    let database = Database::connect(&config.database, Arc::new(master_key), Arc::clone(&entropy)).await?;
    retention::begin(&database).await?;
    let model = match config.llm {
        None => {
            tracing::info!("no language model: composer only");
            None
        }
        Some(settings) => {
            let host = settings.base_url.origin().ascii_serialization();
            tracing::info!(
                model = settings.model,
                host,
                "a language model writes, and the composer where it can't"
            );
            Some(Arc::new(llm::Client::new(settings, Arc::clone(&entropy))?) as Arc<dyn ChatModel>)
        }
    };
    let document = openapi();
    let contract = Contract::parse(&document)?;
    let mut registry = Registry::with_prefix("anp_api");
    let metrics = Arc::new(Metrics::new(&mut registry, &contract));
    let (tracer, exporter) = Tracer::new(config.traces, "api", &mut registry, &clock, &entropy);
    let app = Arc::new(App {
        database: database.clone(),
        model,
        cursors: CursorKey::new(&config.master_key),
        pseudonyms: PseudonymKey::new(&config.master_key),
        clock: Arc::clone(&clock),
        entropy: Arc::clone(&entropy),
        lease: config.lease,
        document: document.as_str().into(),
        writing: config.writing,
        workers: Workers::new(config.workers, config.patience),
        metrics: Arc::clone(&metrics),
    });
    registry.register_collector(Box::new(Standing(Arc::clone(&app))));
    let gate = Arc::new(Gate {
        contract,
        verifier: Verifier::new(config.context_key),
        clock: Arc::clone(&clock),
        entropy,
        router: routes::router().split_for_parts().0.with_state(app),
        body_deadline: BODY_DEADLINE,
        metrics,
        tracer,
    });
    let handle = move |request, _peer| {
        let gate = Arc::clone(&gate);
        async move { gate.handle(request).await }
    };
    let certificates = [(config::CERT_FILE.name, config.shown)];
    let watching = async {
        tokio::select! {
            () = expiry::watch(&certificates, &*clock) => {}
            () = config.files.watch(Arc::clone(&clock)) => {}
            () = shutdown.cancelled() => {}
        }
    };
    registry.register_collector(Box::new(Certificates {
        certificates: certificates.to_vec(),
        clock: Arc::clone(&clock),
    }));
    let [counted] = Connections::register(&mut registry, ["gateways"]);
    let draining = metrics::draining(&mut registry, shutdown.clone());
    let asked = database.clone();
    let operations = Operations {
        registry: Arc::new(registry),
        ready: Arc::new(move || {
            let asked = asked.clone();
            Box::pin(async move { asked.ping().await.map_err(|_| "the database does not answer") })
        }),
        certificates: certificates.to_vec(),
        clock: Arc::clone(&clock),
        draining: shutdown.clone(),
    };
    let ended = CancellationToken::new();
    let until = ended.clone();
    let operating = until.run_until_cancelled(async {
        tokio::join!(operations.serve(listeners.operations), draining);
    });
    let until = ended.clone();
    let tracing = async {
        if let Some(exporter) = exporter {
            exporter.run(until).await;
        }
    };
    let limits = Limits::default();
    let serving = async {
        let _ended = ended.drop_guard();
        let served =
            listen::serve(listeners.gateways, Arc::new(tls), limits, counted, shutdown.clone(), handle);
        tokio::join!(served, retention::run(database, Arc::clone(&clock), shutdown.clone()));
    };
    tokio::join!(watching, serving, operating, tracing);
    Ok(())
}

/// The gateway has the whole body before it forwards.
const BODY_DEADLINE: Duration = Duration::from_secs(10);
