//! The bodies of `/generations`.

use api_db::generations as table;
use domain::ids::GenerationId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Client, ContentType, FactTrace, Facts, Language, Length, RuleFinding, Units, Warning, rfc3339};

/// A text to be written.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "dietitian_id": "018f3d6e-1111-7000-8000-000000000001", "type": "introduction", "language": "en",
    "client": {"slots": {"first_name": "Joanna"}, "avoid_allergens": ["nuts"]},
    "facts": {
        "plan_days": 14, "goals": ["steady energy through the day"],
        "meals": [{"name": "breakfast", "foods": ["oatmeal with berries"]}],
        "numbers": [{"id": "energy", "value": "1800", "unit": "kcal"}]
    },
    "brief": "She starts a new job on Monday.", "length": {"min": 200, "max": 900}
}))]
pub(crate) struct NewGeneration {
    /// In whose voice.
    pub(crate) dietitian_id: Uuid,
    /// What kind of text.
    pub(crate) r#type: ContentType,
    /// The language that the text is written in; the dietitian needs samples in it.
    pub(crate) language: Language,
    /// The units that the reader thinks in: amounts are given in them.
    #[serde(default)]
    #[schema(default = "metric")]
    pub(crate) units: Units,
    /// Who the text is for.
    #[serde(default)]
    pub(crate) client: Client,
    /// Everything that the text may state.
    pub(crate) facts: Facts,
    /// The dietitian's note for this text. It is data: instructions in it are not followed.
    #[schema(min_length = 1, max_length = 500)]
    pub(crate) brief: Option<String>,
    /// How long the text becomes; 80 to 1500 characters when left out.
    pub(crate) length: Option<Length>,
    /// How many texts to choose from.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 3, default = 1)]
    pub(crate) variants: u8,
    /// How much of it is kept.
    #[serde(default)]
    #[schema(default = "full")]
    pub(crate) store: Store,
    /// Whether the client's slots are filled. With `false` the texts keep `{{client.first_name}}` for you to fill.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub(crate) fill: bool,
}

/// What is kept of a generation, encrypted, until `expires_at`. With an `Idempotency-Key` the answer is kept encrypted
/// for 24 hours besides, so that it can be given again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Store {
    /// Nothing but that there was one, and its use.
    None,
    /// Scores, findings, writer and `external_ref`, no text.
    Metadata,
    /// Request and texts, with the client's slots in place of their values.
    Redacted,
    /// Request and texts.
    #[default]
    Full,
}

/// What became of a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = GenerationStatus)]
pub(crate) enum Status {
    /// A dietitian has to review it.
    Draft,
    /// No text passed the output rules.
    Blocked,
    /// It was given up while a language model worked on it: the caller hung up, or consent was taken back. There is no text.
    Failed,
    /// Its content was erased.
    Erased,
}

/// Who wrote a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Writer {
    /// A language model.
    Llm,
    /// The composer, from the dietitian's own sentences.
    Composer,
}

/// Why the composer wrote although a language model is configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WriterReason {
    /// The model could not be reached, failed, or is left alone after failures.
    Unavailable,
    /// Too many texts are being written.
    Busy,
    /// The model took too long.
    Timeout,
    /// The model declined.
    Refused,
    /// The model's answer could not be used.
    BadAnswer,
    /// What the model wrote did not pass the output rules.
    Blocked,
}

/// A generation. Every text is a draft: a dietitian has to review it before a client reads it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"id": "018f3d6e-1111-7000-8000-000000000004", "status": "draft", "dietitian_id": "018f3d6e-1111-7000-8000-000000000001", "type": "introduction", "language": "en", "client_external_ref": "client-1", "variants": [{"text": "Hi Joanna! For the next 14 days we aim at 1800 kcal a day.", "writer": "llm", "writer_reason": null, "style_score": 0.82, "fact_trace": [{"span": {"start": 3, "end": 9}, "fact_id": "client.first_name"}, {"span": {"start": 24, "end": 31}, "fact_id": "plan_days"}, {"span": {"start": 42, "end": 51}, "fact_id": "numbers/energy"}], "findings": []}], "writer": "llm", "blocked_by": [], "warnings": [{"pointer": "/facts/meals/0/foods/1", "message": "No word list knows this food: it was not checked against what the client avoids, and the composer does not name it."}], "usage": {"input_tokens": 1240, "output_tokens": 96, "units": 1}, "ai_generated": true, "review_required": true, "model_alias": "default", "template_version": "introduction.1", "rules_checked": ["R1", "R2", "R3", "R4", "R7", "R8", "R9", "R11", "R12"], "rules_version": "2026-11-23.2", "store": "full", "created_at": "2026-11-02T08:15:00.000Z", "expires_at": "2026-12-02T08:15:00.000Z"}))]
pub(crate) struct Generation {
    /// Our identifier: it is found under `/generations/{id}`.
    pub(crate) id: Uuid,
    /// What became of it.
    pub(crate) status: Status,
    /// In whose voice.
    pub(crate) dietitian_id: Uuid,
    /// What kind of text.
    pub(crate) r#type: ContentType,
    /// The language of the texts.
    pub(crate) language: Language,
    /// Your own name for the client, if you gave one and it was stored.
    pub(crate) client_external_ref: Option<String>,
    /// The texts. Empty where none passed the rules or nothing was stored.
    pub(crate) variants: Vec<Variant>,
    /// `llm` if a language model wrote every text.
    pub(crate) writer: Option<Writer>,
    /// The categories of rules that blocked the texts, if they were blocked.
    pub(crate) blocked_by: Vec<String>,
    /// What the dietitian should look at: foods that no word list knows and that were not checked, and, of a text by the
    /// composer, numbers and a note that it does not say. Often empty.
    #[serde(default)]
    #[schema(required)]
    pub(crate) warnings: Vec<Warning>,
    /// What was used.
    pub(crate) usage: Usage,
    /// Always true: the texts were made by a machine.
    pub(crate) ai_generated: bool,
    /// Always true: a dietitian has to review the texts.
    pub(crate) review_required: bool,
    /// Our name for the language model, if one wrote; it is not the provider's.
    pub(crate) model_alias: Option<String>,
    /// The version of the prompt, if a language model was asked.
    pub(crate) template_version: Option<String>,
    /// The rules that judged every text. A rule that is not listed was not asked.
    #[serde(default)]
    #[schema(example = json!(["R1", "R2", "R3", "R4", "R7", "R8", "R9", "R11", "R12"]))]
    pub(crate) rules_checked: Vec<String>,
    /// The version of the output rules.
    pub(crate) rules_version: String,
    /// How much of it is kept.
    pub(crate) store: Store,
    /// When it was asked for.
    #[schema(format = DateTime)]
    pub(crate) created_at: String,
    /// When what is stored is erased.
    #[schema(format = DateTime)]
    pub(crate) expires_at: String,
}

