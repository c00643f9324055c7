//! `/dietitians/{id}/samples`: what a dietitian wrote before.

use std::sync::Arc;

use api_db::samples as table;
use axum::extract::{OriginalUri, Path, Query, State};
use domain::ids::{DietitianId, SamplesId};
use serde::{Deserialize, Serialize};
use utoipa::{
    IntoParams, ToSchema,
    openapi::{
        RefOr, Schema,
        schema::{ArrayBuilder, ObjectBuilder, SchemaType, Type},
    },
};
use uuid::Uuid;
use voice::slot;

use crate::{
    answer::Answer,
    app::App,
    error::Error,
    gate::{Filtered, Vouched},
    limits,
    page::Page,
    samples::{self, Finding, New},
};

use super::wire::{ContentType, Language, rfc3339};

/// Texts of a dietitian, of one kind and in one language.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "type": "introduction", "language": "en",
    "texts": ["Hi Mark! I'm so happy that you're here. For the next 14 days we'll take it step by step."],
    "entities": [{"text": "Mark", "kind": "client_first_name"}]
}))]
pub(crate) struct NewSamples {
    /// What kind of texts.
    r#type: ContentType,
    /// The language they are in.
    language: Language,
    #[schema(schema_with = texts_schema)]
    texts: Vec<String>,
    /// Names and other things that you know to stand in the texts. They are taken out first; what looks like a name, a
    /// number, a date or a contact is taken out anyway.
    #[serde(default)]
    #[schema(max_items = 200)]
    entities: Vec<Entity>,
}

/// Something that stands in the texts.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entity {
    /// As it stands in the texts, in its basic form; other cases and forms of it are found too.
    #[schema(min_length = 1, max_length = 200)]
    text: String,
    /// What it is.
    kind: EntityKind,
}

/// What it is.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EntityKind {
    ClientFirstName,
    ClientLastName,
    DietitianName,
    Person,
    Place,
    Contact,
    Other,
}

/// A set of samples.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "018f3d6e-1111-7000-8000-000000000003", "dietitian_id": "018f3d6e-1111-7000-8000-000000000001", "type": "introduction", "language": "en", "state": "accepted", "count": 1, "findings": [], "slots": ["client.first_name", "plan.days"], "texts": ["Hi {{client.first_name}}! I'm so happy that you're here. For the next {{plan.days}} days we'll take it step by step."], "created_at": "2026-11-02T08:15:00Z"}))]
struct SampleSet {
    /// Our identifier.
    id: Uuid,
    /// Whose samples they are.
    dietitian_id: Uuid,
    /// What kind of texts.
    r#type: ContentType,
    /// The language they are in.
    language: Language,
    /// Whether they are learned from.
    state: SampleState,
    /// How many texts it holds.
    count: u32,
    /// Why it is in quarantine.
    findings: Vec<SampleFinding>,
    /// The slots that were found, such as `client.first_name`.
    slots: Vec<String>,
    /// The texts with slots in place of names, numbers, dates and contacts. Only when one set is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    texts: Option<Vec<String>>,
    /// When they were stored.
    #[schema(format = DateTime)]
    created_at: String,
}

/// Whether a set is learned from.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SampleState {
    /// It is.
    Accepted,
    /// Something in it looks like an attack on the writer: it is kept as it is and not used.
    Quarantined,
}

/// Something in a text that does not belong into a sample.
#[derive(Serialize, ToSchema)]
struct SampleFinding {
    /// Which text, as a JSON Pointer into the request.
    #[schema(example = "/texts/3")]
    pointer: String,
    /// What: `instruction`, `role-tag`, `encoded-blob`, `slot-syntax` or `markup`.
    #[schema(example = "instruction")]
    code: String,
    /// What to do about it.
    detail: String,
}

/// One page of sets, newest first.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"items": [{"id": "018f3d6e-1111-7000-8000-000000000003", "dietitian_id": "018f3d6e-1111-7000-8000-000000000001", "type": "introduction", "language": "en", "state": "accepted", "count": 1, "findings": [], "slots": ["client.first_name", "plan.days"], "created_at": "2026-11-02T08:15:00Z"}], "next_cursor": null}))]
struct SampleSetList {
    /// The sets of this page, without their texts.
    items: Vec<SampleSet>,
    /// Where the next page begins; `null` on the last. The header `Link` says the same.
    next_cursor: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// Only of this kind.
    r#type: Option<ContentType>,
    /// Only in this language.
    language: Option<Language>,
    /// Only in this state.
    state: Option<SampleState>,
    /// At most this many items.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u64>,
    /// Where the page begins: the `next_cursor` of the page before.
    #[param(pattern = "^[A-Za-z0-9_-]{43}$")]
    cursor: Option<String>,
}

/// Stores samples
///
/// A text that looks like an attack on the writer (instructions to a model, role tags, encoded blobs, slot syntax,
/// markup) puts the whole set in quarantine; the texts are never changed silently.
#[utoipa::path(
    post, path = "/dietitians/{id}/samples", operation_id = "storeSamples", tag = "Samples",
    params(("id" = Uuid, Path, description = "The dietitian")),
    request_body = NewSamples,
    responses((status = 201, description = "The samples were stored", body = SampleSet,
        headers(("Location" = String, description = "Where the set is found")))),
    extensions(("x-scope" = json!("samples:write")), ("x-max-bytes" = json!(1_048_576)),
        ("x-problem-codes" = json!(["not-found"])))
)]
pub(super) async fn store(
    State(app): State<Arc<App>>,
    vouched: Vouched,
    Path(id): Path<Uuid>,
    Filtered(new): Filtered<NewSamples>,
) -> Result<Answer, Error> {
    let new = New {
        dietitian: DietitianId::from_uuid(id),
        content_type: new.r#type.into(),
        language: Some(new.language.into()),
        texts: new.texts,
        entities: new.entities.into_iter().map(Into::into).collect(),
    };
    samples::store(&app, &vouched, new, |set| Answer::created(&wire(set, false)?, location(set))).await
}

