//! What the words around a food say that it lacks, or has less of: "gluten-free bread", "vegan cheese".

use std::ops::Range;

use super::{Context, Sense};
use crate::{
    allergen::Allergen,
    lexicon::cues::Cue,
    mention::{Mention, MentionKind},
};

/// How far from a food the words stand that say what it lacks: "bread without gluten".
const LACK_REACH: usize = 4;

/// Beginnings of the names of Polish soups in which cream is the only milk: "zupa pomidorowa bez śmietany".
const SOUPS_WITH_CREAM: [&str; 5] = ["pomidorow", "ogórkow", "pieczarkow", "ogorkow", "krupnik"];

impl Context<'_> {
    /// Tells whether the words around `mention` say that it lacks `allergen`: "gluten-free bread", "vegan cheese".
    pub(in crate::rules) fn lacks(&self, mention: &Mention, allergen: Allergen) -> bool {
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
    pub(in crate::rules) fn lessened(&self, mention: &Mention) -> Option<Range<usize>> {
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
}
