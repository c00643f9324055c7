//! Tells how a text means a food that it names: as something to eat, or as something left out.
//!
//! From the food, words are read to the left, then to the right, as far as its clause reaches. What isn't clearly
//! left out counts as eaten.

mod lack;
mod negation;

use super::reading::Reading;
use crate::{
    lexicon::cues::{Cue, Cues},
    mention::Mention,
};

/// Words between a cue and its food that are neither glue nor food: "without any of those lovely eggs".
const STRANGERS_BEFORE: usize = 2;
/// The same to the right, where verbs and adverbs stand: "eggs are for now simply left out".
const STRANGERS_AFTER: usize = 4;
/// How many words of a clause are read; a food whose clause says nothing within them counts as eaten.
const CLAUSE_REACH: usize = 48;

/// A text with its cues.
pub(super) struct Context<'a> {
    reading: &'a Reading<'a>,
    cues: &'a Cues,
}

/// What the words to the left of a food say about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sense {
    /// It is left out.
    Avoided,
    /// It is said to be absent: "without gluten".
    Absent,
    /// It is claimed to be absent: "free from gluten".
    ClaimedAbsent,
    /// It is eaten, or nothing says otherwise.
    Eaten,
}

/// What a clause says so far.
enum Left {
    Says(Sense),
    Nothing,
}

impl<'a> Context<'a> {
    /// Looks at `reading`.
    pub(super) const fn new(reading: &'a Reading<'a>) -> Self {
        Self { reading, cues: &reading.cues }
    }

    /// Returns how `mention` is meant.
    pub(super) fn sense(&self, mention: &Mention) -> Sense {
        let own = self.reading.words_in(&mention.span);
        if own.is_empty() {
            return Sense::Eaten;
        }
        if self.cues.beginning_at(Cue::FreeAfter, own.end).is_some() && self.together(own.end - 1) {
            return Sense::ClaimedAbsent;
        }
        if self.cues.beginning_at(Cue::Beside, own.end).is_some() && self.together(own.end - 1) {
            return Sense::Avoided;
        }
        let sense = match self.left_of(own.start) {
            Left::Says(sense) => sense,
            Left::Nothing if self.avoided_after(own.end - 1) => Sense::Avoided,
            Left::Nothing => Sense::Eaten,
        };
        // "Avoid nothing: eggs are welcome", "eggs are no longer off the menu": fails closed.
        match sense {
            Sense::Avoided | Sense::Absent if self.is_reversed(mention) => Sense::Eaten,
            sense => sense,
        }
    }

    /// Tells whether nothing but space stands between `word` and the next.
    fn together(&self, word: usize) -> bool {
        self.reading.words.get(word + 1).is_some_and(|next| next.joined)
    }

    fn left_of(&self, first: usize) -> Left {
        let (mut strangers, mut foods, mut listed) = (0, 0, false);
        let mut at = first;
        while at > 0 && first - at < CLAUSE_REACH {
            match self.gap(at) {
                Gap::None => {}
                Gap::Colon if strangers == 0 => {}
                Gap::List if self.is_listed(at) => listed = true,
                _ => return Left::Nothing,
            }
            at -= 1;
            if self.cues.ending_at(Cue::Instead, at).is_some() {
                // "Instead of juice and tea", but not "instead of juice, a glass of milk".
                let joined = foods == 0 || self.cues.covers(Cue::Glue, first - 1);
                let replaced = strangers == 0 && !listed && joined;
                return Left::Says(if replaced { Sense::Avoided } else { Sense::Eaten });
            }
            if let Some(found) = self.cue_left(at, strangers) {
                let in_list = !listed || foods > 0;
                return if in_list { Left::Says(found) } else { Left::Nothing };
            }
            if self.cues.covers(Cue::Eat, at) {
                return Left::Says(if self.is_eating_negated(at) { Sense::Avoided } else { Sense::Eaten });
            }
            if let Some(start) = self.food_at(at) {
                foods += 1;
                at = start;
            } else if self.cues.covers(Cue::Glue, at) {
            } else if self.cues.covers(Cue::Break, at) {
                return Left::Nothing;
            } else {
                strangers += 1;
                if strangers > STRANGERS_BEFORE {
                    return Left::Nothing;
                }
            }
        }
        Left::Nothing
    }

