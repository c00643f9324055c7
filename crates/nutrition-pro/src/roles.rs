//! Starts roles: reads their configuration, binds their sockets, runs them.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context as _, anyhow};
use control_db::{Database, Tx, policy};
use domain::clock::{Clock, Entropy};
use seal::{entropy::SystemEntropy, pki::Part};
use serve::{
    clock::SystemClock,
    config::{Invalid, Settings, Variable},
    contract::Contract,
};
use tokio::{net::TcpListener, signal::unix::SignalKind, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{
    open_files,
    renewal::{Renewal, Renewing},
    variables,
};

/// The public API, as the API role generates it; a test keeps the two the same.
pub(crate) const OPENAPI: &str = include_str!("../../../openapi.json");

/// A role to run alone.
#[derive(Clone, Copy)]
pub(crate) enum Role {
    Gateway,
    Api,
    ControlPlane,
}

/// Runs one role until the process is told to stop.
pub(crate) async fn run(role: Role) -> anyhow::Result<()> {
    let stop = stop_signal();
    let mut settings = variables::from_environment();
    match role {
        Role::Gateway => {
            let config = gateway::Config::from_settings(&mut settings);
            let config = finished(settings, config)?;
            open_files::check(config.open_files());
            let listeners = bind_gateway(&config).await?;
            let _renewing = renew_gateway(&config).await;
            start_gateway(config)?.serve(listeners, stop).await;
        }
        Role::Api => {
            let config = api::Config::from_settings(&mut settings);
            let config = finished(settings, config)?;
            let listeners = bind_api(&config).await?;
            let _renewing = renew_api(&config).await;
            api::run(config, clock(), entropy(), listeners, stop).await?;
        }
        Role::ControlPlane => {
            let config = control_plane::config::Config::from_settings(&mut settings);
            let config = finished(settings, config)?;
            let listeners = bind_control_plane(&config).await?;
            let database = Database::connect(&config.database).await?;
            control_plane::run(config, database, OPENAPI, clock(), listeners, stop).await?;
        }
    }
    Ok(())
}

/// The configuration of all roles.
pub(crate) struct Configs {
    pub(crate) gateway: gateway::Config,
    pub(crate) api: api::Config,
    pub(crate) control_plane: control_plane::config::Config,
}

/// Where people and programs reach what runs.
#[derive(Clone, Copy)]
pub(crate) struct Addresses {
    pub(crate) gateway: SocketAddr,
    pub(crate) pages: SocketAddr,
}

impl Configs {
    /// Reads the configuration of all roles, and names everything that is wrong with it at once.
    pub(crate) fn read(mut settings: Settings) -> anyhow::Result<Self> {
        let gateway = gateway::Config::from_settings(&mut settings);
        let api = api::Config::from_settings(&mut settings);
        let control_plane = control_plane::config::Config::from_settings(&mut settings);
        let all = gateway.zip(api).zip(control_plane);
        let ((gateway, api), control_plane) = finished(settings, all)?;
        Ok(Self { gateway, api, control_plane })
    }

    pub(crate) fn addresses(&self) -> Addresses {
        Addresses { gateway: self.gateway.address, pages: self.control_plane.addr }
    }
}

/// All roles, running in this process.
pub(crate) struct Running {
    _renewing: [Option<Renewing>; 2],
    edge: JoinSet<anyhow::Result<()>>,
    behind: JoinSet<anyhow::Result<()>>,
}

impl Running {
    /// Binds every socket, then starts every role: either all of them or none.
    ///
    /// The gateway ends with `edge`, the parts behind it with `behind`.
    pub(crate) async fn start(
        all: Configs,
        database: Database,
        behind: &CancellationToken,
        edge: &CancellationToken,
    ) -> anyhow::Result<(Self, gateway::Readiness)> {
        let gateway_listeners = bind_gateway(&all.gateway).await?;
        let api_listeners = bind_api(&all.api).await?;
        let listeners = bind_control_plane(&all.control_plane).await?;
        let mut running = Self { _renewing: [None, None], edge: JoinSet::new(), behind: JoinSet::new() };
        // First: the others ask it for their certificates.
        let until = behind.clone();
        running.behind.spawn(async move {
            let run = control_plane::run(all.control_plane, database, OPENAPI, clock(), listeners, until);
            run.await.context("the control plane failed")
        });
        running._renewing = [renew_gateway(&all.gateway).await, renew_api(&all.api).await];
        let gateway = start_gateway(all.gateway)?;
        let readiness = gateway.readiness();
        let until = behind.clone();
        running.behind.spawn(async move {
            api::run(all.api, clock(), entropy(), api_listeners, until)
                .await
                .context("the API application failed")
        });
        let until = edge.clone();
        running.edge.spawn(async move {
            gateway.serve(gateway_listeners, until).await;
            Ok(())
        });
        Ok((running, readiness))
    }

    /// Returns why a role ended that nobody asked to end; waits for ever while all run.
    pub(crate) async fn first_failure(&mut self) -> anyhow::Error {
        let ended = tokio::select! {
            Some(ended) = self.edge.join_next() => ended,
            Some(ended) = self.behind.join_next() => ended,
        };
        match ended {
            Ok(Ok(())) => anyhow!("a role ended by itself"),
            Ok(Err(error)) => error,
            Err(panicked) => panicked.into(),
        }
    }

    /// Waits until the gateway's running requests have ended.
    pub(crate) async fn edge_ended(&mut self) {
        while self.edge.join_next().await.is_some() {}
    }

    /// Waits until the parts behind the gateway have ended.
    pub(crate) async fn behind_ended(&mut self) {
        while self.behind.join_next().await.is_some() {}
    }
}

/// Waits until the gateway enforces the policy that `database` holds now.
pub(crate) async fn ready(database: &Database, readiness: &mut gateway::Readiness) -> anyhow::Result<()> {
    let version = policy::version(&Tx::snapshot(database).await?).await?;
    tokio::time::timeout(Duration::from_secs(10), readiness.wait_for(version))
        .await
        .context("the gateway did not get the policy within 10 s")
}

/// Returns a token that is cancelled when the process is told to stop (SIGINT or SIGTERM); a second signal ends it at once.
pub(crate) fn stop_signal() -> CancellationToken {
    let stop = CancellationToken::new();
    let told = stop.clone();
    tokio::spawn(async move {
        signal().await;
        told.cancel();
        signal().await;
        std::process::exit(130);
    });
    stop
}

async fn signal() {
    let terminate = async {
        match tokio::signal::unix::signal(SignalKind::terminate()) {
            Ok(mut stream) => stream.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate => {}
    }
}

async fn renew_gateway(config: &gateway::Config) -> Option<Renewing> {
    let renewal = Renewal {
        part: Part::Gateway,
        shown: Arc::clone(&config.internal),
        trusted: Arc::clone(&config.authorities),
        asking: config.asking.clone()?,
        clock: clock(),
        entropy: entropy(),
    };
    Some(renewal.begin().await)
}

async fn renew_api(config: &api::Config) -> Option<Renewing> {
    let renewal = Renewal {
        part: Part::Api,
        shown: Arc::clone(&config.shown),
        trusted: Arc::clone(&config.authorities),
        asking: config.asking.clone()?,
        clock: clock(),
        entropy: entropy(),
    };
    Some(renewal.begin().await)
}

fn start_gateway(config: gateway::Config) -> anyhow::Result<gateway::Gateway> {
    let contract = Contract::parse(OPENAPI).context("the OpenAPI document can't be enforced")?;
    gateway::Gateway::start(config, Arc::new(contract), clock(), entropy()).context("the gateway can't start")
}

async fn bind_gateway(config: &gateway::Config) -> anyhow::Result<gateway::Listeners> {
    Ok(gateway::Listeners {
        edge: bind(config.address, &gateway::config::ADDR).await?,
        operations: bind(config.operations, &gateway::config::OPERATIONS_ADDR).await?,
    })
}

async fn bind_api(config: &api::Config) -> anyhow::Result<api::Listeners> {
    Ok(api::Listeners {
        gateways: bind(config.addr, &api::config::ADDR).await?,
        operations: bind(config.operations, &api::config::OPERATIONS_ADDR).await?,
    })
}

async fn bind_control_plane(
    config: &control_plane::config::Config,
) -> anyhow::Result<control_plane::Listeners> {
    Ok(control_plane::Listeners {
        pages: bind(config.addr, &control_plane::config::ADDR).await?,
        feed: bind(config.feed_addr, &control_plane::config::FEED_ADDR).await?,
        authority: match &config.authority {
            Some(authority) => Some(bind(authority.addr, &control_plane::config::AUTHORITY_ADDR).await?),
            None => None,
        },
        operations: bind(config.operations, &control_plane::config::OPERATIONS_ADDR).await?,
    })
}

async fn bind(address: SocketAddr, variable: &Variable) -> anyhow::Result<TcpListener> {
    let name = variable.name;
    TcpListener::bind(address).await.with_context(|| {
        format!("can't listen on {address}: stop the program that uses it, or set {name} to another address")
    })
}

/// Ends the reading of settings, and names everything that is wrong at once.
fn finished<T>(settings: Settings, config: Option<T>) -> anyhow::Result<T> {
    settings.finish(variables::all())?;
    config.ok_or_else(|| Invalid(vec!["a setting is missing".to_owned()]).into())
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

fn entropy() -> Arc<dyn Entropy> {
    Arc::new(SystemEntropy)
}
