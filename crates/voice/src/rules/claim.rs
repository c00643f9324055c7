//! How rules on claims read a text: sentence by sentence, with what turns a claim into a disclaimer.

use std::ops::Range;

use super::reading::Reading;
use crate::lexicon::cues::Cue;

/// One sentence, as indices of its words.
pub(super) struct Sentence<'a> {
    reading: &'a Reading<'a>,
    words: Range<usize>,
}

/// Returns the sentences of `reading`.
pub(super) fn sentences<'a>(reading: &'a Reading<'a>) -> impl Iterator<Item = Sentence<'a>> {
    reading.sentences.iter().map(|span| Sentence { reading, words: reading.words_in(span) })
}

impl Sentence<'_> {
    /// Returns the words of each place that is `cue`, but for figures of speech.
    pub(super) fn places(&self, cue: Cue) -> Vec<Range<usize>> {
        self.reading
            .cues
            .within(self.words.clone())
            .iter()
            .filter(|(found, _, last)| *found == cue && self.words.contains(last))
            .map(|(_, first, last)| *first..last + 1)
            .filter(|place| !place.clone().any(|word| self.reading.cues.covers(Cue::Harmless, word)))
            .collect()
    }

    /// Tells whether the sentence holds `cue`.
    pub(super) fn says(&self, cue: Cue) -> bool {
        !self.places(cue).is_empty()
    }

    /// Tells whether the sentence holds `word`.
    pub(super) fn holds(&self, word: usize) -> bool {
        self.words.contains(&word)
    }

    /// Tells whether it is a phrase and no sentence, as goals are: short, and without a mark at its end.
    pub(super) fn is_phrase(&self) -> bool {
        const LONGEST_PHRASE: usize = 5;
        let Some(last) = self.words.clone().last() else { return true };
        let end = self.reading.words[last].span.end;
        let marked = self.reading.text[end..].trim_start().starts_with(['.', '!', '?', ':', ';', ',']);
        self.words.len() <= LONGEST_PHRASE && !marked
    }

    /// Tells whether the claim at `place` is denied: "no plan can cure diabetes", "does not treat or cure".
    ///
    /// Only what stands right before the claim denies it, and nothing does in a sentence that boasts: "nothing cures
    /// diabetes like this plan", "won't cure it overnight".
    pub(super) fn is_denied(&self, place: &Range<usize>) -> bool {
        if self.says(Cue::Fast) || self.says(Cue::Boast) {
            return false;
        }
        let cues = &self.reading.cues;
        let mut at = place.start;
        while at > self.words.start && self.reading.words[at].joined {
            at -= 1;
            if cues.ending_at(Cue::Disclaim, at).is_some() {
                return true;
            }
            let goes_on = [Cue::Cure, Cue::Treat, Cue::Stop].iter().any(|cue| cues.covers(*cue, at));
            if !goes_on && !JOINTS.contains(&self.reading.words[at].text.as_str()) {
                return false;
            }
        }
        false
    }

    /// Returns where `words` stand in the text.
    pub(super) fn span(&self, words: &Range<usize>) -> Range<usize> {
        self.reading.words[words.start].span.start..self.reading.words[words.end - 1].span.end
    }
}

/// What may stand between a denial and the second of two claims.
const JOINTS: [&str; 12] = ["or", "nor", "and", "o", "ni", "ou", "et", "oder", "und", "né", "ani", "i"];
