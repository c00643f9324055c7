//! Reads numbers in digits, in the way of each language, with fractions.

use std::ops::Range;

use domain::content::Language;

use super::spelled;

/// A number without its unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Number {
    /// Where its digits or its word stand.
    pub(super) span: Range<usize>,
    /// In canonical form.
    pub(super) value: String,
    /// Whether it is written as a word.
    pub(super) is_word: bool,
    /// The folded rest of a compound word: `tagiger` of `siebentägiger`.
    pub(super) rest: Option<String>,
}

/// Returns the numbers of `text`, digits and words, from left to right.
pub(super) fn numbers(text: &str, language: Language) -> Vec<Number> {
    let mut found = digits(text);
    found.extend(spelled::numbers(text, language));
    found.sort_by_key(|number| number.span.start);
    found
}

/// Returns `digits` with separators in canonical form; `None` when it holds no number.
pub(super) fn canonical(digits: &str) -> Option<String> {
    let parts: Vec<(Option<char>, &str)> = split_keeping_separator(digits);
    let (_, first) = parts.first()?;
    let mut whole = (*first).to_owned();
    let mut decimals = String::new();
    let count = parts.len();
    for (at, (separator, part)) in parts.iter().enumerate().skip(1) {
        // Three digits after a separator are thousands in running text ("1,800", "1.800", "1 800"), but not after a lone zero.
        let grouped =
            part.len() == 3 && decimals.is_empty() && (1..=3).contains(&first.len()) && *first != "0";
        let last = at == count - 1;
        let other_before = at > 1 && parts[at - 1].0 != *separator;
        if grouped && !(last && other_before) {
            whole.push_str(part);
        } else {
            decimals.push_str(part);
        }
    }
    Some(trim(&whole, &decimals))
}

/// Returns whole and decimal digits as one number without needless zeros.
fn trim(whole: &str, decimals: &str) -> String {
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let decimals = decimals.trim_end_matches('0');
    if decimals.is_empty() { whole.to_owned() } else { format!("{whole}.{decimals}") }
}

fn split_keeping_separator(digits: &str) -> Vec<(Option<char>, &str)> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut separator = None;
    for (at, character) in digits.char_indices() {
        if !character.is_ascii_digit() {
            parts.push((separator, &digits[start..at]));
            separator = Some(character);
            start = at + character.len_utf8();
        }
    }
    parts.push((separator, &digits[start..]));
    parts
}

fn digits(text: &str) -> Vec<Number> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(offset) =
        text[at..].find(|character: char| character.is_ascii_digit() || is_fraction(character))
    {
        let start = at + offset;
        let end = number_end(text, start);
        at = end;
        if in_slot(text, start) || belongs_to_word(&text[..start]) {
            continue;
        }
        if let Some(value) = value_of(&text[start..end]) {
            // "1.8k calories".
            let thousands = text[end..].starts_with(['k', 'K'])
                && !text[end + 1..].starts_with(|next: char| next.is_alphanumeric());
            let (value, end) = if thousands { (thousandfold(&value), end + 1) } else { (value, end) };
            found.push(Number { span: start..end, value, is_word: false, rest: None });
        }
    }
    found
}

/// Returns a canonical number with its point three places further right.
fn thousandfold(value: &str) -> String {
    let (whole, decimals) = value.split_once('.').unwrap_or((value, ""));
    let places = decimals.len().min(3);
    trim(&format!("{whole}{:0<3}", &decimals[..places]), &decimals[places..])
}

/// Tells whether the place is inside `{{…}}`.
fn in_slot(text: &str, at: usize) -> bool {
    text[..at].rfind("{{").is_some_and(|open| !text[open..at].contains("}}"))
}

/// Tells whether the digits belong to a name such as `B12` or `omega-3`.
fn belongs_to_word(before: &str) -> bool {
    let mut back = before.chars().rev();
    match back.next() {
        Some('-') => back.next().is_some_and(char::is_alphabetic),
        Some(character) => character.is_alphabetic(),
        None => false,
    }
}

fn number_end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let digit_at = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let first = text[start..].chars().next().unwrap_or('0');
    if is_fraction(first) {
        return start + first.len_utf8();
    }
    let run = |mut at: usize| {
        while digit_at(at) {
            at += 1;
        }
        at
    };
    let mut end = run(start);
    loop {
        let Some(separator) = text[end..].chars().next() else { return end };
        let next = end + separator.len_utf8();
        if is_fraction(separator) {
            return next;
        }
        let group = run(next) - next;
        let joins = match separator {
            '.' | ',' => group > 0,
            '/' => group == 1 && end - start == 1 && !digit_at(next + 1),
            ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '’' | '\'' => {
                group == 3 && (end - start <= 3 || has_group(&text[start..end]))
            }
            _ => false,
        };
        if !joins {
            return end;
        }
        end = run(next);
    }
}

fn has_group(digits: &str) -> bool {
    digits.chars().any(|character| matches!(character, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '’' | '\''))
}

fn value_of(text: &str) -> Option<String> {
    if let Some((above, below)) = text.split_once('/') {
        return ratio(above.parse().ok()?, below.parse().ok()?);
    }
    let last = text.chars().next_back()?;
    if is_fraction(last) {
        let whole = &text[..text.len() - last.len_utf8()];
        let (above, below) =
            FRACTIONS.iter().find(|(sign, ..)| *sign == last).map(|(_, above, below)| (*above, *below))?;
        let whole: u32 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        return ratio(whole.checked_mul(below)?.checked_add(above)?, below);
    }
    canonical(text)
}

fn ratio(above: u32, below: u32) -> Option<String> {
    if below == 0 {
        return None;
    }
    let thousandths = u64::from(above) * 1000 / u64::from(below);
    Some(trim(&(thousandths / 1000).to_string(), &format!("{:03}", thousandths % 1000)))
}

const FRACTIONS: [(char, u32, u32); 5] = [('½', 1, 2), ('¼', 1, 4), ('¾', 3, 4), ('⅓', 1, 3), ('⅔', 2, 3)];

pub(crate) fn is_fraction(character: char) -> bool {
    FRACTIONS.iter().any(|(sign, ..)| *sign == character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_and_decimals_are_told_apart() {
        for (text, value) in [
            ("1,800", "1800"),
            ("1.800", "1800"),
            ("1 800", "1800"),
            ("2.5", "2.5"),
            ("2,5", "2.5"),
            ("0.125", "0.125"),
            ("1,234,567", "1234567"),
            ("1.234,50", "1234.5"),
            ("007", "7"),
            ("2.50", "2.5"),
        ] {
            assert_eq!(canonical(text).as_deref(), Some(value), "{text}");
        }
    }

    #[test]
    fn fractions_and_thousands_in_short_are_read() {
        assert_eq!(value_of("1½").as_deref(), Some("1.5"));
        assert_eq!(value_of("3/4").as_deref(), Some("0.75"));
        let read = |text| {
            numbers(text, Language::English).into_iter().map(|number| number.value).collect::<Vec<_>>()
        };
        assert_eq!(read("1.8k kcal, 2k and 12.3456K"), ["1800", "2000", "12345.6"]);
        assert_eq!(read("2 kg"), ["2"]);
    }
}
