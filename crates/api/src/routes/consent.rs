//! `/dietitians/{id}/consent`: what a dietitian agreed to. Without it nothing is written in their voice.

use std::sync::Arc;

use api_db::consents as table;
use axum::extract::{Path, State};
use domain::ids::DietitianId;

use crate::{
    answer::Answer,
    app::App,
    consents,
    error::Error,
    gate::{Filtered, Vouched},
    wire::consents::{Consent, NewConsent},
};

/// Shows the consent in force
#[utoipa::path(
    get, path = "/dietitians/{id}/consent", operation_id = "getConsent", tag = "Dietitians",
    params(("id" = Uuid, Path, description = "The dietitian")),
    responses((status = 200, description = "The consent in force", body = Consent)),
    extensions(("x-scope" = json!("dietitians:read")), ("x-problem-codes" = json!(["not-found"])))
)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    vouched: Vouched,
    Path(id): Path<DietitianId>,
) -> Result<Answer, Error> {
    let tx = app.read(&vouched).await?;
    match table::current(&tx, id).await? {
        Some(consent) => Answer::ok(&Consent::from(&consent)),
        None => Err(consents::missing(&tx, id).await),
    }
}

/// Puts a consent in force
///
/// It takes the place of the one in force, if there is one.
#[utoipa::path(
    put, path = "/dietitians/{id}/consent", operation_id = "grantConsent", tag = "Dietitians",
    params(("id" = Uuid, Path, description = "The dietitian")),
    request_body = NewConsent,
    responses((status = 200, description = "The consent is in force", body = Consent)),
    extensions(("x-scope" = json!("dietitians:write")), ("x-problem-codes" = json!(["not-found"])))
)]
pub(super) async fn grant(
    State(app): State<Arc<App>>,
    vouched: Vouched,
    Path(id): Path<DietitianId>,
    Filtered(new): Filtered<NewConsent>,
) -> Result<Answer, Error> {
    let consent = consents::grant(&app, &vouched, id, new).await?;
    Answer::ok(&Consent::from(&consent))
}

/// Takes the consent back
///
/// It holds at once: texts being written are not delivered any more, and style cards are removed.
#[utoipa::path(
    delete, path = "/dietitians/{id}/consent", operation_id = "revokeConsent", tag = "Dietitians",
    params(("id" = Uuid, Path, description = "The dietitian")),
    responses((status = 204, description = "No consent is in force")),
    extensions(("x-scope" = json!("dietitians:write")), ("x-problem-codes" = json!(["not-found"])))
)]
pub(super) async fn revoke(
    State(app): State<Arc<App>>,
    vouched: Vouched,
    Path(id): Path<DietitianId>,
) -> Result<Answer, Error> {
    let tx = app.begin(&vouched).await?;
    match table::revoke(&tx, id, app.now()).await {
        Err(api_db::Error::NotFound) => return Err(consents::missing(&tx, id).await),
        revoked => revoked?,
    };
    tx.commit().await?;
    Ok(Answer::no_content())
}
