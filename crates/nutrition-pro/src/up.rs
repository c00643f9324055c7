//! All roles in one process, over the same sockets, TLS and code paths as apart.

use std::{net::SocketAddr, path::PathBuf};

use anyhow::{Context as _, anyhow};
use clap::Args;
use control_db::Database;
use domain::clock::Clock as _;
use reqwest::Url;
use seal::entropy::SystemEntropy;
use serde_json::json;
use serve::clock::SystemClock;
use tokio_util::sync::CancellationToken;

use crate::{
    data_dir::DataDir,
    demo::{self, Demo},
    exit, roles, terminal, variables,
};

#[derive(Args)]
pub(crate) struct Options {
    /// The folder for databases, keys and certificates.
    #[arg(long, env = "ANP_DATA_DIR", default_value = "data")]
    data_dir: PathBuf,
    /// Start with nothing in the databases and ask for no text.
    #[arg(long)]
    no_demo: bool,
    /// Stop after the demo's text.
    #[arg(long)]
    once: bool,
    /// Print one JSON object instead of sentences.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(options: Options) -> anyhow::Result<()> {
    let stop = roles::stop_signal();
    let (directory, _lock) = DataDir::prepare(&options.data_dir, SystemClock.now(), &SystemEntropy)?;
    let mut settings = variables::from_environment();
    directory.configure(&mut settings);
    let all = roles::Configs::read(settings)?;
    prepare_databases(&all).await?;
    let addresses = all.addresses();
    let database = Database::connect(&all.control_plane.database).await?;

    let (behind, edge) = (CancellationToken::new(), CancellationToken::new());
    let (mut running, mut readiness) = roles::Running::start(all, database.clone(), &behind, &edge).await?;
    let gateway = Url::parse(&format!("https://{}", reachable(addresses.gateway)))?;
    let shown = async {
        roles::ready(&database, &mut readiness).await?;
        let demo = match options.no_demo {
            true => None,
            false => match run_demo(&options, &directory, &database, &gateway, &mut readiness).await {
                Ok(demo) => Some(demo),
                Err(error) if options.once => return Err(error),
                Err(error) => {
                    terminal::complain(&format!("error: {}; serving all the same", exit::told(&error)));
                    None
                }
            },
        };
        if options.json {
            terminal::say(&summary(&directory, &gateway, demo.as_ref()).to_string());
        } else {
            explain(&options, &directory, addresses, &gateway, demo.as_ref());
        }
        if !options.once {
            serve_until(&stop, &directory).await;
            terminal::complain("stopping: running requests end first");
        }
        Ok(())
    };
    let outcome = tokio::select! {
        outcome = shown => outcome,
        error = running.first_failure() => Err(error),
        () = stop.cancelled(), if options.once => Err(anyhow!("stopped")),
    };
    // The edge first: requests that are running need the parts behind it until their end.
    edge.cancel();
    running.edge_ended().await;
    behind.cancel();
    running.behind_ended().await;
    outcome
}

/// Waits for the end; meanwhile the certificate for `localhost` is renewed, and taken as any new file is.
async fn serve_until(stop: &CancellationToken, directory: &DataDir) {
    let mut interval = tokio::time::interval(std::time::Duration::from_secs(60 * 60));
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = interval.tick() => {}
        }
        if let Err(error) = directory.renew_edge(SystemClock.now()) {
            tracing::warn!(
                error.message = exit::told(&error),
                "the certificate for localhost can't be renewed"
            );
        }
    }
}

/// Brings embedded databases to the current schema. On a server that is the owner's job: `nutrition-pro migrate`.
async fn prepare_databases(all: &roles::Configs) -> anyhow::Result<()> {
    let (control_plane, api) = (&all.control_plane.database, &all.api.database);
    if control_plane.is_embedded() {
        control_db::migrate(control_plane).await.context("can't prepare the control-plane database")?;
    }
    if api.is_embedded() {
        api_db::migrate(api).await.context("can't prepare the API database")?;
    }
    Ok(())
}

async fn run_demo(
    options: &Options,
    directory: &DataDir,
    database: &Database,
    gateway: &Url,
    readiness: &mut gateway::Readiness,
) -> anyhow::Result<Demo> {
    let mut settings = variables::from_environment();
    directory.configure_database(&mut settings);
    let pepper = control_plane::config::pepper(&mut settings).context("the key pepper can't be read")?;
    let key =
        demo::ensure_key(directory, database, &pepper).await.context("can't make the demo's API key")?;
    // The key may be new: wait until the gateway knows it, as any key works within a second.
    roles::ready(database, readiness).await?;
    demo::run(directory, gateway, &key, !options.json).await.context("the demo failed")
}

fn summary(directory: &DataDir, gateway: &Url, demo: Option<&Demo>) -> serde_json::Value {
    json!({
        "gateway_url": gateway.as_str().trim_end_matches('/'),
        "ca_file": directory.authority_file(),
        "api_key_file": demo.map(|_| directory.demo_key_file()),
        "dietitians": demo.map(|demo| &demo.dietitians),
        "generation": demo.map(|demo| &demo.generation),
    })
}

fn explain(
    options: &Options,
    directory: &DataDir,
    addresses: roles::Addresses,
    gateway: &Url,
    demo: Option<&Demo>,
) {
    let gateway = gateway.as_str().trim_end_matches('/');
    let authority = directory.authority_file();
    terminal::say(&format!(
        "\n  gateway        {gateway}\n  control plane  https://{}   status and API reference\n  data           {}\n",
        reachable(addresses.pages),
        directory.path("").display(),
    ));
    let Some(demo) = demo else {
        // By the name under which it was started: in a container there is no `cargo`.
        let program = std::env::args().next().unwrap_or_else(|| "nutrition-pro".to_owned());
        return terminal::say(&format!(
            "Next, in a second terminal: {program} tenant add --data-dir {} --name NAME",
            options.data_dir.display(),
        ));
    };
    if options.once {
        return terminal::say("Without --once it goes on serving.");
    }
    terminal::say("Ask for the next text:\n");
    for file in demo.requests.values().take(1) {
        terminal::say(&format!(
            "  curl --cacert {} \\\n    -H \"Authorization: Bearer $(cat {})\" -H 'Content-Type: application/json' \\\n    -d @{} {gateway}/api/v1/generations\n",
            authority.display(),
            directory.demo_key_file().display(),
            file.display(),
        ));
    }
    terminal::say("The other dietitians' requests are beside that file. Ctrl-C stops.");
}

/// Returns the address under which a listener on all interfaces is reached from here.
fn reachable(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() { SocketAddr::from(([127, 0, 0, 1], address.port())) } else { address }
}
