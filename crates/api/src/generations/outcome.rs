//! What came of one generation: the texts, who wrote them, and what a model did, in words that may be logged.

use std::fmt;

use domain::problem::{Code, FieldError, Problem};
use voice::{
    facts::Brief,
    fill::Trace,
    rules::{Finding, Rule},
};

use super::{Progress, meter::Tokens};
use crate::{
    brief, limits,
    wire::generations::{Writer, WriterReason},
};

/// What came of it.
#[derive(Default)]
pub(super) struct Outcome {
    /// The texts that passed, in order.
    pub(super) drafts: Vec<Draft>,
    /// What the model used, if it was asked.
    pub(super) tokens: Tokens,
    /// The prompt's version, if a model was asked.
    pub(super) template_version: Option<&'static str>,
    /// Why texts did not pass.
    pub(super) blocked: Vec<Blocked>,
    /// What the model did, for each variant that it might have written.
    pub(super) model: Vec<ModelDid>,
    /// How often the model was asked.
    pub(super) attempts: u32,
    /// Who writes now.
    pub(super) at_work: Option<Writer>,
    /// The last sentence of each text that passed, to be told when all is stored.
    pub(super) last_sentences: Vec<Progress>,
}

/// One reason why a text did not pass, as far as a caller may know it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Blocked {
    /// Which field of the request to change, as a JSON pointer; empty where none is to blame.
    pub(super) pointer: String,
    /// The category of the rule.
    pub(super) category: &'static str,
    /// What was found, with slots where it names the client.
    pub(super) detail: String,
}

impl Blocked {
    /// Returns what `finding` in `text` goes back to: a fact of the request, the length that it asks for, or nothing of it.
    pub(super) fn by(finding: &Finding, text: &str, brief: &Brief) -> Self {
        let length = || if finding.rule == Rule::R12 { "/length".to_owned() } else { String::new() };
        let message = brief::without_client(&finding.message, brief);
        let detail = match finding.rule {
            Rule::R12 => format!("{message} {}", possible_length(text, brief)),
            _ => message,
        };
        Self {
            pointer: finding.cause(text, brief).unwrap_or_else(length),
            category: finding.category,
            detail,
        }
    }

    /// Returns the reason that no text could be made of these samples at all.
    pub(super) fn by_samples() -> Self {
        let detail = "No text could be made of these samples: store more of this type in this language.";
        Self { pointer: String::new(), category: "samples", detail: detail.to_owned() }
    }
}

/// Says which length can be had, from a text that has another one than was asked for.
fn possible_length(text: &str, brief: &Brief) -> String {
    let characters = text.trim().chars().count();
    let default = limits::TEXT_LENGTH;
    let change = if u32::try_from(characters).is_ok_and(|characters| characters < brief.length.min) {
        format!("Set `length.min` to {characters} or less, send more facts, or store longer samples")
    } else {
        format!("Set `length.max` to {characters} or more, or send fewer facts")
    };
    format!("{change}; without `length` a text has {} to {} characters.", default.min, default.max)
}

/// A text that passed the rules.
pub(super) struct Draft {
    pub(super) text: String,
    /// The text before its slots were filled.
    pub(super) slotted: String,
    pub(super) trace: Vec<Trace>,
    pub(super) style_score: f64,
    pub(super) by: WrittenBy,
}

/// Who wrote a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WrittenBy {
    Model,
    /// The composer, and why not the model if there is one.
    Composer(Option<WriterReason>),
}

/// What a model did about one text. Holds no word of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ModelDid {
    /// It wrote the text.
    Wrote,
    /// It did not answer, or not in a usable way.
    Failed(llm::Error),
    /// What it wrote broke these rules.
    Blocked(Vec<Rule>),
    /// It was at work when the caller hung up.
    Cancelled,
}

impl Outcome {
    /// Notes that the caller hung up.
    pub(super) fn cancel(&mut self) {
        if self.at_work == Some(Writer::Llm) && self.attempts > 0 {
            self.model.push(ModelDid::Cancelled);
        }
    }

    /// `Llm` only if a model wrote every text.
    pub(super) fn writer(&self) -> Writer {
        if self.drafts.iter().all(|draft| draft.by == WrittenBy::Model) {
            Writer::Llm
        } else {
            Writer::Composer
        }
    }

    /// Returns what came of asking a model in vain.
    pub(super) fn of_no_text(tokens: Tokens) -> Self {
        Self { tokens, ..Self::default() }
    }

    /// Returns the categories of rules that blocked every text; none if a text passed.
    pub(super) fn blocked_by(&self) -> Vec<String> {
        if !self.drafts.is_empty() {
            return Vec::new();
        }
        let mut categories: Vec<_> = self.blocked.iter().map(|blocked| blocked.category.to_owned()).collect();
        categories.sort();
        categories.dedup();
        categories
    }

    /// Returns the problem for a caller who gets no text: the fields to change, each with what a rule found.
    pub(super) fn problem(&self) -> Problem {
        let mut blocked = self.blocked.clone();
        blocked.sort();
        // Each variant has a length of its own.
        blocked.dedup_by(|one, other| one == other || one.category == "length" && other.category == "length");
        let errors: Vec<_> =
            blocked.into_iter().map(|one| FieldError::new(one.pointer, one.category, one.detail)).collect();
        let detail = match &errors[..] {
            [one] => one.detail.clone(),
            several => {
                format!("the rules found {} things in the last text; `errors` names them", several.len())
            }
        };
        Problem::new(Code::OutputBlocked).detail(detail).errors(errors)
    }

