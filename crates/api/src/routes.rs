//! Every operation of the public API.

mod checks;
mod consent;
mod content_types;
mod dietitians;
mod generations;
mod me;
mod samples;
mod store_content;
mod style;
mod usage;

use std::sync::Arc;

use axum::{extract::State, response::IntoResponse};
use http::header;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::app::App;

/// Returns the routes with what the document says about each.
pub(crate) fn router() -> OpenApiRouter<Arc<App>> {
    let routes = OpenApiRouter::new()
        .routes(routes!(me::show))
        .routes(routes!(content_types::list))
        .routes(routes!(document))
        .routes(routes!(dietitians::create, dietitians::list))
        .routes(routes!(dietitians::show, dietitians::change, dietitians::remove))
        .routes(routes!(consent::show, consent::grant, consent::revoke))
        .routes(routes!(samples::store, samples::list))
        .routes(routes!(samples::show, samples::remove))
        .routes(routes!(store_content::store))
        .routes(routes!(style::show, style::edit))
        .routes(routes!(generations::create, generations::list))
        .routes(routes!(generations::show, generations::erase))
        .routes(routes!(checks::run))
        .routes(routes!(usage::report));
    OpenApiRouter::new().nest("/api/v1", routes)
}

/// Returns this document
#[utoipa::path(
    get, path = "/openapi.json", operation_id = "getOpenapi", tag = "About",
    responses((status = 200, description = "The OpenAPI 3.1 document of this API", body = serde_json::Value)),
    extensions(("x-scope" = json!("any")), ("x-problem-codes" = json!([])))
)]
async fn document(State(app): State<Arc<App>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], app.document.to_string())
}
