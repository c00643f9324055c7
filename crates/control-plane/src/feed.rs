//! Hands the signed policy to gateways as soon as it changes.
//!
//! `GET /policy?after=<version>` answers 200 with the token when there is another version, or waits for one and answers
//! 204 after [`PATIENCE`]. A *different* version counts as new, so that gateways notice a database that was restored
//! from a backup: they refuse the older version and say so, instead of silently waiting for ever.
//! Only who shows the gateway's certificate gets a connection: see [`crate::run`].

use std::time::Duration;

use axum::{
    Router,
    extract::{Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;
use tokio::sync::watch;

use crate::publisher;

/// How long a gateway is kept waiting for a change.
pub const PATIENCE: Duration = Duration::from_secs(25);

/// Returns the routes of the feed.
pub fn router(states: watch::Receiver<publisher::State>) -> Router {
    Router::new().route("/policy", get(policy)).with_state(states)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct After {
    /// The version that the gateway has; none at its first start.
    after: Option<u64>,
}

async fn policy(
    State(mut states): State<watch::Receiver<publisher::State>>,
    Query(After { after }): Query<After>,
) -> Response {
    let changed = states
        .wait_for(|state| state.published.as_ref().is_some_and(|published| Some(published.version) != after));
    match tokio::time::timeout(PATIENCE, changed).await {
        Ok(Ok(state)) => match &state.published {
            Some(published) => {
                ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], published.token.clone())
                    .into_response()
            }
            None => StatusCode::NO_CONTENT.into_response(),
        },
        Ok(Err(_)) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Err(_) => StatusCode::NO_CONTENT.into_response(),
    }
}
