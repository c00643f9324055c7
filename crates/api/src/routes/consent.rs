//! `/dietitians/{id}/consent`: what a dietitian agreed to. Without it nothing is written in their voice.

use std::sync::Arc;

use api_db::consents as table;
use axum::extract::{Path, State};
use domain::ids::DietitianId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    answer::Answer,
    app::App,
    consents,
    error::Error,
    gate::{Filtered, Vouched},
};

use super::wire::rfc3339;

/// A consent that was given.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"document_version": "2026-10", "granted_at": "2026-10-05T09:30:00Z", "scope": ["generate"],
    "evidence_ref": "contract 4711, page 3"}))]
pub(crate) struct NewConsent {
    /// The version of the document that the dietitian agreed to.
    #[schema(min_length = 1, max_length = 200)]
    pub(crate) document_version: String,
    /// When they agreed, in UTC and not in the future; now when left out.
    #[schema(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$", format = DateTime)]
    pub(crate) granted_at: Option<String>,
    /// What they agreed to.
    #[schema(min_items = 1, max_items = 2)]
    pub(crate) scope: Vec<ConsentScope>,
    /// Where you keep the evidence.
    #[schema(min_length = 1, max_length = 500)]
    pub(crate) evidence_ref: Option<String>,
}

/// What a dietitian can agree to.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ConsentScope {
    /// Texts are written in their voice.
    Generate,
    /// Their edits become samples.
    LearnFromEdits,
}

/// The consent in force.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"document_version": "2026-10", "scope": ["generate"], "evidence_ref": "contract 4711, page 3", "granted_at": "2026-10-05T09:30:00Z"}))]
struct Consent {
    /// The version of the document that the dietitian agreed to.
    document_version: String,
    /// What they agreed to.
    scope: Vec<ConsentScope>,
    /// Where you keep the evidence, if you said so.
    evidence_ref: Option<String>,
    /// When they agreed.
    #[schema(format = DateTime)]
    granted_at: String,
}

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
    Path(id): Path<Uuid>,
) -> Result<Answer, Error> {
    let tx = app.read(&vouched).await?;
    let consent = table::current(&tx, DietitianId::from_uuid(id)).await?;
    Answer::ok(&wire(&consent.ok_or(api_db::Error::NotFound)?))
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
    Path(id): Path<Uuid>,
    Filtered(new): Filtered<NewConsent>,
) -> Result<Answer, Error> {
    let consent = consents::grant(&app, &vouched, DietitianId::from_uuid(id), new).await?;
    Answer::ok(&wire(&consent))
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
    Path(id): Path<Uuid>,
) -> Result<Answer, Error> {
    let tx = app.begin(&vouched).await?;
    table::revoke(&tx, DietitianId::from_uuid(id), app.now()).await?;
    tx.commit().await?;
    Ok(Answer::no_content())
}

fn wire(consent: &table::Consent) -> Consent {
    Consent {
        document_version: consent.document_version.clone(),
        scope: consent
            .scopes
            .iter()
            .map(|scope| match scope {
                table::ConsentScope::Generate => ConsentScope::Generate,
                table::ConsentScope::LearnFromEdits => ConsentScope::LearnFromEdits,
            })
            .collect(),
        evidence_ref: consent.evidence_ref.clone(),
        granted_at: rfc3339(consent.granted_at),
    }
}

impl From<ConsentScope> for table::ConsentScope {
    fn from(wire: ConsentScope) -> Self {
        match wire {
            ConsentScope::Generate => Self::Generate,
            ConsentScope::LearnFromEdits => Self::LearnFromEdits,
        }
    }
}
