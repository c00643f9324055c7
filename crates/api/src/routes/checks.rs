//! `/checks`: the output rules on a text that the caller brings. No language model is asked.

use std::sync::Arc;

use axum::extract::State;

use crate::{
    answer::Answer,
    app::App,
    checks,
    error::Error,
    gate::{Filtered, Vouched},
    wire::checks::{Check, NewCheck},
};

/// Checks a text by the output rules
///
/// The same rules that every generated text passes. Texts for readers who are minors, pregnant or have a history of
/// eating disorders can't be checked yet.
#[utoipa::path(
    post, path = "/checks", operation_id = "createCheck", tag = "Checks",
    request_body = NewCheck,
    responses((status = 200, description = "The verdict", body = Check)),
    extensions(("x-scope" = json!("checks:run")), ("x-problem-codes" = json!(["not-found", "facts-invalid"])))
)]
pub(super) async fn run(
    State(app): State<Arc<App>>,
    vouched: Vouched,
    Filtered(new): Filtered<NewCheck>,
) -> Result<Answer, Error> {
    checks::run(&app, &vouched, new).await
}
