//! Takes out of a prompt's material what could tell a model who somebody is.
//!
//! Samples lose every sentence with a capitalised word that isn't shown to be ordinary ([`Ordinary`]); facts and notes
//! lose the word. Slots stay: they hold nothing.

use std::collections::BTreeSet;

use domain::content::Language;

use super::ordinary::Ordinary;
use crate::{
    card::Card,
    facts::Brief,
    sample::Sample,
    sentence::sentences,
    slot::{SlotName, SlotValue, SlottedText, slots_in},
};

/// What stands in a fact for a word that may not be told.
const WITHHELD: &str = "…";

/// Returns the samples as a model may see them: those of which nothing is left are missing.
pub(super) fn samples(all: &[Sample]) -> Vec<Sample> {
    let languages: BTreeSet<Language> = all.iter().map(|sample| sample.language).collect();
    let mut shown: Vec<Sample> = Vec::with_capacity(all.len());
    for language in languages {
        let own = || all.iter().filter(|sample| sample.language == language);
        let ordinary = Ordinary::of(language, own().map(|sample| sample.text.text.as_str()));
        shown.extend(own().filter_map(|sample| {
            let text = without_names(&sample.text, &ordinary);
            (!text.text.trim().is_empty()).then(|| Sample { text, ..sample.clone() })
        }));
    }
    shown
}

/// Returns the text without its sentences that may name someone.
fn without_names(slotted: &SlottedText, ordinary: &Ordinary) -> SlottedText {
    let text = &slotted.text;
    let names = ordinary.names(text);
    if names.is_empty() {
        return slotted.clone();
    }
    let places = sentences(text);
    let named = |at: usize| {
        let end = places.get(at + 1).map_or(text.len(), |next| next.start);
        names.iter().any(|name| (places[at].start..end).contains(&name.start))
    };
    let mut kept = String::with_capacity(text.len());
    let mut values = Vec::new();
    for (at, place) in places.iter().enumerate() {
        let end = places.get(at + 1).map_or(text.len(), |next| next.start);
        let gap = &text[place.end..end];
        if named(at) {
            // The paragraph ends where it ended.
            if gap.contains('\n') && !kept.is_empty() && !kept.ends_with("\n\n") {
                kept.truncate(kept.trim_end_matches([' ', '\n']).len());
                kept.push_str(gap);
            }
            continue;
        }
        kept.push_str(&text[place.start..end]);
        let own = slots_in(text).into_iter().map(|(span, _)| span).zip(&slotted.values);
        values.extend(own.filter(|(span, _)| place.contains(&span.start)).map(|(_, value)| value.clone()));
    }
    SlottedText { text: kept.trim().to_owned(), values }
}

/// Returns a card without the lines that may name someone. It may be written in English or in the language of the texts.
pub(super) fn card(card: &Card, language: Language) -> Card {
    let readers = readers(language);
    let lines = card.lines.iter().filter(|line| named(line, &readers).is_empty());
    Card { lines: lines.cloned().collect() }
}

/// Returns a fact in words, or a note, on one line: without names, contacts, dates and long numbers, and with no slot
/// but those that this request fills.
pub(super) fn fact(text: &str, brief: &Brief) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let slotted = as_slotted(&line).extract_more(brief.language, &[]);
    let names = named(&slotted.text, &readers(brief.language));
    let mut told = String::with_capacity(line.len());
    let mut end = 0;
    let slots = slots_in(&slotted.text).into_iter().zip(&slotted.values);
    let mut cuts: Vec<_> =
        slots.map(|((span, name), value)| (span, stands_for(name.ok(), value, brief))).collect();
    cuts.extend(names.into_iter().map(|span| (span, WITHHELD.to_owned())));
    cuts.sort_by_key(|(span, _)| span.start);
    for (span, instead) in cuts {
        told.push_str(&slotted.text[end..span.start]);
        told.push_str(&instead);
        end = span.end;
    }
    told.push_str(&slotted.text[end..]);
    told
}

/// Takes the slots that a fact holds already for what they are.
fn as_slotted(line: &str) -> SlottedText {
    let mut text = String::with_capacity(line.len());
    let mut values = Vec::new();
    let mut end = 0;
    for (span, name) in slots_in(line) {
        text.push_str(&line[end..span.start].replace(['{', '}'], ""));
        if let Ok(slot) = name {
            text.push_str(&slot.placeholder());
            values.push(SlotValue { slot, value: String::new() });
        }
        end = span.end;
    }
    text.push_str(&line[end..].replace(['{', '}'], ""));
    SlottedText { text, values }
}

/// Returns what a model reads in place of a slot of a fact.
fn stands_for(name: Option<SlotName>, value: &SlotValue, brief: &Brief) -> String {
    const MOST_DIGITS: usize = 2;
    let Some(name) = name else { return WITHHELD.to_owned() };
    let client = name.as_str().strip_prefix("client.").is_some_and(|id| brief.client.slots.contains_key(id));
    let digits = value.value.chars().filter(char::is_ascii_digit).count();
    match name.as_str() {
        _ if client => name.placeholder(),
        "number.count" if digits > MOST_DIGITS => WITHHELD.to_owned(),
        "plan.days" | "plan.weeks" => value.value.clone(),
        _ if name.number_id().is_some() && !value.value.is_empty() => value.value.clone(),
        _ => WITHHELD.to_owned(),
    }
}

/// What is ordinary in the language of the texts, and in English.
fn readers(language: Language) -> Vec<Ordinary> {
    let mut languages = vec![language, Language::English];
    languages.dedup();
    languages.into_iter().map(|language| Ordinary::of(language, std::iter::empty())).collect()
}

/// Returns the words that are ordinary to none of the readers.
fn named(text: &str, readers: &[Ordinary]) -> Vec<std::ops::Range<usize>> {
    let mut names = readers.iter().map(|ordinary| ordinary.names(text));
    let first = names.next().unwrap_or_default();
    names.fold(first, |named, others| named.into_iter().filter(|span| others.contains(span)).collect())
}
