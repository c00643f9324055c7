//! slowhttptest in all its modes, while a client that behaves is measured.

use std::process::{Command, Stdio};

use anyhow::Context as _;

use crate::attack::client::Others;
use crate::attack::finding::{Finding, Found};
use crate::attack::system::System;
use crate::attack::tls;

/// What each mode is called, and how it is asked for.
const MODES: [(&str, &[&str]); 4] = [
    ("slow headers", &["-H", "-i", "3", "-t", "GET"]),
    ("slow body", &["-B", "-i", "3", "-s", "8192", "-t", "POST"]),
    ("ranges", &["-R", "-a", "1", "-b", "3000", "-t", "HEAD"]),
    ("slow read", &["-X", "-n", "3", "-w", "1", "-y", "8", "-z", "8", "-k", "3", "-t", "GET"]),
];

pub(crate) fn run(system: &System) -> anyhow::Result<Found> {
    let calm = Others::measure(system, 4)?;
    let mut findings = Vec::new();
    let mut measured = Vec::new();
    for (mode, options) in MODES {
        let meanwhile = Others::begin(system, SECONDS)?;
        let mut command = Command::new("slowhttptest");
        command.args(options).args([
            "-c",
            "1000",
            "-r",
            "200",
            "-x",
            "24",
            "-p",
            "3",
            "-l",
            &SECONDS.to_string(),
        ]);
        command.arg("-u").arg(format!("https://{}/api/v1/me", system.gateway));
        let output = command.stderr(Stdio::null()).output().context("cannot start slowhttptest")?;
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let others = Others::end(meanwhile)?;
        let states: Vec<_> = printed.lines().filter(|line| line.contains("service available:")).collect();
        if states.is_empty() || states.iter().any(|line| line.contains("NO")) {
            findings.push(Finding::new("not available", mode, "its own look at the service failed"));
        }
        findings.extend(others.worse_than(&calm, mode));
        measured.push(format!("{mode} {:.0} ms", others.p99));
    }
    let summary = format!(
        "1000 connections in each of four modes; others' p99: {} ({:.0} ms without)",
        measured.join(", "),
        calm.p99
    );
    Ok(Found { version: tls::package("slowhttptest"), summary, findings, ..Found::default() })
}

/// Longer than the gateway waits for headers and for a body.
const SECONDS: u32 = 25;
