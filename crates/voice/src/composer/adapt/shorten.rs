//! Takes out of a sentence what is another client's beside what may be said: a reason, a reminder, a second clause.

use super::{Adapted, Request, claims::clauses};
use crate::{composer::manner::capitalised, slot::SlotValue};

/// Fewer words are no sentence.
const LEAST_WORDS: usize = 3;

/// Between parts of a sentence of which each has its own main clause.
const SECTIONS: [&str; 6] = [": ", "; ", " – ", " — ", " - ", "? "];

impl Request<'_> {
    /// Drops ", as you asked me to": a last clause that reminds the reader of what was said.
    pub(super) fn without_reminder(&self, text: &str) -> String {
        let parts = clauses(text);
        let reminds = |clause: &str| {
            let tokens = self.phrases.tokens(clause);
            self.phrases.begins("reminder", clause, &tokens) && self.tells_history(clause)
        };
        match parts.split_last() {
            Some(((start, last), rest))
                if !rest.is_empty() && reminds(last) && self.stands(&text[..*start]) =>
            {
                headed(text, *start)
            }
            _ => text.to_owned(),
        }
    }

    /// Drops why something is left out: "… have been excluded on account of your allergy."
    pub(super) fn without_cause(&self, text: &str) -> String {
        let tokens = self.phrases.tokens(text);
        let Some(cause) = self.phrases.find("cause", text, &tokens) else { return text.to_owned() };
        let start = tokens[cause.start].span.start;
        let head = headed(text, start);
        if cause.start >= LEAST_WORDS && self.excludes(&head) { head } else { text.to_owned() }
    }

    /// Returns the part of `text` that states a fact, where the whole of it cannot be used: "7 days, around 2,200 kcal a
    /// day, and I saw your kitchen", "we want calmer evenings, so I've left out coffee".
    pub(super) fn fact_in(&self, text: &str, values: &[SlotValue]) -> Option<Adapted> {
        let parts = clauses(text);
        if parts.len() < 2 || !self.is_proved(text) {
            return None;
        }
        let stands = |(start, _): &&(usize, &str)| self.stands(&text[..*start]);
        let heads = parts[1..].iter().rev().filter(stands).map(|(start, _)| headed(text, *start));
        let tails = parts[1..].iter().filter_map(|(start, _)| self.standing(&text[*start..]));
        heads
            .chain(tails)
            .filter(|part| part.split_whitespace().count() >= LEAST_WORDS)
            .filter_map(|part| self.adapt_text(&part, values))
            .find(|adapted| adapted.says.any())
    }

    /// Tells whether `head`, which reaches to the mark before what is cut off, leans on nothing that came after it.
    ///
    /// A colon promises what follows, and "if a day goes wrong" waits for what to do then.
    pub(super) fn stands(&self, head: &str) -> bool {
        let bare = head.trim_end();
        if bare.ends_with(':') {
            return false;
        }
        let bare = bare.trim_end_matches([',', ';', '–', '—', '-', '?']);
        let from =
            SECTIONS.iter().filter_map(|mark| bare.rfind(mark).map(|at| at + mark.len())).max().unwrap_or(0);
        let parts = clauses(&bare[from..]);
        let Some(((_, last), before)) = parts.split_last() else { return false };
        // "…, if you like" may follow its main clause; "…, and if you like" begins another.
        !self.begins_subordinate(last) || !before.is_empty() && !self.joins(last)
    }

    /// Tells whether `clause` begins with "if", "when", "because", after "and" or without it.
    pub(super) fn begins_subordinate(&self, clause: &str) -> bool {
        let tokens = self.phrases.tokens(clause);
        self.phrases.begins("subordinate", clause, self.without_conjunction(clause, &tokens))
    }

    fn joins(&self, clause: &str) -> bool {
        let tokens = self.phrases.tokens(clause);
        self.without_conjunction(clause, &tokens).len() < tokens.len()
    }

    /// Returns the clause after "so" or "and" as a sentence, where it says who left something out.
    fn standing(&self, clause: &str) -> Option<String> {
        let tokens = self.phrases.tokens(clause);
        let rest = self.without_conjunction(clause, &tokens);
        let first = rest.first()?;
        let bare = &clause[first.span.start..];
        (self.phrases.begins("speaker.i", bare, rest) || self.phrases.begins("speaker.we", bare, rest))
            .then(|| capitalised(bare))
    }
}

/// Returns `text` up to `end`, ended as the whole was.
fn headed(text: &str, end: usize) -> String {
    let head = text[..end].trim_end().trim_end_matches([',', ';', ':', '–', '—', '-']).trim_end();
    let head = head.strip_suffix(" and").or_else(|| head.strip_suffix(" und")).unwrap_or(head);
    let close = text.trim_end().rfind(['.', '!', '?', '…']).map_or(".", |at| &text[at..]);
    // What was asked in the second clause is not asked of the first.
    let close = if close.starts_with('?') { "." } else { close };
    if head.ends_with(['.', '!', '?', '…']) { head.to_owned() } else { format!("{head}{close}") }
}
