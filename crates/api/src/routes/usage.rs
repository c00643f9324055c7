//! `/usage`: what was metered.

use std::sync::Arc;

use api_db::usage as table;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{answer::Answer, app::App, error::Error, gate::Vouched, usage};

use super::wire::{moment, rfc3339};

/// What to add up by.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum GroupBy {
    /// API key, by its public half.
    Key,
    /// Dietitian, who may be gone.
    Dietitian,
    /// Content type.
    Type,
}

/// What was metered in a period.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"from": "2026-11-01T00:00:00Z", "to": "2026-12-01T00:00:00Z", "group_by": "type", "items": [{"group": "introduction", "generations": 41, "input_tokens": 50840, "output_tokens": 3936, "units": 40}]}))]
struct UsageReport {
    /// The first moment of the period.
    #[schema(format = DateTime)]
    from: String,
    /// The first moment after it.
    #[schema(format = DateTime)]
    to: String,
    /// What was added up by; `null` for one sum.
    group_by: Option<GroupBy>,
    /// One sum for each group.
    items: Vec<UsageItem>,
}

/// The use of one group.
#[derive(Serialize, ToSchema)]
struct UsageItem {
    /// The key, the dietitian or the content type; `null` without `group_by`.
    group: Option<String>,
    /// How many generations, blocked and failed ones included.
    generations: u64,
    /// Tokens that a language model read.
    input_tokens: u64,
    /// Tokens that a language model wrote.
    output_tokens: u64,
    /// Texts that were delivered: what the price applies to.
    units: u64,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct UsageQuery {
    /// The first moment of the period, in UTC; the beginning of this month when left out.
    #[param(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$", example = "2026-11-01T00:00:00Z", format = DateTime)]
    from: Option<String>,
    /// The first moment after the period, in UTC; now when left out.
    #[param(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$", example = "2026-12-01T00:00:00Z", format = DateTime)]
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
        items: totals.into_iter().map(wire).collect(),
    })
}

fn wire(total: table::Total) -> UsageItem {
    UsageItem {
        group: match total.group {
            table::Group::All => None,
            table::Group::Key(key) => Some(key),
            table::Group::Dietitian(id) => Some(id.to_string()),
            table::Group::Type(content_type) => Some(content_type.to_string()),
        },
        generations: total.records,
        input_tokens: total.input_tokens,
        output_tokens: total.output_tokens,
        units: total.units,
    }
}
