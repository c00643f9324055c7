//! `/storeContent`: the original story of 2023, kept byte-compatible.

use std::sync::Arc;

use axum::extract::State;
use domain::{ids::DietitianId, problem::Code};

use crate::{
    answer::Answer,
    app::App,
    error::Error,
    gate::{Filtered, Vouched},
    samples::{self, New},
    wire::samples::{StoreContent, StoredContent},
};

use super::samples::location;

/// Stores samples in the form of the original story
///
/// The same as `POST /dietitians/{id}/samples`. The language is told from the texts; where they don't tell, it is the
/// dietitian's first language.
#[utoipa::path(
    post, path = "/storeContent", operation_id = "storeContent", tag = "Samples",
    request_body = StoreContent,
    responses((status = 201, description = "The samples were stored", body = StoredContent,
        headers(("Location" = String, description = "Where the set is found")))),
    extensions(("x-scope" = json!("samples:write")), ("x-max-bytes" = json!(1_048_576)),
        ("x-problem-codes" = json!(["dietitian-not-found", "tenant-mismatch"])))
)]
pub(super) async fn store(
    State(app): State<Arc<App>>,
    vouched: Vouched,
    Filtered(body): Filtered<StoreContent>,
) -> Result<Answer, Error> {
    if body.client_uuid != vouched.caller().application.uuid() {
        return Err(Error::code(Code::TenantMismatch));
    }
    let dietitian: DietitianId =
        body.dietitian_uuid.parse().map_err(|_| Error::UnknownDietitian(body.dietitian_uuid.clone()))?;
    let new = New {
        dietitian,
        content_type: body.r#type.into(),
        language: None,
        texts: body.content,
        member: "content",
        entities: Vec::new(),
    };
    let stored = samples::store(&app, &vouched, new, |stored| {
        Answer::created(&StoredContent { samples_uuid: stored.set.id.uuid() }, location(&stored.set))
    });
    match stored.await {
        Err(Error::Database(api_db::Error::NotFound)) => Err(Error::UnknownDietitian(body.dietitian_uuid)),
        outcome => outcome,
    }
}
