//! Runs the role: the publisher, the feed for gateways, and the pages for people.

use std::sync::Arc;

use control_db::Database;
use domain::clock::Clock;
use prometheus_client::registry::Registry;
use seal::pki::GATEWAY_NAME;
use serve::{
    expiry,
    listen::{self, Limits},
    metrics::{Certificates, Connections, draining},
    operations::Operations,
    router,
    shown::Shown,
    tls::{self, Clients},
};
use tokio::{net::TcpListener, sync::watch};
use tokio_util::sync::CancellationToken;

use crate::{
    authority::{self, Desk},
    config::{self, Config},
    deliveries, feed,
    messenger::Messenger,
    metrics, pages, publisher, reminders,
};

/// The sockets of the role, bound by the caller so that a taken port can be reported well.
pub struct Listeners {
    /// For browsers.
    pub pages: TcpListener,
    /// For gateways.
    pub feed: TcpListener,
    /// For parts that ask for a certificate, where there is an authority.
    pub authority: Option<TcpListener>,
    /// For those who run the role: liveness, readiness and metrics in plain HTTP. Its address must be a loopback one.
    pub operations: TcpListener,
}

/// The role can't start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A certificate, a key or an authority's certificate can't be used.
    #[error(transparent)]
    Tls(#[from] tls::Error),
    /// The private authority can't be used.
    #[error(transparent)]
    Authority(#[from] authority::Error),
}

/// Serves until `shutdown`. `openapi` is the document that the API reference is made of.
///
/// # Errors
/// [`Error`] when a certificate, a key or the authority can't be used.
pub async fn run(
    config: Config,
    database: Database,
    openapi: &str,
    clock: Arc<dyn Clock>,
    listeners: Listeners,
    shutdown: CancellationToken,
) -> Result<(), Error> {
    let pages_tls = tls::server(&config.shown, Clients::Anybody, &["h2", "http/1.1"])?;
    let only_gateways = Clients::Named { authorities: &config.authorities, names: &[GATEWAY_NAME] };
    let feed_tls = tls::server(&config.internal, only_gateways, &["http/1.1"])?;
    let (publish, states) = watch::channel(publisher::State::default());
    let mut registry = Registry::with_prefix("anp_control_plane");
    let routes = metrics::register(&mut registry, states.clone());
    let [pages_counted, feed_counted, authority_counted] =
        Connections::register(&mut registry, ["pages", "feed", "authority"]);
    let pages = router::counted(pages::router(states.clone(), openapi), &routes);
    let feed_router = feed::router(states.clone(), database.clone(), Arc::clone(&clock));
    let feed = router::counted(feed_router, &routes);
    let limits = Limits::default();
    let desk = config
        .authority
        .map(|authority| Desk::new(authority, Arc::clone(&config.authorities), Arc::clone(&clock)));
    let own = desk.clone().filter(|_| !config.is_internal_from_file);
    if let Some(desk) = &own {
        desk.renew_own(&config.internal)?;
    }
    let internal = Arc::clone(&config.internal);
    let keeping = async {
        tokio::select! {
            () = keep_own(own, &internal) => {}
            () = shutdown.cancelled() => {}
        }
    };
    let named = config.webhooks.authorities.is_some();
    let messenger = match Messenger::new(config.webhooks) {
        // An empty root has no authorities; gateways need this role all the same.
        Err(error) if !named => {
            tracing::warn!(error.message = %error, "no receiver of webhooks can be believed: nothing is delivered");
            None
        }
        made => made?,
    };
    let issuing_tls = tls::server(&config.internal, Clients::Anybody, &["http/1.1"])?;
    let until = shutdown.clone();
    let issuing = async {
        if let Some((desk, listener)) = desk.zip(listeners.authority) {
            let handle = router::handler(router::counted(desk.router(), &routes));
            let limits = Limits { connections: 256, ..Limits::default() };
            let tls = Arc::new(issuing_tls);
            listen::serve(listener, tls, limits, authority_counted, until, handle).await;
        }
    };
    let certificates =
        [(config::CERT_FILE.name, config.shown), (config::FEED_CERT_FILE.name, config.internal)];
    let watched = Arc::clone(&clock);
    let watching = async {
        tokio::select! {
            () = expiry::watch(&certificates, &*watched) => {}
            () = config.files.watch(Arc::clone(&watched)) => {}
            () = shutdown.cancelled() => {}
        }
    };
    registry.register_collector(Box::new(Certificates {
        certificates: certificates.to_vec(),
        clock: Arc::clone(&clock),
    }));
    let draining = draining(&mut registry, shutdown.clone());
    let operations = Operations {
        registry: Arc::new(registry),
        ready: Arc::new(move || {
            let state = states.borrow().clone();
            Box::pin(async move { ready(&state) })
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
    let serving = async {
        let _ended = ended.drop_guard();
        tokio::join!(
            watching,
            keeping,
            issuing,
            deliveries::run(database.clone(), messenger, Arc::clone(&clock), shutdown.clone()),
            reminders::run(database.clone(), Arc::clone(&clock), shutdown.clone()),
            publisher::run(database, config.signing_key, clock, publish, shutdown.clone()),
            listen::serve(
                listeners.feed,
                Arc::new(feed_tls),
                // A gateway waits for longer than anybody else may, so its wait is not worth draining for.
                Limits { drain: std::time::Duration::ZERO, ..limits },
                feed_counted,
                shutdown.clone(),
                router::handler(feed),
            ),
            listen::serve(
                listeners.pages,
                Arc::new(pages_tls),
                limits,
                pages_counted,
                shutdown.clone(),
                router::handler(pages),
            ),
        );
    };
    tokio::join!(serving, operating);
    Ok(())
}

fn ready(state: &publisher::State) -> Result<(), &'static str> {
    if !state.database_answers {
        Err("the database does not answer")
    } else if state.published.is_none() {
        Err("no policy was published yet")
    } else {
        Ok(())
    }
}

async fn keep_own(desk: Option<Desk>, shown: &Shown) {
    match desk {
        Some(desk) => desk.keep_own(shown).await,
        None => std::future::pending().await,
    }
}
