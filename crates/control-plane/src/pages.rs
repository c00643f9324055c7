//! What a browser sees: a status page and the API reference, all of it from this binary.

use std::sync::Arc;

use askama::Template;
use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::{Next, from_fn},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use tokio::sync::watch;

use serve::transport;

use crate::{publisher, reference::Reference};

/// The version of the program, which is not the version of the API's contract.
const VERSION: &str = env!("CARGO_PKG_VERSION");

const STYLE: &str = include_str!("../assets/style.css");
const ICON: &str = include_str!("../assets/icon.svg");

/// Every route, as it is counted.
pub(crate) const ROUTES: &[&str] =
    &["/", "/reference", "/openapi.json", "/assets/style.css", "/assets/icon.svg"];

/// Nothing is loaded from elsewhere, nothing runs, nobody frames us (threat X7).
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Returns the routes of the pages. `openapi` is the document that the reference is made of.
pub(crate) fn router(states: watch::Receiver<publisher::State>, openapi: &str) -> Router {
    let reference: Arc<str> =
        render(&ReferencePage { reference: Reference::read(openapi), version: VERSION }).into();
    let document: Arc<str> = openapi.into();
    let asset = |content_type: &'static str, text: &'static str| {
        get(move || async move { ([(header::CONTENT_TYPE, content_type)], text) })
    };
    Router::new()
        .route("/", get(status))
        .route("/reference", get(move || async move { Html(reference.to_string()) }))
        .route(
            "/openapi.json",
            get(move || async move { ([(header::CONTENT_TYPE, "application/json")], document.to_string()) }),
        )
        .route("/assets/style.css", asset("text/css; charset=utf-8", STYLE))
        .route("/assets/icon.svg", asset("image/svg+xml", ICON))
        .fallback(|| async { (StatusCode::NOT_FOUND, Html(render(&NotFoundPage))) })
        .layer(from_fn(secure))
        .with_state(states)
}

#[derive(Template)]
#[template(path = "status/show.html")]
struct StatusPage {
    version: &'static str,
    database_answers: bool,
    policy_version: Option<u64>,
}

#[derive(Template)]
#[template(path = "reference/show.html")]
struct ReferencePage {
    reference: Reference,
    version: &'static str,
}

#[derive(Template)]
#[template(path = "not_found.html")]
struct NotFoundPage;

async fn status(State(states): State<watch::Receiver<publisher::State>>) -> Response {
    let state = states.borrow().clone();
    let page = StatusPage {
        version: VERSION,
        database_answers: state.database_answers,
        policy_version: state.published.map(|published| published.version()),
    };
    let status = if page.database_answers { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Html(render(&page))).into_response()
}

fn render(page: &impl Template) -> String {
    page.render().expect("our templates only print values that can be printed")
}

async fn secure(request: Request, next: Next) -> Response {
    let strict = !transport::is_this_machine(&request);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if strict {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
