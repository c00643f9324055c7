//! Tells webhooks: one signed POST over HTTPS to a public address, within a deadline, and whatever comes back is not read.

use std::{error::Error as _, fmt, sync::Arc, time::Duration};

use control_db::{events::Recorded, webhooks::Webhook};
use domain::Timestamp;
use http::header;
use ipnet::IpNet;
use reqwest::{Client, StatusCode, redirect};
use rustls::{ClientConfig, crypto::aws_lc_rs};
use rustls_platform_verifier::BuilderVerifierExt as _;
use seal::webhook::{self, WebhookKey};
use serde_json::{Value, json};
use serve::tls;

use crate::{
    addresses::{NotPublic, Reachable},
    key_events::rfc3339,
};

/// Within which a receiver has answered.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// How webhooks are told.
pub struct Settings {
    /// What their secrets are derived from. Without it nobody is told.
    pub key: Option<WebhookKey>,
    /// The authorities of receivers' certificates, PEM; those of the system where nothing is said.
    pub authorities: Option<String>,
    /// Networks that are not public and yet may be reached.
    pub networks: Vec<IpNet>,
}

/// Tells webhooks.
pub struct Messenger {
    key: WebhookKey,
    client: Client,
}

/// Why a receiver was not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The name leads to where no webhook goes.
    #[error("the name has an address that is not public")]
    NotPublic,
    /// There is no such name, nobody listens there, or the certificate is not one of that name.
    #[error("no connection: the name, the address or the certificate is at fault")]
    Unreachable,
    /// There was no answer in time.
    #[error("no answer within {} seconds", DEADLINE.as_secs())]
    TooSlow,
    /// The answer was not one of success. Redirects are not followed.
    #[error("status {0}")]
    Status(u16),
}

impl Failure {
    /// Tells whether the receiver wants to be told nothing any more.
    pub fn is_final(self) -> bool {
        self == Self::Status(StatusCode::GONE.as_u16())
    }
}

impl Messenger {
    /// Returns who tells webhooks by `settings`; `None` without a key.
    ///
    /// # Errors
    /// [`tls::Error`] when the authorities can't be used.
    pub fn new(settings: Settings) -> Result<Option<Self>, tls::Error> {
        let Some(key) = settings.key else { return Ok(None) };
        let tls = trusting(settings.authorities.as_deref())?;
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .https_only(true)
            .redirect(redirect::Policy::none())
            .referer(false)
            // A proxy would resolve the name itself, and reach what it likes.
            .no_proxy()
            .retry(reqwest::retry::never())
            // Each message has a connection of its own, to an address that was looked at for it.
            .pool_max_idle_per_host(0)
            .dns_resolver(Arc::new(Reachable { networks: settings.networks.into() }))
            .timeout(DEADLINE)
            .user_agent("ai-nutrition-pro-webhooks/1")
            .build()
            .map_err(|error| tls::Error::Unusable(error.to_string()))?;
        Ok(Some(Self { key, client }))
    }

    /// Tells `webhook` of an event.
    ///
    /// # Errors
    /// [`Failure`] unless the receiver answered with success in time.
    pub async fn tell(&self, webhook: &Webhook, event: &Recorded, now: Timestamp) -> Result<(), Failure> {
        let id = self.key.message_id(webhook.id, event.number);
        let body = message(event).to_string();
        let signature = self.key.secret(webhook.id).sign(&id, now, body.as_bytes());
        let request = self
            .client
            .post(&webhook.url)
            .header(header::CONTENT_TYPE, "application/json")
            .header(webhook::ID, id)
            .header(webhook::TIMESTAMP, now.unix_timestamp().to_string())
            .header(webhook::SIGNATURE, signature)
            .body(body);
        match request.send().await {
            Ok(response) if response.status().is_success() => Ok(()),
            Ok(response) => Err(Failure::Status(response.status().as_u16())),
            Err(error) => Err(failure(&error)),
        }
    }
}

/// Returns what a receiver reads: the form that Standard Webhooks asks for.
fn message(Recorded { event, .. }: &Recorded) -> Value {
    let about = if event.key.is_some() { "key" } else { "tenant" };
    let mut data = event.details.clone();
    data["tenant"] = event.tenant.to_string().into();
    if let Some(key) = &event.key {
        data["key"] = key.as_str().into();
    }
    json!({ "type": format!("{about}.{}", event.kind.as_str()), "timestamp": rfc3339(event.at), "data": data })
}

/// Returns TLS settings that trust the authorities in `pem`, or those of the system.
fn trusting(pem: Option<&str>) -> Result<ClientConfig, tls::Error> {
    if let Some(pem) = pem {
        return tls::client(None, pem);
    }
    let unusable = |error: rustls::Error| tls::Error::Unusable(error.to_string());
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(unusable)?;
    Ok(builder.with_platform_verifier().map_err(unusable)?.with_no_client_auth())
}

fn failure(error: &reqwest::Error) -> Failure {
    let mut causes = std::iter::successors(error.source(), |&error| error.source());
    if error.is_timeout() {
        Failure::TooSlow
    } else if causes.any(|cause| cause.is::<NotPublic>()) {
        Failure::NotPublic
    } else {
        Failure::Unreachable
    }
}

impl fmt::Debug for Messenger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Messenger")
    }
}
