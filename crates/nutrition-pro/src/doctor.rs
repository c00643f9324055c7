//! `doctor`: looks at everything that a role stands on, from where the role runs, and says what is wrong or soon will be.
//!
//! It reads, greets and asks; it changes nothing, and prints no secret.

mod certificates;
mod gateway;
mod secrets;
mod services;

use std::{collections::BTreeSet, path::Path};

use clap::{Args, ValueEnum};
use domain::{Timestamp, clock::Clock as _};
use serde_json::{Value, json};
use serve::{
    clock::SystemClock,
    config::{Settings, Variable},
};

use crate::{cli::Target, data_dir::DataDir, exit, terminal, variables};

#[derive(Args)]
pub(crate) struct Options {
    /// The roles to look at; those of the data directory, or those that the environment configures, if not given.
    #[arg(value_enum)]
    roles: Vec<Role>,
    #[command(flatten)]
    target: Target,
}

/// A role that is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum Role {
    Gateway,
    Api,
    ControlPlane,
}

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    Good,
    Warning,
    Failed,
}

impl State {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
        }
    }
}

/// One thing that was looked at.
struct Finding {
    state: State,
    kind: &'static str,
    /// A setting, an address, a file.
    what: String,
    /// A sentence.
    told: String,
    /// The same for programs.
    details: Value,
}

/// What was found so far.
struct Report {
    now: Timestamp,
    findings: Vec<Finding>,
}

impl Report {
    fn add(&mut self, state: State, kind: &'static str, what: impl Into<String>, told: impl Into<String>) {
        self.add_with(state, kind, what, told, json!({}));
    }

    fn add_with(
        &mut self,
        state: State,
        kind: &'static str,
        what: impl Into<String>,
        told: impl Into<String>,
        details: Value,
    ) {
        self.findings.push(Finding { state, kind, what: what.into(), told: told.into(), details });
    }

    fn worst(&self) -> State {
        self.findings.iter().map(|finding| finding.state).max().unwrap_or(State::Good)
    }
}

/// Looks, and says what was found.
///
/// # Errors
/// [`exit::Usage`] where no role is configured, [`exit::Refused`] when something failed, after it was told.
pub(crate) async fn run(options: Options) -> anyhow::Result<()> {
    let roles = roles(&options)?;
    let mut report = Report { now: SystemClock.now(), findings: Vec::new() };
    for role in roles {
        look(role, &options.target.data_dir, &mut report).await;
    }
    report.findings.dedup_by(|one, other| one.kind == other.kind && one.what == other.what);
    if options.target.json {
        terminal::say(&to_json(&report).to_string());
    } else {
        to_lines(&report).iter().for_each(|line| terminal::say(line));
    }
    if report.worst() == State::Failed { Err(exit::Refused.into()) } else { Ok(()) }
}

fn roles(options: &Options) -> anyhow::Result<BTreeSet<Role>> {
    let all = [Role::Gateway, Role::Api, Role::ControlPlane];
    if !options.roles.is_empty() {
        return Ok(options.roles.iter().copied().collect());
    }
    if DataDir::existing(&options.target.data_dir).is_some() {
        return Ok(all.into());
    }
    let mut settings = variables::from_environment();
    let configured: BTreeSet<_> =
        all.into_iter().filter(|role| settings.read::<String>(role.telling_variable()).is_some()).collect();
    if configured.is_empty() {
        return Err(exit::Usage(
            "no role is configured here: run it where a role's environment is set, or name the data directory of `up` \
             with --data-dir"
                .to_owned(),
        )
        .into());
    }
    Ok(configured)
}

impl Role {
    /// Returns a setting that has no default, and that no other role has.
    const fn telling_variable(self) -> &'static Variable {
        match self {
            Self::Gateway => &::gateway::config::AUTHORITY_FILE,
            Self::Api => &api::config::AUTHORITY_FILE,
            Self::ControlPlane => &control_plane::config::AUTHORITY_FILE,
        }
    }
}

/// Returns the settings as the role would read them.
fn settings(data_dir: &Path) -> Settings {
    let mut settings = variables::from_environment();
    if let Some(directory) = DataDir::existing(data_dir) {
        directory.configure(&mut settings);
    }
    settings
}

async fn look(role: Role, data_dir: &Path, report: &mut Report) {
    secrets::look(role, &mut settings(data_dir), report);
    let authority = role.telling_variable();
    certificates::of_authority(authority.name, settings(data_dir).read(authority), report);
    let mut read = settings(data_dir);
    match role {
        Role::Gateway => {
            if let Some(config) = finish(::gateway::Config::from_settings(&mut read), read, report) {
                gateway::look(&config, report).await;
            }
        }
        Role::Api => {
            if let Some(config) = finish(api::Config::from_settings(&mut read), read, report) {
                services::look_at_api(&config, report).await;
            }
        }
        Role::ControlPlane => {
            let config = control_plane::config::Config::from_settings(&mut read);
            if let Some(config) = finish(config, read, report) {
                services::look_at_control_plane(&config, report).await;
            }
        }
    }
}

/// Notes what is wrong with the settings; a role does not start with that.
fn finish<T>(config: Option<T>, settings: Settings, report: &mut Report) -> Option<T> {
    match settings.finish(variables::all()) {
        Ok(()) => {}
        Err(invalid) => {
            for problem in invalid.0 {
                let (name, told) = problem.split_once(": ").unwrap_or(("settings", &problem));
                report.add(State::Failed, "setting", name, told);
            }
        }
    }
    config
}

fn to_json(report: &Report) -> Value {
    let findings = report.findings.iter().map(|finding| {
        json!({
            "state": finding.state.as_str(),
            "kind": finding.kind,
            "what": finding.what,
            "told": finding.told,
            "details": finding.details,
        })
    });
    json!({ "state": report.worst().as_str(), "findings": findings.collect::<Vec<_>>() })
}

fn to_lines(report: &Report) -> Vec<String> {
    let width = |of: fn(&Finding) -> &str| {
        report.findings.iter().map(|finding| of(finding).chars().count()).max().unwrap_or(0)
    };
    let (kind, what) = (width(|finding| finding.kind), width(|finding| &finding.what));
    let lines = report.findings.iter().map(|finding| {
        let state = finding.state.as_str();
        format!("{state:<7}  {:<kind$}  {:<what$}  {}", finding.kind, finding.what, finding.told)
    });
    let count = |state| report.findings.iter().filter(|finding| finding.state == state).count();
    let end = format!(
        "\n{} failed, {} warnings, {} ok",
        count(State::Failed),
        count(State::Warning),
        count(State::Good)
    );
    lines.chain([end]).collect()
}
