//! The gateway: its certificates, what it reaches, and what it says of itself at its operations port.

use std::time::Duration;

use gateway::{Config, config};
use reqwest::Client;
use seal::pki;
use serde_json::json;
use serve::tls;

use super::{
    Report, State,
    certificates::{self, Expected, span},
    services,
};

pub(super) async fn look(config: &Config, report: &mut Report) {
    certificates::of_file(config::CERT_FILE.name, &config.edge, report);
    certificates::of_file(config::CLIENT_CERT_FILE.name, &config.internal, report);
    let edge = services::reachable(config.address).to_string();
    certificates::at_port(config::ADDR.name, &edge, "localhost", Expected { internal: None }, report).await;
    for (variable, address, name) in [
        (&config::UPSTREAM_ADDR, &config.upstream, pki::API_NAME),
        (&config::POLICY_ADDR, &config.policy_feed, pki::CONTROL_PLANE_NAME),
    ] {
        let expected = Expected { internal: Some((&config.authorities, name)) };
        certificates::at_port(variable.name, address.as_str(), name, expected, report).await;
    }
    let internal = tls::outgoing(Some(&config.internal), &config.authorities);
    match &config.asking {
        Some(asking) => {
            services::look_at_authority(config::AUTHORITY_ADDR.name, asking, &config.authorities, report)
                .await;
        }
        None => services::skew(config::POLICY_ADDR.name, &config.policy_feed, internal, report).await,
    }
    look_at_operations(config, report).await;
}

async fn look_at_operations(config: &Config, report: &mut Report) {
    let what = format!("{} {}", config::OPERATIONS_ADDR.name, config.operations);
    let Ok(client) = services::client(tls::outgoing(None, &config.authorities)) else { return };
    let ready = get(&client, config, "/readyz").await;
    let Some((status, text)) = ready else {
        return report.add(
            State::Failed,
            "port",
            what,
            "nobody answers: does the gateway run on this machine?",
        );
    };
    report.add(State::Good, "port", what.clone(), "answers");
    if status == 200 {
        report.add(State::Good, "ready", what.clone(), "takes requests");
    } else {
        let why: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        let why = why["detail"].as_str().unwrap_or("no reason given").to_owned();
        report.add(State::Failed, "ready", what.clone(), format!("takes no requests: {why}"));
    }
    let Some((_, metrics)) = get(&client, config, "/metrics").await else { return };
    look_at_metrics(&metrics, report);
}

fn look_at_metrics(metrics: &str, report: &mut Report) {
    let value = |name: &str| {
        let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.and_then(|value| value.trim().parse::<i64>().ok())
    };
    match (value("anp_gateway_policy_version"), value("anp_gateway_policy_age_seconds")) {
        (Some(version), Some(age)) => {
            // The control plane confirms it every 25 seconds.
            let state = if age > 120 { State::Warning } else { State::Good };
            let told = format!("version {version}, confirmed {} ago", span(time::Duration::seconds(age)));
            let details = json!({ "version": version, "age_seconds": age });
            report.add_with(state, "policy", "in force at the gateway", told, details);
        }
        _ => report.add(State::Failed, "policy", "in force at the gateway", "there is none"),
    }
    for setting in [config::CERT_FILE.name, config::CLIENT_CERT_FILE.name] {
        let label = |metric: &str| format!("anp_gateway_certificate_{metric}{{certificate=\"{setting}\"}}");
        let failures = value(&label("renewal_failures")).unwrap_or(0);
        let what = format!("{setting} in use");
        match value(&label("left_seconds")) {
            None => report.add(State::Failed, "certificate", what, "the gateway has none yet"),
            Some(left) => {
                let (state, more) = match (left, failures) {
                    (..=0, _) => (State::Failed, String::new()),
                    (_, 0) => (State::Good, String::new()),
                    _ => (State::Warning, format!(", {failures} renewals in a row failed")),
                };
                let time = span(time::Duration::seconds(left.abs()));
                let told = if left > 0 { format!("{time} left{more}") } else { format!("ended {time} ago") };
                let details = json!({ "seconds_left": left, "renewal_failures": failures });
                report.add_with(state, "certificate", what, told, details);
            }
        }
    }
}

async fn get(client: &Client, config: &Config, path: &str) -> Option<(u16, String)> {
    let url = format!("http://{}{path}", config.operations);
    let answer = client.get(url).timeout(Duration::from_secs(5)).send().await.ok()?;
    Some((answer.status().as_u16(), answer.text().await.ok()?))
}

#[cfg(test)]
mod tests {
    use domain::clock::from_unix;

    use super::*;

    #[test]
    fn an_old_policy_and_failing_renewals_are_warnings_and_none_a_failure() {
        let metrics = |age: i64, failures: i64| {
            format!(
                "anp_gateway_policy_version 7\nanp_gateway_policy_age_seconds {age}\n\
                 anp_gateway_certificate_left_seconds{{certificate=\"ANP_GATEWAY_CERT_FILE\"}} 90000\n\
                 anp_gateway_certificate_left_seconds{{certificate=\"ANP_GATEWAY_CLIENT_CERT_FILE\"}} 90000\n\
                 anp_gateway_certificate_renewal_failures{{certificate=\"ANP_GATEWAY_CLIENT_CERT_FILE\"}} {failures}\n"
            )
        };
        let worst = |text: &str| {
            let mut report = Report { now: from_unix(0), findings: Vec::new() };
            look_at_metrics(text, &mut report);
            report.worst()
        };
        assert_eq!(worst(&metrics(10, 0)), State::Good);
        assert_eq!(worst(&metrics(121, 0)), State::Warning);
        assert_eq!(worst(&metrics(10, 3)), State::Warning);
        assert_eq!(worst(""), State::Failed);
    }
}
