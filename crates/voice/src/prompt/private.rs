//! Takes out of a prompt's material what could tell a model who somebody is.
//!
//! Samples lose every sentence with a capitalised word that isn't shown to be ordinary ([`Ordinary`]), or with another
//! trace of someone or a word on who, where or how to reach they are; what a caller wrote for the request loses every word that isn't known ([`Reader`]). Slots stay:
//! they hold nothing.

use std::{collections::BTreeSet, ops::Range};

use domain::content::Language;

use super::{
    ordinary::Ordinary,
    own::Own,
    told::{Kind, Reader},
    traces::traces,
};
use crate::{
    card::Card,
    facts::Brief,
    pointers::{Kind as Pointer, pointing_sentences},
    sample::Sample,
    sentence::sentences,
    slot::{SlottedText, UNLISTED, slots_in},
};

/// Returns the samples as a model may see them: those of which nothing is left are missing.
pub(super) fn samples(all: &[Sample], brief: &Brief) -> Vec<Sample> {
    let languages: BTreeSet<Language> = all.iter().map(|sample| sample.language).collect();
    let own = Own::of(brief);
    let mut shown: Vec<Sample> = Vec::with_capacity(all.len());
    for language in languages {
        let of_language = || all.iter().filter(|sample| sample.language == language);
        let ordinary = Ordinary::of(language, of_language().map(|sample| sample.text.text.as_str()));
        shown.extend(of_language().filter_map(|sample| {
            let text = without_people(&sample.text, &ordinary, &own);
            (!text.text.trim().is_empty()).then(|| Sample { text, ..sample.clone() })
        }));
    }
    shown
}

/// Returns the text without its sentences that may tell of someone.
fn without_people(slotted: &SlottedText, ordinary: &Ordinary, own: &Own) -> SlottedText {
    let text = &slotted.text;
    let mut found = ordinary.names(text);
    found.extend(traces(text, &[ordinary.language()]));
    found.extend(pointing_sentences(text, ordinary.language(), &[Pointer::Who, Pointer::Contact]));
    found.extend(own.spelled(text, ordinary.language()));
    // Nobody is named any more, but what is said is said of somebody else; and nothing fills such a slot in a new text.
    found.extend(unlisted(text));
    if found.is_empty() {
        return slotted.clone();
    }
    let places = sentences(text);
    let told_of =
        |place: Range<usize>| found.iter().any(|span| span.start < place.end && place.start < span.end);
    let mut kept = String::with_capacity(text.len());
    let mut values = Vec::new();
    for (at, place) in places.iter().enumerate() {
        let end = places.get(at + 1).map_or(text.len(), |next| next.start);
        let gap = &text[place.end..end];
        if told_of(place.start..end) {
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

/// Returns the slots of what only looks like a name.
fn unlisted(text: &str) -> impl Iterator<Item = Range<usize>> {
    let slots = slots_in(text).into_iter();
    slots.filter(|(_, name)| name.as_ref().is_ok_and(|name| name.as_str() == UNLISTED)).map(|(span, _)| span)
}

/// Returns a card that a dietitian edited as a model may see it. It may be written in English or in the language of the
/// texts.
pub(super) fn card(card: &Card, brief: &Brief) -> Card {
    let reader = Reader::of(brief);
    Card { lines: card.lines.iter().map(|line| reader.told(line, Kind::CardLine)).collect() }
}
