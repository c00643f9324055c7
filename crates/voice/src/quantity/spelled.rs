//! Reads numbers written as words, and Roman numerals; the words are data, read once.

use std::{collections::HashMap, sync::LazyLock};

use domain::content::Language;

use super::number::Number;
use crate::word::{Word, fold, is_word_character, words};

/// What a number word does to the number it is a part of.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Part {
    /// `five`, `twenty`.
    Adds(u32),
    /// `hundred`, `thousand`.
    Times(u32),
    /// `half`, `dozen`: stands alone.
    Whole(&'static str),
}

/// Returns the numbers that `text` spells out, from left to right.
pub(super) fn numbers(text: &str, language: Language) -> Vec<Number> {
    let all = words_at_hyphens(text);
    let mut found = Vec::new();
    let mut at = 0;
    while at < all.len() {
        if let Some((number, taken)) = number(&all[at..], text, language) {
            found.push(number);
            at += taken;
        } else {
            at += 1;
        }
    }
    found
}

/// Returns the number that the first words spell, and how many words it takes.
fn number(all: &[Word<'_>], text: &str, language: Language) -> Option<(Number, usize)> {
    let first = all.first().filter(|word| !word.text.chars().any(|character| character.is_ascii_digit()))?;
    let word =
        |value: String, end: usize, rest| Number { span: first.span.start..end, value, is_word: true, rest };
    if let Some(value) = roman(first.text) {
        return Some((word(value.to_string(), first.span.end, None), 1));
    }
    if let Some((value, length, rest)) = compound(first.text, language) {
        return Some((word(value, first.span.start + length, Some(rest)), 1));
    }
    let parts = parts(&fold(first.text), language)?;
    if let [Part::Whole(value)] = parts[..] {
        return Some((word(value.to_owned(), first.span.end, None), 1));
    }
    let mut sum = Sum::default();
    if !sum.add_all(&parts, language) {
        return None;
    }
    let mut taken = 1;
    let mut joined = false;
    for (at, next) in all.iter().enumerate().skip(1) {
        let gap = &text[all[at - 1].span.end..next.span.start];
        if !matches!(gap, " " | "-" | "‑" | "\u{a0}" | "\u{202f}") {
            break;
        }
        let folded = fold(next.text);
        if !joined && connectors(language).contains(&folded.as_str()) {
            joined = true;
            continue;
        }
        let Some(more) = self::parts(&folded, language) else { break };
        let mut longer = sum;
        if !longer.add_all(&more, language) {
            break;
        }
        (sum, taken, joined) = (longer, at + 1, false);
    }
    Some((word(sum.value().to_string(), all[taken - 1].span.end, None), taken))
}

/// A number as its words add up.
#[derive(Clone, Copy, Default)]
struct Sum {
    thousands: Option<u32>,
    below: u32,
}

impl Sum {
    fn value(self) -> u64 {
        u64::from(self.thousands.unwrap_or(0)) * 1000 + u64::from(self.below)
    }

    /// Adds the parts; tells whether they go on with the number.
    fn add_all(&mut self, parts: &[Part], language: Language) -> bool {
        parts.iter().all(|part| self.add(*part, language))
    }

    fn add(&mut self, part: Part, language: Language) -> bool {
        let (tens, ones) = (self.below % 100, self.below % 10);
        match part {
            Part::Adds(more) => {
                let french = language == Language::French;
                let units_first = language == Language::German && (1..10).contains(&tens) && more % 10 == 0;
                if french && tens == 4 && more == 20 {
                    self.below += 76;
                } else if self.below == 0
                    || tens == 0 && more < 100
                    || ones == 0 && tens >= 20 && more < 10
                    || french && matches!(tens, 60 | 80) && more < 20
                    || units_first && (20..100).contains(&more)
                {
                    self.below += more;
                } else {
                    return false;
                }
            }
            Part::Times(100) if self.below < 100 => self.below = self.below.max(1) * 100,
            Part::Times(1000) if self.thousands.is_none() => {
                self.thousands = Some(self.below.max(1));
                self.below = 0;
            }
            Part::Times(_) | Part::Whole(_) => return false,
        }
        true
    }
}

/// Returns the parts of a folded number word; German and Italian write many as one word.
fn parts(folded: &str, language: Language) -> Option<Vec<Part>> {
    let known = &KNOWN[language as usize];
    if let Some(part) = known.get(folded) {
        return Some(vec![*part]);
    }
    if !matches!(language, Language::German | Language::Italian) {
        return None;
    }
    // Longest first, and another try where the rest makes no number: "sechzehn", "sechshundert".
    folded.char_indices().map(|(at, _)| at).skip(1).collect::<Vec<_>>().into_iter().rev().find_map(|cut| {
        let part = known.get(&folded[..cut]).filter(|part| !matches!(part, Part::Whole(_)))?;
        let rest = folded[cut..].strip_prefix("und").unwrap_or(&folded[cut..]);
        let mut all = vec![*part];
        all.extend(parts(rest, language)?);
        all.iter().all(|part| !matches!(part, Part::Whole(_))).then_some(all)
    })
}

/// Reads "zweimal", "siebentägig", "czterotygodniowy": a number word grown together with its unit.
///
/// Returns the value, how many bytes of the word it takes, and the folded rest.
fn compound(word: &str, language: Language) -> Option<(String, usize, String)> {
    if !matches!(language, Language::German | Language::Polish) {
        return None;
    }
    let folded = fold(word);
    ["mal", "tagig", "wochig", "dniow", "tygodniow", "miesieczn", "monatig"].iter().find_map(|rest| {
        let cut = folded.find(rest).filter(|cut| *cut > 0)?;
        let value = match &parts(&folded[..cut], language)?[..] {
            [Part::Whole(value)] => (*value).to_owned(),
            parts => {
                let mut sum = Sum::default();
                sum.add_all(parts, language).then(|| sum.value().to_string())?
            }
        };
        // The split is found in the folded word; as many characters of the real word make the number.
        let characters = folded[..cut].chars().count();
        let length = word.char_indices().filter(|(_, c)| is_word_character(*c)).nth(characters)?.0;
        Some((value, length, folded[cut..].to_owned()))
    })
}

/// Returns the value of a Roman numeral of two letters or more in upper case.
fn roman(word: &str) -> Option<u32> {
    const VALUES: [(&str, u32); 9] =
        [("C", 100), ("XC", 90), ("L", 50), ("XL", 40), ("X", 10), ("IX", 9), ("V", 5), ("IV", 4), ("I", 1)];
    let mut rest = word;
    let mut value = 0;
    for (sign, worth) in VALUES {
        let most = if sign.len() == 1 && worth.to_string().starts_with('1') { 3 } else { 1 };
        for _ in 0..most {
            if let Some(shorter) = rest.strip_prefix(sign) {
                rest = shorter;
                value += worth;
            }
        }
    }
    (rest.is_empty() && word.len() > 1).then_some(value)
}

/// Returns the words of `text`, those with hyphens in their parts.
fn words_at_hyphens(text: &str) -> Vec<Word<'_>> {
    words(text)
        .into_iter()
        .flat_map(|word| {
            let start = word.span.start;
            word.text
                .split_inclusive(['-', '‑'])
                .scan(start, |at, part| {
                    let from = *at;
                    *at += part.len();
                    let bare = part.trim_end_matches(['-', '‑']);
                    Some(Word { span: from..from + bare.len(), text: bare })
                })
                .filter(|part| !part.text.is_empty())
                .collect::<Vec<_>>()
        })
        .collect()
}