/// One text.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Variant {
    /// The text; `null` where it was not stored.
    pub(crate) text: Option<String>,
    /// Who wrote it.
    pub(crate) writer: Writer,
    /// Why the composer wrote although a language model is configured.
    pub(crate) writer_reason: Option<WriterReason>,
    /// How much it sounds like the dietitian, from 0 to 1.
    #[schema(minimum = 0, maximum = 1)]
    pub(crate) style_score: f64,
    /// Which parts rest on which facts, from left to right.
    pub(crate) fact_trace: Vec<FactTrace>,
    /// What the rules found. Empty: a text that is delivered has passed them all.
    pub(crate) findings: Vec<RuleFinding>,
}

/// What was used.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, ToSchema)]
pub(crate) struct Usage {
    /// Tokens that a language model read.
    pub(crate) input_tokens: u64,
    /// Tokens that a language model wrote.
    pub(crate) output_tokens: u64,
    /// Texts delivered: what the price applies to.
    pub(crate) units: u64,
}

/// A generation as lists show it.
#[derive(Serialize, ToSchema)]
pub(crate) struct GenerationSummary {
    /// Our identifier.
    pub(crate) id: Uuid,
    /// What became of it.
    pub(crate) status: Status,
    /// In whose voice.
    pub(crate) dietitian_id: Uuid,
    /// What kind of text.
    pub(crate) r#type: ContentType,
    /// The language of the texts.
    pub(crate) language: Language,
    /// When it was asked for.
    #[schema(format = DateTime)]
    pub(crate) created_at: String,
    /// When what is stored is erased.
    #[schema(format = DateTime)]
    pub(crate) expires_at: String,
}

/// One page of generations, newest first.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"items": [{"id": "018f3d6e-1111-7000-8000-000000000004", "status": "draft", "dietitian_id": "018f3d6e-1111-7000-8000-000000000001", "type": "introduction", "language": "en", "created_at": "2026-11-02T08:15:00.000Z", "expires_at": "2026-12-02T08:15:00.000Z"}], "next_cursor": null}))]
pub(crate) struct GenerationList {
    /// The generations of this page.
    pub(crate) items: Vec<GenerationSummary>,
    /// Where the next page begins; `null` on the last. The header `Link` says the same.
    pub(crate) next_cursor: Option<String>,
}

const fn one() -> u8 {
    1
}

const fn yes() -> bool {
    true
}

impl From<table::Status> for Status {
    fn from(status: table::Status) -> Self {
        match status {
            table::Status::Draft => Self::Draft,
            table::Status::Blocked => Self::Blocked,
            table::Status::Failed => Self::Failed,
            table::Status::Erased => Self::Erased,
        }
    }
}

impl From<Status> for table::Status {
    fn from(wire: Status) -> Self {
        match wire {
            Status::Draft => Self::Draft,
            Status::Blocked => Self::Blocked,
            Status::Failed => Self::Failed,
            Status::Erased => Self::Erased,
        }
    }
}

impl From<&table::Generation> for GenerationSummary {
    fn from(row: &table::Generation) -> Self {
        Self {
            id: row.id.uuid(),
            status: row.status.into(),
            dietitian_id: row.dietitian.uuid(),
            r#type: row.content_type.into(),
            language: row.language.into(),
            created_at: rfc3339(row.created_at),
            expires_at: rfc3339(row.expires_at),
        }
    }
}

/// Returns where a generation is found.
pub(crate) fn location(id: GenerationId) -> String {
    format!("/api/v1/generations/{id}")
}
