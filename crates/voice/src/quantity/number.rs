//! Reads numbers: digits in the way of each language, fractions, and number words.

use std::ops::Range;

use domain::content::Language;

use crate::word::{fold, is_word_character, words};

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
    for word in words(text) {
        if word.text.chars().any(|character| character.is_ascii_digit()) {
            continue;
        }
        if let Some((value, length, rest)) = number_word(word.text, language) {
            let span = word.span.start..word.span.start + length;
            found.push(Number { span, value, is_word: true, rest });
        }
    }
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
            found.push(Number { span: start..end, value, is_word: false, rest: None });
        }
    }
    found
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

fn is_fraction(character: char) -> bool {
    FRACTIONS.iter().any(|(sign, ..)| *sign == character)
}

/// Returns the value of a number word, how many bytes of the word it takes, and the folded rest of a compound.
fn number_word(word: &str, language: Language) -> Option<(String, usize, Option<String>)> {
    let folded = fold(word);
    let known = number_words(language);
    let value = |text: &str| {
        known.iter().find(|(words, _)| words.split(' ').any(|w| w == text)).map(|(_, value)| *value)
    };
    if let Some(value) = value(&folded) {
        return Some((value.to_owned(), word.len(), None));
    }
    if !matches!(language, Language::German | Language::Polish) {
        return None;
    }
    // "zweimal", "siebentägig", "czterotygodniowy": a number word grown together with its unit.
    for rest in ["mal", "tagig", "wochig", "dniow", "tygodniow", "miesieczn", "monatig"] {
        if let Some(cut) = folded.find(rest)
            && let Some(value) = value(&folded[..cut])
        {
            // The split is found in the folded word; as many characters of the real word make the number.
            let characters = folded[..cut].chars().count();
            let length = word.char_indices().filter(|(_, c)| is_word_character(*c)).nth(characters)?.0;
            return Some((value.to_owned(), length, Some(folded[cut..].to_owned())));
        }
    }
    None
}

type NumberWords = &'static [(&'static str, &'static str)];

/// Returns the number words of `language`, folded. Words that are articles too are not among them.
fn number_words(language: Language) -> NumberWords {
    match language {
        Language::English => &[
            ("one once", "1"),
            ("two twice", "2"),
            ("three thrice", "3"),
            ("four", "4"),
            ("five", "5"),
            ("six", "6"),
            ("seven", "7"),
            ("eight", "8"),
            ("nine", "9"),
            ("ten", "10"),
            ("eleven", "11"),
            ("twelve", "12"),
            ("thirteen", "13"),
            ("fourteen", "14"),
            ("fifteen", "15"),
            ("twenty", "20"),
            ("twenty-one", "21"),
            ("thirty", "30"),
            ("forty", "40"),
            ("sixty", "60"),
            ("ninety", "90"),
            ("half", "0.5"),
        ],
        Language::Spanish => &[
            ("un una", "1"),
            ("dos", "2"),
            ("tres", "3"),
            ("cuatro", "4"),
            ("cinco", "5"),
            ("seis", "6"),
            ("siete", "7"),
            ("ocho", "8"),
            ("nueve", "9"),
            ("diez", "10"),
            ("once", "11"),
            ("doce", "12"),
            ("catorce", "14"),
            ("quince", "15"),
            ("veinte", "20"),
            ("veintiun", "21"),
            ("treinta", "30"),
            ("sesenta", "60"),
            ("medio media", "0.5"),
        ],
        Language::Portuguese => &[
            ("um uma", "1"),
            ("dois duas", "2"),
            ("tres", "3"),
            ("quatro", "4"),
            ("cinco", "5"),
            ("seis", "6"),
            ("sete", "7"),
            ("oito", "8"),
            ("nove", "9"),
            ("dez", "10"),
            ("onze", "11"),
            ("doze", "12"),
            ("catorze quatorze", "14"),
            ("quinze", "15"),
            ("vinte", "20"),
            ("trinta", "30"),
            ("sessenta", "60"),
            ("meio meia", "0.5"),
        ],
        Language::French => &[
            ("un une", "1"),
            ("deux", "2"),
            ("trois", "3"),
            ("quatre", "4"),
            ("cinq", "5"),
            ("six", "6"),
            ("sept", "7"),
            ("huit", "8"),
            ("neuf", "9"),
            ("dix", "10"),
            ("onze", "11"),
            ("douze", "12"),
            ("quatorze", "14"),
            ("quinze", "15"),
            ("vingt", "20"),
            ("trente", "30"),
            ("soixante", "60"),
            ("demi demie", "0.5"),
        ],
        Language::German => &[
            ("ein eine einen einer", "1"),
            ("zwei", "2"),
            ("drei", "3"),
            ("vier", "4"),
            ("funf", "5"),
            ("sechs", "6"),
            ("sieben", "7"),
            ("acht", "8"),
            ("neun", "9"),
            ("zehn", "10"),
            ("elf", "11"),
            ("zwolf", "12"),
            ("vierzehn", "14"),
            ("funfzehn", "15"),
            ("zwanzig", "20"),
            ("einundzwanzig", "21"),
            ("dreissig dreißig", "30"),
            ("sechzig", "60"),
            ("halb halbe halben halber", "0.5"),
        ],
        Language::Italian => &[
            ("un uno una", "1"),
            ("due", "2"),
            ("tre", "3"),
            ("quattro", "4"),
            ("cinque", "5"),
            ("sei", "6"),
            ("sette", "7"),
            ("otto", "8"),
            ("nove", "9"),
            ("dieci", "10"),
            ("undici", "11"),
            ("dodici", "12"),
            ("quattordici", "14"),
            ("quindici", "15"),
            ("venti", "20"),
            ("trenta", "30"),
            ("sessanta", "60"),
            ("mezzo mezza", "0.5"),
        ],
        Language::Polish => &[
            ("jeden jedna jedno", "1"),
            ("dwa dwie dwoch dwu", "2"),
            ("trzy trzech trzy", "3"),
            ("cztery czterech cztero", "4"),
            ("piec pieciu piecio", "5"),
            ("szesc szesciu", "6"),
            ("siedem siedmiu siedmio", "7"),
            ("osiem osmiu", "8"),
            ("dziewiec", "9"),
            ("dziesiec dziesieciu dziesiecio", "10"),
            ("dwanascie", "12"),
            ("czternascie czternastu czternasto", "14"),
            ("pietnascie", "15"),
            ("dwadziescia", "20"),
            ("trzydziesci trzydziestu", "30"),
            ("szescdziesiat", "60"),
            ("pol", "0.5"),
        ],
    }
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
    fn fractions_and_grown_together_words_are_read() {
        assert_eq!(value_of("1½").as_deref(), Some("1.5"));
        assert_eq!(value_of("3/4").as_deref(), Some("0.75"));
        let (value, length, rest) = number_word("siebentägiger", Language::German).unwrap();
        assert_eq!((value.as_str(), length, rest.as_deref()), ("7", 6, Some("tagiger")));
    }
}
