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
#[schema(example = json!({"items": [{"id": "introduction", "fact_schema": {"type": "object"}, "limits": {"samples_per_set_min": 1, "samples_per_set_max": 50, "sample_length_min": 20, "sample_length_max": 4000, "brief_length_max": 500, "text_length_default_min": 80, "text_length_default_max": 1500, "text_length_max": 6000, "variants_max": 3}, "languages": ["en", "pl"], "rules_version": "2026-11-23.2"}]}))]
struct ContentTypes {
    /// Every content type.
    items: Vec<ContentTypeInfo>,
}

/// One kind of text.
#[derive(Serialize, ToSchema)]
struct ContentTypeInfo {
    /// The `type` of requests.
    id: ContentType,
    /// The JSON Schema (draft 2020-12) of the member `facts` of a generation request.
    #[schema(value_type = Object)]
    fact_schema: serde_json::Value,
    /// What requests may hold.
    limits: Limits,
    /// The languages that texts can be written in.
    languages: Vec<Language>,
    /// The version of the output rules that every text is checked by.
    rules_version: String,
}

/// What a request may hold. Lengths count characters (Unicode scalar values).
#[derive(Serialize, ToSchema)]
struct Limits {
    /// The fewest samples of one request.
    samples_per_set_min: usize,
    /// The most samples of one request.
    samples_per_set_max: usize,
    /// The shortest sample.
    sample_length_min: usize,
    /// The longest sample.
    sample_length_max: usize,
    /// The longest `brief` of a generation.
    brief_length_max: usize,
    /// The least length of a text where the request has no `length`.
    text_length_default_min: u32,
    /// The greatest length of a text where the request has no `length`.
    text_length_default_max: u32,
    /// The greatest `length.max`.
    text_length_max: u32,
    /// The most `variants` of one generation.
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
