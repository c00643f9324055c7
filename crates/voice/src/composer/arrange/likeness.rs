//! Tells whether two sentences say or sound the same.

use std::collections::BTreeSet;

use super::Draft;
use crate::composer::adapt::without_slots;

impl Draft<'_> {
    /// Tells whether as many of its longer words stand in the first paragraph already: "the nutrition plan … Your nutrition plan".
    pub(super) fn echoes_lead(&self, text: &str, words: usize) -> bool {
        let lead = self.blocks.iter().find(|block| !block.pieces.is_empty());
        lead.is_some_and(|block| {
            block.pieces.iter().any(|piece| keys(&piece.text).intersection(&keys(text)).count() >= words)
        })
    }

    /// Tells whether a sentence of the text begins with the same two words.
    pub(super) fn begins_as_another(&self, text: &str) -> bool {
        self.pieces().any(|piece| begins_alike(&piece.text, text))
    }
}

/// Tells whether two sentences begin with the same two words.
pub(super) fn begins_alike(one: &str, other: &str) -> bool {
    let beginning = |text: &str| -> Vec<String> {
        crate::word::words(text).iter().take(2).map(|word| crate::word::fold(word.text)).collect()
    };
    beginning(one) == beginning(other)
}

/// Tells whether two sentences carry the same message: most of the longer words of the shorter one are in both.
pub(super) fn says_the_same(one: &str, other: &str) -> bool {
    let (one_keys, other_keys) = (keys(one), keys(other));
    let shared = one_keys.iter().filter(|one| other_keys.iter().any(|other| same_stem(one, other))).count();
    let least = one_keys.len().min(other_keys.len());
    one == other
        || shared >= 2 && shared * 2 >= least
        || shared == 1 && one_keys.len().max(other_keys.len()) <= 2
}

/// Returns the beginnings of the longer words of `text`.
pub(super) fn keys(text: &str) -> BTreeSet<String> {
    crate::word::words(&without_slots(text))
        .iter()
        .map(|word| crate::word::fold(word.text))
        .filter(|word| word.chars().count() > 3)
        .map(|word| word.chars().take(6).collect())
        .collect()
}

/// Tells whether one beginning goes on with the other: Polish "plan" and "planem".
fn same_stem(one: &str, other: &str) -> bool {
    one.starts_with(other) || other.starts_with(one)
}
