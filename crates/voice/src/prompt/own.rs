//! Finds the values that a request gives for its slots, however they are spelled in what its caller wrote.

use std::ops::Range;

use domain::content::Language;

use crate::{
    facts::Brief,
    lexicon::vocabulary::is_function_word,
    word::{Word, fold, is_word_character, words},
};

/// Letters of a beginning that make two words forms of one name: "Nowakowej" is "Nowakowska".
const SAME_BEGINNING: usize = 4;

/// What a request's slots hold, in the form in which words are compared.
pub(super) struct Own {
    parts: Vec<String>,
}

impl Own {
    /// Takes the client's values and the dietitian's name, whole and word by word.
    pub(super) fn of(brief: &Brief) -> Self {
        let mut parts = Vec::new();
        for value in brief.client.slots.values().chain(brief.dietitian_name.as_ref()) {
            let split: Vec<String> = value
                .split(|character| !is_word_character(character))
                .map(squash)
                .filter(|part| !part.is_empty())
                .collect();
            let many = split.len() > 1;
            parts.push(squash(value));
            parts.extend(split.into_iter().filter(|part| !many || !is_particle(part)));
        }
        parts.retain(|part| !part.is_empty());
        parts.sort_unstable();
        parts.dedup();
        Self { parts }
    }

    /// Returns where `text` holds one of the values.
    pub(super) fn within(&self, text: &str) -> Vec<Range<usize>> {
        if self.parts.is_empty() {
            return Vec::new();
        }
        let words = words(text);
        let squashed: Vec<String> = words.iter().map(|word| squash(word.text)).collect();
        let mut found = Vec::new();
        for (at, word) in words.iter().enumerate() {
            let functional =
                Language::ALL.into_iter().any(|language| is_function_word(&squashed[at], language));
            let is_own = |part: &String| {
                if functional { squashed[at] == *part } else { is_form(&squashed[at], part) }
            };
            if self.parts.iter().any(is_own) {
                found.push(word.span.clone());
            }
            found.extend(self.torn(text, &words[at..], &squashed[at..]));
        }
        found
    }

    /// Returns where `text` holds one of the values as such, in any case and with any ending of a possessive, unless
    /// it is also a word without which no sentence of `language` is made.
    pub(super) fn spelled(&self, text: &str, language: Language) -> Vec<Range<usize>> {
        let is_own = |word: &Word<'_>| {
            let word = squash(word.text);
            let same = |part: &String| word == *part || word.strip_suffix('s') == Some(part);
            !is_function_word(&word, language) && self.parts.iter().any(same)
        };
        words(text).into_iter().filter(is_own).map(|word| word.span).collect()
    }

    /// Finds a value whose letters stand apart: "jo-anna", "j o a n n a".
    fn torn(&self, text: &str, words: &[Word<'_>], squashed: &[String]) -> Option<Range<usize>> {
        const WIDEST_GAP: usize = 3;
        let longest = self.parts.iter().map(String::len).max().unwrap_or_default();
        let mut joined = squashed.first()?.clone();
        for next in 1..words.len() {
            let gap = &text[words[next - 1].span.end..words[next].span.start];
            if joined.len() > longest || gap.chars().count() > WIDEST_GAP || gap.contains("{{") {
                return None;
            }
            let before = joined.len();
            joined.push_str(&squashed[next]);
            let whole = |part: &String| {
                joined == *part || part.len() > SAME_BEGINNING && joined.starts_with(part.as_str())
            };
            if self.parts.iter().any(|part| before < part.len() && whole(part)) {
                return Some(words[0].span.start..words[next].span.end);
            }
        }
        None
    }
}

/// Tells whether a word is a part of a name or a form of it.
fn is_form(word: &str, part: &str) -> bool {
    const ENDINGS: [&str; 8] = ["s", "es", "n", "ns", "i", "y", "chen", "ek"];
    let letters = part.chars().count();
    // Scripts without spaces, and those that write prepositions with the word.
    if word.contains(part) && (!part.is_ascii() || letters > SAME_BEGINNING) {
        return true;
    }
    let same = word.chars().zip(part.chars()).take_while(|(one, other)| one == other).count();
    same >= SAME_BEGINNING
        || word.strip_prefix(part).is_some_and(|end| end.is_empty() || ENDINGS.contains(&end))
}

/// Tells whether a part of a longer name is no name itself.
fn is_particle(part: &str) -> bool {
    const PARTICLES: [&str; 22] = [
        "a", "al", "and", "da", "das", "de", "del", "der", "di", "do", "dos", "du", "e", "el", "la", "le",
        "of", "the", "van", "von", "y", "zu",
    ];
    PARTICLES.contains(&part)
}

/// Returns letters and digits only, without case and accents, "ae" as "ä", and look-alikes as the Latin letter.
fn squash(text: &str) -> String {
    let letters: String =
        fold(text).chars().filter(|letter| letter.is_alphanumeric()).map(look_alike).collect();
    letters.replace("ae", "a").replace("oe", "o").replace("ue", "u")
}

const fn look_alike(letter: char) -> char {
    match letter {
        'а' | 'α' => 'a',
        'в' | 'β' => 'b',
        'с' => 'c',
        'ԁ' | 'đ' => 'd',
        'е' | 'ε' => 'e',
        'һ' => 'h',
        'і' | 'ι' | 'ı' => 'i',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'ӏ' => 'l',
        'м' => 'm',
        'п' | 'η' => 'n',
        'о' | 'ο' | 'ø' => 'o',
        'р' | 'ρ' => 'p',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'υ' => 'u',
        'ν' => 'v',
        'х' | 'χ' => 'x',
        'у' | 'γ' => 'y',
        'æ' => 'a',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(value: &str, text: &str) -> bool {
        let own = Own { parts: vec![squash(value)] };
        !own.within(text).is_empty()
    }

    #[test]
    fn a_value_is_found_in_every_spelling() {
        for (value, text) in [
            ("Rose", "rose likes tea"),
            ("Mark", "mark has diabetes"),
            ("Joanna", "joannas knee"),
            ("Joanna", "jo-anna"),
            ("Joanna", "jo anna"),
            ("Joanna", "j o a n n a"),
            ("Joanna", "jоаnna"),
            ("Müller", "muellers"),
            ("Jürgen", "juergen"),
            ("Nowakowska", "nowakowej"),
            ("秀英", "秀英女士"),
            ("يوسف", "ليوسف"),
        ] {
            assert!(hits(value, text), "{value}: {text}");
        }
        assert!(!hits("Jo", "the job"));
        assert!(!hits("Joanna", "more energy"));
    }
}
