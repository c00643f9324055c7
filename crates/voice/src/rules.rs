//! The output rules (feature 20): what every text must keep to, whoever wrote it, before it leaves.
//!
//! A rule is a file that exports one `Registered` and a line in `REGISTER`; adding one touches nothing else.
//! Rules are deterministic and fail closed: what a rule can't judge, it blocks.

mod cause;
mod claim;
mod context;
mod disguise;
mod facts;
mod r01_numbers;
mod r02_allergens;
mod r03_health_claims;
mod r04_weight_claims;
mod r07_language;
mod r08_names;
mod r09_plain_text;
mod r11_fact_bleed;
mod r12_length;
mod readers;
mod reading;
mod trace;
mod unknown_foods;
pub mod value;

use std::ops::Range;

use serde::Serialize;

pub use self::cause::{FactFinding, check_facts};
use self::reading::Reading;
pub use self::unknown_foods::unknown_foods;
use crate::{facts::Brief, fill::Trace, sample::Sample};

/// The version of the rules: changes with every change of what they let pass. Answers and stored verdicts name it.
pub const VERSION: &str = "2026-11-24.3";

/// Every rule in force. One line adds a rule.
const REGISTER: &[Registered] = &[
    r01_numbers::RULE,
    r02_allergens::RULE,
    r03_health_claims::RULE,
    r04_weight_claims::RULE,
    r07_language::RULE,
    r08_names::RULE,
    r09_plain_text::RULE,
    r11_fact_bleed::RULE,
    r12_length::RULE,
];

/// What a text is judged against.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// What was asked for.
    pub brief: &'a Brief,
    /// The samples that the writer was shown or took sentences from.
    pub samples: &'a [&'a Sample],
    /// The instructions given to a model, if a model wrote the text.
    pub instructions: Option<&'a str>,
    /// Whether slots have been filled: if not, slots of this request may stand in the text.
    pub slots_filled: bool,
    /// Which parts of the text were filled in by code, and from which facts.
    pub trace: &'a [Trace],
}

/// The twelve output rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub enum Rule {
    /// Each number is one of the facts.
    R1,
    /// No unverified claim of being free from an allergen; no avoided allergen as food.
    R2,
    /// No diagnosis, treatment, cure, drug or dose.
    R3,
    /// No promise about weight, no guarantee, no shame.
    R4,
    /// No dieting text for minors; no text at all for a vulnerable reader whom the request doesn't name as one.
    R5,
    /// Foods are those of the plan.
    R6,
    /// The language and the units asked for.
    R7,
    /// No name or contact but this request's, no slot left open.
    R8,
    /// Plain text that repeats no instructions.
    R9,
    /// No long run of words from a sample.
    R10,
    /// No fact of another client.
    R11,
    /// The length asked for.
    R12,
}

/// One reason why a text must not leave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule that was broken.
    pub rule: Rule,
    /// Where, in bytes of the text.
    pub span: Option<Range<usize>>,
    /// What is wrong, for the dietitian; holds no data of other clients.
    pub message: String,
    /// The same in one word, for callers that must not learn more.
    pub category: &'static str,
}

/// What the rules say about one text.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// Every reason to block the text.
    pub findings: Vec<Finding>,
    /// Which parts of the text rest on which facts, from left to right.
    pub trace: Vec<Trace>,
}

impl Verdict {
    /// Tells whether the text may leave.
    pub fn passed(&self) -> bool {
        self.findings.is_empty()
    }
}

/// A rule as it is registered.
struct Registered {
    rule: Rule,
    category: &'static str,
    /// Whether the rule can judge a single sentence.
    sentence: bool,
    /// Returns what breaks the rule.
    judge: fn(&Reading, &Evidence) -> Vec<Breach>,
}

/// One place that breaks a rule, if it has a place, and what to tell the dietitian.
type Breach = (Option<Range<usize>>, String);

impl Registered {
    fn findings(&self, reading: &Reading, evidence: &Evidence) -> Vec<Finding> {
        (self.judge)(reading, evidence)
            .into_iter()
            .map(|(span, message)| Finding { rule: self.rule, span, message, category: self.category })
            .collect()
    }
}

/// Returns the rules that [`check`] judges by, in their order.
pub fn judged_by() -> impl Iterator<Item = Rule> {
    REGISTER.iter().map(|registered| registered.rule)
}

/// Judges a whole text by every rule.
pub fn check(text: &str, evidence: &Evidence) -> Verdict {
    if text.len() > LONGEST_TEXT {
        return Verdict { findings: vec![too_long()], trace: Vec::new() };
    }
    let reading = Reading::new(text, evidence);
    let findings = REGISTER.iter().flat_map(|rule| rule.findings(&reading, evidence)).collect();
    Verdict { findings, trace: trace::trace(&reading, evidence) }
}

/// Judges one sentence by the rules that can: what a stream releases sentence by sentence.
///
/// The whole text must pass [`check`] all the same. `evidence.trace` refers to the sentence.
pub fn check_sentence(sentence: &str, evidence: &Evidence) -> Vec<Finding> {
    if sentence.len() > LONGEST_TEXT {
        return vec![too_long()];
    }
    let reading = Reading::new(sentence, evidence);
    REGISTER.iter().filter(|rule| rule.sentence).flat_map(|rule| rule.findings(&reading, evidence)).collect()
}

/// No text we write is as long; a longer one isn't worth the time to read it.
const LONGEST_TEXT: usize = 32 * 1024;

fn too_long() -> Finding {
    Finding {
        rule: Rule::R12,
        span: None,
        message: "The text is far longer than any text we write.".to_owned(),
        category: "length",
    }
}
