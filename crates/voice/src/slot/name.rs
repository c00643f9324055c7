//! Finds names: those the caller knows, in every form, and those that greetings and sign-offs give away.

mod entries;
mod form;
mod letter;
mod place;
mod unlisted;
mod words;

use std::{collections::HashSet, ops::Range};

use domain::content::Language;

pub(crate) use self::letter::{closing_words, greeting_words};
use self::{
    entries::Names,
    form::{begins_everyday, is_everyday, is_form},
    letter::{greeting, sign_off, titled},
    place::{Place, Places},
    words::TITLES,
};
pub(super) use self::{unlisted::unlisted, words::is_given_name};

use super::{Entity, EntityKind, SlotName, UNLISTED};
use crate::word::{Word, fold, words};

/// Returns where `text` holds one of `known`, in whatever case, possessive or inflected form. What may be an ordinary
/// word as well is no slot that anything fills.
pub(super) fn known(text: &str, language: Language, known: &[Entity]) -> Vec<(Range<usize>, SlotName)> {
    let all = words(text);
    let (names, verbatim) = Names::of(known);
    let mut found: Vec<_> = verbatim
        .into_iter()
        .flat_map(|(exact, slot)| {
            text.match_indices(exact).map(move |(at, _)| (at..at + exact.len(), slot.clone()))
        })
        .collect();
    if names.is_empty() {
        return found;
    }
    let places = Places::of(text, &all, language);
    for at in 0..all.len() {
        for name in names.beginning_like(&all[at]) {
            let Some(window) = all.get(at..at + name.parts.len()) else { continue };
            let near = window.windows(2).all(|pair| pair[1].span.start - pair[0].span.end <= 3);
            let forms = window.iter().zip(&name.parts).all(|(word, part)| is_form(word, part, language));
            if !near || !forms {
                continue;
            }
            let place = match &name.parts[..] {
                [_] if !name.strict => places.place(at, &name.parts[0]),
                [_] if begins_everyday(text, &all, at) => Place::Word,
                _ => Place::Name,
            };
            // A part of a name is found where it has a capital: "de la Cruz".
            if place == Place::Word || name.is_part && !all[at].is_capitalised() {
                continue;
            }
            let slot = if place == Place::Name { name.slot.clone() } else { SlotName(UNLISTED.to_owned()) };
            found.push((bare_span(&window[0], &window[window.len() - 1], &name.whole), slot));
        }
    }
    found
}

/// Returns the names in greetings and sign-offs, after titles, and everywhere else where the same name stands again.
pub(super) fn patterns(text: &str, language: Language) -> Vec<(Range<usize>, SlotName)> {
    let mut entities: Vec<Entity> = Vec::new();
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    for (span, kind) in
        greeting(text, language).into_iter().chain(sign_off(text, language)).chain(titled(text))
    {
        let name = &text[span.clone()];
        // A text of greetings greets by the same name again and again.
        if !is_everyday(name, language) && seen.insert((fold(name), slot_of(kind))) {
            entities.push(Entity { text: name.to_owned(), kind });
        }
        found.push((span, slot_of(kind)));
    }
    let everywhere = known(text, language, &entities);
    found.extend(
        everywhere
            .into_iter()
            .filter(|(span, _)| text[span.clone()].chars().next().is_some_and(char::is_uppercase)),
    );
    found
}

fn slot_of(kind: EntityKind) -> SlotName {
    let name = match kind {
        EntityKind::ClientFirstName => "client.first_name",
        EntityKind::ClientLastName => "client.last_name",
        EntityKind::DietitianName => "dietitian.name",
        EntityKind::Person => "person.name",
        EntityKind::Place => "place.name",
        EntityKind::Contact => "contact.other",
        EntityKind::Other => "other.name",
    };
    SlotName(name.to_owned())
}

/// Returns the span from `first` to `last` without an elided article before and a possessive after `name`.
fn bare_span(first: &Word<'_>, last: &Word<'_>, name: &str) -> Range<usize> {
    let is_apostrophe = crate::word::is_apostrophe;
    let mut start = first.span.start;
    if let Some((at, apostrophe)) = first.text.char_indices().find(|(_, c)| is_apostrophe(*c))
        && first.text[..at].chars().count() <= 2
        && !name.contains('\'')
    {
        start += at + apostrophe.len_utf8();
    }
    let mut end = last.span.end;
    if let Some((at, apostrophe)) = last.text.char_indices().rfind(|(_, c)| is_apostrophe(*c))
        && ["s", "S"].contains(&&last.text[at + apostrophe.len_utf8()..])
        && last.span.start + at > start
    {
        end = last.span.start + at;
    }
    start..end
}

/// Tells whether the word at `at` of `all` is a form of `name`, and not an everyday word that begins a sentence.
pub(crate) fn is_named(text: &str, all: &[Word<'_>], at: usize, name: &str, language: Language) -> bool {
    is_form(&all[at], &fold(name), language) && !begins_everyday(text, all, at)
}

/// Tells whether `word` is a title such as "Frau" or "Seu", which is no part of a name.
pub(crate) fn is_title(word: &str) -> bool {
    TITLES.contains(&fold(word).as_str())
}
