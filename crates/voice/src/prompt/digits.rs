//! Finds digits in what a caller wrote: records, dates and figures that are no number of the request.

use std::ops::Range;

use crate::{facts::Brief, slot::slots_in};

/// Returns the tokens of `text` that hold a digit of any script, and those that make one record with them, unless the
/// token is one of the request's own numbers.
pub(super) fn withheld(text: &str, brief: &Brief) -> Vec<Range<usize>> {
    let text = &without_slots(text);
    let tokens = tokens(text);
    let has_digit =
        |at: usize| tokens.get(at).is_some_and(|span| text[span.clone()].chars().any(char::is_numeric));
    // "EH6 7RG", "NHS 943", "no. 47".
    let is_mark = |at: usize| {
        tokens.get(at).is_some_and(|span| {
            let token = &text[span.clone()];
            let letters = token.chars().filter(|character| character.is_alphabetic()).count();
            letters == 0 || letters <= 3 && token.chars().all(|character| !character.is_lowercase())
        })
    };
    let mut found = Vec::new();
    for (at, span) in tokens.iter().enumerate().filter(|(at, _)| has_digit(*at)) {
        let before = at.checked_sub(1);
        let joined = has_digit(at + 1) || before.is_some_and(has_digit);
        if joined || !is_among(&text[span.clone()], brief) {
            found.push(span.clone());
            let around = before.into_iter().chain([at + 1]).filter(|other| is_mark(*other));
            found.extend(around.map(|other| tokens[other].clone()));
        }
    }
    found
}

/// Tells whether a figure is a number among the request's facts or the length of its plan, with its unit or without.
fn is_among(token: &str, brief: &Brief) -> bool {
    const UNITS: [&str; 14] =
        ["", "%", "g", "kg", "mg", "l", "ml", "kcal", "kj", "h", "min", "lb", "oz", "x"];
    let token = token.trim_matches(|character: char| !character.is_alphanumeric() && character != '%');
    let is_figure = |character: char| character.is_ascii_digit() || matches!(character, '.' | ',');
    let (figure, unit) = token.split_at(token.find(|character| !is_figure(character)).unwrap_or(token.len()));
    let weeks = brief.facts.plan_days.filter(|days| days % 7 == 0).map(|days| days / 7);
    let plan = brief.facts.plan_days.into_iter().chain(weeks).any(|count| count.to_string() == figure);
    UNITS.contains(&unit.to_lowercase().as_str())
        && (plan || brief.facts.numbers.iter().any(|number| is_same(figure, &number.value)))
}

/// Tells whether two spellings of a number are the same: "1,800" is "1800", "2,5" is "2.5", and "47.11" is not "4711".
fn is_same(figure: &str, value: &str) -> bool {
    let grouped = figure.len() > 4 && figure[figure.len() - 4..].starts_with(['.', ',']);
    let plain = if grouped { figure.replace(['.', ','], "") } else { figure.replace(',', ".") };
    let short = if value.contains('.') { value.trim_end_matches('0').trim_end_matches('.') } else { value };
    !plain.is_empty() && (plain == value || plain == short)
}

/// Returns `text` with spaces where its slots stand, so that all else keeps its place.
fn without_slots(text: &str) -> String {
    let mut blank = text.to_owned();
    for (span, _) in slots_in(text) {
        blank.replace_range(span.clone(), &" ".repeat(span.len()));
    }
    blank
}

fn tokens(text: &str) -> Vec<Range<usize>> {
    let start = text.as_ptr() as usize;
    text.split_whitespace()
        .map(|token| {
            // `token` is a part of `text`, so the distance of their addresses is its place.
            let at = token.as_ptr() as usize - start;
            at..at + token.len()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_number_are_the_same() {
        for (figure, value) in
            [("1,800", "1800"), ("1.800", "1800"), ("2,5", "2.5"), ("2", "2.0"), ("14", "14")]
        {
            assert!(is_same(figure, value), "{figure} {value}");
        }
        for (figure, value) in [("47.11", "4711"), ("180", "1800"), ("18", "1800"), ("2.5", "25"), ("", "0")]
        {
            assert!(!is_same(figure, value), "{figure} {value}");
        }
    }
}
