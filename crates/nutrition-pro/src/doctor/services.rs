//! The API application and the control plane: their ports, their databases, the language model, and the clocks.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use domain::{Timestamp, clock::Clock as _};
use reqwest::Client;
use seal::{entropy::SystemEntropy, envelope::MasterKey, pki};
use serde_json::json;
use serve::{clock::SystemClock, files::Asking, tls, trust::Authorities};
use time::{PrimitiveDateTime, macros::format_description};
use tokio::{net::TcpStream, time::timeout};

use super::{
    Report, State,
    certificates::{self, Expected},
};

pub(super) async fn look_at_api(config: &api::Config, report: &mut Report) {
    use api::config as c;
    certificates::of_file(c::CERT_FILE.name, &config.shown, report);
    let expected = Expected { internal: Some((&config.authorities, pki::API_NAME)) };
    let address = reachable(config.addr).to_string();
    certificates::at_port(c::ADDR.name, &address, pki::API_NAME, expected, report).await;
    if let Some(asking) = &config.asking {
        look_at_authority(c::AUTHORITY_ADDR.name, asking, &config.authorities, report).await;
    }
    let opened = async {
        let master_key = MasterKey::new(&config.master_key).map_err(|error| error.to_string())?;
        let opening =
            api_db::Database::connect(&config.database, Arc::new(master_key), Arc::new(SystemEntropy));
        let database = opening.await.map_err(|error| error.to_string())?;
        database.ping().await.map_err(|error| error.to_string())
    };
    tell_database(c::DATABASE_URL.name, timeout(DATABASE_DEADLINE, opened).await.ok(), report);
    look_at_model(config, report).await;
}

pub(super) async fn look_at_control_plane(config: &control_plane::config::Config, report: &mut Report) {
    use control_plane::config as c;
    certificates::of_file(c::CERT_FILE.name, &config.shown, report);
    certificates::of_file(c::FEED_CERT_FILE.name, &config.internal, report);
    let pages = reachable(config.addr).to_string();
    certificates::at_port(c::ADDR.name, &pages, "localhost", Expected { internal: None }, report).await;
    let expected = Expected { internal: Some((&config.authorities, pki::CONTROL_PLANE_NAME)) };
    let feed = reachable(config.feed_addr).to_string();
    certificates::at_port(c::FEED_ADDR.name, &feed, pki::CONTROL_PLANE_NAME, expected, report).await;
    match &config.authority {
        Some(authority) => {
            let address = reachable(authority.addr).to_string();
            certificates::at_port(
                c::AUTHORITY_ADDR.name,
                &address,
                pki::CONTROL_PLANE_NAME,
                expected,
                report,
            )
            .await;
        }
        None => report.add(
            State::Good,
            "authority",
            c::AUTHORITY_KEY_FILE.name,
            "not set: the parts have their certificates from files",
        ),
    }
    let opened = async {
        let opening = control_db::Database::connect(&config.database);
        let database = opening.await.map_err(|error| error.to_string())?;
        let version =
            async { control_db::policy::version(&control_db::Tx::snapshot(&database).await?).await };
        version.await.map_err(|error: control_db::Error| error.to_string())
    };
    let opened = timeout(DATABASE_DEADLINE, opened).await.ok();
    if let Some(Ok(version)) = &opened {
        report.add_with(
            State::Good,
            "policy",
            "in the control plane's database",
            format!("version {version}"),
            json!({ "version": version }),
        );
    }
    tell_database(c::DATABASE_URL.name, opened.map(|opened| opened.map(|_| ())), report);
}

fn tell_database(setting: &str, opened: Option<Result<(), String>>, report: &mut Report) {
    match opened {
        Some(Ok(())) => {
            report.add(State::Good, "database", setting, "answers, with the schema of this version")
        }
        Some(Err(error)) => report.add(State::Failed, "database", setting, error),
        None => report.add(State::Failed, "database", setting, "does not answer in time"),
    }
}

