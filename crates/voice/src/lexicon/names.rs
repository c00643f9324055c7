//! Names of people: the given names that are common where our languages are spoken, and surnames that are words.
//!
//! `names/given.txt` holds given names, `names/given_words.tsv` those that are words as well, by the language of the
//! word, and `names/surnames.txt` surnames that are ordinary words in lower case.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use domain::content::Language;

use super::rows;
use crate::word::fold;

/// What a given name is to a language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GivenName {
    /// A name and nothing else.
    Only,
    /// A word of every day as well.
    AndWord,
}

/// Tells what given name `folded` is, if one at all. A word of which no language is known is none.
pub(crate) fn given_name(folded: &str, language: Language) -> Option<GivenName> {
    let is_word = GIVEN_WORDS.get(language.as_str()).is_some_and(|names| names.contains(folded));
    match is_word {
        true => Some(GivenName::AndWord),
        false => GIVEN.contains(folded).then_some(GivenName::Only),
    }
}

/// Tells whether a folded word is a given name in some language, whatever else it is.
pub(crate) fn is_given_name(folded: &str) -> bool {
    GIVEN.contains(folded) || GIVEN_WORDS.values().any(|names| names.contains(folded))
}

/// Tells whether a folded word, ordinary in lower case, is a common surname.
pub(crate) fn is_surname(folded: &str) -> bool {
    SURNAMES.contains(folded)
}

/// Returns the words of a list; lines that begin with `#` say what it lists.
pub(super) fn list(file: &'static str) -> impl Iterator<Item = &'static str> {
    file.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace)
}

static GIVEN: LazyLock<HashSet<String>> =
    LazyLock::new(|| list(include_str!("names/given.txt")).map(fold).collect());

static GIVEN_WORDS: LazyLock<HashMap<&'static str, HashSet<&'static str>>> = LazyLock::new(|| {
    let mut words: HashMap<_, HashSet<_>> = HashMap::new();
    for columns in rows(include_str!("names/given_words.tsv")) {
        let [language, names] = columns[..] else { continue };
        words.entry(language).or_default().extend(names.split_whitespace());
    }
    words
});

static SURNAMES: LazyLock<HashSet<String>> =
    LazyLock::new(|| list(include_str!("names/surnames.txt")).map(fold).collect());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_enough_folded_and_told_from_words() {
        assert!(GIVEN.len() >= 2000, "{}", GIVEN.len());
        for names in GIVEN_WORDS.values().flatten() {
            assert_eq!(fold(names), **names);
        }
        for language in GIVEN_WORDS.keys() {
            assert!(*language == "*" || language.parse::<Language>().is_ok(), "{language}");
        }
        assert_eq!(given_name("sarah", Language::English), Some(GivenName::Only));
        assert_eq!(given_name("mark", Language::English), Some(GivenName::AndWord));
        assert_eq!(given_name("charity", Language::English), None);
        assert!(is_given_name("charity") && is_given_name("mark") && is_given_name("sarah"));
    }
}
