//! `/generations`: texts in a dietitian's voice.

mod events;

use std::sync::Arc;

use api_db::generations as table;
use axum::{
    extract::{OriginalUri, Path, Query, State},
    response::{IntoResponse, Response},
};
use domain::ids::{DietitianId, GenerationId};
use http::{HeaderMap, HeaderValue, header};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    answer::{AI_DISCLOSURE, Answer, MACHINE_GENERATED, REPLAYED},
    app::App,
    error::Error,
    gate::{self, Filtered, Vouched},
    generations::{self, Begun, record::Record},
    page::Page,
};

use super::wire::{
    Client, ContentType, FactTrace, Facts, Language, Length, RuleFinding, Units, moment, rfc3339,
};

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
#[schema(example = json!({"id": "018f3d6e-1111-7000-8000-000000000004", "status": "draft", "dietitian_id": "018f3d6e-1111-7000-8000-000000000001", "type": "introduction", "language": "en", "client_external_ref": "client-1", "variants": [{"text": "Hi Joanna! For the next 14 days we aim at 1800 kcal a day.", "writer": "llm", "writer_reason": null, "style_score": 0.82, "fact_trace": [{"span": {"start": 3, "end": 9}, "fact_id": "client.first_name"}, {"span": {"start": 24, "end": 31}, "fact_id": "plan_days"}, {"span": {"start": 42, "end": 51}, "fact_id": "numbers/energy"}], "findings": []}], "writer": "llm", "blocked_by": [], "usage": {"input_tokens": 1240, "output_tokens": 96, "units": 1}, "ai_generated": true, "review_required": true, "model_alias": "default", "template_version": "introduction.1", "rules_version": "2026-11-23.2", "store": "full", "created_at": "2026-11-02T08:15:00Z", "expires_at": "2026-12-02T08:15:00Z"}))]
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
struct GenerationSummary {
    /// Our identifier.
    id: Uuid,
    /// What became of it.
    status: Status,
    /// In whose voice.
    dietitian_id: Uuid,
    /// What kind of text.
    r#type: ContentType,
    /// The language of the texts.
    language: Language,
    /// When it was asked for.
    #[schema(format = DateTime)]
    created_at: String,
    /// When what is stored is erased.
    #[schema(format = DateTime)]
    expires_at: String,
}

/// One page of generations, newest first.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"items": [{"id": "018f3d6e-1111-7000-8000-000000000004", "status": "draft", "dietitian_id": "018f3d6e-1111-7000-8000-000000000001", "type": "introduction", "language": "en", "created_at": "2026-11-02T08:15:00Z", "expires_at": "2026-12-02T08:15:00Z"}], "next_cursor": null}))]
struct GenerationList {
    /// The generations of this page.
    items: Vec<GenerationSummary>,
    /// Where the next page begins; `null` on the last. The header `Link` says the same.
    next_cursor: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// Only of this kind.
    r#type: Option<ContentType>,
    /// Only in this dietitian's voice.
    dietitian_id: Option<Uuid>,
    /// Only with this status.
    status: Option<Status>,
    /// Only those written later than this, in UTC.
    #[param(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$", example = "2026-11-01T00:00:00Z", format = DateTime)]
    created_after: Option<String>,
    /// At most this many items.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u64>,
    /// Where the page begins: the `next_cursor` of the page before.
    #[param(pattern = "^[A-Za-z0-9_-]{43}$")]
    cursor: Option<String>,
}

/// Writes a text in a dietitian's voice
///
/// With `Accept: text/event-stream` the answer comes as server-sent events: `created` `{id}`, `sentence`
/// `{variant, index, text}` (already checked and filled; put together they are the text), `notice` `{code, variant}`
/// (`rewritten`: the sentences of this variant so far are void, new ones follow), and at the end `completed` with the
/// whole generation or `error` with a problem. A comment every 15 seconds keeps the line open. Hanging up cancels;
/// what a language model had used until then is metered, as a generation that `failed`.
///
/// Texts for readers who are minors, pregnant or have a history of eating disorders are not offered yet.
#[utoipa::path(
    post, path = "/generations", operation_id = "createGeneration", tag = "Generations",
    request_body = NewGeneration,
    responses(
        (status = 200, description = "The texts as they are written", body = String, content_type = "text/event-stream",
            headers(("AI-Disclosure" = String, description = "`mode=machine-generated`: a machine wrote the texts. Informative"))),
        (status = 201, description = "The texts, all drafts", body = Generation,
            headers(("Location" = String, description = "Where the generation is found"),
                ("AI-Disclosure" = String, description = "`mode=machine-generated`: a machine wrote the texts. Informative")))),
    extensions(("x-scope" = json!("generations:write")),
        ("x-problem-codes" = json!(["not-found", "consent-required", "state-conflict", "style-not-ready",
            "facts-invalid", "output-blocked"])))
)]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    vouched: Vouched,
    headers: HeaderMap,
    Filtered(new): Filtered<NewGeneration>,
) -> Result<Response, Error> {
    let streamed = wants_events(&headers);
    let begun = generations::begin(Arc::clone(&app), vouched, new).await?;
    if streamed {
        let replayed = matches!(begun, Begun::Replay(_));
        let mut response = events::response(begun).into_response();
        response.headers_mut().insert(AI_DISCLOSURE, HeaderValue::from_static(MACHINE_GENERATED));
        if replayed {
            response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
        }
        return Ok(response);
    }
    match begun {
        Begun::Replay(answer) => Ok(answer.into_response()),
        Begun::Work(work) => Ok(work.run(None).await?.into_response()),
    }
}

