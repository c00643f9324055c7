//! `cargo xtask attack`: a started system under tools that others wrote and under our own corpora and floods, and what
//! they found, judged.
//!
//! A finding is mended or judged: `attack/judgements.tsv` says why it may stay. One that is neither fails the command.

mod client;
mod finding;
mod judgement;
mod schemathesis;
mod slow;
mod system;
mod tls;

use std::time::Instant;

use crate::attack::finding::Found;
use crate::attack::system::System;
use crate::env::Workspace;
use crate::report::say;
use crate::steps;
use crate::tools;

/// One attack: what it is called on the command line, and the work.
struct Attack {
    name: &'static str,
    run: fn(&System) -> anyhow::Result<Found>,
}

const ALL: &[Attack] = &[
    Attack { name: "corpus", run: client::corpus },
    Attack { name: "floods", run: client::floods },
    Attack { name: "h2load", run: client::h2load },
    Attack { name: "slowhttptest", run: slow::run },
    Attack { name: "schemathesis", run: schemathesis::run },
    Attack { name: "sslyze", run: tls::sslyze },
    Attack { name: "testssl", run: tls::testssl },
];

/// Debian's packages that are needed, by the programs that they bring.
const PACKAGES: &[(&str, &str)] = &[
    ("testssl", "testssl.sh"),
    ("slowhttptest", "slowhttptest"),
    ("h2load", "nghttp2-client"),
    ("openssl", "openssl"),
];

/// Runs the named attacks, or all. All of them write `attack/report.md`; returns whether nothing is left unjudged.
pub(crate) fn run(workspace: &Workspace, names: &[String]) -> anyhow::Result<bool> {
    if let Some(unknown) = names.iter().find(|name| ALL.iter().all(|attack| attack.name != name.as_str())) {
        let known: Vec<_> = ALL.iter().map(|attack| attack.name).collect();
        anyhow::bail!("no attack `{unknown}`; there are {}", known.join(", "));
    }
    let missing: Vec<_> =
        PACKAGES.iter().filter(|(program, _)| !is_there(program)).map(|(_, name)| *name).collect();
    steps::install(&missing)?;
    let python = tools::attack(workspace)?;
    let system = System::start(workspace, python)?;
    let mut findings = Vec::new();
    for attack in ALL.iter().filter(|attack| names.is_empty() || names.iter().any(|name| name == attack.name))
    {
        say(&format!("\n== {}", attack.name));
        let since = Instant::now();
        let mut found = (attack.run)(&system)?;
        found.tool = attack.name;
        found.seconds = since.elapsed().as_secs();
        say(&format!("   {} s, {} findings; {}", found.seconds, found.findings.len(), found.summary));
        findings.push(found);
    }
    drop(system);
    judgement::judge(workspace, &findings, names.is_empty())
}

fn is_there(program: &str) -> bool {
    ["/usr/bin", "/usr/local/bin"].iter().any(|folder| std::path::Path::new(folder).join(program).is_file())
}
