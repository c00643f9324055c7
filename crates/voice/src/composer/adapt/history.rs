//! Finds what speaks of the past, or of what is between the dietitian and one client: "what is not here is not said".
//!
//! "You made it through the first month", "as we discussed", "the revised plan" were true of another client. Whoever reads
//! them now may hold a first plan. So a past form bars its sentence, unless its verb is one of those that make a plan and
//! its subject is not the reader: "I have prepared", "milk has been left out".

use super::Request;
use crate::{composer::manner::capitalised, phrases::Token};

/// German puts the participle at the end of its clause, or before the auxiliary.
const REACH: usize = 9;

impl Request<'_> {
    /// Tells whether `text` tells of a past, or of a meeting, that this request knows nothing of.
    pub(super) fn tells_history(&self, text: &str) -> bool {
        let tokens = self.phrases.tokens(text);
        self.phrases.find("history.mark", text, &tokens).is_some()
            || super::claims::clauses(text).into_iter().any(|(_, clause)| self.is_past(clause))
    }

    /// Tells whether a verb of `clause` stands in a past form that is none of making a plan.
    fn is_past(&self, clause: &str) -> bool {
        let mut tokens = self.phrases.tokens(clause);
        // "Les fruits à coque": this "à" is no "a".
        tokens.retain(|token| !matches!(&clause[token.span.clone()], "à" | "À"));
        if self.phrases.find("history.if", clause, &tokens).is_some() {
            return false;
        }
        let neutral = self.phrases.find_all("history.neutral", clause, &tokens);
        let begins = |key: &str, at: usize| self.phrases.begins(key, clause, &tokens[at..]);
        let excused = |at: usize| neutral.iter().any(|place| place.contains(&at));
        let verb = self
            .phrases
            .find_all("history.verb", clause, &tokens)
            .iter()
            .any(|place| !excused(place.end - 1) && !begins("history.made", place.end - 1));
        // "die wir für Sie zusammengestellt haben": the reader is not who did it.
        let ours = self.phrases.find("history.we", clause, &tokens).is_some();
        verb || [("history.you", !ours), ("history.aux", false)].into_iter().any(|(key, of_reader)| {
            self.phrases.find_all(key, clause, &tokens).iter().filter(|aux| !excused(aux.end - 1)).any(
                |aux| {
                    self.participles(clause, &tokens, aux.start, aux.end)
                        .into_iter()
                        .any(|at| !excused(at) && (of_reader || !begins("history.made", at)))
                },
            )
        })
    }

    /// Returns the participles that belong to the auxiliary between `start` and `end`.
    fn participles(&self, clause: &str, tokens: &[Token], start: usize, end: usize) -> Vec<usize> {
        let begins = |key: &str, at: usize| self.phrases.begins(key, clause, &tokens[at..]);
        if self.phrases.begins("history.anywhere", clause, &tokens[start..]) {
            let near = start.saturating_sub(REACH)..tokens.len().min(end + REACH);
            return near.filter(|at| begins("history.participle", *at)).collect();
        }
        let next = (end..tokens.len()).find(|at| !begins("history.between", *at));
        next.filter(|at| begins("history.participle", *at)).into_iter().collect()
    }

    /// Drops "revised", "new", "next" beside the plan: whose plan this is may have had none before.
    pub(super) fn without_predecessor(&self, text: &str) -> String {
        let tokens = self.phrases.tokens(text);
        let is_noun =
            |at: usize| tokens.get(at..).is_some_and(|rest| self.phrases.begins("plan.noun", text, rest));
        let Some((at, last)) = self
            .phrases
            .find_all("plan.again", text, &tokens)
            .into_iter()
            .map(|place| (place.start, place.end - 1))
            .find(|(at, last)| {
                is_noun(last + 1) || is_noun(last + 2) || *at > 0 && self.follows_noun(text, &tokens, *at)
            })
        else {
            return text.to_owned();
        };
        let (start, end) = (tokens[at].span.start, tokens[last].span.end);
        // "an updated plan" is "a plan".
        let before = text[..start].trim_end();
        let before = match before.strip_suffix("an") {
            Some(head) if tokens.get(at.wrapping_sub(1)).is_some_and(|article| article.folded == "an") => {
                format!("{head}a")
            }
            _ => before.to_owned(),
        };
        let rest = text[end..].trim_start();
        let joined = if before.is_empty() {
            capitalised(rest)
        } else if rest.starts_with(['.', ',', '!', ';', ':', '?']) {
            format!("{before}{rest}")
        } else {
            format!("{before} {rest}")
        };
        self.without_predecessor(&joined)
    }

    /// Tells whether the word at `at` follows the plan: "el plan nuevo".
    fn follows_noun(&self, text: &str, tokens: &[Token], at: usize) -> bool {
        self.phrases.begins("plan.again.after", text, &tokens[at..])
            && self.phrases.begins("plan.noun", text, &tokens[at - 1..])
    }

    /// Tells whether `text` states what a plan is for, in words of another client.
    pub(super) fn states_aim(&self, text: &str) -> bool {
        self.phrases.find("aim", text, &self.phrases.tokens(text)).is_some()
    }
}
