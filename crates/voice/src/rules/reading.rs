//! A text as rules read it: its words, mentions, sentences and numbers, found once for all rules.

use std::{collections::HashMap, ops::Range};

use domain::content::Language;

use super::Evidence;
use crate::{
    lexicon::{
        cues::Cues,
        words::{Word, words},
    },
    mention::{Mention, mentions},
    quantity::{Quantity, quantities},
    sentence::sentences,
    slot::slots_in,
};

/// A text and what was found in it.
pub(super) struct Reading<'a> {
    /// The text.
    pub(super) text: &'a str,
    /// The language it should be in.
    pub(super) language: Language,
    /// Its words.
    pub(super) words: Vec<Word>,
    /// The words that say how foods are meant.
    pub(super) cues: Cues,
    /// The foods, allergens, conditions, drugs and supplements that it names.
    pub(super) mentions: Vec<Mention>,
    /// The words of each mention, in the order of the mentions.
    pub(super) mention_words: Vec<Range<usize>>,
    /// The mention that begins at a word, by that word.
    pub(super) mention_from: HashMap<usize, usize>,
    /// The mention that ends before a word, by that word.
    pub(super) mention_until: HashMap<usize, usize>,
    /// Its numbers, without those in slots.
    pub(super) quantities: Vec<Quantity>,
    /// Its sentences.
    pub(super) sentences: Vec<Range<usize>>,
}

impl<'a> Reading<'a> {
    /// Reads `text`.
    pub(super) fn new(text: &'a str, evidence: &Evidence) -> Self {
        let language = evidence.brief.language;
        // A client called Olive or a plan number filled in by code is no food and no foreign number.
        let names =
            evidence.trace.iter().filter(|trace| is_name(&trace.fact_id)).map(|trace| trace.span.clone());
        let slots: Vec<_> = slots_in(text).into_iter().map(|(span, _)| span).chain(names).collect();
        let outside = |span: &Range<usize>| !slots.iter().any(|slot| overlap(slot, span));
        let mut mentions = mentions(text, language);
        mentions.retain(|mention| outside(&mention.span) && !is_closing(text, &mention.span));
        let mut quantities = quantities(text, language);
        quantities.retain(|quantity| outside(&quantity.span));
        let mut words = words(text);
        words.retain(|word| outside(&word.span));
        let cues = Cues::of(&words, language);
        // Found once: rules look around each food, and a text may name hundreds.
        let mention_words: Vec<_> = mentions.iter().map(|mention| words_in(&words, &mention.span)).collect();
        let ends = |end: fn(&Range<usize>) -> usize| {
            let whole = mention_words.iter().enumerate().filter(|(_, words)| !words.is_empty());
            whole.map(|(at, words)| (end(words), at)).collect()
        };
        Self {
            text,
            language,
            mention_from: ends(|words| words.start),
            mention_until: ends(|words| words.end),
            mention_words,
            words,
            cues,
            mentions,
            quantities,
            sentences: sentences(text),
        }
    }

    /// Returns the indices of the words in `span`.
    pub(super) fn words_in(&self, span: &Range<usize>) -> Range<usize> {
        words_in(&self.words, span)
    }
}

fn words_in(words: &[Word], span: &Range<usize>) -> Range<usize> {
    let first = words.partition_point(|word| word.span.start < span.start);
    let end = words.partition_point(|word| word.span.start < span.end);
    first..end.max(first)
}

/// Tells whether the word at `span` is all of a closing line, over a signature or at the very end: Portuguese "Beijinhos,"
/// are kisses there, and sweets of milk anywhere else.
fn is_closing(text: &str, span: &Range<usize>) -> bool {
    let start = text[..span.start].rfind('\n');
    let end = text[span.end..].find('\n').map_or(text.len(), |at| span.end + at);
    let Some(start) = start.filter(|start| !text[..*start].trim().is_empty()) else { return false };
    let line = &text[start..end];
    let signature = text[end..].trim();
    let all = crate::word::words(line);
    crate::slot::name::closing_words(&all) == all.len()
        && !signature.contains('\n')
        && crate::word::words(signature).len() <= LONGEST_SIGNATURE
}

/// "Dr. Ana Maria Souza, nutricionista".
const LONGEST_SIGNATURE: usize = 6;

fn is_name(fact_id: &str) -> bool {
    fact_id.starts_with("client.") || fact_id.starts_with("dietitian.")
}

/// Tells whether two ranges share a byte.
pub(super) fn overlap(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end
}
