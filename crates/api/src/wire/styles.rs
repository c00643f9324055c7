//! The bodies of `/dietitians/{id}/style`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{
    ToSchema,
    openapi::{
        RefOr, Schema,
        schema::{ArrayBuilder, ObjectBuilder, SchemaType, Type},
    },
};
use uuid::Uuid;

use super::{ContentType, Language};

/// A dietitian's style in one kind of text and one language.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"dietitian_id": "018f3d6e-1111-7000-8000-000000000001", "type": "introduction", "language": "en", "readiness": 0.6, "missing": 3, "card": {"lines": ["Greets with the first name.", "Keeps sentences short."]}, "card_edited": false, "stylometry": {"samples": 5, "words": 412, "words_per_sentence": 11.4, "sentences_per_paragraph": 2.8, "characters_per_text": 468.2, "marks_per_100_sentences": {"exclamation": 27.8}, "function_words_per_1000_words": {"the": 41.3, "you": 38.8}}, "updated_at": null}))]
pub(crate) struct StyleInfo {
    /// Whose style it is.
    pub(crate) dietitian_id: Uuid,
    /// In what kind of text.
    pub(crate) r#type: ContentType,
    /// In which language.
    pub(crate) language: Language,
    /// From 0, nothing known, to 1, more samples would hardly change it.
    #[schema(minimum = 0, maximum = 1)]
    pub(crate) readiness: f64,
    /// How many samples more would bring it to 1.
    pub(crate) missing: u32,
    /// The style in plain words, which you can edit.
    pub(crate) card: Card,
    /// Whether the dietitian edited the card.
    pub(crate) card_edited: bool,
    /// The style in numbers.
    pub(crate) stylometry: Stylometry,
    /// When the card was last edited, if it was.
    #[schema(format = DateTime)]
    pub(crate) updated_at: Option<String>,
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
pub(crate) struct Stylometry {
    /// Samples it rests on.
    pub(crate) samples: u32,
    /// Words in them.
    pub(crate) words: u32,
    /// In the mean.
    pub(crate) words_per_sentence: f64,
    /// In the mean.
    pub(crate) sentences_per_paragraph: f64,
    /// In the mean.
    pub(crate) characters_per_text: f64,
    /// How often marks such as `exclamation` or `dash` stand.
    pub(crate) marks_per_100_sentences: BTreeMap<String, f64>,
    /// How often function words stand: the part of a style that its writer hardly notices.
    pub(crate) function_words_per_1000_words: BTreeMap<String, f64>,
}

/// An edited card.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"card": {"lines": ["Greets with the first name and a wave.", "Keeps sentences short."]}}))]
pub(crate) struct StyleChange {
    /// The whole card as it is to be.
    pub(crate) card: Card,
}

fn lines_schema() -> RefOr<Schema> {
    let line = ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .min_length(Some(1))
        .max_length(Some(300));
    ArrayBuilder::new().description(Some("One habit a line.")).items(line).max_items(Some(40)).into()
}
