//! `/dietitians/{id}/samples`: what a dietitian wrote before.

use std::sync::Arc;

use api_db::samples as table;
use axum::extract::{OriginalUri, Path, Query, State};
use domain::ids::{DietitianId, SamplesId};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    answer::Answer,
    app::App,
    error::Error,
    gate::{Filtered, Vouched},
    page::Page,
    samples::{self, Finding, New, Stored},
    wire::{
        ContentType, Language, rfc3339,
        samples::{NewSamples, QuarantinedText, SampleFinding, SampleSet, SampleSetList, SampleState},
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
/// A text without words, or plainly in another language than `language`, refuses the request with `schema`; nothing is
/// stored then.
///
/// A text that looks like an attack on the writer (instructions to a model, role tags, encoded blobs, slot syntax,
/// markup) puts the whole set in quarantine: the answer is 201 all the same, with `state` `quarantined`, and
/// `quarantined` names those texts and why. Nothing of such a set is learned from. The texts are never changed silently.
///
/// A text that was sent before is named in `duplicates`. It is learned from once, so that sending it again does not raise
/// the `readiness` of the style.
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
    Path(id): Path<DietitianId>,
    Filtered(new): Filtered<NewSamples>,
) -> Result<Answer, Error> {
    let new = New {
        dietitian: id,
        content_type: new.r#type.into(),
        language: Some(new.language.into()),
        texts: new.texts,
        member: "texts",
        entities: new.entities.into_iter().map(Into::into).collect(),
    };
    samples::store(&app, &vouched, new, |stored| {
        Answer::created(
            &SampleSet { duplicates: Some(duplicates(stored)), ..answered(&stored.set, false)? },
            location(&stored.set),
        )
    })
    .await
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
    Path(id): Path<DietitianId>,
    OriginalUri(uri): OriginalUri,
    Query(query): Query<ListQuery>,
) -> Result<Answer, Error> {
    let page = Page::new(&app, &vouched, &uri, query.limit, query.cursor.as_deref())?;
    let filter = table::Filter {
        dietitian: Some(id),
        content_type: query.r#type.map(Into::into),
        language: query.language.map(Into::into),
        state: query.state.map(Into::into),
        created_after: None,
    };
    let shown = |set: &_| answered(set, false);
    let rows = samples::list(&app, &vouched, &filter, page.before(), page.rows(), shown).await?;
    page.answer(rows, |row| row.id, Ok)
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
    Path((id, sid)): Path<(DietitianId, SamplesId)>,
) -> Result<Answer, Error> {
    let stored = samples::show(&app, &vouched, id, sid).await?;
    Answer::ok(&SampleSet { duplicates: Some(duplicates(&stored)), ..answered(&stored.set, true)? })
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
    Path((id, sid)): Path<(DietitianId, SamplesId)>,
) -> Result<Answer, Error> {
    samples::remove(&app, &vouched, id, sid).await?;
    Ok(Answer::no_content())
}

/// Returns where a set is found.
pub(super) fn location(set: &table::SampleSet) -> String {
    format!("/api/v1/dietitians/{}/samples/{}", set.dietitian, set.id)
}

fn answered(set: &table::SampleSet, with_texts: bool) -> Result<SampleSet, Error> {
    let texts = samples::texts(set)?;
    let findings = samples::findings(set)?;
    Ok(SampleSet {
        quarantined: quarantined(&findings),
        duplicates: None,
        id: set.id.uuid(),
        dietitian_id: set.dietitian.uuid(),
        r#type: set.content_type.into(),
        language: set.language.into(),
        state: match set.state {
            table::State::Accepted => SampleState::Accepted,
            table::State::Quarantined => SampleState::Quarantined,
        },
        count: set.count,
        findings: findings.into_iter().map(finding).collect(),
        slots: samples::slots(&texts),
        texts: with_texts.then(|| texts.into_iter().map(|text| text.text).collect()),
        created_at: rfc3339(set.created_at),
    })
}

fn duplicates(stored: &Stored) -> Vec<String> {
    stored.duplicates.iter().map(|index| pointer(*index)).collect()
}

/// Gathers what is wrong with each text. `findings` are sorted by text.
fn quarantined(findings: &[Finding]) -> Vec<QuarantinedText> {
    findings
        .chunk_by(|one, other| one.index == other.index)
        .map(|of_text| QuarantinedText {
            pointer: pointer(of_text[0].index),
            reasons: of_text.iter().map(|finding| finding.suspicion.advice().to_owned()).collect(),
        })
        .collect()
}

fn pointer(index: usize) -> String {
    format!("/texts/{index}")
}

fn finding(finding: Finding) -> SampleFinding {
    SampleFinding {
        pointer: pointer(finding.index),
        code: finding.suspicion.as_str().to_owned(),
        detail: finding.suspicion.advice().to_owned(),
    }
}
