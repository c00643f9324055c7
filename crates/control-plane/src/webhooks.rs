//! Webhooks of tenants: added, listed, removed and tried.

use control_db::{
    Database, Tx,
    deliveries::{self, Delivery, State},
    events::{self, Event, Kind},
    tenants,
    webhooks::{self, Webhook},
};
use domain::{
    Timestamp,
    clock::Entropy,
    ids::{TenantId, WebhookId},
};
use reqwest::Url;
use seal::webhook::{WebhookKey, WebhookSecret};
use serde_json::json;

use crate::Error;

/// How many webhooks a tenant has at most.
pub const MOST_OF_A_TENANT: usize = 5;
/// The longest address, in characters.
pub const LONGEST_URL: usize = 500;

/// Adds a webhook, and returns it with its secret, which is shown once. Adding the same address again gives another
/// secret: both are told until one is removed.
///
/// # Errors
/// [`Error::NotFound`] without the tenant; [`Error::Refused`] for an address that is not `https` with the name of a host,
/// or when the tenant has [`MOST_OF_A_TENANT`].
pub async fn add(
    database: &Database,
    key: &WebhookKey,
    tenant: TenantId,
    url: &str,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Result<(Webhook, WebhookSecret), Error> {
    let url = checked_url(url)?;
    let tx = Tx::operator(database).await?;
    tenants::get(&tx, tenant).await.map_err(Error::about("tenant"))?;
    if webhooks::list(&tx, Some(tenant)).await?.len() >= MOST_OF_A_TENANT {
        return Err(Error::Refused(format!("a tenant has at most {MOST_OF_A_TENANT} webhooks")));
    }
    let webhook = Webhook { id: WebhookId::new(now, entropy), tenant, url, created_at: now };
    webhooks::create(&tx, &webhook).await?;
    tx.commit().await?;
    Ok((webhook.clone(), key.secret(webhook.id)))
}

/// A webhook, and how its deliveries went.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The webhook.
    pub webhook: Webhook,
    /// How many events were told.
    pub delivered: u64,
    /// How many are still to be told.
    pub pending: u64,
    /// How many were given up.
    pub dead: u64,
}

/// Returns the webhooks of one tenant, or of all, oldest first.
///
/// # Errors
/// [`Error::Database`].
pub async fn list(database: &Database, tenant: Option<TenantId>) -> Result<Vec<Standing>, Error> {
    let tx = Tx::snapshot(database).await?;
    let counts = deliveries::counts(&tx).await?;
    let standing = |webhook: Webhook| {
        let count = |wanted: State| {
            let of_it = counts.iter().find(|(id, state, _)| *id == webhook.id && *state == wanted);
            of_it.map_or(0, |(.., count)| *count)
        };
        let (delivered, pending, dead) = (count(State::Delivered), count(State::Pending), count(State::Dead));
        Standing { webhook, delivered, pending, dead }
    };
    Ok(webhooks::list(&tx, tenant).await?.into_iter().map(standing).collect())
}

/// Removes a webhook. What it was still to be told is given up.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn remove(database: &Database, id: WebhookId, now: Timestamp) -> Result<Webhook, Error> {
    let tx = Tx::operator(database).await?;
    let webhook = webhooks::get(&tx, id).await.map_err(Error::about("webhook"))?;
    webhooks::remove(&tx, id, now).await?;
    tx.commit().await?;
    Ok(webhook)
}

/// Puts an event down that only this webhook is told, to see whether it arrives, and returns its number.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn test(database: &Database, id: WebhookId, now: Timestamp) -> Result<i64, Error> {
    let tx = Tx::operator(database).await?;
    let webhook = webhooks::get(&tx, id).await.map_err(Error::about("webhook"))?;
    let subject = format!("{id} {}", now.unix_timestamp_nanos());
    let (tenant, details) = (webhook.tenant, json!({ "webhook": id }));
    let event = Event { key: None, tenant, kind: Kind::Test, subject, at: now, details };
    let number = events::insert(&tx, &event).await?;
    let number = number.ok_or_else(|| Error::Refused("tried at the same moment: try again".to_owned()))?;
    deliveries::insert(&tx, &webhook, number, now).await?;
    tx.commit().await?;
    Ok(number)
}

/// Returns how far an event is with a webhook.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn delivery(database: &Database, id: WebhookId, event: i64) -> Result<Delivery, Error> {
    deliveries::get(&Tx::snapshot(database).await?, id, event).await.map_err(Error::about("delivery"))
}

fn checked_url(text: &str) -> Result<String, Error> {
    let refused = |why: &str| Err(Error::Refused(format!("the address can't be a webhook's: {why}")));
    let Ok(url) = Url::parse(text.trim()) else { return refused("it is not one") };
    if url.scheme() != "https" {
        return refused("it must begin with https://");
    }
    // An address in numbers has no certificate worth the name, and would pass by the look at what a name leads to.
    if url.domain().is_none() {
        return refused("it must have the name of a host");
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return refused("it must have no user, password or fragment");
    }
    if url.as_str().chars().count() > LONGEST_URL {
        return refused("it is too long");
    }
    Ok(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_to_a_name_is_taken() {
        for (text, taken) in [
            ("https://hooks.example.com/nutrition?tenant=1", true),
            ("https://hooks.example.com:8443/", true),
            ("HTTPS://Hooks.Example.com", true),
            ("http://hooks.example.com/", false),
            ("https://127.0.0.1/", false),
            ("https://2130706433/", false),
            ("https://0x7f.1/", false),
            ("https://0177.0.0.1/", false),
            ("https://[::1]/", false),
            ("https://[::ffff:169.254.169.254]/", false),
            ("https://user:password@example.com/", false),
            ("https://example.com/#part", false),
            ("file:///etc/passwd", false),
            ("hooks.example.com", false),
            ("", false),
        ] {
            assert_eq!(checked_url(text).is_ok(), taken, "{text}");
        }
        assert!(checked_url(&format!("https://example.com/{}", "a".repeat(LONGEST_URL))).is_err());
    }
}