    /// Returns who wrote, in one word for the log; who was at work where there is no text yet.
    pub(super) fn logged_writer(&self) -> &'static str {
        match if self.drafts.is_empty() { self.at_work } else { Some(self.writer()) } {
            None => "none",
            Some(Writer::Llm) => "llm",
            Some(Writer::Composer) => "composer",
        }
    }

    /// Returns what the model did about each text, for the log.
    pub(super) fn logged_model(&self) -> String {
        if self.model.is_empty() {
            return "none".to_owned();
        }
        self.model.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
    }
}

impl ModelDid {
    /// Says in one word what it did, for what is counted.
    pub(super) const fn counted(&self) -> &'static str {
        match self {
            Self::Wrote => "ok",
            Self::Failed(_) => "failed",
            Self::Blocked(_) => "blocked",
            Self::Cancelled => "cancelled",
        }
    }

    /// Says in one word why the composer wrote; what exactly happened is for the log, not for callers (threat A8).
    pub(super) const fn reason(&self) -> Option<WriterReason> {
        match self {
            Self::Wrote | Self::Cancelled => None,
            Self::Blocked(_) => Some(WriterReason::Blocked),
            Self::Failed(error) => Some(match error {
                llm::Error::Unavailable { .. }
                | llm::Error::Limited { .. }
                | llm::Error::BreakerOpen { .. }
                | llm::Error::Misconfigured(_) => WriterReason::Unavailable,
                llm::Error::Busy => WriterReason::Busy,
                llm::Error::Timeout(_) => WriterReason::Timeout,
                llm::Error::Refused => WriterReason::Refused,
                llm::Error::BadAnswer(_) => WriterReason::BadAnswer,
            }),
        }
    }

    /// Tells whether asking for another text now would only cost the caller the same wait again.
    pub(super) const fn would_again(&self) -> bool {
        matches!(self.reason(), Some(WriterReason::Unavailable | WriterReason::Busy | WriterReason::Timeout))
    }
}

impl fmt::Display for ModelDid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wrote => f.write_str("ok"),
            Self::Cancelled => f.write_str("cancelled"),
            Self::Failed(error) => f.write_str(error.name()),
            Self::Blocked(rules) => {
                let rules: Vec<_> = rules.iter().map(|rule| format!("{rule:?}")).collect();
                write!(f, "blocked:{}", rules.join("+"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::content::{ContentType, Language, UnitSystem};
    use voice::facts::{Client, Facts, Length};

    use super::*;

    fn brief() -> Brief {
        Brief {
            content_type: ContentType::Introduction,
            language: Language::English,
            units: UnitSystem::Metric,
            client: Client {
                slots: [("first_name".to_owned(), "Joanna".to_owned())].into(),
                ..Client::default()
            },
            facts: Facts::default(),
            note: None,
            length: Length { min: 80, max: 100 },
            dietitian_name: None,
        }
    }

    fn blocked(rule: Rule, category: &'static str, message: &str, characters: usize) -> Blocked {
        let finding = Finding { rule, span: None, message: message.to_owned(), category };
        Blocked::by(&finding, &"x".repeat(characters), &brief())
    }

    #[test]
    fn a_blocked_text_is_told_in_the_words_of_the_rule_without_the_clients_name() {
        let found = blocked(Rule::R2, "allergen", "“cheddar” for Joanna is or holds milk.", 90);
        assert_eq!(found.detail, "“cheddar” for {{client.first_name}} is or holds milk.");
        let outcome = Outcome { blocked: vec![found.clone(), found], ..Outcome::default() };
        let problem = outcome.problem();
        assert_eq!((problem.errors.len(), problem.detail), (1, Some(problem.errors[0].detail.clone())));
    }

    #[test]
    fn a_length_that_can_not_be_had_is_told_with_one_that_can() {
        let long = blocked(Rule::R12, "length", "Too long.", 140);
        assert!(long.detail.starts_with("Too long. Set `length.max` to 140 or more"), "{long:?}");
        let short = blocked(Rule::R12, "length", "Too short.", 60);
        assert!(short.detail.starts_with("Too short. Set `length.min` to 60 or less"), "{short:?}");
        assert!(short.detail.contains("80 to 1500 characters") && short.pointer == "/length", "{short:?}");
        let outcome = Outcome { blocked: vec![long, short], ..Outcome::default() };
        assert_eq!(outcome.problem().errors.len(), 1, "each variant has a length of its own");
    }

    #[test]
    fn the_log_says_what_the_model_did_and_no_word_of_a_text() {
        let mut outcome = Outcome::default();
        assert_eq!((outcome.logged_writer(), outcome.logged_model().as_str()), ("none", "none"));
        outcome.model = vec![
            ModelDid::Wrote,
            ModelDid::Failed(llm::Error::Timeout(llm::Phase::FirstToken)),
            ModelDid::Blocked(vec![Rule::R1, Rule::R8]),
        ];
        assert_eq!(outcome.logged_model(), "ok,timeout,blocked:R1+R8");
    }
}
