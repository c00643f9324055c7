//! Limits that differ for a while, by command.

use control_db::limits::Change;
use control_plane::limits;
use domain::{
    clock::{Clock as _, from_unix},
    policy::{LimitOverride, LimitSubject},
};
use seal::entropy::SystemEntropy;
use serde_json::{Value, json};
use serve::clock::SystemClock;

use crate::{
    cli::{self, Limit},
    onboarding::{answer, answer_list, moment, open, public_half},
};

/// Does what `nutrition-pro limit …` says.
pub(crate) async fn run(command: Limit) -> anyhow::Result<()> {
    let now = SystemClock.now();
    match command {
        Limit::Set { of, value, until, reason, target } => {
            let database = open(&target).await?;
            let (measure, set) = (of.measure, (value, until));
            let change =
                limits::set(&database, subject(of.subject), measure, set, &reason, now, &SystemEntropy)
                    .await?;
            answer(&target, &change_json(&change), &change_line(&change));
        }
        Limit::Clear { of, reason, target } => {
            let database = open(&target).await?;
            let change =
                limits::clear(&database, subject(of.subject), of.measure, &reason, now, &SystemEntropy)
                    .await?;
            answer(&target, &change_json(&change), &change_line(&change));
        }
        Limit::List { target } => {
            let all = limits::in_force(&open(&target).await?, now).await?;
            answer_list(&target, &all, limit_json, limit_line, "every limit is the usual one");
        }
        Limit::Changes { tenant, target } => {
            let all = limits::changes(&open(&target).await?, tenant).await?;
            answer_list(&target, &all, change_json, change_line, "no limit was ever changed");
        }
    }
    Ok(())
}

/// The command line takes one of the three.
fn subject(of: cli::LimitSubject) -> LimitSubject {
    match of {
        cli::LimitSubject { tenant: Some(tenant), .. } => LimitSubject::Tenant(tenant),
        cli::LimitSubject { app: Some(application), .. } => LimitSubject::Application(application),
        cli::LimitSubject { key, .. } => LimitSubject::Key(public_half(&key.unwrap_or_default()).to_owned()),
    }
}

fn words(of: &LimitSubject) -> (&'static str, String) {
    match of {
        LimitSubject::Tenant(tenant) => ("tenant", tenant.to_string()),
        LimitSubject::Application(application) => ("application", application.to_string()),
        LimitSubject::Key(key) => ("key", key.clone()),
    }
}

fn limit_json(limit: &LimitOverride) -> Value {
    let until = moment(from_unix(limit.until));
    json!({ "of": limit.of, "measure": limit.measure, "value": limit.value, "until": until })
}

fn limit_line(limit: &LimitOverride) -> String {
    let ((kind, id), until) = (words(&limit.of), moment(from_unix(limit.until)));
    format!("{kind} {id}  {} {}  until {until}", limit.value, limit.measure.as_str())
}

fn change_json(change: &Change) -> Value {
    json!({
        "of": change.of, "tenant": change.tenant, "measure": change.measure,
        "value": change.set.map(|(value, _)| value), "until": change.set.map(|(_, until)| moment(until)),
        "reason": change.reason, "at": moment(change.at),
    })
}

fn change_line(change: &Change) -> String {
    let (kind, id) = words(&change.of);
    let (at, measure, reason) = (moment(change.at), change.measure.as_str(), &change.reason);
    match change.set {
        Some((value, until)) => {
            format!("{at}  {kind} {id}  {value} {measure} until {}  {reason}", moment(until))
        }
        None => format!("{at}  {kind} {id}  {measure} as usual again  {reason}"),
    }
}
