//! Names, places and contacts that stood in a sample.

use std::ops::Range;

use super::own_names;
use crate::{
    lexicon::words::{Word, comparable, words},
    rules::{Evidence, facts, reading::Reading},
    slot::{
        SlotName, UNLISTED,
        name::{is_named, is_title},
    },
};

/// Finds what stood in slots of samples: names, places and contacts of others.
pub(super) fn foreign_values(reading: &Reading, evidence: &Evidence) -> Vec<Range<usize>> {
    let own: Vec<String> = own_names(evidence);
    let values = evidence.samples.iter().flat_map(|sample| &sample.text.values);
    let parts = values
        .filter(|value| is_personal(&value.slot) && value.slot.as_str() != UNLISTED)
        .flat_map(|value| {
            parts(&value.value, &value.slot).into_iter().map(|part| (names_someone(&value.slot), part))
        })
        .filter(|(_, part)| !part.iter().all(|word| own.contains(word)));
    let listed = parts.flat_map(|(personal, part)| match &part[..] {
        [name] if personal => forms(reading, name, &own),
        _ => occurrences(reading, &part),
    });
    listed.chain(unlisted_values(reading, evidence)).collect()
}

/// Finds what only looked like a name in a sample, where it looks like one here too and is not of this request.
fn unlisted_values(reading: &Reading, evidence: &Evidence) -> Vec<Range<usize>> {
    let worded = facts::worded(evidence).into_iter().chain(evidence.brief.dietitian_name.as_deref());
    let own: Vec<String> = worded.flat_map(words).map(|word| word.text).collect();
    let values = evidence.samples.iter().flat_map(|sample| &sample.text.values);
    values
        .filter(|value| value.slot.as_str() == UNLISTED)
        .map(|value| words(&value.value).into_iter().map(|word| word.text).collect::<Vec<_>>())
        .filter(|run| !run.is_empty() && !run.iter().all(|word| own.contains(word)))
        .flat_map(|run| occurrences(reading, &run))
        .filter(|span| !reading.sentences.iter().any(|sentence| sentence.start == span.start))
        .collect()
}

fn names_someone(slot: &SlotName) -> bool {
    slot.is_client() || slot.as_str().starts_with("person.")
}

/// Returns where a name stands in whatever form, but for "Will you …", and for forms of this request's own names.
fn forms(reading: &Reading, name: &str, own: &[String]) -> Vec<Range<usize>> {
    const SHORTEST_BENT: usize = 4;
    let all = crate::word::words(reading.text);
    (0..all.len())
        .filter(|at| {
            let word = comparable(all[*at].text);
            all[*at].is_capitalised()
                && (word == name || name.chars().count() >= SHORTEST_BENT)
                && !own.contains(&word)
                && is_named(reading.text, &all, *at, name, reading.language)
        })
        .map(|at| all[at].span.clone())
        .collect()
}

/// Tells whether values of the slot tell who somebody is. The dietitian's own name may always be said.
fn is_personal(slot: &SlotName) -> bool {
    slot.is_client()
        || ["person.", "place.", "contact.", "other."].iter().any(|kind| slot.as_str().starts_with(kind))
}

/// Returns the runs of words that give a value away: the whole of it, and each name in it.
fn parts(value: &str, slot: &SlotName) -> Vec<Vec<String>> {
    const SHORTEST_NAME: usize = 3;
    let whole: Vec<String> = words(value).into_iter().map(|word| word.text).collect();
    let mut parts: Vec<Vec<String>> = Vec::new();
    if whole.len() > 1 && names_someone(slot) {
        // "Seu Antônio": everybody has a "seu" of their own.
        let names = whole.iter().filter(|word| word.chars().count() >= SHORTEST_NAME && !is_title(word));
        parts.extend(names.map(|word| vec![word.clone()]));
    }
    parts.push(whole);
    parts.retain(|part| !part.is_empty());
    parts
}

/// Returns where the run of words stands in the text with a capital, a digit or as a part of a contact.
fn occurrences(reading: &Reading, run: &[String]) -> Vec<Range<usize>> {
    let is_start = |window: &[Word]| {
        window.iter().zip(run).all(|(word, part)| word.text == *part)
            && reading.text[window[0].span.clone()].chars().next().is_some_and(|first| !first.is_lowercase())
    };
    let contact = run.len() > 1;
    reading
        .words
        .windows(run.len())
        .filter(|window| {
            is_start(window) || contact && window.iter().zip(run).all(|(word, part)| word.text == *part)
        })
        .map(|window| window[0].span.start..window[window.len() - 1].span.end)
        .collect()
}
