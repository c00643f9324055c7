//! `/dietitians/{id}/samples`: what a dietitian wrote before.

use std::sync::Arc;

use api_db::samples as table;
use axum::extract::{OriginalUri, Path, Query, State};
use domain::ids::{DietitianId, SamplesId};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::{
    answer::Answer,
    app::App,
    error::Error,
    gate::{Filtered, Vouched},
    page::Page,
    samples::{self, Finding, New},
    wire::{
        ContentType, Language, rfc3339,
        samples::{NewSamples, SampleFinding, SampleSet, SampleSetList, SampleState},
    },
};

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
    samples::store(&app, &vouched, new, |set| Answer::created(&answered(set, false)?, location(set))).await
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
    page.answer(rows, |row| row.id.uuid(), |row| answered(&row, false))
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
    Answer::ok(&answered(&set, true)?)
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

fn answered(set: &table::SampleSet, with_texts: bool) -> Result<SampleSet, Error> {
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
