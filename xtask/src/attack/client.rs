//! Our own attacks, the client that behaves meanwhile, and h2load's flood of plain requests.

use std::process::{Child, Command, Stdio};

use anyhow::Context as _;
use serde_json::Value;

use crate::attack::finding::{Finding, Found};
use crate::attack::system::System;
use crate::process;

/// Sends the corpora of hostile requests.
pub(crate) fn corpus(system: &System) -> anyhow::Result<Found> {
    let sent = lines(&process::output(&mut system.attack("corpus", &system.key))?)?;
    let findings = sent
        .iter()
        .filter_map(|line| {
            Some(Finding::new(text(line, "attack"), text(line, "protocol"), line["wrong"].as_str()?))
        })
        .collect();
    let of = |protocol: &str| sent.iter().filter(|line| line["protocol"] == protocol).count();
    let summary = format!(
        "{} hostile requests over HTTP/1.1 and {} over HTTP/2, each followed by one that must be judged by itself",
        of("HTTP/1.1"),
        of("HTTP/2")
    );
    Ok(Found { version: "ours".into(), summary, findings, ..Found::default() })
}

/// Sends floods of frames, one after the other.
pub(crate) fn floods(system: &System) -> anyhow::Result<Found> {
    let calm = Others::measure(system, 4)?;
    let sent =
        lines(&process::output(system.attack("floods", &system.key).arg("3").arg(&system.other_key))?)?;
    let mut findings = Vec::new();
    let mut worst = 0.0_f64;
    for line in &sent {
        let flood = text(line, "flood");
        let uncut = line["must_be_cut"] == true && (line["ended"] != true || line["sent"] == line["of"]);
        if uncut {
            findings.push(Finding::new(
                "not cut",
                flood,
                format!("{} of {} rounds", line["sent"], line["of"]),
            ));
        }
        let others = Others::read(&line["others"]);
        worst = worst.max(others.p99);
        findings.extend(others.worse_than(&calm, flood));
    }
    let summary = format!(
        "{} floods of up to {} rounds; others' p99 {:.0} ms at most ({:.0} ms without)",
        sent.len(),
        sent.first().map_or(0, |line| line["of"].as_u64().unwrap_or_default()),
        worst,
        calm.p99
    );
    Ok(Found { version: "ours".into(), summary, findings, ..Found::default() })
}

/// Asks as fast as h2load can over fifty connections, past what one tenant may run at the same time.
pub(crate) fn h2load(system: &System) -> anyhow::Result<Found> {
    let calm = Others::measure(system, 4)?;
    let meanwhile = Others::begin(system, 10)?;
    let mut command = Command::new("h2load");
    command.args(["-D", "10", "-c", "50", "-m", "20"]);
    // Not shown, for the key is among its words.
    command.arg("-H").arg(format!("authorization: Bearer {}", system.key_text()?));
    command.arg(format!("https://{}/api/v1/me", system.gateway));
    let output = command.stderr(Stdio::inherit()).output().context("cannot start h2load")?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = |start: &str| {
        let found = printed.lines().find(|line| line.starts_with(start));
        found.unwrap_or_default().to_owned()
    };
    let others = Others::end(meanwhile)?;
    let statuses = line("status codes:");
    // Requests that are in order take all processors; each of others waits for a thousand that came before it.
    let mut findings: Vec<_> = others.beyond(1_000.0, &calm, "h2load").into_iter().collect();
    if !statuses.ends_with(" 0 5xx") {
        findings.push(Finding::new("server errors", "/api/v1/me", &statuses));
    }
    let summary = format!(
        "50 connections of 20 streams for 10 s: {}; others' p99 {:.0} ms ({:.0} ms without)",
        statuses.trim_start_matches("status codes: "),
        others.p99,
        calm.p99
    );
    Ok(Found { version: super::tls::package("nghttp2-client"), summary, findings, ..Found::default() })
}

/// What a client saw that behaves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Others {
    pub(crate) p99: f64,
    failed: u64,
    requests: u64,
}

impl Others {
    pub(crate) fn measure(system: &System, seconds: u32) -> anyhow::Result<Self> {
        Self::end(Self::begin(system, seconds)?)
    }

    pub(crate) fn begin(system: &System, seconds: u32) -> anyhow::Result<Child> {
        let mut command = system.attack("probe", &system.other_key);
        command.arg(seconds.to_string()).stdout(Stdio::piped()).spawn().context("cannot start the client")
    }

    pub(crate) fn end(client: Child) -> anyhow::Result<Self> {
        let output = client.wait_with_output()?;
        Ok(Self::read(&serde_json::from_slice(&output.stdout).context("the client said nothing")?))
    }

    fn read(line: &Value) -> Self {
        let number = |name: &str| line[name].as_u64().unwrap_or_default();
        let p99 = line["p99_ms"].as_f64().unwrap_or(f64::INFINITY);
        Self { p99, failed: number("failed"), requests: number("requests") }
    }

    /// Holds against the system that others were not served as without the attack. A busy machine is allowed for.
    pub(crate) fn worse_than(&self, calm: &Self, attack: &str) -> Option<Finding> {
        self.beyond(250.0, calm, attack)
    }

    /// Does the same, but takes up to `usual` milliseconds for no harm.
    fn beyond(&self, usual: f64, calm: &Self, attack: &str) -> Option<Finding> {
        let most = (calm.p99 * 5.0).max(usual);
        let text =
            format!("{} of {} failed, p99 {:.0} ms, at most {most:.0}", self.failed, self.requests, self.p99);
        (self.failed > 0 || self.requests == 0 || self.p99 > most)
            .then(|| Finding::new("others suffer", attack, text))
    }
}

fn lines(printed: &str) -> anyhow::Result<Vec<Value>> {
    let lines: Result<Vec<Value>, _> = printed.lines().map(serde_json::from_str).collect();
    let lines = lines.context("not JSON")?;
    anyhow::ensure!(!lines.is_empty(), "nothing was sent");
    Ok(lines)
}

fn text<'a>(line: &'a Value, name: &str) -> &'a str {
    line[name].as_str().unwrap_or_default()
}
