//! `/dietitians`: the people in whose voice we write.

use std::sync::Arc;

use api_db::dietitians as table;
use axum::extract::{Path, Query, State};
use domain::ids::DietitianId;
use http::HeaderMap;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    answer::Answer,
    app::App,
    dietitians,
    error::Error,
    etag,
    gate::{Filtered, Vouched},
    page::Page,
    wire::dietitians::{Dietitian, DietitianChange, DietitianList, NewDietitian},
};

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
        Ok(Answer::created(&Dietitian::from(dietitian), location)?.etag(etag::of_version(dietitian.version)))
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
    page.answer(rows, |row| row.id.uuid(), |row| Ok(Dietitian::from(&row)))
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
    Path(id): Path<DietitianId>,
) -> Result<Answer, Error> {
    let tx = app.read(&vouched).await?;
    let dietitian = table::get(&tx, id).await?;
    Ok(Answer::ok(&Dietitian::from(&dietitian))?.etag(etag::of_version(dietitian.version)))
}

/// Changes a dietitian
#[utoipa::path(
    patch, path = "/dietitians/{id}", operation_id = "changeDietitian", tag = "Dietitians",
    params(("id" = Uuid, Path, description = "The dietitian"),
        ("If-Match" = String, Header, description = "The `ETag` that was read, with its quotes; `*` changes whatever there is")),
    request_body = DietitianChange,
    responses((status = 200, description = "The dietitian as changed", body = Dietitian,
        headers(("ETag" = String, description = "The dietitian's new version")))),
    extensions(("x-scope" = json!("dietitians:write")),
        ("x-problem-codes" = json!(["not-found", "etag-mismatch", "if-match-required"])))
)]
pub(super) async fn change(
    State(app): State<Arc<App>>,
    vouched: Vouched,
    Path(id): Path<DietitianId>,
    headers: HeaderMap,
    Filtered(change): Filtered<DietitianChange>,
) -> Result<Answer, Error> {
    let changed = dietitians::change(&app, &vouched, id, &headers, change).await?;
    Ok(Answer::ok(&Dietitian::from(&changed))?.etag(etag::of_version(changed.version)))
}

/// Removes a dietitian with everything of theirs
///
/// Consent, samples and style cards go; generated texts are erased. It can't be undone.
#[utoipa::path(
    delete, path = "/dietitians/{id}", operation_id = "deleteDietitian", tag = "Dietitians",
    params(("id" = Uuid, Path, description = "The dietitian"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` that was read, with its quotes: removes this version only")),
    responses((status = 204, description = "The dietitian is gone")),
    extensions(("x-scope" = json!("dietitians:write")), ("x-problem-codes" = json!(["not-found", "etag-mismatch"])))
)]
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    vouched: Vouched,
    Path(id): Path<DietitianId>,
    headers: HeaderMap,
) -> Result<Answer, Error> {
    dietitians::remove(&app, &vouched, id, &headers).await?;
    Ok(Answer::no_content())
}