const fn connectors(language: Language) -> &'static [&'static str] {
    match language {
        Language::English => &["and"],
        Language::Spanish => &["y"],
        Language::Portuguese | Language::Italian => &["e"],
        Language::French => &["et"],
        Language::German => &["und"],
        Language::Polish => &[],
    }
}

static KNOWN: LazyLock<[HashMap<&'static str, Part>; 7]> = LazyLock::new(|| {
    Language::ALL.map(|language| {
        let rows = crate::lexicon::rows(include_str!("number-words.tsv"));
        rows.filter(|columns| columns[0] == language.as_str())
            .filter_map(|columns| Some((part(columns.get(1)?)?, *columns.get(2)?)))
            .flat_map(|(part, words)| words.split(' ').map(move |word| (word, part)))
            .collect()
    })
});

fn part(value: &'static str) -> Option<Part> {
    if let Some(whole) = value.strip_prefix('=') {
        return Some(Part::Whole(whole));
    }
    match value.strip_prefix('x') {
        Some(times) => times.parse().ok().map(Part::Times),
        None => value.parse().ok().map(Part::Adds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str, language: Language) -> Vec<String> {
        numbers(text, language).into_iter().map(|number| number.value).collect()
    }

    #[test]
    fn numbers_of_several_words_are_one_number() {
        for (language, text, value) in [
            (Language::English, "fifteen hundred", "1500"),
            (Language::English, "one thousand eight hundred and fifty", "1850"),
            (Language::English, "twenty-one", "21"),
            (Language::Spanish, "mil ochocientas cincuenta y dos", "1852"),
            (Language::Portuguese, "mil e quinhentas", "1500"),
            (Language::French, "quinze cents", "1500"),
            (Language::French, "quatre-vingt-dix-neuf", "99"),
            (Language::French, "soixante et onze", "71"),
            (Language::German, "eintausendachthundertfünfundzwanzig", "1825"),
            (Language::German, "fünfzehnhundert", "1500"),
            (Language::German, "dreißig", "30"),
            (Language::Italian, "milleottocentocinquantuno", "1851"),
            (Language::Italian, "duemila", "2000"),
            (Language::Polish, "tysiąc osiemset pięćdziesiąt", "1850"),
            (Language::Polish, "półtora", "1.5"),
        ] {
            assert_eq!(values(text, language), [value], "{text}");
        }
    }

    #[test]
    fn neighbours_that_make_no_number_stay_apart() {
        assert_eq!(values("one or two, three four", Language::English), ["1", "2", "3", "4"]);
        assert_eq!(values("two dozen", Language::English), ["2", "12"]);
        assert_eq!(values("dos y tres", Language::Spanish), ["2", "3"]);
        assert_eq!(values("achtsam einsam vierte", Language::German), Vec::<String>::new());
        assert_eq!(values("seitan ottone millefoglie", Language::Italian), Vec::<String>::new());
    }

    #[test]
    fn roman_numerals_and_words_grown_together_with_a_unit_are_read() {
        assert_eq!(values("XXI MIX VI CD", Language::English), ["21", "6"]);
        let found = numbers("ein siebentägiger Plan", Language::German);
        assert_eq!((found[1].value.as_str(), found[1].rest.as_deref()), ("7", Some("tagiger")));
        assert_eq!(found[1].span, 4..10);
    }
}