/// Lists a dietitian's samples
#[utoipa::path(
    get, path = "/dietitians/{id}/samples", operation_id = "listSamples", tag = "Samples",
    params(("id" = Uuid, Path, description = "The dietitian"), ListQuery),
    responses((status = 200, description = "One page", body = SampleSetList,
        headers(("Link" = String, description = "The next page, `rel=\"next\"`, if there is one")))),
    extensions(("x-scope" = json!("samples:read")), ("x-problem-codes" = json!(["not-found"])))
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    vouched: Vouched,
    Path(id): Path<Uuid>,
    OriginalUri(uri): OriginalUri,
    Query(query): Query<ListQuery>,
) -> Result<Answer, Error> {
    let page = Page::new(&app, &vouched, &uri, query.limit, query.cursor.as_deref())?;
    let filter = table::Filter {
        dietitian: Some(DietitianId::from_uuid(id)),
        content_type: query.r#type.map(Into::into),
        language: query.language.map(Into::into),
        state: query.state.map(Into::into),
        created_after: None,
    };
    let rows = samples::list(&app, &vouched, &filter, page.before(), page.rows()).await?;
    page.answer(rows, |row| row.id.uuid(), |row| wire(&row, false))
}

/// Shows a set of samples
#[utoipa::path(
    get, path = "/dietitians/{id}/samples/{sid}", operation_id = "getSamples", tag = "Samples",
    params(("id" = Uuid, Path, description = "The dietitian"), ("sid" = Uuid, Path, description = "The set")),
    responses((status = 200, description = "The set, with its texts", body = SampleSet)),
    extensions(("x-scope" = json!("samples:read")), ("x-problem-codes" = json!(["not-found"])))
)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    vouched: Vouched,
    Path((id, sid)): Path<(Uuid, Uuid)>,
) -> Result<Answer, Error> {
    let tx = app.read(&vouched).await?;
    let set = samples::get(&tx, DietitianId::from_uuid(id), SamplesId::from_uuid(sid)).await?;
    Answer::ok(&wire(&set, true)?)
}

/// Removes a set of samples
#[utoipa::path(
    delete, path = "/dietitians/{id}/samples/{sid}", operation_id = "deleteSamples", tag = "Samples",
    params(("id" = Uuid, Path, description = "The dietitian"), ("sid" = Uuid, Path, description = "The set")),
    responses((status = 204, description = "The set is gone")),
    extensions(("x-scope" = json!("samples:write")), ("x-problem-codes" = json!(["not-found"])))
)]
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    vouched: Vouched,
    Path((id, sid)): Path<(Uuid, Uuid)>,
) -> Result<Answer, Error> {
    samples::remove(&app, &vouched, DietitianId::from_uuid(id), SamplesId::from_uuid(sid)).await?;
    Ok(Answer::no_content())
}

/// Returns where a set is found.
pub(super) fn location(set: &table::SampleSet) -> String {
    format!("/api/v1/dietitians/{}/samples/{}", set.dietitian, set.id)
}

fn wire(set: &table::SampleSet, with_texts: bool) -> Result<SampleSet, Error> {
    let texts = samples::texts(set)?;
    Ok(SampleSet {
        id: set.id.uuid(),
        dietitian_id: set.dietitian.uuid(),
        r#type: set.content_type.into(),
        language: set.language.into(),
        state: match set.state {
            table::State::Accepted => SampleState::Accepted,
            table::State::Quarantined => SampleState::Quarantined,
        },
        count: set.count,
        findings: samples::findings(set)?.into_iter().map(finding).collect(),
        slots: samples::slots(&texts),
        texts: with_texts.then(|| texts.into_iter().map(|text| text.text).collect()),
        created_at: rfc3339(set.created_at),
    })
}

fn finding(finding: Finding) -> SampleFinding {
    SampleFinding {
        pointer: format!("/texts/{}", finding.index),
        code: finding.suspicion.as_str().to_owned(),
        detail: finding.suspicion.advice().to_owned(),
    }
}

pub(super) fn texts_schema() -> RefOr<Schema> {
    let text = ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .min_length(Some(limits::SAMPLE_LENGTH_MIN))
        .max_length(Some(limits::SAMPLE_LENGTH_MAX));
    ArrayBuilder::new()
        .description(Some("The texts, as the dietitian wrote them."))
        .items(text)
        .min_items(Some(1))
        .max_items(Some(limits::SAMPLES_PER_SET))
        .into()
}

impl From<Entity> for slot::Entity {
    fn from(wire: Entity) -> Self {
        Self { text: wire.text, kind: wire.kind.into() }
    }
}

impl From<EntityKind> for slot::EntityKind {
    fn from(wire: EntityKind) -> Self {
        match wire {
            EntityKind::ClientFirstName => Self::ClientFirstName,
            EntityKind::ClientLastName => Self::ClientLastName,
            EntityKind::DietitianName => Self::DietitianName,
            EntityKind::Person => Self::Person,
            EntityKind::Place => Self::Place,
            EntityKind::Contact => Self::Contact,
            EntityKind::Other => Self::Other,
        }
    }
}

impl From<SampleState> for table::State {
    fn from(wire: SampleState) -> Self {
        match wire {
            SampleState::Accepted => Self::Accepted,
            SampleState::Quarantined => Self::Quarantined,
        }
    }
}
