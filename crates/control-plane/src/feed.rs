//! What gateways ask for and tell: the signed policy as soon as it changes, and what they saw of keys.
//!
//! `GET /policy?after=<version>` answers 200 with the signed index when there is another version, or waits for one and
//! answers 204 after [`PATIENCE`]. In `If-None-Match` a gateway may say the fingerprint of the policy it holds
//! ([`seal::policy::Index::fingerprint`]); then another content under the same version counts as new too.
//!
//! `GET /policy/pages/<digest>` answers 200 with a page of the newest policy, 404 when it has none of that name.
//!
//! A *different* version counts as new, not only a higher one: after a restore from a backup gateways hold what this
//! database does not know. They refuse ours, rightly, and both sides say so instead of silently waiting for ever.
//!
//! `POST /reports` takes a [`Report`] and answers 204 once it is stored; 503 asks to send it again later.
//!
//! Only who shows the gateway's certificate gets a connection: see [`crate::run`].

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use control_db::Database;
use domain::{clock::Clock, report::Report};
use serde::Deserialize;
use tokio::{sync::watch, time::Instant};

use crate::{Error, edition::Edition, publisher, reports};

/// How long a gateway is kept waiting for a change.
pub const PATIENCE: Duration = Duration::from_secs(25);
/// How often it is said that gateways hold what this database does not know. They ask twice a second.
const REMINDER: Duration = Duration::from_secs(60);

/// Every route, as it is counted.
pub(crate) const ROUTES: &[&str] = &["/policy", "/policy/pages/{digest}", "/reports"];

/// Returns the routes of the feed.
pub fn router(
    states: watch::Receiver<publisher::State>,
    database: Database,
    clock: Arc<dyn Clock>,
) -> Router {
    let feed = Feed { states, said: Arc::default() };
    let desk = Desk { database, clock };
    Router::new()
        .route("/policy", get(policy))
        .route("/policy/pages/{digest}", get(page))
        .with_state(feed)
        .merge(Router::new().route("/reports", post(take_report)).with_state(desk))
}

/// Where reports are taken.
#[derive(Clone)]
struct Desk {
    database: Database,
    clock: Arc<dyn Clock>,
}

async fn take_report(State(desk): State<Desk>, Json(report): Json<Report>) -> StatusCode {
    match reports::take(&desk.database, &report, desk.clock.now()).await {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(Error::Refused(_)) => StatusCode::PAYLOAD_TOO_LARGE,
        Err(error) => {
            tracing::warn!(error.message = %error, "a report on keys can't be stored: gateways will send it again");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}

#[derive(Clone)]
struct Feed {
    states: watch::Receiver<publisher::State>,
    said: Arc<Mutex<Option<Instant>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct After {
    /// The version that the gateway has; none at its first start.
    after: Option<u64>,
}

async fn policy(
    State(mut feed): State<Feed>,
    Query(After { after }): Query<After>,
    headers: HeaderMap,
) -> Response {
    let held = headers.get(header::IF_NONE_MATCH).map(|tag| tag.as_bytes().trim_ascii());
    let is_new = |published: &Edition| {
        Some(published.version()) != after
            || held.is_some_and(|held| held != format!("\"{}\"", published.fingerprint).as_bytes())
    };
    let changed = feed.states.wait_for(|state| state.published.as_deref().is_some_and(is_new));
    let published = match tokio::time::timeout(PATIENCE, changed).await {
        Ok(Ok(state)) => state.published.clone(),
        Ok(Err(_)) => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Err(_) => None,
    };
    let Some(published) = published else { return StatusCode::NO_CONTENT.into_response() };
    if let Some(held) = after.filter(|held| *held >= published.version()) {
        feed.remind(held, published.version());
    }
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], published.token.clone()).into_response()
}

async fn page(State(feed): State<Feed>, Path(digest): Path<String>) -> Response {
    let published = feed.states.borrow().published.clone();
    let page = published.zip(digest.parse().ok()).and_then(|(published, digest)| published.page(digest));
    match page {
        Some(json) => ([(header::CONTENT_TYPE, "application/json")], json).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

impl Feed {
    /// Says that a gateway holds what this database does not know, and what to do.
    fn remind(&self, held: u64, version: u64) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.is_some_and(|at| at.elapsed() < REMINDER) {
            return;
        }
        *said = Some(Instant::now());
        tracing::error!(
            gateway.policy.version = held,
            policy.version = version,
            "a gateway holds a newer or another policy and refuses ours: if this database was restored from a \
             backup, revoke again what was revoked since, then run `nutrition-pro policy advance --above {held}`"
        );
    }
}
