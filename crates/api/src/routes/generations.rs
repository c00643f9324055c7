//! `/generations`: texts in a dietitian's voice.

mod events;

use std::sync::Arc;

use api_db::generations as table;
use axum::{
    extract::{OriginalUri, Path, Query, State},
    response::{IntoResponse, Response},
};
use domain::ids::{DietitianId, GenerationId};
use http::{HeaderMap, HeaderValue};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::{
    answer::{AI_DISCLOSURE, Answer, MACHINE_GENERATED, REPLAYED},
    app::App,
    error::Error,
    gate::{self, Filtered, Vouched},
    generations::{self, Begun, record::Record},
    page::Page,
    wire::{
        ContentType,
        generations::{Generation, GenerationList, GenerationSummary, NewGeneration, Status},
        moment,
    },
};

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
    #[param(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?Z$", example = "2026-11-01T00:00:00Z", format = DateTime)]
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
    page.answer(rows, |row| row.id.uuid(), |row| Ok(GenerationSummary::from(&row)))
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
    Path(id): Path<GenerationId>,
) -> Result<Answer, Error> {
    let tx = app.read(&vouched).await?;
    let row = table::get(&tx, id).await?;
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
    Path(id): Path<GenerationId>,
) -> Result<Answer, Error> {
    let tx = app.begin(&vouched).await?;
    table::erase(&tx, id).await?;
    tx.commit().await?;
    Ok(Answer::no_content())
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
