//! Tells how a text means a food that it names: as something to eat, or as something left out.
//!
//! From the food, words are read to the left, then to the right, as far as its clause reaches. What isn't clearly
//! left out counts as eaten.

use std::ops::Range;

use super::reading::Reading;
use crate::{
    allergen::Allergen,
    lexicon::cues::{Cue, Cues},
    mention::{Mention, MentionKind},
};

/// Words between a cue and its food that are neither glue nor food: "without any of those lovely eggs".
const STRANGERS_BEFORE: usize = 2;
/// The same to the right, where verbs and adverbs stand: "eggs are for now simply left out".
const STRANGERS_AFTER: usize = 4;
/// As far before an avoidance a negation turns it around: "you don't have to avoid eggs".
const NEGATION_REACH: usize = 5;
/// As far before a "without" another negation turns it around: "skip breakfast without eggs".
const DENIAL_REACH: usize = 8;
/// After these, a "without" stands beside what came before: "without stress and without eggs".
const COORDINATORS: [&str; 18] = [
    "and", "or", "nor", "y", "o", "e", "ou", "et", "und", "oder", "i", "oraz", "lub", "ed", "ni", "nem",
    "né", "ani",
];
/// How many words of a clause are read; a food whose clause says nothing within them counts as eaten.
const CLAUSE_REACH: usize = 48;
/// How far from a food the words stand that say what it lacks: "bread without gluten".
const LACK_REACH: usize = 4;

/// Beginnings of the names of Polish soups in which cream is the only milk: "zupa pomidorowa bez śmietany".
const SOUPS_WITH_CREAM: [&str; 5] = ["pomidorow", "ogórkow", "pieczarkow", "ogorkow", "krupnik"];

/// How far after "enjoy" its food stands.
const OBJECT_REACH: usize = 5;

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

    /// Tells whether the sentence of `mention` holds a word that turns what is left out around.
    fn is_reversed(&self, mention: &Mention) -> bool {
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

    /// Tells whether the words around `mention` say that it lacks `allergen`: "gluten-free bread", "vegan cheese".
    pub(super) fn lacks(&self, mention: &Mention, allergen: Allergen) -> bool {
        let own = self.reading.words_in(&mention.span);
        let near = self.near(own.start, own.end);
        let by_word = self.cues.iter().any(|(cue, first, last)| {
            let says = match cue {
                Cue::Claim(claimed) => claimed == allergen,
                Cue::Vegan => matches!(
                    allergen,
                    Allergen::Milk
                        | Allergen::Eggs
                        | Allergen::Fish
                        | Allergen::Crustaceans
                        | Allergen::Molluscs
                ),
                _ => false,
            };
            says && (last + 2 == own.start || last + 1 == own.start || first == own.end)
                && near.contains(&first)
        });
        by_word
            || allergen == Allergen::Gluten && self.is_of_other_flour(&own)
            || allergen == Allergen::Milk && self.is_soup_without_cream(&own, &near)
            || near.clone().filter_map(|word| self.reading.mention_from.get(&word)).any(|&other| {
                let other = &self.reading.mentions[other];
                matches!(other.kind, MentionKind::Allergen(_))
                    && other.span != mention.span
                    && other.id != "lactose"
                    && other.allergens.contains(&allergen)
                    && matches!(self.sense(other), Sense::ClaimedAbsent | Sense::Absent)
            })
    }

    /// Tells whether the food of words `own` is a soup that holds no milk but its cream, and is made without it.
    fn is_soup_without_cream(&self, own: &Range<usize>, near: &Range<usize>) -> bool {
        let is_soup = self.reading.words[own.clone()]
            .iter()
            .any(|word| SOUPS_WITH_CREAM.iter().any(|soup| word.text.starts_with(soup)));
        is_soup
            && near.clone().filter_map(|word| self.reading.mention_from.get(&word)).any(|&other| {
                let other = &self.reading.mentions[other];
                matches!(other.id, "cream" | "sour_cream") && self.sense(other) == Sense::Absent
            })
    }

    /// Tells whether the food of words `own` is made of a flour without gluten: "rice flour pancakes", "pancakes made
    /// from rice flour".
    fn is_of_other_flour(&self, own: &Range<usize>) -> bool {
        let is_flour = |at: &usize| self.reading.mentions[*at].id == "gluten_free_flour";
        if own.is_empty() {
            return false;
        }
        let before = self.reading.mention_until.get(&own.start).filter(|at| is_flour(at));
        let after = || {
            let last = self.cues.beginning_at(Cue::MadeOf, own.end)?;
            let flour = self.reading.mention_from.get(&(last + 1)).filter(|at| is_flour(at))?;
            (own.end - 1..=last).all(|word| self.together(word)).then_some(flour)
        };
        before.is_some() && own.start > 0 && self.together(own.start - 1) || after().is_some()
    }

    /// Returns the place of the word that says that less of `mention` is eaten, up to the end of the food.
    pub(super) fn lessened(&self, mention: &Mention) -> Option<Range<usize>> {
        let own = self.reading.words_in(&mention.span);
        let first = (own.start.saturating_sub(LACK_REACH)..own.start)
            .rev()
            .take_while(|word| self.together(*word))
            .find_map(|word| self.cues.ending_at(Cue::Less, word))?;
        Some(self.reading.words[first].span.start..mention.span.end)
    }

    /// Returns the words near a food that no punctuation parts from it.
    fn near(&self, first: usize, end: usize) -> Range<usize> {
        let mut start = first;
        while start > 0 && first - start < LACK_REACH && self.together(start - 1) {
            start -= 1;
        }
        let mut stop = end;
        while stop < self.reading.words.len()
            && stop - end < LACK_REACH
            && stop > 0
            && self.together(stop - 1)
        {
            stop += 1;
        }
        start..stop
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

    /// Tells whether the "without" at word `start` is itself ruled out: "skip breakfast without eggs", "no lunch
    /// without eggs". A food in between is what the earlier word rules out: "we skip nuts and cook without eggs".
    fn is_denied(&self, start: usize) -> bool {
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
    fn is_negated(&self, start: usize) -> bool {
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
    fn is_eating_negated(&self, at: usize) -> bool {
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
    fn avoids_near(&self, at: usize) -> bool {
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
