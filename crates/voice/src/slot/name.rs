//! Finds names: those the caller knows, in every form, and those that greetings and sign-offs give away.

mod form;
mod letter;
mod unlisted;
mod words;

use std::ops::Range;

use domain::content::Language;

pub(crate) use self::letter::{closing_words, greeting_words};
pub(super) use self::unlisted::unlisted;
use self::{
    form::{begins_everyday, is_everyday, is_form},
    letter::{greeting, sign_off, titled},
    words::{PARTICLES, TITLES},
};

use super::{Entity, EntityKind, SlotName};
use crate::word::{Word, fold, words};

/// Returns where `text` holds one of `known`, in whatever case, possessive or inflected form.
pub(super) fn known(text: &str, language: Language, known: &[Entity]) -> Vec<(Range<usize>, SlotName)> {
    let all = words(text);
    let mut found = Vec::new();
    for entity in known {
        let parts: Vec<String> = words(&entity.text).iter().map(|word| fold(word.text)).collect();
        let name = slot_of(entity.kind);
        if parts.is_empty() {
            // Emoji or punctuation: taken as it stands.
            let exact = entity.text.trim();
            if !exact.is_empty() && !exact.contains(['{', '}']) {
                found.extend(text.match_indices(exact).map(|(at, _)| (at..at + exact.len(), name.clone())));
            }
            continue;
        }
        for (at, window) in all.windows(parts.len()).enumerate() {
            let near = window.windows(2).all(|pair| pair[1].span.start - pair[0].span.end <= 3);
            if near
                && window.iter().zip(&parts).all(|(word, part)| is_form(word, part, language))
                && !(parts.len() == 1 && begins_everyday(text, &all, at))
            {
                found.push((bare_span(&window[0], &window[parts.len() - 1], &parts.concat()), name.clone()));
            }
        }
        if parts.len() > 1 && is_personal(entity.kind) {
            for (at, word) in all.iter().enumerate() {
                let names = parts.iter().any(|part| {
                    part.chars().count() > 2
                        && !PARTICLES.contains(&part.as_str())
                        && !TITLES.contains(&part.as_str())
                        && is_form(word, part, language)
                });
                if names && word.is_capitalised() && !begins_everyday(text, &all, at) {
                    found.push((bare_span(word, word, &parts.concat()), name.clone()));
                }
            }
        }
    }
    found
}

/// Returns the names in greetings and sign-offs, after titles, and everywhere else where the same name stands again.
pub(super) fn patterns(text: &str, language: Language) -> Vec<(Range<usize>, SlotName)> {
    let mut entities: Vec<Entity> = Vec::new();
    let mut found = Vec::new();
    for (span, kind) in
        greeting(text, language).into_iter().chain(sign_off(text, language)).chain(titled(text))
    {
        let name = &text[span.clone()];
        if !is_everyday(name, language) {
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

const fn is_personal(kind: EntityKind) -> bool {
    matches!(
        kind,
        EntityKind::ClientFirstName
            | EntityKind::ClientLastName
            | EntityKind::DietitianName
            | EntityKind::Person
    )
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
