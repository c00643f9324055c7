//! `/dietitians/{id}/style`: what we know of a voice, in words and numbers.

use std::{collections::BTreeMap, sync::Arc};

use api_db::style_cards::VoiceId;
use axum::extract::{Path, Query, State};
use domain::ids::DietitianId;
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use utoipa::{
    IntoParams, ToSchema,
    openapi::{
        RefOr, Schema,
        schema::{ArrayBuilder, ObjectBuilder, SchemaType, Type},
    },
};
use uuid::Uuid;
use voice::profile::{Mark, Profile};

use super::wire::{ContentType, Language, rfc3339};
use crate::{
    answer::Answer,
    app::App,
    error::Error,
    gate::{Filtered, Vouched},
    styles::{self, Style},
};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct VoiceQuery {
    /// The kind of text.
    r#type: ContentType,
    /// The language.
    language: Language,
}

/// A dietitian's style in one kind of text and one language.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"dietitian_id": "018f3d6e-1111-7000-8000-000000000001", "type": "introduction", "language": "en", "readiness": 0.6, "missing": 3, "card": {"lines": ["Greets with the first name.", "Keeps sentences short."]}, "card_edited": false, "stylometry": {"samples": 5, "words": 412, "words_per_sentence": 11.4, "sentences_per_paragraph": 2.8, "characters_per_text": 468.2, "marks_per_100_sentences": {"exclamation": 27.8}, "function_words_per_1000_words": {"the": 41.3, "you": 38.8}}, "updated_at": null}))]
struct StyleInfo {
    /// Whose style it is.
    dietitian_id: Uuid,
    /// In what kind of text.
    r#type: ContentType,
    /// In which language.
    language: Language,
    /// From 0, nothing known, to 1, more samples would hardly change it.
    #[schema(minimum = 0, maximum = 1)]
    readiness: f64,
    /// How many samples more would bring it to 1.
    missing: u32,
    /// The style in plain words, which you can edit.
    card: Card,
    /// Whether the dietitian edited the card.
    card_edited: bool,
    /// The style in numbers.
    stylometry: Stylometry,
    /// When the card was last edited, if it was.
    #[schema(format = DateTime)]
    updated_at: Option<String>,
}

/// The style in plain words: one habit a line.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Card {
    #[schema(schema_with = lines_schema)]
    pub(crate) lines: Vec<String>,
}

/// The style in numbers.
#[derive(Serialize, ToSchema)]
struct Stylometry {
    /// Samples it rests on.
    samples: u32,
    /// Words in them.
    words: u32,
    /// In the mean.
    words_per_sentence: f64,
    /// In the mean.
    sentences_per_paragraph: f64,
    /// In the mean.
    characters_per_text: f64,
    /// How often marks such as `exclamation` or `dash` stand.
    marks_per_100_sentences: BTreeMap<String, f64>,
    /// How often function words stand: the part of a style that its writer hardly notices.
    function_words_per_1000_words: BTreeMap<String, f64>,
}

/// An edited card.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"card": {"lines": ["Greets with the first name and a wave.", "Keeps sentences short."]}}))]
pub(crate) struct StyleChange {
    /// The whole card as it is to be.
    card: Card,
}

/// Shows a dietitian's style
#[utoipa::path(
    get, path = "/dietitians/{id}/style", operation_id = "getStyle", tag = "Style",
    params(("id" = Uuid, Path, description = "The dietitian"), VoiceQuery),
    responses((status = 200, description = "The style", body = StyleInfo,
        headers(("ETag" = String, description = "The style's version")))),
    extensions(("x-scope" = json!("style:read")), ("x-problem-codes" = json!(["not-found", "consent-required"])))
)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    vouched: Vouched,
    Path(id): Path<Uuid>,
    Query(query): Query<VoiceQuery>,
) -> Result<Answer, Error> {
    answer(&styles::get(&app, &vouched, &voice(id, &query)).await?)
}

/// Edits the style card
///
/// The card is told to the language model together with the samples.
#[utoipa::path(
    patch, path = "/dietitians/{id}/style", operation_id = "editStyle", tag = "Style",
    params(("id" = Uuid, Path, description = "The dietitian"), VoiceQuery,
        ("If-Match" = String, Header, description = "The `ETag` that was read")),
    request_body = StyleChange,
    responses((status = 200, description = "The style as edited", body = StyleInfo,
        headers(("ETag" = String, description = "The style's new version")))),
    extensions(("x-scope" = json!("style:write")),
        ("x-problem-codes" = json!(["not-found", "consent-required", "etag-mismatch", "if-match-required"])))
)]
pub(super) async fn edit(
    State(app): State<Arc<App>>,
    vouched: Vouched,
    Path(id): Path<Uuid>,
    Query(query): Query<VoiceQuery>,
    headers: HeaderMap,
    Filtered(change): Filtered<StyleChange>,
) -> Result<Answer, Error> {
    let lines = change.card.lines;
    answer(&styles::edit(&app, &vouched, &voice(id, &query), &headers, lines).await?)
}

fn voice(id: Uuid, query: &VoiceQuery) -> VoiceId {
    VoiceId {
        dietitian: DietitianId::from_uuid(id),
        content_type: query.r#type.into(),
        language: query.language.into(),
    }
}

fn answer(style: &Style) -> Result<Answer, Error> {
    let readiness = style.profile.readiness();
    let info = StyleInfo {
        dietitian_id: style.voice.dietitian.uuid(),
        r#type: style.voice.content_type.into(),
        language: style.voice.language.into(),
        readiness: readiness.score,
        missing: readiness.missing,
        card: Card { lines: style.card.lines.clone() },
        card_edited: style.edited_at.is_some(),
        stylometry: stylometry(&style.profile),
        updated_at: style.edited_at.map(rfc3339),
    };
    Ok(Answer::ok(&info)?.etag(style.etag()))
}

fn stylometry(profile: &Profile) -> Stylometry {
    let mark = |mark: &Mark| serde_json::to_value(mark).ok().and_then(|name| Some(name.as_str()?.to_owned()));
    Stylometry {
        samples: profile.samples,
        words: profile.words,
        words_per_sentence: rounded(profile.sentence_words),
        sentences_per_paragraph: rounded(profile.paragraph_sentences),
        characters_per_text: rounded(profile.characters),
        marks_per_100_sentences: profile
            .marks
            .iter()
            .filter_map(|(name, often)| Some((mark(name)?, rounded(*often))))
            .collect(),
        function_words_per_1000_words: profile
            .function_words
            .iter()
            .map(|(word, often)| (word.clone(), rounded(*often)))
            .collect(),
    }
}

fn rounded(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

fn lines_schema() -> RefOr<Schema> {
    let line = ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .min_length(Some(1))
        .max_length(Some(300));
    ArrayBuilder::new().description(Some("One habit a line.")).items(line).max_items(Some(40)).into()
}