    /// Returns what the cue that ends at word `at` says of what follows.
    fn cue_left(&self, at: usize, strangers: usize) -> Option<Sense> {
        if self.cues.ending_at(Cue::FreeBefore, at).is_some() {
            return Some(Sense::ClaimedAbsent);
        }
        if let Some(start) = self.cues.ending_at(Cue::AvoidBefore, at) {
            let bare_negation = self.cues.beginning_at(Cue::Negation, start) == Some(at);
            // "No olvides la leche" is no "no leche".
            if bare_negation && strangers > 0 {
                return Some(Sense::Eaten);
            }
            let reversed = if bare_negation { self.avoids_near(start) } else { self.is_negated(start) };
            if !bare_negation || self.cues.ending_at(Cue::Without, at).is_none() {
                return Some(if reversed { Sense::Eaten } else { Sense::Avoided });
            }
        }
        let start = self.cues.ending_at(Cue::Without, at)?;
        let reversed = start > 0 && self.cues.covers(Cue::Negation, start - 1) && self.together(start - 1);
        Some(if reversed || self.is_denied(start) { Sense::Eaten } else { Sense::Absent })
    }

    fn avoided_after(&self, last: usize) -> bool {
        let mut strangers = 0;
        let mut negated = false;
        let mut at = last + 1;
        while at < self.reading.words.len() && at - last < CLAUSE_REACH {
            match self.gap(at) {
                Gap::None => {}
                Gap::List if self.is_listed(at) => {}
                _ => return false,
            }
            if self.cues.beginning_at(Cue::AvoidAfter, at).is_some() {
                return !negated;
            }
            if let Some(end) = self.food_from(at) {
                at = end;
            } else if self.cues.covers(Cue::Negation, at) {
                negated = true;
            } else if self.cues.covers(Cue::Glue, at) {
            } else if self.cues.covers(Cue::Turn, at)
                || self.cues.covers(Cue::Eat, at) && !self.is_auxiliary(at)
            {
                return false;
            } else {
                strangers += 1;
                if strangers > STRANGERS_AFTER {
                    return false;
                }
            }
            at += 1;
        }
        false
    }

    /// "Eggs have been left out": no one has eggs here.
    fn is_auxiliary(&self, at: usize) -> bool {
        matches!(self.reading.words[at].text.as_str(), "have" | "has")
    }

    /// Returns what stands between word `at` and the word before it.
    fn gap(&self, at: usize) -> Gap {
        let word = &self.reading.words[at];
        let gap = &self.reading.text[word.gap.clone()];
        let marks: String = gap.chars().filter(|mark| !mark.is_whitespace()).collect();
        let next = self.reading.sentences.partition_point(|sentence| sentence.start <= word.gap.start);
        let parted =
            self.reading.sentences.get(next).is_some_and(|sentence| sentence.start <= word.span.start);
        match marks.as_str() {
            _ if parted => Gap::Other,
            "" | "-" | "'" | "’" | "\"" | "“" | "”" | "„" | "«" | "»" => Gap::None,
            "," | "/" => Gap::List,
            ":" => Gap::Colon,
            _ => Gap::Other,
        }
    }

    /// Tells whether the word after a comma goes on with a list of foods.
    fn is_listed(&self, at: usize) -> bool {
        self.food_from(at).is_some() || self.cues.covers(Cue::Glue, at) || self.cues.covers(Cue::Without, at)
    }

    /// Returns the first word of the mention that ends at word `at`.
    fn food_at(&self, at: usize) -> Option<usize> {
        let mention = self.reading.mention_until.get(&(at + 1))?;
        Some(self.reading.mention_words[*mention].start)
    }

    /// Returns the last word of the mention that begins at word `at`.
    fn food_from(&self, at: usize) -> Option<usize> {
        let mention = self.reading.mention_from.get(&at)?;
        Some(self.reading.mention_words[*mention].end - 1)
    }
}

/// What stands between two words.
enum Gap {
    None,
    List,
    Colon,
    Other,
}
