//! `/content-types`: what can be written, from which facts, within which limits.

use std::sync::Arc;

use axum::extract::State;
use domain::content;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{answer::Answer, app::App, brief, error::Error, limits, openapi};

use super::wire::{ContentType, Language};

/// Everything that can be written.
#[derive(Serialize, ToSchema)]
struct ContentTypes {
    items: Vec<ContentTypeInfo>,
}

/// One kind of text.
#[derive(Serialize, ToSchema)]
struct ContentTypeInfo {
    id: ContentType,
    /// The JSON Schema (draft 2020-12) of the member `facts` of a generation request.
    #[schema(value_type = Object)]
    fact_schema: serde_json::Value,
    limits: Limits,
    languages: Vec<Language>,
    /// The version of the output rules that every text is checked by.
    rules_version: String,
}

/// What a request may hold. Lengths count characters (Unicode scalar values).
#[derive(Serialize, ToSchema)]
struct Limits {
    samples_per_set_min: usize,
    samples_per_set_max: usize,
    sample_length_min: usize,
    sample_length_max: usize,
    brief_length_max: usize,
    text_length_default_min: u32,
    text_length_default_max: u32,
    text_length_max: u32,
    variants_max: u8,
}

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
