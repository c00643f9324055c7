//! `/dietitians/{id}/style`: what we know of a voice, in words and numbers.

use std::sync::Arc;

use api_db::style_cards::VoiceId;
use axum::extract::{Path, Query, State};
use domain::ids::DietitianId;
use http::HeaderMap;
use serde::Deserialize;
use utoipa::IntoParams;
use voice::profile::{Mark, Profile};

use crate::{
    answer::Answer,
    app::App,
    error::Error,
    gate::{Filtered, Vouched},
    styles::{self, Style},
    wire::{
        ContentType, Language, rfc3339,
        styles::{Card, StyleChange, StyleInfo, Stylometry},
    },
};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct VoiceQuery {
    /// The kind of text.
    r#type: ContentType,
    /// The language.
    language: Language,
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
    Path(id): Path<DietitianId>,
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
        ("If-Match" = String, Header, description = "The `ETag` that was read, with its quotes; `*` changes whatever there is")),
    request_body = StyleChange,
    responses((status = 200, description = "The style as edited", body = StyleInfo,
        headers(("ETag" = String, description = "The style's new version")))),
    extensions(("x-scope" = json!("style:write")),
        ("x-problem-codes" = json!(["not-found", "consent-required", "etag-mismatch", "if-match-required"])))
)]
pub(super) async fn edit(
    State(app): State<Arc<App>>,
    vouched: Vouched,
    Path(id): Path<DietitianId>,
    Query(query): Query<VoiceQuery>,
    headers: HeaderMap,
    Filtered(change): Filtered<StyleChange>,
) -> Result<Answer, Error> {
    let lines = change.card.lines;
    answer(&styles::edit(&app, &vouched, &voice(id, &query), &headers, lines).await?)
}

fn voice(dietitian: DietitianId, query: &VoiceQuery) -> VoiceId {
    VoiceId { dietitian, content_type: query.r#type.into(), language: query.language.into() }
}

fn answer(style: &Style) -> Result<Answer, Error> {
    let readiness = style.profile.readiness();
    let info = StyleInfo {
        dietitian_id: style.voice.dietitian.uuid(),
        r#type: style.voice.content_type.into(),
        language: style.voice.language.into(),
        readiness: rounded(readiness.score),
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
