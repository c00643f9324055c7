//! `/content-types`: what can be written, from which facts, within which limits.

use std::sync::Arc;

use axum::extract::State;
use domain::content;

use crate::{
    answer::Answer,
    app::App,
    brief,
    error::Error,
    limits, openapi,
    wire::content_types::{ContentTypeInfo, ContentTypes, Limits},
};

/// Lists what can be written
#[utoipa::path(
    get, path = "/content-types", operation_id = "listContentTypes", tag = "About",
    responses((status = 200, description = "Every content type", body = ContentTypes)),
    extensions(("x-scope" = json!("any")), ("x-problem-codes" = json!([])))
)]
pub(super) async fn list(State(app): State<Arc<App>>) -> Result<Answer, Error> {
    let items = content::ContentType::ALL
        .into_iter()
        .map(|content_type| ContentTypeInfo {
            id: content_type.into(),
            fact_schema: openapi::schema_alone(&app.document, "Facts"),
            limits: LIMITS,
            languages: content::Language::ALL.into_iter().map(Into::into).collect(),
            rules_version: brief::RULES_VERSION.to_owned(),
        })
        .collect();
    Answer::ok(&ContentTypes { items })
}

const LIMITS: Limits = Limits {
    samples_per_set_min: 1,
    samples_per_set_max: limits::SAMPLES_PER_SET,
    sample_length_min: limits::SAMPLE_LENGTH_MIN,
    sample_length_max: limits::SAMPLE_LENGTH_MAX,
    brief_length_max: limits::BRIEF_LENGTH,
    text_length_default_min: limits::TEXT_LENGTH.min,
    text_length_default_max: limits::TEXT_LENGTH.max,
    text_length_max: limits::TEXT_LENGTH_MAX,
    variants_max: limits::VARIANTS,
};
