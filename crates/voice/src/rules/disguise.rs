//! Finds words that are spelled so that a rule overlooks what a reader reads: "eg.gs", "e-g-g-s", "m!lk", "eeeggs",
//! "almnods".

use std::ops::Range;

use domain::content::Language;
use unicode_normalization::UnicodeNormalization as _;

use super::reading::Reading;
use crate::{
    allergen::Allergen,
    language::function_words,
    lexicon::{
        is_false_friend,
        near::near,
        words::{Word, plain},
    },
    mention::{Mention, MentionKind, mentions},
};

/// A word cut into more pieces is no word to any reader.
const MOST_PIECES: usize = 12;
/// Pieces as short as this make no words by themselves.
const LONGEST_PIECE: usize = 2;
/// Shorter words are too often made up by chance.
const SHORTEST_WORD: usize = 4;

/// Returns the places that spell a food with one of `avoid` and hide it.
pub(super) fn disguised(reading: &Reading, avoid: &[Allergen]) -> Vec<Range<usize>> {
    let candidates = glued(reading).into_iter().chain(pieces(reading)).chain(respelled(reading));
    let mut found: Vec<Range<usize>> =
        candidates.filter(|(_, word)| spells(word, reading.language, avoid)).map(|(span, _)| span).collect();
    found.sort_by_key(|span| (span.start, span.end));
    found.dedup();
    found
}

/// Tells whether `word` is a food with one of `avoid`, in any of our languages.
fn spells(word: &str, language: Language, avoid: &[Allergen]) -> bool {
    let long = word.chars().count() >= SHORTEST_WORD;
    Language::ALL
        .into_iter()
        .filter(|known| *known == language || long && !is_false_friend(word, language))
        .flat_map(|known| mentions(word, known))
        .any(|mention| {
            mention.span == (0..word.len())
                && mention.is_food()
                && mention.allergens.iter().any(|allergen| avoid.contains(allergen))
        })
}

/// Returns the misspelt foods with one of `avoid`: words that nobody knows, one slip from such a food.
pub(super) fn misspelt(reading: &Reading, avoid: &[Allergen]) -> Vec<Mention> {
    let unknown = |word: &&Word| {
        !reading.mentions.iter().any(|mention| mention.span.contains(&word.span.start))
            && !reading.cues.covers_any(reading.words_in(&word.span).start)
    };
    reading
        .words
        .iter()
        .filter(unknown)
        .filter_map(|word| {
            let lexeme = near(&word.text, reading.language)
                .find(|lexeme| lexeme.allergens.iter().any(|allergen| avoid.contains(allergen)))?;
            Some(Mention {
                span: word.span.clone(),
                kind: MentionKind::Food,
                id: lexeme.id,
                allergens: &lexeme.allergens,
            })
        })
        .collect()
}

/// Finds words with a mark inside: "eg.gs", "m!lk", "but_ter".
fn glued(reading: &Reading) -> Vec<(Range<usize>, String)> {
    runs(&reading.words, |before, word| {
        let gap = &reading.text[before.span.end..word.span.start];
        let is_mark = |mark: char| !mark.is_alphanumeric() && !mark.is_whitespace();
        // "Oat-milk" and "d'œufs" are two words to everyone.
        gap.chars().count() == 1 && gap.chars().all(|mark| is_mark(mark) && !matches!(mark, '-' | '\'' | '’'))
    })
    .into_iter()
    .flat_map(|run| {
        let span = run[0].span.start..run[run.len() - 1].span.end;
        let read = |stand_in: fn(char) -> Option<char>| -> String {
            let mut word = String::new();
            for (at, part) in run.iter().enumerate() {
                let gap = if at == 0 { "" } else { &reading.text[run[at - 1].span.end..part.span.start] };
                word.extend(gap.chars().filter_map(stand_in));
                word.push_str(&part.text);
            }
            word
        };
        [(span.clone(), read(|_| None)), (span, read(letter_like))]
    })
    .collect()
}

/// Returns the letter that a mark stands in for.
const fn letter_like(mark: char) -> Option<char> {
    match mark {
        '!' | '|' | '¡' => Some('i'),
        '@' => Some('a'),
        '$' => Some('s'),
        '€' => Some('e'),
        _ => None,
    }
}

/// Finds words in pieces: "e g g s", "e-g-g-s", "eg gs".
fn pieces(reading: &Reading) -> Vec<(Range<usize>, String)> {
    let short = |word: &Word| word.text.chars().count() <= LONGEST_PIECE;
    let mut found = Vec::new();
    for run in runs(&reading.words, |before, word| {
        let gap = &reading.text[before.span.end..word.span.start];
        gap.chars().count() <= 3 && !gap.contains('\n') && short(before) && short(word)
    }) {
        for start in 0..run.len() {
            for end in start + 2..=run.len().min(start + MOST_PIECES) {
                let part = &run[start..end];
                let letters = part.iter().all(|word| word.text.chars().count() == 1) && part.len() > 2;
                let own = |word: &Word| function_words(reading.language).contains(word.text.as_str());
                if letters || !part.iter().any(own) {
                    let span = part[0].span.start..part[part.len() - 1].span.end;
                    found.push((span, part.iter().map(|word| word.text.as_str()).collect()));
                }
            }
        }
    }
    found
}

