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
pub(super) use self::unlisted::unlisted;
pub(crate) use self::words::is_given_name;
use self::{
    entries::{Name, Names},
    form::{begins_everyday, is_everyday, is_form},
    letter::{greeting, sign_off, titled},
    place::{Place, Places},
    words::TITLES,
};

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
    let mut hits: Vec<Hit<'_>> = Vec::new();
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
            hits.push(Hit { words: at..at + name.parts.len(), name, place });
        }
    }
    found.extend(joined(text, &all, hits).into_iter().map(|hit| {
        let (first, last) = (&all[hit.words.start], &all[hit.words.end - 1]);
        let slot =
            if hit.place == Place::Name { hit.name.slot.clone() } else { SlotName(UNLISTED.to_owned()) };
        (closed(text, bare_span(first, last, &hit.name.whole)), slot)
    }));
    found
}

/// A known name where it stands.
struct Hit<'a> {
    words: Range<usize>,
    name: &'a Name,
    place: Place,
}

/// Shows parts of a name by the parts beside them, and joins those of the dietitian's: "Theodore J. Grant" is one
/// signature, though only "Dr. Theodore Grant" is known.
fn joined<'a>(text: &str, all: &[Word<'_>], mut hits: Vec<Hit<'a>>) -> Vec<Hit<'a>> {
    let beside = |one: &Hit<'_>, other: &Hit<'_>| {
        let Some(after) = all.get(other.words.start).filter(|_| one.words.end <= other.words.start) else {
            return false;
        };
        let gap = &text[all[one.words.end - 1].span.end..after.span.start];
        let initial = gap.trim().strip_suffix('.').is_some_and(|letter| letter.chars().count() == 1);
        one.name.is_part
            && other.name.is_part
            && one.name.whole == other.name.whole
            && one.name.parts != other.name.parts
            && (matches!(gap, " " | "-") || gap.starts_with(' ') && initial)
    };
    hits.sort_by_key(|hit| (!hit.name.is_part, hit.words.start));
    for at in 1..hits.len() {
        if beside(&hits[at - 1], &hits[at]) && hits[at - 1].place == Place::Name {
            hits[at].place = Place::Name;
        }
    }
    for at in (1..hits.len()).rev() {
        if beside(&hits[at - 1], &hits[at]) && hits[at].place == Place::Name {
            hits[at - 1].place = Place::Name;
        }
    }
    // "Marsh Nutrition" under "Poppy Marsh" is the practice.
    let names_practice = |last: Option<&Hit<'_>>, hit: &Hit<'_>| {
        let start = all[hit.words.start].span.start;
        let goes_on = all.get(hit.words.end).is_some_and(|next| {
            next.is_capitalised() && &text[all[hit.words.end - 1].span.end..next.span.start] == " "
        });
        let signed = last.map_or(0, |last| all[last.words.end - 1].span.end);
        let signed = signed.max(text[..start].rfind("{{dietitian.name}}").map_or(0, |at| at + 18));
        let between = &text[signed..start];
        goes_on
            && hit.name.is_part
            && signed > 0
            && between.trim_end_matches([' ', '|', '·', '-', '–']).ends_with('\n')
            && between.len() <= 40
            && !between.contains(['.', '!', '?', '…', ':'])
    };
    let is_dietitian = |hit: &Hit<'_>| hit.name.slot.as_str() == "dietitian.name";
    hits.sort_by_key(|hit| hit.words.start);
    let mut joined: Vec<Hit<'a>> = Vec::with_capacity(hits.len());
    for hit in hits {
        let before = joined.iter().rev().find(|last| is_dietitian(last) && last.words.end <= hit.words.start);
        if is_dietitian(&hit) && names_practice(before, &hit) {
            continue;
        }
        match joined.last_mut() {
            Some(last)
                if is_dietitian(&hit)
                    && last.place == Place::Name
                    && hit.place == Place::Name
                    && beside(last, &hit) =>
            {
                *last = Hit { words: last.words.start..hit.words.end, ..hit };
            }
            _ => joined.push(hit),
        }
    }
    joined
}

/// Returns the names in greetings and sign-offs, after titles, and everywhere else where the same name stands again.
///
/// `signed` are the places where the dietitian's known name stands.
pub(super) fn patterns(
    text: &str,
    language: Language,
    signed: &[Range<usize>],
) -> Vec<(Range<usize>, SlotName)> {
    let mut entities: Vec<Entity> = Vec::new();
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    for (span, kind) in
        greeting(text, language).into_iter().chain(sign_off(text, language, signed)).chain(titled(text))
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

/// Returns `span` with the bracket that closes one in it: "Ann Bell (RD)".
fn closed(text: &str, span: Range<usize>) -> Range<usize> {
    let name = &text[span.clone()];
    let open = name.contains('(') && !name.contains(')') && text[span.end..].starts_with(')');
    span.start..span.end + usize::from(open)
}

/// Tells whether the word at `at` of `all` is a form of `name`, and not an everyday word that begins a sentence.
pub(crate) fn is_named(text: &str, all: &[Word<'_>], at: usize, name: &str, language: Language) -> bool {
    is_form(&all[at], &fold(name), language) && !begins_everyday(text, all, at)
}

/// Tells whether `word` is a title such as "Frau" or "Seu", which is no part of a name.
pub(crate) fn is_title(word: &str) -> bool {
    TITLES.contains(&fold(word).as_str())
}
