//! Webhooks and events by command, also beside a running server.

use std::time::Duration;

use anyhow::{Context as _, bail};
use control_db::deliveries::{Delivery, State};
use control_plane::{
    config,
    events::{self, Told},
    webhooks::{self, Standing},
};
use domain::{clock::Clock as _, ids::WebhookId};
use seal::entropy::SystemEntropy;
use serde_json::{Value, json};
use serve::clock::SystemClock;

use crate::{
    cli,
    onboarding::{answer, answer_list, moment, open, open_settings, public_half, settings},
    terminal,
};

/// Does what `nutrition-pro webhook …` says.
pub(crate) async fn run(command: cli::Webhook) -> anyhow::Result<()> {
    let now = SystemClock.now();
    match command {
        cli::Webhook::Add { tenant, url, target } => {
            let mut settings = settings(&target);
            let key = config::webhook_key(&mut settings);
            let database = open_settings(&mut settings, &target).await?;
            let key = key.with_context(|| {
                format!("the control plane's master key can't be read: see {}", config::MASTER_KEY_FILE.name)
            })?;
            let (webhook, secret) = webhooks::add(&database, &key, tenant, &url, now, &SystemEntropy).await?;
            let added = Standing { webhook, delivered: 0, pending: 0, dead: 0 };
            let mut json = webhook_json(&added);
            json["secret"] = secret.reveal().as_str().into();
            answer(&target, &json, &webhook_line(&added));
            if !target.json {
                terminal::say(
                    "What it is told is signed with this secret, which is shown this once and stored nowhere:",
                );
                terminal::say(&secret.reveal());
            }
        }
        cli::Webhook::List { tenant, target } => {
            let all = webhooks::list(&open(&target).await?, tenant).await?;
            answer_list(&target, &all, webhook_json, webhook_line, "no webhooks yet");
        }
        cli::Webhook::Remove { webhook, target } => {
            let webhook = webhooks::remove(&open(&target).await?, webhook, now).await?;
            let line = format!("{}  is told nothing any more", webhook.id);
            answer(&target, &json!({ "id": webhook.id, "removed": true }), &line);
        }
        cli::Webhook::Test { webhook, target } => test(webhook, &target).await?,
    }
    Ok(())
}

/// Has the control plane try the webhook, and waits for how it goes.
async fn test(webhook: WebhookId, target: &cli::Target) -> anyhow::Result<()> {
    let database = open(target).await?;
    let event = webhooks::test(&database, webhook, SystemClock.now()).await?;
    let tried = async {
        loop {
            let delivery = webhooks::delivery(&database, webhook, event).await?;
            if delivery.state != State::Pending || !delivery.failure.is_empty() {
                return Ok::<_, control_plane::Error>(delivery);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    let delivery = tokio::time::timeout(PATIENCE, tried)
        .await
        .context("the control plane did not try it: does it run, with the master key?")??;
    if delivery.state != State::Delivered {
        bail!("the webhook was not told: {}", delivery.failure);
    }
    answer(target, &delivery_json(&delivery), &format!("{webhook}  was told"));
    Ok(())
}

/// Does what `nutrition-pro event …` says.
pub(crate) async fn events(command: cli::Event) -> anyhow::Result<()> {
    let cli::Event::List { tenant, key, target } = command;
    let key = key.as_deref().map(public_half);
    let all = events::list(&open(&target).await?, tenant, key).await?;
    answer_list(&target, &all, told_json, told_line, "no events yet");
    Ok(())
}

/// Longer than an attempt takes.
const PATIENCE: Duration = Duration::from_secs(20);

fn webhook_json(Standing { webhook, delivered, pending, dead }: &Standing) -> Value {
    json!({
        "id": webhook.id, "tenant": webhook.tenant, "url": webhook.url, "created_at": moment(webhook.created_at),
        "delivered": delivered, "pending": pending, "dead": dead,
    })
}

fn webhook_line(Standing { webhook, delivered, pending, dead }: &Standing) -> String {
    format!(
        "{}  tenant {}  {}  {delivered} delivered, {pending} pending, {dead} dead",
        webhook.id, webhook.tenant, webhook.url
    )
}

fn told_json(Told { event, deliveries }: &Told) -> Value {
    let number = event.number;
    let event = &event.event;
    json!({
        "number": number, "tenant": event.tenant, "key": event.key, "kind": event.kind.as_str(),
        "at": moment(event.at), "details": event.details,
        "deliveries": deliveries.iter().map(delivery_json).collect::<Vec<_>>(),
    })
}

fn delivery_json(delivery: &Delivery) -> Value {
    json!({
        "webhook": delivery.webhook, "state": delivery.state.as_str(), "attempts": delivery.attempts,
        "due_at": (delivery.state == State::Pending).then(|| moment(delivery.due_at)),
        "ended_at": delivery.ended_at.map(moment), "failure": delivery.failure,
    })
}

fn told_line(Told { event, deliveries }: &Told) -> String {
    let event = &event.event;
    let mut line = format!(
        "{}  tenant {}  {:<16}  {:<13}  {}",
        moment(event.at),
        event.tenant,
        event.key.as_deref().unwrap_or("-"),
        event.kind.as_str(),
        event.details,
    );
    for delivery in deliveries {
        let (state, attempts) = (delivery.state.as_str(), delivery.attempts);
        line += &format!("\n    {}  {state} after {attempts} attempts", delivery.webhook);
        if !delivery.failure.is_empty() {
            line += &format!(": {}", delivery.failure);
        }
    }
    line
}
