//! Takes out of a sentence what it asserts of the plan without a fact to prove it.
//!
//! The test, clause by clause: who or what is the clause about? Advice begins with its verb, encouragement and contact
//! speak of the reader or of the dietitian; those may be said to anyone. A clause about the plan or about what is in it
//! ("most dinners make enough for two", "the shopping list is at the back"), a clause that says what there is ("you'll
//! find …"), a part of a document ("the notes under each meal") or a promise about the food ("you won't go hungry") was
//! true of another client's plan. It stays only where this request's facts stand in it, or where it holds of every plan
//! ("your plan is ready", "the plan is not set in stone").

use domain::content::Language;

use super::Request;
use crate::{mention::mentions, phrases::Token, slot::slots_in};

/// Between clauses. A colon leads to a statement: "Ready? Your plan: 14 days".
const BREAKS: [&str; 7] = [", ", "; ", " – ", " — ", " - ", ": ", "? "];

/// A head with fewer words does not stand alone.
const LEAST_WORDS: usize = 3;

impl Request<'_> {
    /// Returns `text` without its unproved claims, or nothing when it cannot do without them.
    pub(super) fn without_claims(&self, text: &str) -> Option<String> {
        let clauses = clauses(text);
        let proved: Vec<bool> = clauses.iter().map(|(_, clause)| self.is_proved(clause)).collect();
        let states = proved.contains(&true);
        let mut end = text.len();
        for (at, (start, clause)) in clauses.iter().enumerate() {
            let unproved = self.claims(clause)
                && (!proved[at] || self.promises(clause))
                && !(at > 0 && self.is_habit(text) && self.is_conditional(clauses[at - 1].1, clause));
            // "14 days, 1,800 kcal a day, loads of colour": what follows a plan's numbers describes it too.
            let describes = at > 0
                && states
                && self.states_plan(text)
                && !proved[at..].contains(&true)
                && !self.is_personal(clause)
                && !self.sets_a_time(clauses[0].1);
            // "I've left out nuts, so you are safe": the rest of it is about another client's nuts.
            let consequence = at > 0
                && self.excludes(&text[..*start])
                && clause.split_whitespace().count() >= LEAST_WORDS
                && mentions(clause, self.brief.language).is_empty();
            if !unproved && !describes && !consequence {
                continue;
            }
            // What is said after it may lean on it, and a fact would be lost.
            if at == 0 || proved[at..].contains(&true) {
                return None;
            }
            end = *start;
            break;
        }
        if end == text.len() {
            return Some(text.to_owned());
        }
        // "Ich empfehle Ihnen, die Mahlzeiten … einzunehmen": the rest belongs to its verb.
        if self.brief.language == Language::German && text[end..].contains(" zu ") {
            return None;
        }
        let head = text[..end].trim_end().trim_end_matches([',', ';', ':', '–', '—', '-']).trim_end();
        if head.split_whitespace().count() < LEAST_WORDS || !self.stands(&text[..end]) {
            return None;
        }
        let ended = head.ends_with(['.', '!', '?', '…']);
        let close = text.trim_end().rfind(['.', '!', '?', '…']).map_or(".", |at| &text[at..]);
        Some(if ended { head.to_owned() } else { format!("{head}{close}") })
    }

    /// Tells whether `clause` asserts something of the plan, of what is in it, or of the document.
    fn claims(&self, clause: &str) -> bool {
        let tokens = self.phrases.tokens(clause);
        if self.promises(clause) || self.phrases.find("claim.part", clause, &tokens).is_some() {
            return true;
        }
        let tokens = self.without_conjunction(clause, &tokens);
        let begins = |key: &str| self.phrases.begins(key, clause, tokens);
        let about = || {
            let all = self.phrases.beginning("claim.all", clause, tokens);
            // "Your nutrition plan", "the evening meals": one word may stand before the noun.
            all.is_some_and(|all| {
                (all..all + 2).any(|at| {
                    // "Your plan!" shows it and says nothing of it.
                    tokens.get(at..).is_some_and(|rest| {
                        rest.len() > 1 && self.phrases.begins("claim.about", clause, rest)
                    })
                })
            })
        };
        let subject = begins("claim.subject") || begins("claim.exists") || begins("claim.bare") || about();
        subject && self.phrases.find("claim.harmless", clause, tokens).is_none()
    }

    /// Tells whether `clause` says what to do in a case that `before` names: "if a day goes wrong, the next day starts anew".
    fn is_conditional(&self, before: &str, clause: &str) -> bool {
        let part = self.phrases.find("claim.part", clause, &self.phrases.tokens(clause)).is_some();
        self.begins_subordinate(before) && !part && !self.promises(clause)
    }

    /// Tells whether `clause` promises something about the food: no hunger, no scale, good taste.
    fn promises(&self, clause: &str) -> bool {
        self.phrases.find("claim.promise", clause, &self.phrases.tokens(clause)).is_some()
    }

    /// Skips "and", "so", "but" at the beginning of a clause.
    pub(super) fn without_conjunction<'t>(&self, clause: &str, tokens: &'t [Token]) -> &'t [Token] {
        let joins = tokens.first().is_some_and(|first| {
            [self.phrases.and, self.phrases.or].contains(&first.folded.as_str())
                || self.phrases.begins("claim.join", clause, tokens)
        });
        if joins { &tokens[1..] } else { tokens }
    }

    /// Tells whether a fact of this request stands in `clause`, or comes to stand there.
    pub(super) fn is_proved(&self, clause: &str) -> bool {
        let tokens = self.phrases.tokens(clause);
        let has = |key: &str| self.phrases.find(key, clause, &tokens).is_some();
        let slotted = slots_in(clause).into_iter().any(|(_, name)| {
            name.is_ok_and(|name| name.as_str().starts_with("plan.") || name.number_id().is_some())
        });
        slotted
            || has("goal.frame")
            || has("include.frame") && self.named_foods.is_some()
            || self.excludes(clause)
    }

    /// Tells whether `text` says which foods are left out.
    pub(super) fn excludes(&self, text: &str) -> bool {
        let tokens = self.phrases.tokens(text);
        let excludes = |key: &str| self.phrases.find(key, text, &tokens).is_some();
        let named = mentions(text, self.brief.language);
        (excludes("exclude.bare") || excludes("exclude.the")) && !named.is_empty()
            || self.excluded_object(text, &tokens, &named).is_some()
    }

    /// Tells whether `text` says how long the plan is or how much it holds.
    fn states_plan(&self, text: &str) -> bool {
        text.contains("{{plan.") || text.contains("{{number.")
    }

    /// Tells whether `clause` speaks of the dietitian, or of how they feel.
    fn is_personal(&self, clause: &str) -> bool {
        let tokens = self.phrases.tokens(clause);
        ["speaker.i", "speaker.we", "claim.heart", "announce", "claim.harmless"]
            .iter()
            .any(|key| self.phrases.find(key, clause, &tokens).is_some())
    }

    /// Tells whether `clause` only says when: "Over the next 14 days, take it slowly."
    fn sets_a_time(&self, clause: &str) -> bool {
        self.phrases.begins("claim.during", clause, &self.phrases.tokens(clause))
    }
}

/// Returns the clauses of `text` and where they begin.
pub(super) fn clauses(text: &str) -> Vec<(usize, &str)> {
    let mut clauses = Vec::new();
    let mut start = 0;
    loop {
        let next = BREAKS
            .iter()
            .filter_map(|mark| text[start..].find(mark).map(|at| (start + at, start + at + mark.len())))
            .min();
        let Some((end, after)) = next else { break };
        clauses.push((start, &text[start..end]));
        start = after;
    }
    clauses.push((start, &text[start..]));
    clauses
}