/// Tells whether certificates can be asked for, and how far the clocks are apart.
pub(super) async fn look_at_authority(
    setting: &str,
    asking: &Asking,
    authorities: &Arc<Authorities>,
    report: &mut Report,
) {
    let expected = Expected { internal: Some((authorities, pki::CONTROL_PLANE_NAME)) };
    certificates::at_port(setting, asking.address.as_str(), pki::CONTROL_PLANE_NAME, expected, report).await;
    skew(setting, &asking.address, tls::outgoing(None, authorities), report).await;
}

/// Compares the clock with the control plane's: certificates and signed contexts are judged by it.
pub(super) async fn skew(
    setting: &str,
    address: &http::uri::Authority,
    tls: Result<impl Sized + 'static, tls::Error>,
    report: &mut Report,
) {
    let Some(theirs) = their_time(address, tls).await else {
        return report.add(State::Warning, "clock", setting, "the control plane's is not known");
    };
    let ours = SystemClock.now();
    // Theirs is told in whole seconds.
    let apart = (theirs - ours).whole_seconds();
    let state = match apart.abs() {
        0..=5 => State::Good,
        6..=25 => State::Warning,
        _ => State::Failed,
    };
    let told = match apart {
        -2..=2 => "agrees with the control plane's".to_owned(),
        ..-2 => format!("{} s ahead of the control plane's", -apart),
        _ => format!("{apart} s behind the control plane's"),
    };
    report.add_with(state, "clock", setting, told, json!({ "seconds_apart": apart }));
}

async fn their_time(
    address: &http::uri::Authority,
    tls: Result<impl Sized + 'static, tls::Error>,
) -> Option<Timestamp> {
    let host = address.host().trim_start_matches('[').trim_end_matches(']');
    let port = address.port_u16()?;
    let addresses: Vec<SocketAddr> = tokio::net::lookup_host((host, port)).await.ok()?.collect();
    let client = Client::builder()
        .tls_backend_preconfigured(tls.ok()?)
        .resolve_to_addrs(pki::CONTROL_PLANE_NAME, &addresses)
        .no_proxy()
        .timeout(Duration::from_secs(5))
        .build()
        .ok()?;
    let url = format!("https://{}:{port}/", pki::CONTROL_PLANE_NAME);
    let answer = client.get(url).send().await.ok()?;
    let date = answer.headers().get(http::header::DATE)?.to_str().ok()?.to_owned();
    let format = format_description!(
        "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
    );
    Some(PrimitiveDateTime::parse(&date, format).ok()?.assume_utc())
}

/// Returns a client for our own parts.
pub(super) fn client(tls: Result<impl Sized + 'static, tls::Error>) -> anyhow::Result<Client> {
    Ok(Client::builder().tls_backend_preconfigured(tls?).no_proxy().build()?)
}

/// Whether somebody is there. Whether the key is good and the model known, only a call tells, which costs money.
async fn look_at_model(config: &api::Config, report: &mut Report) {
    use api::config as c;
    let Some(settings) = &config.llm else {
        return report.add(State::Good, "language model", c::LLM_BASE_URL.name, "none: the composer writes");
    };
    let dialled = settings.proxy.as_ref().unwrap_or(&settings.base_url);
    let (Some(host), Some(port)) = (dialled.host_str(), dialled.port_or_known_default()) else { return };
    let what = format!("{host}:{port}");
    match timeout(Duration::from_secs(5), TcpStream::connect((host, port))).await {
        Ok(Ok(_)) => report.add(
            State::Good,
            "language model",
            what.clone(),
            format!("can be reached; model {}, its key was not tried", settings.model),
        ),
        // Texts are written by the composer until it comes back.
        Ok(Err(error)) => {
            report.add(State::Warning, "language model", what.clone(), format!("can't be reached: {error}"));
        }
        Err(_) => report.add(State::Warning, "language model", what.clone(), "does not answer in time"),
    }
    if settings.proxy.is_none() && dialled.scheme() == "https" {
        certificates::at_port(c::LLM_BASE_URL.name, &what, host, Expected { internal: None }, report).await;
    }
}

/// Returns the address under which a listener on all interfaces is reached from here.
pub(super) fn reachable(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => ([127, 0, 0, 1], v4.port()).into(),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => (std::net::Ipv6Addr::LOCALHOST, v6.port()).into(),
        address => address,
    }
}

const DATABASE_DEADLINE: Duration = Duration::from_secs(15);
