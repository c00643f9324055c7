//! Finds contacts and records among the runs of a text that no space divides.

use std::ops::Range;

use domain::content::Language;

use super::vocabulary::{Kind, is};
use crate::{
    lexicon::vocabulary::{is_function_word, is_known},
    slot::slots_in,
    word::{fold, words},
};

/// Returns the tokens of `text` that are contacts, records or postcodes.
pub(super) fn records_and_contacts(text: &str, languages: &[Language]) -> Vec<Range<usize>> {
    tokens(text).filter(|span| is_record_or_contact(&text[span.clone()], languages)).collect()
}

fn tokens(text: &str) -> impl Iterator<Item = Range<usize>> {
    let start = text.as_ptr() as usize;
    let edge = |character: char| {
        !character.is_alphanumeric() && !matches!(character, '{' | '}' | '@' | '/' | '_' | '\\' | '%')
    };
    text.split_whitespace()
        .map(move |token| {
            let token = token.trim_matches(edge);
            // `token` is a part of `text`, so the distance of their addresses is its place.
            let at = token.as_ptr() as usize - start;
            at..at + token.len()
        })
        .filter(|span| !span.is_empty())
}

fn is_record_or_contact(token: &str, languages: &[Language]) -> bool {
    if token.contains("{{") {
        return is_torn_record(token, languages);
    }
    let lower = token.to_lowercase();
    if lower.contains(['@', '_', '\\', '#']) || lower.contains("://") || lower.starts_with("www") {
        return true;
    }
    let at = [
        "(at)",
        "[at]",
        "(dot)",
        "[dot]",
        "(punkt)",
        "(arroba)",
        "(ät)",
        "(chiocciola)",
        "(małpa)",
        "<at>",
        "{at}",
    ];
    if at.iter().any(|at| lower.contains(at)) {
        return true;
    }
    if is_domain(&lower) {
        return true;
    }
    let digits = lower.chars().filter(char::is_ascii_digit).count();
    let has_letter = lower.chars().any(char::is_alphabetic);
    digits > 0 && has_letter && !is_known_code(&lower, languages)
        || digits > 4
        || digits > 3 && lower.contains('-')
}

/// Tells a name with dots from an abbreviation and from two sentences without a space between them.
fn is_domain(lower: &str) -> bool {
    let parts: Vec<&str> = lower.split('.').filter(|part| !part.is_empty()).collect();
    let spelled = parts.iter().all(|part| part.chars().any(char::is_alphabetic));
    parts.len() > 1 && spelled && !is(&parts.join("."), Kind::Abbreviation)
}

/// Tells whether letters cling to a number that was taken out: "hn{{number.count}}b".
fn is_torn_record(token: &str, languages: &[Language]) -> bool {
    let slots = slots_in(token);
    let counts = slots.iter().any(|(_, name)| {
        name.as_ref().is_ok_and(|name| {
            ["number.", "date", "contact."].iter().any(|start| name.as_str().starts_with(start))
        })
    });
    if !counts {
        return false;
    }
    words(token).iter().any(|word| {
        let folded = fold(word.text);
        let short = word.text.chars().count() <= 2 && word.span.start > 0;
        let clings = slots.iter().any(|(span, _)| word.span.end == span.start);
        let known = is_word(&folded, languages) || is(&folded, Kind::Unit);
        clings || !short && !known
    })
}

/// Tells a vitamin, a measured value and a figure with its unit from a record.
fn is_known_code(lower: &str, languages: &[Language]) -> bool {
    let lower = fold(lower);
    let figure = lower.find(|character: char| character.is_alphabetic() || character == '%');
    let unit = figure.map_or("", |at| lower[at..].trim_start_matches('-'));
    let counted = figure.is_some_and(|at| at > 0 && !lower[..at].contains(char::is_alphabetic));
    let parts: Vec<&str> = lower.split(['-', '/', '–', '+']).filter(|part| !part.is_empty()).collect();
    let plain = |part: &&str| {
        part.bytes().all(|byte| byte.is_ascii_digit()) && part.len() <= 2
            || is(part, Kind::Code)
            || is(part, Kind::Unit)
            || is_word(part, languages)
    };
    is(&lower, Kind::Code)
        || counted && is(unit, Kind::Unit)
        || parts.len() > 1 && (parts.iter().all(plain) || lower.starts_with("omega-"))
}

fn is_word(folded: &str, languages: &[Language]) -> bool {
    languages.iter().any(|language| is_known(folded, *language) || is_function_word(folded, *language))
}
