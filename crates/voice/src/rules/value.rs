//! Tells a name that may be put into a text as it is from a sentence that is brought in as one.
//!
//! What code fills in is judged by no rule as the words around it are: a client called Olive is no food. So a value has
//! to be a name to begin with: few words, none of them speech. One word of it may be an ordinary one, as in "Kevin
//! Bacon" and "Will Page"; two of them say something, as in "eat cheese".

mod practice;
mod speech;
#[cfg(test)]
mod tests;

use std::ops::Range;

use domain::content::{ContentType, Language, UnitSystem};

use self::{
    practice::{is_mixed, is_practice},
    speech::said,
};
use super::{Evidence, Rule, check_sentence};
use crate::{
    allergen::Allergen,
    facts::{Brief, Client, Facts, Length},
    lexicon::{
        cues::{Cue, Cues},
        words::words,
    },
};

/// How long a name may be, and whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Whether it is a person's: its words have capitals, if one of them has.
    pub person: bool,
    /// Words between spaces, at most.
    pub words: usize,
    /// Characters (Unicode scalar values), at most.
    pub characters: usize,
}

/// The room of a dietitian's display name, which may hold titles and letters after the name.
pub const DISPLAY_NAME: Room = Room { person: true, words: 9, characters: 100 };

/// Returns the room of the client's slot `id`, such as `first_name`.
pub fn room(id: &str) -> Room {
    let (person, words, characters) = match id {
        "first_name" | "given_name" | "nickname" => (true, 4, 40),
        "last_name" | "family_name" | "surname" => (true, 6, 60),
        "full_name" | "name" => (true, 8, 60),
        "title" => (false, 4, 30),
        "city" | "town" => (false, 6, 60),
        "clinic" | "practice" | "company" => (false, 8, 60),
        _ => (false, 4, 40),
    };
    Room { person, words, characters }
}

/// Why a value may not be put into texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoName {
    /// It has more characters than its [`Room`].
    TooLong,
    /// It has more words than its [`Room`].
    TooManyWords,
    /// It says something, as sentences do: "Please Call Me".
    Sentence,
    /// More than one of its words is of foods, meals, medicines, weight or what is done with them: "Eat Cheese".
    Content,
    /// A word of a person's name has no capital, though another has: "Nora eat".
    LowerCase,
    /// It breaks an output rule by itself.
    Rule(Rule),
}

/// Returns why `value` is no name that texts in `languages` may hold as it is.
///
/// Characters are for the caller to judge: what the contract lets in holds letters, apostrophes, hyphens, spaces, and
/// full stops after initials and abbreviations.
///
/// # Errors
/// The first reason there is.
pub fn check_name(value: &str, room: Room, languages: &[Language]) -> Result<(), NoName> {
    if value.chars().count() > room.characters {
        return Err(NoName::TooLong);
    }
    if value.split_whitespace().count() > room.words {
        return Err(NoName::TooManyWords);
    }
    // Tenants write English into texts of any language.
    let mut languages = languages.to_vec();
    if !languages.contains(&Language::English) {
        languages.push(Language::English);
    }
    let practice = room == DISPLAY_NAME && is_practice(value);
    if let Some(reason) = said(value, &languages, practice) {
        return Err(reason);
    }
    if room.person && is_mixed(value) {
        return Err(NoName::LowerCase);
    }
    languages
        .into_iter()
        .find_map(|language| broken(value, language))
        .map_or(Ok(()), |rule| Err(NoName::Rule(rule)))
}

/// Returns the rule that `value` breaks where a client avoids everything. One word that names a food is a name.
fn broken(value: &str, language: Language) -> Option<Rule> {
    let brief = strictest(language);
    let evidence =
        Evidence { brief: &brief, samples: &[], instructions: None, slots_filled: true, trace: &[] };
    let is_name = |span: &Option<Range<usize>>| {
        let said = span.as_ref().and_then(|span| value.get(span.clone())).map(words).unwrap_or_default();
        said.len() == 1
            && !Cues::of(&said, language)
                .iter()
                .any(|(cue, ..)| matches!(cue, Cue::Claim(_) | Cue::ClaimLactose))
    };
    check_sentence(value, &evidence)
        .into_iter()
        .filter(|finding| match finding.rule {
            Rule::R1 | Rule::R3 | Rule::R4 | Rule::R9 => true,
            Rule::R2 => !is_name(&finding.span),
            _ => false,
        })
        .map(|finding| finding.rule)
        .next()
}

fn strictest(language: Language) -> Brief {
    Brief {
        content_type: ContentType::Introduction,
        language,
        units: UnitSystem::Metric,
        client: Client { avoid_allergens: Allergen::ALL.to_vec(), ..Client::default() },
        facts: Facts::default(),
        note: None,
        length: Length { min: 0, max: u32::MAX },
        dietitian_name: None,
    }
}