/// Finds words with letters drawn out, with foreign marks on them or with look-alike letters: "eeeggs", "ëggs".
fn respelled(reading: &Reading) -> Vec<(Range<usize>, String)> {
    let mut found = Vec::new();
    for word in &reading.words {
        let bare: String = plain(&word.text).nfkc().map(latin).collect();
        let known = reading.mentions.iter().any(|mention| mention.span.contains(&word.span.start));
        if known {
            continue;
        }
        for most in [1, 2] {
            let squeezed = squeeze(&bare, most);
            if squeezed != word.text && (squeezed.len() < bare.len() && is_drawn_out(&bare) || most == 2) {
                found.push((word.span.clone(), squeezed));
            }
        }
    }
    found
}

/// Returns the Latin letter that `letter` looks like (the everyday part of Unicode TR 39's confusables).
const fn latin(letter: char) -> char {
    match letter {
        'а' | 'α' | 'ɑ' => 'a',
        'в' => 'b',
        'с' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' | 'ε' => 'e',
        'ɡ' => 'g',
        'һ' | 'н' => 'h',
        'і' | 'ι' | 'ı' | 'ӏ' => 'i',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'м' => 'm',
        'п' | 'η' | 'ո' => 'n',
        'о' | 'ο' | 'օ' => 'o',
        'р' | 'ρ' => 'p',
        'г' => 'r',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'υ' | 'ս' => 'u',
        'ν' => 'v',
        'х' | 'χ' => 'x',
        'у' => 'y',
        other => other,
    }
}

/// Tells whether a letter stands three times in a row.
fn is_drawn_out(word: &str) -> bool {
    let letters: Vec<char> = word.chars().collect();
    letters.windows(3).any(|three| three[0] == three[1] && three[1] == three[2])
}

/// Returns `word` with no letter more than `most` times in a row.
fn squeeze(word: &str, most: usize) -> String {
    let mut squeezed = String::with_capacity(word.len());
    let (mut last, mut times) = (None, 0);
    for letter in word.chars() {
        times = if last == Some(letter) { times + 1 } else { 1 };
        last = Some(letter);
        if times <= most {
            squeezed.push(letter);
        }
    }
    squeezed
}

/// Returns the longest runs of at least two words in which each two neighbours fit together.
fn runs(words: &[Word], fit: impl Fn(&Word, &Word) -> bool) -> Vec<&[Word]> {
    words.chunk_by(fit).filter(|run| run.len() > 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{facts::Brief, rules::Evidence};

    fn found(text: &str, avoid: &[Allergen]) -> bool {
        let brief: Brief = serde_json::from_value(serde_json::json!({
            "content_type": "introduction", "language": "en", "units": "metric",
            "client": {"slots": {}, "reader": {"minor": false, "pregnant": false, "ed_history": false},
                "avoid_allergens": []},
            "facts": {"plan_days": null, "goals": [], "meals": [], "numbers": [], "verified_free_from": []},
            "note": null, "length": {"min": 1, "max": 100}, "dietitian_name": null,
        }))
        .unwrap();
        let evidence =
            Evidence { brief: &brief, samples: &[], instructions: None, slots_filled: true, trace: &[] };
        !disguised(&Reading::new(text, &evidence), avoid).is_empty()
    }

    #[test]
    fn words_that_hide_a_food_are_found() {
        for text in [
            "Have eg.gs now.",
            "Have e g g s now.",
            "Have e-g-g-s now.",
            "Have e.g.g.s now.",
            "Have eg gs now.",
            "Have eggggs now.",
            "Have ëggs now.",
            "Have egg|s now.",
            "Have e*g*g*s now.",
            "Have h u e v o s now.",
            "Have еggs now.",
            "Have ｅｇｇｓ now.",
            "Have 𝐞𝐠𝐠𝐬 now.",
        ] {
            assert!(found(text, &[Allergen::Eggs]), "{text}");
        }
        assert!(found("Drink m!lk now.", &[Allergen::Milk]));
    }

    #[test]
    fn plain_words_hide_nothing() {
        for text in [
            "Take it as it is, so we go on.",
            "I am in on it, e.g. at 5 p.m., as we do.",
            "Oat-milk and d'accord.",
            "Sooo good, well done!!!",
            "A to Z, and so on: a, b, c.",
        ] {
            assert!(!found(text, &Allergen::ALL), "{text}");
        }
    }
}
