//! Tenants, applications, keys and the policy by command, also beside a running server.

use anyhow::Context as _;
use control_db::{Database, applications::Application, events::Event, keys::ApiKey, tenants::Tenant};
use control_plane::{
    applications, config, key_events, keys, policy,
    tenants::{self, KeyRulesChange},
};
use domain::{
    Timestamp,
    clock::Clock as _,
    policy::TenantState,
    scope::{Scope, Scopes},
};
use seal::{api_key::Pepper, entropy::SystemEntropy};
use serde_json::{Value, json};
use serve::{clock::SystemClock, config::Settings};
use time::{Duration, format_description::well_known::Rfc3339};

use crate::{cli, data_dir::DataDir, terminal, variables};

/// Does what `nutrition-pro tenant …` says.
pub(crate) async fn tenant(command: cli::Tenant) -> anyhow::Result<()> {
    let now = SystemClock.now();
    match command {
        cli::Tenant::Add { name, target } => {
            let database = open(&target).await?;
            let tenant = tenants::add(&database, &name, now, &SystemEntropy).await?;
            answer(&target, &tenant_json(&tenant), &tenant_line(&tenant));
        }
        cli::Tenant::List { target } => {
            let all = tenants::list(&open(&target).await?).await?;
            answer_list(
                &target,
                &all,
                tenant_json,
                tenant_line,
                "no tenants yet: nutrition-pro tenant add --name NAME",
            );
        }
        cli::Tenant::Set { tenant, key_max_age_days, revoke_exposed, target } => {
            let change = KeyRulesChange { max_age_days: key_max_age_days, revoke_exposed };
            let (tenant, shortened) =
                tenants::set_key_rules(&open(&target).await?, tenant, change, now).await?;
            let mut json = tenant_json(&tenant);
            json["shortened_keys"] = shortened.iter().map(|key| key_json(key, now)).collect();
            answer(&target, &json, &rules_line(&tenant, &shortened, now));
        }
        cli::Tenant::Suspend { tenant, target } => set_state(&target, tenant, TenantState::Suspended).await?,
        cli::Tenant::Resume { tenant, target } => set_state(&target, tenant, TenantState::Active).await?,
    }
    Ok(())
}

async fn set_state(
    target: &cli::Target,
    tenant: domain::ids::TenantId,
    state: TenantState,
) -> anyhow::Result<()> {
    let tenant = tenants::set_state(&open(target).await?, tenant, state, SystemClock.now()).await?;
    answer(target, &tenant_json(&tenant), &tenant_line(&tenant));
    Ok(())
}

/// Does what `nutrition-pro app …` says.
pub(crate) async fn app(command: cli::App) -> anyhow::Result<()> {
    match command {
        cli::App::Add { tenant, name, target } => {
            let database = open(&target).await?;
            let application =
                applications::add(&database, tenant, &name, SystemClock.now(), &SystemEntropy).await?;
            answer(&target, &application_json(&application), &application_line(&application));
        }
        cli::App::List { tenant, target } => {
            let all = applications::list(&open(&target).await?, tenant).await?;
            answer_list(&target, &all, application_json, application_line, "no applications yet");
        }
    }
    Ok(())
}

