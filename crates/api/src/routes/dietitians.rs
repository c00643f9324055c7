//! `/dietitians`: the people in whose voice we write.

use std::sync::Arc;

use api_db::dietitians as table;
use axum::extract::{Path, Query, State};
use domain::ids::DietitianId;
use http::HeaderMap;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    answer::Answer,
    app::App,
    dietitians,
    error::Error,
    etag,
    gate::{Filtered, Vouched},
    page::Page,
};

use super::wire::{Language, rfc3339};

/// A dietitian to be added.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "external_ref": "dietitian-17", "display_name": "Anna Kowalska", "languages": ["pl", "en"],
    "licence": {"body": "PTD", "number": "12345"}
}))]
pub(crate) struct NewDietitian {
    /// Your own name for the dietitian, unique among yours.
    #[schema(min_length = 1, max_length = 200)]
    pub(crate) external_ref: String,
    /// How people call the dietitian: words of letters and apostrophes, with hyphens, spaces or commas between them. It is taken out of
    /// samples and put in where a text is signed.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = "^(?:[\\p{L}\\p{M}'’]+[.]?|(?:\\p{L}[.])+)(?:,?[ -]+(?:[\\p{L}\\p{M}'’]+[.]?|(?:\\p{L}[.])+))*$"
    )]
    pub(crate) display_name: String,
    /// The languages they write in.
    #[schema(min_items = 1, max_items = 7)]
    pub(crate) languages: Vec<Language>,
    /// Their licence to practise.
    pub(crate) licence: Option<Licence>,
    /// Whether texts are written for them.
    #[serde(default)]
    #[schema(default = "active")]
    pub(crate) status: Status,
}

/// What changes about a dietitian. A member that is left out stays as it is; `"licence": null` removes the licence.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"status": "paused"}))]
pub(crate) struct DietitianChange {
    /// How people call the dietitian: words of letters and apostrophes, with hyphens, spaces or commas between them.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = "^(?:[\\p{L}\\p{M}'’]+[.]?|(?:\\p{L}[.])+)(?:,?[ -]+(?:[\\p{L}\\p{M}'’]+[.]?|(?:\\p{L}[.])+))*$",
        nullable = false
    )]
    pub(crate) display_name: Option<String>,
    /// The languages they write in.
    #[schema(min_items = 1, max_items = 7, nullable = false)]
    pub(crate) languages: Option<Vec<Language>>,
    /// Their licence to practise; `null` removes it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Licence>)]
    pub(crate) licence: Option<Option<Licence>>,
    /// Whether texts are written for them.
    #[schema(nullable = false)]
    pub(crate) status: Option<Status>,
}

/// A licence to practise.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Licence {
    /// Who issued it.
    #[schema(min_length = 1, max_length = 200)]
    pub(crate) body: String,
    /// Its number there.
    #[schema(min_length = 1, max_length = 100)]
    pub(crate) number: String,
}

/// Whether texts are written for a dietitian.
#[derive(Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DietitianStatus)]
pub(crate) enum Status {
    /// They are.
    #[default]
    Active,
    /// Not for now: generations are refused with `state-conflict`.
    Paused,
}

/// A dietitian.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"id": "018f3d6e-1111-7000-8000-000000000001", "external_ref": "dietitian-17", "display_name": "Anna Kowalska", "languages": ["pl", "en"], "licence": {"body": "PTD", "number": "12345"}, "status": "active", "created_at": "2026-11-02T08:15:00Z", "updated_at": "2026-11-02T08:15:00Z"}))]
struct Dietitian {
    /// Our identifier: the `dietitian_id` of other requests.
    id: Uuid,
    /// Your own name for the dietitian, unique among yours.
    external_ref: String,
    /// How people call the dietitian.
    display_name: String,
    /// The languages they write in.
    languages: Vec<Language>,
    /// Their licence to practise, if you gave one.
    licence: Option<Licence>,
    /// Whether texts are written for them.
    status: Status,
    /// When they were added.
    #[schema(format = DateTime)]
    created_at: String,
    /// When they were last changed.
    #[schema(format = DateTime)]
    updated_at: String,
}

/// One page of dietitians, newest first.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"items": [{"id": "018f3d6e-1111-7000-8000-000000000001", "external_ref": "dietitian-17", "display_name": "Anna Kowalska", "languages": ["pl", "en"], "licence": {"body": "PTD", "number": "12345"}, "status": "active", "created_at": "2026-11-02T08:15:00Z", "updated_at": "2026-11-02T08:15:00Z"}], "next_cursor": null}))]
struct DietitianList {
    /// The dietitians of this page.
    items: Vec<Dietitian>,
    /// Where the next page begins; `null` on the last. The header `Link` says the same.
    next_cursor: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// At most this many items.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u64>,
    /// Where the page begins: the `next_cursor` of the page before.
    #[param(pattern = "^[A-Za-z0-9_-]{43}$")]
    cursor: Option<String>,
}

