//! What turns around whether a food is left out: "don't avoid eggs", "avoid nothing", "except on Sundays".

use std::ops::Range;

use super::Context;
use crate::{lexicon::cues::Cue, mention::Mention};

/// As far before an avoidance a negation turns it around: "you don't have to avoid eggs".
const NEGATION_REACH: usize = 5;
/// As far before a "without" another negation turns it around: "skip breakfast without eggs".
const DENIAL_REACH: usize = 8;
/// After these, a "without" stands beside what came before: "without stress and without eggs".
const COORDINATORS: [&str; 18] = [
    "and", "or", "nor", "y", "o", "e", "ou", "et", "und", "oder", "i", "oraz", "lub", "ed", "ni", "nem",
    "né", "ani",
];
/// How far after "enjoy" its food stands.
const OBJECT_REACH: usize = 5;

impl Context<'_> {
    /// Tells whether the sentence of `mention` holds a word that turns what is left out around.
    pub(super) fn is_reversed(&self, mention: &Mention) -> bool {
        let sentences = &self.reading.sentences;
        let next = sentences.partition_point(|sentence| sentence.start <= mention.span.start);
        let Some(sentence) = next.checked_sub(1).and_then(|at| sentences.get(at)) else { return false };
        let words = self.reading.words_in(sentence);
        self.cues.within(words.clone()).iter().any(|(cue, ..)| *cue == Cue::Reversal)
            || self.is_back_later(self.reading.words_in(&mention.span).end, words)
    }

    /// Tells whether what is left out before word `after` is eaten after all: "leave out the milk on Monday and enjoy it
    /// on Tuesday", "no milk except for a splash".
    fn is_back_later(&self, after: usize, sentence: Range<usize>) -> bool {
        if self.cues.within(after..sentence.end).iter().any(|(cue, ..)| *cue == Cue::Exception) {
            return true;
        }
        let whole = self.cues.within(sentence.clone());
        let eats_something_else = |last: usize| {
            (last + 1..sentence.end.min(last + 1 + OBJECT_REACH)).any(|word| self.food_from(word).is_some())
        };
        whole.iter().any(|(cue, ..)| *cue == Cue::Sometimes)
            && self.cues.within(after..sentence.end).iter().any(|(cue, first, last)| {
                *cue == Cue::Eat && !self.is_eating_negated(*first) && !eats_something_else(*last)
            })
    }

    /// Tells whether the "without" at word `start` is itself ruled out: "skip breakfast without eggs", "no lunch
    /// without eggs". A food in between is what the earlier word rules out: "we skip nuts and cook without eggs".
    pub(super) fn is_denied(&self, start: usize) -> bool {
        let parallel = |word: usize| COORDINATORS.contains(&self.reading.words[word].text.as_str());
        if parallel(start) || start > 0 && parallel(start - 1) {
            return false;
        }
        for at in (start.saturating_sub(DENIAL_REACH)..start).rev() {
            // "Never serve a salad without eggs": the food right before is what lacks them.
            let ruled_out = at + 1 != start && self.food_at(at).is_some();
            if !self.together(at) || ruled_out || self.cues.covers(Cue::Turn, at) {
                return false;
            }
            // "Il n'y a pas de noix": one negation in two words.
            let half = matches!(self.reading.words[at].text.as_str(), "ne" | "n");
            let denies = [Cue::Negation, Cue::Without, Cue::AvoidBefore];
            if !half && denies.iter().any(|cue| self.cues.covers(*cue, at)) {
                return true;
            }
        }
        false
    }

    /// Tells whether a negation before word `start` turns the avoidance that begins there around.
    pub(super) fn is_negated(&self, start: usize) -> bool {
        for at in (start.saturating_sub(NEGATION_REACH)..start).rev() {
            if !self.together(at) || self.food_at(at).is_some() {
                return false;
            }
            if self.cues.covers(Cue::Negation, at) || self.cues.covers(Cue::Without, at) {
                return true;
            }
            // "Avoid skipping eggs."
            if at + 1 == start && self.cues.ending_at(Cue::AvoidBefore, at).is_some() {
                return true;
            }
        }
        false
    }

    /// Tells whether the eating verb at word `at` is negated: "don't eat", but not "don't avoid eating".
    pub(super) fn is_eating_negated(&self, at: usize) -> bool {
        let clause = (at.saturating_sub(NEGATION_REACH)..at).rev().take_while(|word| self.together(*word));
        for word in clause {
            if self.cues.covers(Cue::Negation, word) {
                return true;
            }
            // Fails closed: "don't forget to eat", "don't avoid eating".
            let harmless = self.cues.covers(Cue::Glue, word) || self.cues.covers(Cue::Break, word);
            if !harmless || self.cues.covers(Cue::Turn, word) {
                return false;
            }
        }
        false
    }

    /// Tells whether an avoidance other than a negation stands in the clause around word `at`.
    pub(super) fn avoids_near(&self, at: usize) -> bool {
        let from = (0..at).rev().take_while(|word| self.together(*word)).last().unwrap_or(at);
        let to =
            (at..self.reading.words.len()).take_while(|word| *word == at || self.together(word - 1)).last();
        self.cues.iter().any(|(cue, first, last)| {
            let negation = (first..=last).any(|word| self.cues.covers(Cue::Negation, word));
            matches!(cue, Cue::AvoidBefore | Cue::AvoidAfter | Cue::Without)
                && !negation
                && first >= from
                && last <= to.unwrap_or(at)
        })
    }
}