/// Does what `nutrition-pro key …` says.
pub(crate) async fn key(command: cli::Key) -> anyhow::Result<()> {
    let now = SystemClock.now();
    match command {
        cli::Key::Issue { app, environment, scopes, days, networks, target } => {
            let (database, pepper) = open_with_pepper(&target).await?;
            let scopes: Scopes = if scopes.is_empty() { Scopes::all() } else { scopes.into_iter().collect() };
            let new = keys::NewKey {
                application: app,
                environment,
                scopes,
                lifetime: days.map(|days| Duration::days(days.into())),
                networks,
            };
            show_once(&target, &keys::issue(&database, &pepper, new, now, &SystemEntropy).await?, now);
        }
        cli::Key::List { tenant, target } => {
            let all = keys::list(&open(&target).await?, tenant).await?;
            answer_list(&target, &all, |key| key_json(key, now), |key| key_line(key, now), "no keys yet");
        }
        cli::Key::Rotate { key, overlap_hours, target } => {
            let (database, pepper) = open_with_pepper(&target).await?;
            let overlap = Duration::hours(overlap_hours.into());
            let issued =
                keys::rotate(&database, &pepper, public_half(&key), overlap, now, &SystemEntropy).await?;
            show_once(&target, &issued, now);
        }
        cli::Key::Revoke { key, target } => {
            let key = keys::revoke(&open(&target).await?, public_half(&key), now).await?;
            answer(&target, &key_json(&key, now), &key_line(&key, now));
        }
        cli::Key::Restrict { key, networks, everywhere: _, target } => {
            let key = keys::restrict(&open(&target).await?, public_half(&key), networks, now).await?;
            answer(&target, &key_json(&key, now), &key_line(&key, now));
        }
        cli::Key::Events { key, tenant, target } => {
            let key = key.as_deref().map(public_half);
            let all = key_events::list(&open(&target).await?, tenant, key).await?;
            answer_list(&target, &all, event_json, event_line, "no events yet");
        }
    }
    Ok(())
}

/// Does what `nutrition-pro policy …` says.
pub(crate) async fn policy(command: cli::Policy) -> anyhow::Result<()> {
    let cli::Policy::Advance { above, target } = command;
    let version = policy::advance(&open(&target).await?, above).await?;
    answer(&target, &json!({ "version": version }), &format!("the policy has version {version}"));
    Ok(())
}

/// Accepts a whole key where its id is asked for: somebody revoking a leaked key has the key at hand.
pub(crate) fn public_half(text: &str) -> &str {
    text.strip_prefix("anp_").and_then(|rest| rest.split('_').nth(1)).unwrap_or(text)
}

pub(crate) async fn open(target: &cli::Target) -> anyhow::Result<Database> {
    open_settings(&mut settings(target), target).await
}

async fn open_with_pepper(target: &cli::Target) -> anyhow::Result<(Database, Pepper)> {
    let mut settings = settings(target);
    let pepper = config::pepper(&mut settings);
    let database = open_settings(&mut settings, target).await?;
    Ok((database, pepper.context("the key pepper can't be read: see ANP_KEY_PEPPER_FILE")?))
}

pub(crate) fn settings(target: &cli::Target) -> Settings {
    let mut settings = variables::from_environment();
    if let Some(directory) = DataDir::existing(&target.data_dir) {
        directory.configure_database(&mut settings);
    }
    settings
}

pub(crate) async fn open_settings(settings: &mut Settings, target: &cli::Target) -> anyhow::Result<Database> {
    let database = config::database(settings).with_context(|| {
        format!(
            "there is no control-plane database: {} is not the data directory of a started `up`, and {} is not set",
            target.data_dir.display(),
            config::DATABASE_URL.name,
        )
    })?;
    Database::connect(&database).await.context("can't open the control-plane database")
}

pub(crate) fn answer(target: &cli::Target, json: &Value, line: &str) {
    terminal::say(&if target.json { json.to_string() } else { line.to_owned() });
}

pub(crate) fn answer_list<T>(
    target: &cli::Target,
    all: &[T],
    json: impl Fn(&T) -> Value,
    line: impl Fn(&T) -> String,
    none: &str,
) {
    if target.json {
        terminal::say(&Value::Array(all.iter().map(json).collect()).to_string());
    } else if all.is_empty() {
        terminal::say(none);
    } else {
        all.iter().for_each(|one| terminal::say(&line(one)));
    }
}

fn show_once(target: &cli::Target, issued: &keys::Issued, now: Timestamp) {
    let mut json = key_json(&issued.key, now);
    json["key"] = issued.plain.reveal().into();
    if target.json {
        return terminal::say(&json.to_string());
    }
    terminal::say(&key_line(&issued.key, now));
    terminal::say("The key itself is shown this once and stored nowhere:");
    terminal::say(issued.plain.reveal());
}