/// Lists generations
#[utoipa::path(
    get, path = "/generations", operation_id = "listGenerations", tag = "Generations", params(ListQuery),
    responses((status = 200, description = "One page", body = GenerationList,
        headers(("Link" = String, description = "The next page, `rel=\"next\"`, if there is one")))),
    extensions(("x-scope" = json!("generations:read")), ("x-problem-codes" = json!([])))
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    vouched: Vouched,
    OriginalUri(uri): OriginalUri,
    Query(query): Query<ListQuery>,
) -> Result<Answer, Error> {
    let page = Page::new(&app, &vouched, &uri, query.limit, query.cursor.as_deref())?;
    let filter = table::Filter {
        dietitian: query.dietitian_id.map(DietitianId::from_uuid),
        content_type: query.r#type.map(Into::into),
        status: query.status.map(Into::into),
        created_after: moment(query.created_after.as_deref(), "?created_after")?,
    };
    let tx = app.read(&vouched).await?;
    let rows = table::list(&tx, &filter, page.before(), page.rows()).await?;
    page.answer(rows, |row| row.id.uuid(), |row| Ok(summary(&row)))
}

/// Shows a generation, as much of it as was stored
#[utoipa::path(
    get, path = "/generations/{id}", operation_id = "getGeneration", tag = "Generations",
    params(("id" = Uuid, Path, description = "The generation")),
    responses((status = 200, description = "The generation", body = Generation,
        headers(("AI-Disclosure" = String, description = "`mode=machine-generated`: a machine wrote the texts. Informative")))),
    extensions(("x-scope" = json!("generations:read")), ("x-problem-codes" = json!(["not-found", "erased"])))
)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    vouched: Vouched,
    Path(id): Path<Uuid>,
) -> Result<Answer, Error> {
    let tx = app.read(&vouched).await?;
    let row = table::get(&tx, GenerationId::from_uuid(id)).await?;
    Ok(Answer::ok(&Record::read(row)?.generation)?.disclosed())
}

/// Erases a generation
///
/// Text and request are gone at once, also from stored answers. What was used stays metered.
#[utoipa::path(
    delete, path = "/generations/{id}", operation_id = "deleteGeneration", tag = "Generations",
    params(("id" = Uuid, Path, description = "The generation")),
    responses((status = 204, description = "The content is gone")),
    extensions(("x-scope" = json!("generations:write")), ("x-problem-codes" = json!(["not-found"])))
)]
pub(super) async fn erase(
    State(app): State<Arc<App>>,
    vouched: Vouched,
    Path(id): Path<Uuid>,
) -> Result<Answer, Error> {
    let tx = app.begin(&vouched).await?;
    table::erase(&tx, GenerationId::from_uuid(id)).await?;
    tx.commit().await?;
    Ok(Answer::no_content())
}

/// Returns where a generation is found.
pub(crate) fn location(answer: Answer, id: GenerationId) -> Answer {
    answer.header(header::LOCATION, format!("/api/v1/generations/{id}"))
}

/// Events are asked for by name; a caller who takes anything gets JSON.
fn wants_events(headers: &HeaderMap) -> bool {
    let accepted = gate::accepted(headers);
    let place = |media_type: &str| accepted.iter().position(|one| one == media_type);
    match (place(gate::EVENT_STREAM), place("application/json")) {
        (Some(events), Some(json)) => events < json,
        (events, _) => events.is_some(),
    }
}

fn summary(row: &table::Generation) -> GenerationSummary {
    GenerationSummary {
        id: row.id.uuid(),
        status: row.status.into(),
        dietitian_id: row.dietitian.uuid(),
        r#type: row.content_type.into(),
        language: row.language.into(),
        created_at: rfc3339(row.created_at),
        expires_at: rfc3339(row.expires_at),
    }
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
