//! What is told about a text: which part rests on which fact, and what rules found.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use voice::{fill, rules};

/// A part of a text, counted in Unicode scalar values ("characters"; neither bytes nor UTF-16 units) from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Span {
    /// The first character.
    #[schema(minimum = 0)]
    pub(crate) start: usize,
    /// The first character after the part.
    #[schema(minimum = 0)]
    pub(crate) end: usize,
}

/// Which part of a text rests on which fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct FactTrace {
    /// Where.
    pub(crate) span: Span,
    /// `plan_days`, `numbers/energy`, `goals/0`, `meals/1`, `avoid_allergens/peanuts`, or a slot such as
    /// `client.first_name`.
    #[schema(example = "numbers/energy")]
    pub(crate) fact_id: String,
}

/// Something a rule found in a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct RuleFinding {
    /// The rule, `R1` to `R12`.
    #[schema(example = "R2")]
    pub(crate) rule: String,
    /// What kind of rule, in one word.
    #[schema(example = "allergen")]
    pub(crate) category: String,
    /// Where, if it is at one place.
    pub(crate) span: Option<Span>,
    /// What is wrong, for the dietitian.
    pub(crate) message: String,
}

/// Something of the request that a text does without, or that nobody checked. It blocks nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub(crate) struct Warning {
    /// Which part of the request, as a JSON pointer.
    #[schema(example = "/facts/meals/0/foods/1")]
    pub(crate) pointer: String,
    /// What about it, for the dietitian. It repeats nothing of the request.
    pub(crate) message: String,
}

impl Warning {
    pub(crate) fn new(pointer: String, message: &str) -> Self {
        Self { pointer, message: message.to_owned() }
    }
}

/// Returns the span of `bytes` of `text` in characters.
pub(crate) fn span(text: &str, bytes: &std::ops::Range<usize>) -> Span {
    let characters = |end: usize| text.char_indices().take_while(|(at, _)| *at < end).count();
    Span { start: characters(bytes.start), end: characters(bytes.end) }
}

/// Returns what rules found in `text`, in characters.
pub(crate) fn findings(text: &str, findings: &[rules::Finding]) -> Vec<RuleFinding> {
    let finding = |finding: &rules::Finding| RuleFinding {
        rule: format!("{:?}", finding.rule),
        category: finding.category.to_owned(),
        span: finding.span.as_ref().map(|bytes| span(text, bytes)),
        message: finding.message.clone(),
    };
    findings.iter().map(finding).collect()
}

/// Returns which parts of `text` rest on which facts, in characters.
pub(crate) fn fact_trace(text: &str, trace: &[fill::Trace]) -> Vec<FactTrace> {
    let one = |one: &fill::Trace| FactTrace { span: span(text, &one.span), fact_id: one.fact_id.clone() };
    trace.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_count_characters_not_bytes() {
        let text = "żółć 🥗 1800 kcal";
        let start = text.find("1800").unwrap();
        assert_eq!(span(text, &(start..start + 4)), Span { start: 7, end: 11 });
        assert_eq!(span(text, &(0..text.len())), Span { start: 0, end: 16 });
    }
}
