//! The bodies of `/checks`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Client, ContentType, FactTrace, Facts, Language, Length, RuleFinding, Units, Warning};

/// A text to be checked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "text": "Hi Joanna! For the next 14 days we aim at 1800 kcal a day.", "type": "introduction", "language": "en",
    "client": {"slots": {"first_name": "Joanna"}},
    "facts": {"plan_days": 14, "numbers": [{"id": "energy", "value": "1800", "unit": "kcal"}]}
}))]
pub(crate) struct NewCheck {
    /// The text.
    #[schema(min_length = 1, max_length = 8000)]
    pub(crate) text: String,
    /// What kind of text.
    pub(crate) r#type: ContentType,
    /// The language it should be in.
    pub(crate) language: Language,
    /// The units that the reader thinks in.
    #[serde(default)]
    #[schema(default = "metric")]
    pub(crate) units: Units,
    /// Who the text is for.
    #[serde(default)]
    pub(crate) client: Client,
    /// Everything that the text may state.
    pub(crate) facts: Facts,
    /// The dietitian's note for this text: what it names may stand in the text.
    #[schema(min_length = 1, max_length = 500)]
    pub(crate) brief: Option<String>,
    /// Whose text it is: their name may stand in it.
    pub(crate) dietitian_id: Option<Uuid>,
    /// How long the text may be; any length when left out.
    pub(crate) length: Option<Length>,
}

/// What the rules say.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"verdict": "block", "findings": [{"rule": "R1", "category": "number", "span": {"start": 42, "end": 51}, "message": "“1900 kcal” is not among the facts."}], "fact_trace": [{"span": {"start": 3, "end": 9}, "fact_id": "client.first_name"}, {"span": {"start": 24, "end": 31}, "fact_id": "plan_days"}], "warnings": [], "rules_checked": ["R1", "R2", "R3", "R4", "R7", "R8", "R9", "R12"], "rules_version": "2026-11-23.2"}))]
pub(crate) struct Check {
    /// Whether the text may be shown.
    pub(crate) verdict: Verdict,
    /// Every reason to block the text.
    pub(crate) findings: Vec<RuleFinding>,
    /// Which parts rest on which facts, from left to right.
    pub(crate) fact_trace: Vec<FactTrace>,
    /// Foods of `facts` that no word list knows: they were not checked against what the client avoids. Often empty.
    pub(crate) warnings: Vec<Warning>,
    /// The rules that judged the text. A rule that is not listed was not asked: `R11`, which compares a generated text
    /// with the samples it was written from, has nothing to compare here.
    #[schema(example = json!(["R1", "R2", "R3", "R4", "R7", "R8", "R9", "R12"]))]
    pub(crate) rules_checked: Vec<String>,
    /// The version of the output rules.
    pub(crate) rules_version: String,
}

/// Whether a text may be shown to a dietitian.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    Pass,
    Block,
}
