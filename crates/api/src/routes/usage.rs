//! `/usage`: what was metered.

use std::sync::Arc;

use api_db::usage as table;
use axum::extract::{Query, State};
use domain::problem::Code;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    answer::Answer,
    app::App,
    error::Error,
    gate::Vouched,
    usage,
    wire::{
        moment, rfc3339,
        usage::{GroupBy, UsageItem, UsageReport},
    },
};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct UsageQuery {
    /// The first moment of the period, in UTC; the beginning of this month when left out.
    #[param(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?Z$", example = "2026-11-01T00:00:00Z", format = DateTime)]
    from: Option<String>,
    /// The first moment after the period, in UTC; now when left out.
    #[param(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?Z$", example = "2026-12-01T00:00:00Z", format = DateTime)]
    to: Option<String>,
    /// Sums for each key, dietitian or content type instead of one sum.
    group_by: Option<GroupBy>,
}

/// Tells what was metered
#[utoipa::path(
    get, path = "/usage", operation_id = "getUsage", tag = "Usage", params(UsageQuery),
    responses((status = 200, description = "The sums", body = UsageReport)),
    extensions(("x-scope" = json!("usage:read")), ("x-problem-codes" = json!([])))
)]
pub(super) async fn report(
    State(app): State<Arc<App>>,
    vouched: Vouched,
    Query(query): Query<UsageQuery>,
) -> Result<Answer, Error> {
    let now = app.now();
    let from = moment(query.from.as_deref(), "?from")?.unwrap_or_else(|| usage::month_of(now));
    let to = moment(query.to.as_deref(), "?to")?.unwrap_or(now);
    if from > to {
        return Err(Error::field(
            Code::Schema,
            "?from",
            "maximum",
            "from must not be later than to, which is now when left out",
        ));
    }
    let group_by = match query.group_by {
        None => table::GroupBy::None,
        Some(GroupBy::Key) => table::GroupBy::Key,
        Some(GroupBy::Dietitian) => table::GroupBy::Dietitian,
        Some(GroupBy::Type) => table::GroupBy::Type,
    };
    let tx = app.read(&vouched).await?;
    let totals = table::report(&tx, from, to, group_by).await?;
    Answer::ok(&UsageReport {
        from: rfc3339(from),
        to: rfc3339(to),
        group_by: query.group_by,
        items: totals.into_iter().map(UsageItem::from).collect(),
    })
}
