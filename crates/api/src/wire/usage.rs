//! The bodies of `/usage`.

use api_db::usage as table;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

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
#[schema(example = json!({"from": "2026-11-01T00:00:00.000Z", "to": "2026-12-01T00:00:00.000Z", "group_by": "type", "items": [{"group": "introduction", "generations": 41, "input_tokens": 50840, "output_tokens": 3936, "units": 40}]}))]
pub(crate) struct UsageReport {
    /// The first moment of the period.
    #[schema(format = DateTime)]
    pub(crate) from: String,
    /// The first moment after it.
    #[schema(format = DateTime)]
    pub(crate) to: String,
    /// What was added up by; `null` for one sum.
    pub(crate) group_by: Option<GroupBy>,
    /// One sum for each group.
    pub(crate) items: Vec<UsageItem>,
}

/// The use of one group.
#[derive(Serialize, ToSchema)]
pub(crate) struct UsageItem {
    /// The key, the dietitian or the content type; `null` without `group_by`.
    pub(crate) group: Option<String>,
    /// How many generations, blocked and failed ones included.
    pub(crate) generations: u64,
    /// Tokens that a language model read.
    pub(crate) input_tokens: u64,
    /// Tokens that a language model wrote.
    pub(crate) output_tokens: u64,
    /// Texts that were delivered: what the price applies to.
    pub(crate) units: u64,
}

impl From<table::Total> for UsageItem {
    fn from(total: table::Total) -> Self {
        Self {
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
}
