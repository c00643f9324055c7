//! The bodies of `/content-types`.

use serde::Serialize;
use utoipa::ToSchema;

use super::{ContentType, Language};

/// Everything that can be written.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"items": [{"id": "introduction", "fact_schema": {"type": "object"}, "limits": {"samples_per_set_min": 1, "samples_per_set_max": 50, "sample_length_min": 20, "sample_length_max": 4000, "brief_length_max": 500, "text_length_default_min": 80, "text_length_default_max": 1500, "text_length_max": 6000, "variants_max": 3}, "languages": ["en", "pl"], "rules_version": "2026-11-23.2"}]}))]
pub(crate) struct ContentTypes {
    /// Every content type.
    pub(crate) items: Vec<ContentTypeInfo>,
}

/// One kind of text.
#[derive(Serialize, ToSchema)]
pub(crate) struct ContentTypeInfo {
    /// The `type` of requests.
    pub(crate) id: ContentType,
    /// The JSON Schema (draft 2020-12) of the member `facts` of a generation request.
    #[schema(value_type = Object)]
    pub(crate) fact_schema: serde_json::Value,
    /// What requests may hold.
    pub(crate) limits: Limits,
    /// The languages that texts can be written in.
    pub(crate) languages: Vec<Language>,
    /// The version of the output rules that every text is checked by.
    pub(crate) rules_version: String,
}

/// What a request may hold. Lengths count characters (Unicode scalar values).
#[derive(Serialize, ToSchema)]
pub(crate) struct Limits {
    /// The fewest samples of one request.
    pub(crate) samples_per_set_min: usize,
    /// The most samples of one request.
    pub(crate) samples_per_set_max: usize,
    /// The shortest sample.
    pub(crate) sample_length_min: usize,
    /// The longest sample.
    pub(crate) sample_length_max: usize,
    /// The longest `brief` of a generation.
    pub(crate) brief_length_max: usize,
    /// The least length of a text where the request has no `length`.
    pub(crate) text_length_default_min: u32,
    /// The greatest length of a text where the request has no `length`.
    pub(crate) text_length_default_max: u32,
    /// The greatest `length.max`.
    pub(crate) text_length_max: u32,
    /// The most `variants` of one generation.
    pub(crate) variants_max: u8,
}
