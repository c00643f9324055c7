//! Finds the food that an unknown word is one slip away from: "almnods", "penuts", "yoghrut".
//!
//! One slip is a letter too many, too few or wrong, or two neighbours in the wrong order. Only words of at least
//! [`SHORTEST`] letters are looked at: shorter ones are too often other words. Words of every day that happen to be that
//! near to a food ("custom", "batter") are listed in `lexicon/near-words.tsv`: language, words.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use domain::content::Language;

use super::{
    Lexeme, is_false_friend, lexicon, rows,
    words::{comparable, plain},
};
use crate::language::function_words;

/// Shorter forms are one slip away from too many words.
const SHORTEST: usize = 6;
/// The shortest word that may be a food with one letter of a pair missing.
const SHORTEST_SINGLE: usize = 3;
/// Longer words are no words of any language.
const LONGEST_WORD: usize = 40;
/// How many letters an inflection adds to a stem at most.
const LONGEST_ENDING: usize = 4;

/// The foods with allergens of a language, by their first two and by their last two letters: one slip spares one of both.
struct Near {
    forms: Vec<Form>,
    by_start: HashMap<[char; 2], Vec<usize>>,
    by_end: HashMap<[char; 2], Vec<usize>>,
    /// Shorter foods with one letter of a pair missing: "egs".
    single: HashMap<String, usize>,
    ordinary: HashSet<String>,
}

struct Form {
    letters: Vec<char>,
    goes_on: bool,
    entry: usize,
}

/// Returns the foods with allergens that `word`, in lower case, may have been meant as.
pub(crate) fn near(word: &str, language: Language) -> impl Iterator<Item = &'static Lexeme> + use<> {
    let near: &'static Near = &NEAR[language as usize];
    near.entries(word, language).into_iter().map(move |entry| lexicon(language).lexemes[entry])
}

static NEAR: LazyLock<[Near; 7]> = LazyLock::new(|| Language::ALL.map(Near::read));

impl Near {
    fn read(language: Language) -> Self {
        let known = lexicon(language);
        let mut near = Self {
            forms: Vec::new(),
            by_start: HashMap::new(),
            by_end: HashMap::new(),
            single: HashMap::new(),
            ordinary: HashSet::new(),
        };
        let foods = known.forms.single_words().filter(|(.., entry)| {
            known.lexemes[*entry].is_food() && !known.lexemes[*entry].allergens.is_empty()
        });
        for (letters, goes_on, entry) in foods {
            let letters: Vec<char> = plain(letters).chars().collect();
            if letters.len() < SHORTEST {
                if !goes_on && letters.len() > SHORTEST_SINGLE {
                    near.single.extend(without_a_pair(&letters).map(|word| (word, entry)));
                }
                continue;
            }
            let at = near.forms.len();
            near.by_start.entry([letters[0], letters[1]]).or_default().push(at);
            if !goes_on {
                near.by_end.entry(last_two(&letters)).or_default().push(at);
            }
            near.forms.push(Form { letters, goes_on, entry });
        }
        near.ordinary = rows(include_str!("near-words.tsv"))
            .filter(|columns| columns[0] == language.as_str())
            .flat_map(|columns| {
                columns.get(1).map(|words| words.split(' ').map(comparable)).into_iter().flatten()
            })
            .collect();
        near
    }

    fn entries(&self, word: &str, language: Language) -> Vec<usize> {
        let letters: Vec<char> = plain(word).chars().collect();
        let known = || {
            self.ordinary.contains(word)
                || function_words(language).contains(word)
                || is_false_friend(word, language)
        };
        if letters.len() < SHORTEST_SINGLE || letters.len() > LONGEST_WORD || known() {
            return Vec::new();
        }
        if letters.len() + 1 < SHORTEST {
            return self.single.get(word).copied().into_iter().collect();
        }
        let starting = self.by_start.get(&[letters[0], letters[1]]).into_iter().flatten();
        let ending = self.by_end.get(&last_two(&letters)).into_iter().flatten();
        let forms = starting.chain(ending).map(|at| &self.forms[*at]);
        forms.filter(|form| form.is_near(&letters)).map(|form| form.entry).collect()
    }
}

/// Returns the word with one of two like neighbours left out.
fn without_a_pair(letters: &[char]) -> impl Iterator<Item = String> {
    let pairs = (1..letters.len()).filter(|at| letters[*at] == letters[at - 1]);
    pairs.map(|at| {
        letters.iter().enumerate().filter(|(place, _)| *place != at).map(|(_, letter)| *letter).collect()
    })
}

fn last_two(letters: &[char]) -> [char; 2] {
    [letters[letters.len() - 2], letters[letters.len() - 1]]
}

impl Form {
    fn is_near(&self, word: &[char]) -> bool {
        if !self.goes_on {
            return is_one_slip(word, &self.letters);
        }
        let stem = self.letters.len();
        (stem - 1..=stem + 1)
            .filter(|cut| *cut <= word.len() && word.len() - cut <= LONGEST_ENDING)
            .any(|cut| is_one_slip(&word[..cut], &self.letters))
    }
}

/// Tells whether one letter more, less or other, or two neighbours exchanged, make one word of the other.
fn is_one_slip(one: &[char], other: &[char]) -> bool {
    if one.len().abs_diff(other.len()) > 1 {
        return false;
    }
    let before = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let (one, other) = (&one[before..], &other[before..]);
    let after = one.iter().rev().zip(other.iter().rev()).take_while(|(a, b)| a == b).count();
    match (&one[..one.len() - after], &other[..other.len() - after]) {
        ([_], []) | ([], [_]) | ([_], [_]) => true,
        ([a, b], [c, d]) => a == d && b == c,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(word: &str, language: Language) -> Vec<&'static str> {
        near(word, language).map(|lexeme| lexeme.id).collect()
    }

    #[test]
    fn a_slip_in_a_long_food_is_forgiven() {
        for (word, language, id) in [
            ("penuts", Language::English, "peanuts"),
            ("almnods", Language::English, "almonds"),
            ("yoghrut", Language::English, "yogurt"),
            ("egs", Language::English, "eggs"),
            ("mandrola", Language::Italian, "almonds"),
            ("nuezes", Language::Spanish, "walnuts"),
        ] {
            assert!(ids(word, language).contains(&id), "{word}: {:?}", ids(word, language));
        }
    }

    #[test]
    fn words_of_every_day_and_short_words_are_left_alone() {
        for word in ["butler", "better", "custom", "place", "seasons", "wander", "x", "", "é"] {
            assert!(ids(word, Language::English).is_empty(), "{word}: {:?}", ids(word, Language::English));
        }
    }
}
