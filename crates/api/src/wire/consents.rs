//! The bodies of `/dietitians/{id}/consent`.

use api_db::consents as table;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::rfc3339;

/// A consent that was given.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"document_version": "2026-10", "granted_at": "2026-10-05T09:30:00Z", "scope": ["generate"],
    "evidence_ref": "contract 4711, page 3"}))]
pub(crate) struct NewConsent {
    /// The version of the document that the dietitian agreed to.
    #[schema(min_length = 1, max_length = 200)]
    pub(crate) document_version: String,
    /// When they agreed, in UTC and not in the future; now when left out.
    #[schema(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?Z$", format = DateTime)]
    pub(crate) granted_at: Option<String>,
    /// What they agreed to.
    #[schema(min_items = 1, max_items = 2)]
    pub(crate) scope: Vec<ConsentScope>,
    /// Where you keep the evidence.
    #[schema(min_length = 1, max_length = 500)]
    pub(crate) evidence_ref: Option<String>,
}

/// What a dietitian can agree to.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ConsentScope {
    /// Texts are written in their voice.
    Generate,
    /// Their edits become samples.
    LearnFromEdits,
}

/// The consent in force.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"document_version": "2026-10", "scope": ["generate"], "evidence_ref": "contract 4711, page 3", "granted_at": "2026-10-05T09:30:00.000Z"}))]
pub(crate) struct Consent {
    /// The version of the document that the dietitian agreed to.
    pub(crate) document_version: String,
    /// What they agreed to.
    pub(crate) scope: Vec<ConsentScope>,
    /// Where you keep the evidence, if you said so.
    pub(crate) evidence_ref: Option<String>,
    /// When they agreed.
    #[schema(format = DateTime)]
    pub(crate) granted_at: String,
}

impl From<ConsentScope> for table::ConsentScope {
    fn from(wire: ConsentScope) -> Self {
        match wire {
            ConsentScope::Generate => Self::Generate,
            ConsentScope::LearnFromEdits => Self::LearnFromEdits,
        }
    }
}

impl From<&table::Consent> for Consent {
    fn from(consent: &table::Consent) -> Self {
        Self {
            document_version: consent.document_version.clone(),
            scope: consent
                .scopes
                .iter()
                .map(|scope| match scope {
                    table::ConsentScope::Generate => ConsentScope::Generate,
                    table::ConsentScope::LearnFromEdits => ConsentScope::LearnFromEdits,
                })
                .collect(),
            evidence_ref: consent.evidence_ref.clone(),
            granted_at: rfc3339(consent.granted_at),
        }
    }
}