fn tenant_json(tenant: &Tenant) -> Value {
    json!({
        "id": tenant.id, "name": tenant.name, "state": tenant.state, "created_at": moment(tenant.created_at),
        "key_max_age_days": tenant.key_rules.max_age_days, "revoke_exposed": tenant.key_rules.revoke_exposed,
    })
}

fn rules_line(tenant: &Tenant, shortened: &[ApiKey], now: Timestamp) -> String {
    let exposed = if tenant.key_rules.revoke_exposed { "revoked" } else { "flagged" };
    let ended = shortened.iter().filter(|key| key_state(key, now) == "expired").count();
    format!(
        "{}  keys live {} days at most; exposed ones are {exposed}\n{} keys end earlier than before, {ended} of them now",
        tenant_line(tenant),
        tenant.key_rules.max_age_days,
        shortened.len(),
    )
}

fn tenant_line(tenant: &Tenant) -> String {
    let state = match tenant.state {
        TenantState::Active => "active",
        TenantState::Suspended => "suspended",
    };
    format!("{}  {state:<9}  {}", tenant.id, tenant.name)
}

fn application_json(application: &Application) -> Value {
    json!({
        "id": application.id, "tenant": application.tenant, "name": application.name,
        "created_at": moment(application.created_at),
    })
}

fn application_line(application: &Application) -> String {
    format!("{}  tenant {}  {}", application.id, application.tenant, application.name)
}

fn key_json(key: &ApiKey, now: Timestamp) -> Value {
    json!({
        "id": key.id, "tenant": key.tenant, "application": key.application, "environment": key.environment,
        "scopes": key.scopes, "last4": key.last4, "state": key_state(key, now),
        "created_at": moment(key.created_at), "expires_at": key.expires_at.map(moment),
        "revoked_at": key.revoked_at.map(moment), "replaced_by": key.replaced_by,
        "last_used_at": key.last_used_at.map(moment), "exposed_at": key.exposed_at.map(moment),
        "networks": key.networks,
    })
}

fn key_line(key: &ApiKey, now: Timestamp) -> String {
    let scopes = if key.scopes == Scopes::all() {
        "all scopes".to_owned()
    } else {
        key.scopes.iter().map(Scope::as_str).collect::<Vec<_>>().join(",")
    };
    let networks = key.networks.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let from = if networks.is_empty() { networks } else { format!("  from {networks}") };
    let exposed = if key.exposed_at.is_some() { "  EXPOSED: replace it" } else { "" };
    format!(
        "{}  …{}  {:<4}  {:<7}  until {}  last used {}  application {}  {scopes}{from}{exposed}",
        key.id,
        key.last4,
        key.environment.as_str(),
        key_state(key, now),
        key.expires_at.map_or_else(|| "revoked".to_owned(), moment),
        key.last_used_at.map_or_else(|| "never".to_owned(), moment),
        key.application,
    )
}

fn event_json(event: &Event) -> Value {
    json!({
        "key": event.key, "tenant": event.tenant, "kind": event.kind.as_str(), "at": moment(event.at),
        "details": event.details,
    })
}

fn event_line(event: &Event) -> String {
    format!(
        "{}  {}  {:<13}  {}",
        moment(event.at),
        event.key.as_deref().unwrap_or("-"),
        event.kind.as_str(),
        event.details
    )
}

fn key_state(key: &ApiKey, now: Timestamp) -> &'static str {
    if key.revoked_at.is_some() {
        "revoked"
    } else if key.expires_at.is_some_and(|end| end <= now) {
        "expired"
    } else {
        "active"
    }
}

pub(crate) fn moment(at: Timestamp) -> String {
    at.replace_nanosecond(0).unwrap_or(at).format(&Rfc3339).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_key_is_taken_for_its_id() {
        assert_eq!(public_half("anp_live_abcdefghijklmnop_secret_12345678"), "abcdefghijklmnop");
        assert_eq!(public_half("abcdefghijklmnop"), "abcdefghijklmnop");
    }
}
