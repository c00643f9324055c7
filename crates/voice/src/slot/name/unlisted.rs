//! Finds what is written like a name inside a sentence though no one listed it: "London", "the Harrow clinic".
//!
//! Only in languages that do not capitalise nouns; in German, every noun would be one.

use std::{collections::HashSet, ops::Range};

use domain::content::Language;

use super::{closing_words, greeting_words, words::TITLES};
use crate::{
    language::function_words,
    mention::mentions,
    phrases::phrases,
    word::{Word, fold, words},
};

/// Returns the runs of capitalised words that begin no sentence and are no everyday capitals.
pub(in crate::slot) fn unlisted(text: &str, language: Language) -> Vec<Range<usize>> {
    if language == Language::German {
        return Vec::new();
    }
    let everywhere = words(text);
    let in_lower_case: HashSet<String> =
        everywhere.iter().filter(|word| !word.is_capitalised()).map(|word| fold(word.text)).collect();
    let named = mentions(text, language);
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    let mut signed = false;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let all = words(line);
        signed |= start > 0 && closing_words(&all) > 0 && all.len() <= 6;
        if signed
            || greeting_words(&all) > 0
            || is_heading(&all)
            || start > 0 && is_last(text, at) && all.len() <= 6
        {
            continue;
        }
        for (place, word) in all.iter().enumerate().skip(1) {
            let span = start + word.span.start..start + word.span.end;
            let usual = begins_sentence(&line[..word.span.start])
                || is_everyday(word, language)
                || in_lower_case.contains(&fold(word.text))
                || named.iter().any(|mention| mention.span.start < span.end && span.start < mention.span.end);
            if !word.is_capitalised() || usual {
                continue;
            }
            let gap = &line[all[place - 1].span.end..word.span.start];
            match found.last_mut() {
                Some(last) if gap == " " && last.end + 1 == span.start => last.end = span.end,
                _ => found.push(span),
            }
        }
    }
    found
}

/// Tells whether a sentence, a clause or a quotation begins after `before`.
fn begins_sentence(before: &str) -> bool {
    let before = before.trim_end();
    // "Dr. Patel" begins no sentence.
    let abbreviated = before.strip_suffix('.').is_some_and(|stem| {
        let last = stem.rsplit(char::is_whitespace).next().unwrap_or(stem);
        TITLES.contains(&fold(last).as_str())
    });
    !abbreviated
        && (before.is_empty()
            || before.ends_with(|last: char| {
                !last.is_alphanumeric() && !matches!(last, ',' | '-' | '\'' | '’' | ')')
            }))
}

/// Tells whether the word has its capital from politeness, shouting or grammar: "Lei", "PCOS", "I'm".
fn is_everyday(word: &Word<'_>, language: Language) -> bool {
    let folded = fold(word.text);
    let phrases = phrases(language);
    let tokens = phrases.tokens(word.text);
    let is = |key| phrases.begins(key, word.text, &tokens);
    folded.chars().count() < 3
        || folded.starts_with("i'")
        || word.text.chars().skip(1).any(char::is_uppercase)
        || function_words(language).contains(folded.as_str())
        || ["address.t", "address.v", "possessive", "speaker.i", "gendered", "polite.capital"]
            .into_iter()
            .any(is)
        || TITLES.contains(&folded.as_str())
}

/// Tells whether most words of a line have a capital, as in a heading.
fn is_heading(all: &[Word<'_>]) -> bool {
    all.len() > 1 && all.iter().filter(|word| word.is_capitalised()).count() * 2 > all.len()
}

fn is_last(text: &str, end: usize) -> bool {
    text[end..].trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, language: Language) -> Vec<&str> {
        unlisted(text, language).into_iter().map(|span| &text[span]).collect()
    }

    #[test]
    fn capitals_inside_a_sentence_are_names_until_shown_otherwise() {
        assert_eq!(
            of("Hi Mark,\nyou travel between London and New York, so Mrs Patel agreed.", Language::English),
            ["London", "New York", "Patel"]
        );
        assert_eq!(of("Como vives en Sevilla, cenas tarde.", Language::Spanish), ["Sevilla"]);
        assert_eq!(of("Wiem, że mieszkasz w Krakowie.", Language::Polish), ["Krakowie"]);
    }

    #[test]
    fn everyday_capitals_are_left() {
        for (language, text) in [
            (Language::English, "Your Meal Plan\nSo I'm glad. And I know: You can. The GP agrees (You too)."),
            (
                Language::English,
                "A Brussels sprout is fine, and Plan your plan.\n\nWarm Wishes,\nAnn Bell\nSome Practice",
            ),
            (Language::Italian, "Spero che Lei e il Suo corpo stiate bene."),
            (Language::Polish, "Przygotowałam Twój plan, żeby Ci pomóc."),
            (
                Language::Polish,
                "Miło Cię znowu widzieć, to dla Ciebie, z Tobą, o Twoim planie, dla Pani i Państwa.",
            ),
            (Language::Spanish, "Espero que Usted y su familia estén bien, y que Ustedes lo disfruten."),
            (Language::Portuguese, "Espero que Você goste, e a Senhora também."),
            (Language::Italian, "Scrivo a Lei, e ai Suoi ritmi pensiamo con Voi."),
            (Language::German, "Du isst gern Brot und Käse in London."),
        ] {
            assert_eq!(of(text, language), Vec::<&str>::new(), "{text}");
        }
    }
}
