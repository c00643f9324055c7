//! The known names of a text by the letters they begin with, so that a text is read once, however many there are.

use std::collections::HashMap;

use super::{
    slot_of,
    words::{DEGREES, PARTICLES, TITLES},
};
use crate::{
    slot::{Entity, EntityKind, SlotName},
    word::{Word, fold, is_apostrophe, words},
};

/// One name, or one part of a name.
pub(super) struct Name {
    /// Its words, folded.
    pub(super) parts: Vec<String>,
    /// All words of the name it belongs to.
    pub(super) whole: String,
    pub(super) slot: SlotName,
    /// Whether it is one word of a longer name.
    pub(super) is_part: bool,
    /// Whether it must not be kept wherever it stands: a contact, a secret.
    pub(super) strict: bool,
}

/// All known names.
pub(super) struct Names {
    names: Vec<Name>,
    by_beginning: HashMap<String, Vec<usize>>,
}

impl Names {
    /// Returns the names in `known`, and what is no word and is found as it stands.
    pub(super) fn of(known: &[Entity]) -> (Self, Vec<(&str, SlotName)>) {
        let mut names = Self { names: Vec::new(), by_beginning: HashMap::new() };
        let mut verbatim = Vec::new();
        for entity in known {
            let parts: Vec<String> = words(&entity.text).iter().map(|word| fold(word.text)).collect();
            let slot = slot_of(entity.kind);
            let exact = entity.text.trim();
            if parts.is_empty() {
                // Emoji or punctuation.
                if !exact.is_empty() && !exact.contains(['{', '}']) {
                    verbatim.push((exact, slot));
                }
                continue;
            }
            let whole = parts.concat();
            let strict = matches!(entity.kind, EntityKind::Contact | EntityKind::Other);
            let several = parts.len() > 1 && is_personal(entity.kind);
            let core = core(&entity.text);
            let said_alone = parts[core.clone()].iter().filter(|part| {
                several
                    && part.chars().count() > 2
                    && !PARTICLES.contains(&part.as_str())
                    && !TITLES.contains(&part.as_str())
            });
            for part in said_alone {
                names.add(Name {
                    parts: vec![part.clone()],
                    whole: whole.clone(),
                    slot: slot.clone(),
                    is_part: true,
                    strict,
                });
            }
            // Who is listed as "Dr. Anna Koch, RD" signs as "Anna Koch" too.
            if several && core.len() > 1 && core.len() < parts.len() {
                let parts = parts[core].to_vec();
                names.add(Name { whole: parts.concat(), parts, slot: slot.clone(), is_part: false, strict });
            }
            names.add(Name { parts, whole, slot, is_part: false, strict });
        }
        (names, verbatim)
    }

    /// Tells whether there is none.
    pub(super) const fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Returns the names whose first word `word` may be a form of.
    pub(super) fn beginning_like<'a>(&'a self, word: &Word<'_>) -> impl Iterator<Item = &'a Name> + use<'a> {
        let folded = fold(word.text);
        let mut beginnings = vec![beginning(&folded)];
        // "d'Anna" and "O'Brien".
        let mut rest = folded.as_str();
        while let Some((at, apostrophe)) = rest.char_indices().find(|(_, c)| is_apostrophe(*c)) {
            rest = &rest[at + apostrophe.len_utf8()..];
            beginnings.push(beginning(rest));
        }
        beginnings.sort();
        beginnings.dedup();
        beginnings
            .into_iter()
            .filter_map(|beginning| self.by_beginning.get(&beginning))
            .flatten()
            .map(|at| &self.names[*at])
    }

    fn add(&mut self, name: Name) {
        let Some(first) = name.parts.first() else { return };
        self.by_beginning.entry(beginning(first)).or_default().push(self.names.len());
        self.names.push(name);
    }
}

/// What every form of a name begins with: its endings change, its first letters do not.
fn beginning(folded: &str) -> String {
    folded.chars().take_while(|letter| !is_apostrophe(*letter)).take(2).collect()
}

/// Returns which words of a name are neither titles before it nor letters after it.
fn core(name: &str) -> std::ops::Range<usize> {
    let all = words(name);
    let is = |list: &[&str], word: &Word<'_>| list.contains(&fold(word.text).as_str());
    let start = all.iter().take_while(|word| is(TITLES, word)).count();
    let comma = name.find([',', '(', '|']).unwrap_or(name.len());
    let is_letters = |word: &&Word<'_>| {
        let written_so = word.text.chars().skip(1).any(char::is_uppercase);
        is(DEGREES, word) || word.span.start > comma && written_so
    };
    let end = all.len() - all.iter().rev().take_while(is_letters).count();
    if start < end { start..end } else { 0..all.len() }
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