/// Adds a dietitian
#[utoipa::path(
    post, path = "/dietitians", operation_id = "createDietitian", tag = "Dietitians",
    request_body = NewDietitian,
    responses((status = 201, description = "The dietitian was added", body = Dietitian, headers(
        ("Location" = String, description = "Where the dietitian is found"),
        ("ETag" = String, description = "The dietitian's version")))),
    extensions(("x-scope" = json!("dietitians:write")), ("x-problem-codes" = json!(["state-conflict"])))
)]
pub(super) async fn create(
    State(app): State<Arc<App>>,
    vouched: Vouched,
    Filtered(new): Filtered<NewDietitian>,
) -> Result<Answer, Error> {
    dietitians::create(&app, &vouched, new, |dietitian| {
        let location = format!("/api/v1/dietitians/{}", dietitian.id);
        Ok(Answer::created(&wire(dietitian), location)?.etag(etag::of_version(dietitian.version)))
    })
    .await
}

/// Lists dietitians
#[utoipa::path(
    get, path = "/dietitians", operation_id = "listDietitians", tag = "Dietitians", params(ListQuery),
    responses((status = 200, description = "One page", body = DietitianList,
        headers(("Link" = String, description = "The next page, `rel=\"next\"`, if there is one")))),
    extensions(("x-scope" = json!("dietitians:read")), ("x-problem-codes" = json!([])))
)]
pub(super) async fn list(
    State(app): State<Arc<App>>,
    vouched: Vouched,
    uri: axum::extract::OriginalUri,
    Query(query): Query<ListQuery>,
) -> Result<Answer, Error> {
    let page = Page::new(&app, &vouched, &uri, query.limit, query.cursor.as_deref())?;
    let tx = app.read(&vouched).await?;
    let rows = table::list(&tx, page.before(), page.rows()).await?;
    page.answer(rows, |row| row.id.uuid(), |row| Ok(wire(&row)))
}

/// Shows a dietitian
#[utoipa::path(
    get, path = "/dietitians/{id}", operation_id = "getDietitian", tag = "Dietitians",
    params(("id" = Uuid, Path, description = "The dietitian")),
    responses((status = 200, description = "The dietitian", body = Dietitian,
        headers(("ETag" = String, description = "The dietitian's version")))),
    extensions(("x-scope" = json!("dietitians:read")), ("x-problem-codes" = json!(["not-found"])))
)]
pub(super) async fn show(
    State(app): State<Arc<App>>,
    vouched: Vouched,
    Path(id): Path<Uuid>,
) -> Result<Answer, Error> {
    let tx = app.read(&vouched).await?;
    let dietitian = table::get(&tx, DietitianId::from_uuid(id)).await?;
    Ok(Answer::ok(&wire(&dietitian))?.etag(etag::of_version(dietitian.version)))
}

/// Changes a dietitian
#[utoipa::path(
    patch, path = "/dietitians/{id}", operation_id = "changeDietitian", tag = "Dietitians",
    params(("id" = Uuid, Path, description = "The dietitian"),
        ("If-Match" = String, Header, description = "The `ETag` that was read")),
    request_body = DietitianChange,
    responses((status = 200, description = "The dietitian as changed", body = Dietitian,
        headers(("ETag" = String, description = "The dietitian's new version")))),
    extensions(("x-scope" = json!("dietitians:write")),
        ("x-problem-codes" = json!(["not-found", "etag-mismatch", "if-match-required"])))
)]
pub(super) async fn change(
    State(app): State<Arc<App>>,
    vouched: Vouched,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    Filtered(change): Filtered<DietitianChange>,
) -> Result<Answer, Error> {
    let changed = dietitians::change(&app, &vouched, DietitianId::from_uuid(id), &headers, change).await?;
    Ok(Answer::ok(&wire(&changed))?.etag(etag::of_version(changed.version)))
}

/// Removes a dietitian with everything of theirs
///
/// Consent, samples and style cards go; generated texts are erased. It can't be undone.
#[utoipa::path(
    delete, path = "/dietitians/{id}", operation_id = "deleteDietitian", tag = "Dietitians",
    params(("id" = Uuid, Path, description = "The dietitian"),
        ("If-Match" = Option<String>, Header, description = "Removes this version only")),
    responses((status = 204, description = "The dietitian is gone")),
    extensions(("x-scope" = json!("dietitians:write")), ("x-problem-codes" = json!(["not-found", "etag-mismatch"])))
)]
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    vouched: Vouched,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> Result<Answer, Error> {
    dietitians::remove(&app, &vouched, DietitianId::from_uuid(id), &headers).await?;
    Ok(Answer::no_content())
}

fn wire(dietitian: &table::Dietitian) -> Dietitian {
    Dietitian {
        id: dietitian.id.uuid(),
        external_ref: dietitian.external_ref.clone(),
        display_name: dietitian.display_name.clone(),
        languages: dietitian.languages.iter().copied().map(Into::into).collect(),
        licence: dietitian
            .licence
            .as_ref()
            .map(|licence| Licence { body: licence.body.clone(), number: licence.number.clone() }),
        status: match dietitian.status {
            table::Status::Active => Status::Active,
            table::Status::Paused => Status::Paused,
        },
        created_at: rfc3339(dietitian.created_at),
        updated_at: rfc3339(dietitian.updated_at),
    }
}

impl From<Licence> for table::Licence {
    fn from(wire: Licence) -> Self {
        Self { body: wire.body, number: wire.number }
    }
}

impl From<Status> for table::Status {
    fn from(wire: Status) -> Self {
        match wire {
            Status::Active => Self::Active,
            Status::Paused => Self::Paused,
        }
    }
}

/// Tells `null` from a member that is left out.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
