//! Numbers, dates and contacts in running text, in the way each language writes them.

mod date;
mod number;
mod spelled;
mod unit;

use std::ops::Range;

use domain::content::Language;

pub(crate) use number::is_fraction;

use crate::word;

/// A number as a text states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantity {
    /// Where it stands, number and unit, in bytes of the text.
    pub span: Range<usize>,
    /// The number in canonical form: ASCII digits, a point before decimals, no leading or trailing zeros. `1800`, `2.5`.
    pub value: String,
    /// What it counts, if the text says so.
    pub unit: Option<Unit>,
}

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unit {
    /// Kilocalories; `calories` in everyday speech.
    Kilocalorie,
    /// Kilojoules.
    Kilojoule,
    /// Grams.
    Gram,
    /// Milligrams.
    Milligram,
    /// Micrograms.
    Microgram,
    /// Kilograms.
    Kilogram,
    /// Pounds.
    Pound,
    /// Ounces.
    Ounce,
    /// Litres.
    Litre,
    /// Decilitres.
    Decilitre,
    /// Millilitres.
    Millilitre,
    /// Fluid ounces.
    FluidOunce,
    /// Cups, glasses.
    Cup,
    /// Spoons.
    Spoon,
    /// Percent.
    Percent,
    /// Minutes.
    Minute,
    /// Hours.
    Hour,
    /// Days.
    Day,
    /// Weeks.
    Week,
    /// Months.
    Month,
    /// Years, ages included.
    Year,
    /// Times, meals or anything else per day.
    PerDay,
    /// Times or anything else per week.
    PerWeek,
    /// Times.
    Times,
    /// Meals, snacks, portions, slices, pieces.
    Meal,
    /// Degrees Celsius.
    Celsius,
    /// Degrees Fahrenheit.
    Fahrenheit,
    /// Centimetres, metres, kilometres, miles, steps.
    Distance,
    /// A time of day.
    Clock,
    /// Part of a date.
    Date,
}

/// Returns the numbers in `text`, from left to right, without overlap.
///
/// Digits always count, except in names such as `B12`; number words count where a unit follows (`three times a week`,
/// `dwa tygodnie`). A range gives two quantities. Dates, weekdays and times of day have the unit [`Unit::Date`].
pub fn quantities(text: &str, language: Language) -> Vec<Quantity> {
    counted(text, language).into_iter().map(|counted| counted.quantity).collect()
}

/// Returns the numbers that `text` writes as words, whether a unit follows or not, in canonical form.
pub(crate) fn spelled(text: &str, language: Language) -> Vec<(Range<usize>, String)> {
    spelled::numbers(text, language).into_iter().map(|number| (number.span, number.value)).collect()
}

/// Returns what `word` counts where a number stands before it.
pub(crate) fn unit_of(word: &str, language: Language) -> Option<Unit> {
    unit::unit(word, language)
}

/// Tells whether `word` names one week, month or year, not several.
pub(crate) fn is_single(word: &str, language: Language) -> bool {
    let singular: &[&str] = match language {
        Language::English => &["week", "fortnight", "month", "year"],
        Language::Spanish => &["semana", "mes", "ano"],
        Language::Portuguese => &["semana", "mes", "ano"],
        Language::French => &["semaine", "mois", "an", "annee"],
        Language::German => &["woche", "monat", "jahr"],
        Language::Italian => &["settimana", "mese", "anno"],
        Language::Polish => &["tydzien", "miesiac", "rok"],
    };
    singular.contains(&word::fold(word).as_str())
}

/// A quantity, and the part of it that is the number alone.
pub(crate) struct Counted {
    pub(crate) quantity: Quantity,
    pub(crate) number: Range<usize>,
}

/// Does the work of [`quantities`], and tells number and unit apart.
pub(crate) fn counted(text: &str, language: Language) -> Vec<Counted> {
    let dates = date::dates(text, language);
    let numbers: Vec<_> = number::numbers(text, language)
        .into_iter()
        .filter(|number| !dates.iter().any(|date| overlaps(date, &number.span)))
        .collect();
    let mut found: Vec<Counted> = dates
        .into_iter()
        .map(|span| Counted {
            number: span.clone(),
            quantity: Quantity { value: text[span.clone()].to_owned(), span, unit: Some(Unit::Date) },
        })
        .collect();
    let mut after: Option<(usize, Unit)> = None;
    // From right to left: the first number of a range takes the unit of the second.
    for number in numbers.into_iter().rev() {
        let own = unit_after(text, &number, language);
        let shared = after
            .filter(|(start, _)| is_range(&text[number.span.end..*start], language))
            .map(|(_, unit)| unit);
        let unit = own.map(|(unit, _)| unit).or(shared);
        after = unit.map(|unit| (number.span.start, unit));
        let end = own.map_or(number.span.end, |(_, end)| end);
        // "A litre and a half".
        let halved = own
            .and_then(|(_, end)| half_after(&text[end..], language))
            .filter(|_| !number.value.contains('.'));
        let (end, number) = match halved {
            Some(length) => (end + length, number::Number { value: format!("{}.5", number.value), ..number }),
            None => (end, number),
        };
        if number.is_word && (unit.is_none() || is_article(&number, unit)) {
            after = None;
            continue;
        }
        let quantity = Quantity { span: number.span.start..end, value: number.value, unit };
        found.push(Counted { quantity, number: number.span });
    }
    if language == Language::English {
        let apart = |measure: &Counted| {
            !found.iter().any(|known| overlaps(&known.quantity.span, &measure.quantity.span))
        };
        let measures: Vec<Counted> = article_measures(text).filter(apart).collect();
        found.extend(measures);
    }
    found.sort_by_key(|counted| counted.quantity.span.start);
    // "two 5 meals": a unit that another number claims is not shared with the one before it.
    for at in 1..found.len() {
        let next = found[at].quantity.span.start;
        let before = &mut found[at - 1];
        if before.quantity.span.end > next {
            before.quantity.span.end = before.number.end;
        }
    }
    found
}

/// Returns the measures that English counts by an article: "a pound of it", "a stone", "a litre". Of other languages, the
/// article is a number word.
fn article_measures(text: &str) -> impl Iterator<Item = Counted> {
    let all = word::words(text);
    let measures: Vec<Counted> = all
        .windows(2)
        .filter(|pair| matches!(pair[0].text, "a" | "an" | "A" | "An"))
        .filter(|pair| &text[pair[0].span.end..pair[1].span.start] == " ")
        .filter_map(|pair| {
            let unit = unit::unit(pair[1].text, Language::English)?;
            let measures = matches!(unit, Unit::Pound | Unit::Kilogram | Unit::Litre | Unit::Ounce);
            let span = pair[0].span.start..pair[1].span.end;
            let quantity = Quantity { span, value: "1".to_owned(), unit: Some(unit) };
            (measures && !pair[1].text.ends_with('s'))
                .then(|| Counted { number: pair[0].span.clone(), quantity })
        })
        .collect();
    measures.into_iter()
}

/// Returns the length of "and a half" at the beginning of `rest`.
fn half_after(rest: &str, language: Language) -> Option<usize> {
    let halves: &[&str] = match language {
        Language::English => &["and a half"],
        Language::Spanish => &["y medio", "y media"],
        Language::Portuguese => &["e meio", "e meia"],
        Language::French => &["et demi", "et demie"],
        Language::German => &["und ein halber", "und einen halben", "und eine halbe"],
        Language::Italian => &["e mezzo", "e mezza"],
        Language::Polish => &["i pol"],
    };
    let following = clause_words(rest);
    halves.iter().find_map(|half| {
        let count = half.split(' ').count();
        let said = following.get(..count)?;
        let same = half.split(' ').zip(said).all(|(word, found)| word::fold(found.text) == word);
        same.then(|| said.last().map_or(0, |last| last.span.end))
    })
}

/// Tells whether a word for "one" is but an article: "un día", "eine Portion". Before weeks and months it counts.
fn is_article(number: &number::Number, unit: Option<Unit>) -> bool {
    number.value == "1" && !matches!(unit, Some(Unit::Week | Unit::Month))
}

/// Returns the unit that follows `number` and where it ends.
fn unit_after(text: &str, number: &number::Number, language: Language) -> Option<(Unit, usize)> {
    if let Some(rest) = &number.rest {
        let end = word::first_words(&text[number.span.end..], 1)
            .first()
            .map_or(number.span.end, |w| number.span.end + w.span.end);
        return Some((unit::compound_unit(rest).unwrap_or(Unit::Times), end));
    }
    let rest = &text[number.span.end..];
    let gap = rest.len() - rest.trim_start_matches([' ', '\u{a0}', '\u{202f}', '-', '‑', '°']).len();
    if rest[..gap].len() > 4 {
        return None;
    }
    if rest[gap..].starts_with('%') {
        return Some((Unit::Percent, number.span.end + gap + 1));
    }
    let following = clause_words(&rest[gap..]);
    let folded: Vec<String> = following.iter().take(5).map(|w| word::fold(w.text)).collect();
    if let [per, cent, ..] = &folded[..]
        && PERCENT.contains(&(per.as_str(), cent.as_str()))
    {
        return Some((Unit::Percent, number.span.end + gap + following[1].span.end));
    }
    if gap > 0
        && let Some(rate) = unit::rate(&folded, language)
    {
        return Some((rate, number.span.end));
    }
    let first = following.first().filter(|first| first.span.start == 0)?;
    // "Thirty plants a week."
    if gap > 0
        && unit::unit(first.text, language).is_none()
        && let Some(rate) = unit::rate(folded.get(1..).unwrap_or_default(), language)
    {
        return Some((rate, number.span.end + gap + first.span.end));
    }
    let (at, unit) = match unit::unit(first.text, language) {
        Some(Unit::Ounce) if language == Language::English && number.value == "0.5" => (0, Unit::Ounce),
        Some(unit) => (0, unit),
        // "5 small meals", "half a litre".
        None => {
            let second = following.get(1)?;
            let unit = unit::unit(second.text, language).filter(|unit| {
                matches!(unit, Unit::Meal | Unit::Cup | Unit::Spoon | Unit::Week | Unit::Day)
                    || number.value == "0.5" && !matches!(unit, Unit::Distance | Unit::Clock)
            })?;
            (1, unit)
        }
    };
    let end = number.span.end + gap + following[at].span.end;
    // "five meals a day", "three times a week": the rate is what is counted.
    let unit = match unit {
        Unit::Times | Unit::Meal => unit::rate(&folded[at + 1..], language).unwrap_or(unit),
        unit => unit,
    };
    Some((unit, end))
}

/// Returns the next words up to the end of the clause, as many as a unit can take.
fn clause_words(text: &str) -> Vec<word::Word<'_>> {
    // No further: it is asked for each number, and a text may be one clause of numbers.
    let mut next = word::first_words(text, UNIT_WORDS);
    let end = next.last().map_or(0, |last| last.span.end);
    let end = text[..end].find(['\n', '.', '!', '?', ';', ':', '{', '}']).unwrap_or(end);
    next.retain(|word| word.span.end <= end);
    next
}

/// "Per cent" in two words.
const PERCENT: [(&str, &str); 5] =
    [("per", "cent"), ("por", "ciento"), ("por", "cento"), ("pour", "cent"), ("per", "cento")];

/// The longest is "five small meals a day", without the number.
const UNIT_WORDS: usize = 5;

/// Tells whether `between` makes one range of two numbers.
fn is_range(between: &str, language: Language) -> bool {
    let trimmed = between.trim();
    let joiners: &[&str] = match language {
        Language::English => &["to", "or"],
        Language::Spanish | Language::Portuguese => &["a", "o", "ou", "ó"],
        Language::French => &["à", "ou"],
        Language::German => &["bis", "oder"],
        Language::Italian => &["a", "o"],
        Language::Polish => &["do", "lub"],
    };
    matches!(trimmed, "-" | "–" | "—" | "‑") || joiners.contains(&trimmed)
}

fn overlaps(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(text: &str, language: Language) -> Vec<(&str, String, Option<Unit>)> {
        quantities(text, language).into_iter().map(|q| (&text[q.span], q.value, q.unit)).collect()
    }

    fn one(text: &str, language: Language) -> (String, Option<Unit>) {
        let all = found(text, language);
        assert_eq!(all.len(), 1, "{text}: {all:?}");
        (all[0].1.clone(), all[0].2)
    }

    #[test]
    fn each_language_writes_numbers_its_own_way() {
        for (text, language) in [
            ("about 1,800 kcal a day", Language::English),
            ("1,800 calories", Language::English),
            ("1.800 kcal al día", Language::Spanish),
            ("1.800 calorias", Language::Portuguese),
            ("1 800 kcal par jour", Language::French),
            ("1.800 Kalorien", Language::German),
            ("1800 kcal al giorno", Language::Italian),
            ("1\u{a0}800 kcal dziennie", Language::Polish),
        ] {
            assert_eq!(one(text, language), ("1800".to_owned(), Some(Unit::Kilocalorie)), "{text}");
        }
    }

    #[test]
    fn number_words_count_before_a_unit_only() {
        assert_eq!(one("three times a week", Language::English), ("3".to_owned(), Some(Unit::PerWeek)));
        assert_eq!(one("dwa tygodnie", Language::Polish), ("2".to_owned(), Some(Unit::Week)));
        assert_eq!(one("zweimal pro Woche", Language::German), ("2".to_owned(), Some(Unit::Times)));
        assert_eq!(one("dein siebentägiger Plan", Language::German), ("7".to_owned(), Some(Unit::Day)));
        assert_eq!(
            one("cinco refeições por dia", Language::Portuguese),
            ("5".to_owned(), Some(Unit::PerDay))
        );
        assert_eq!(one("half a litre", Language::English), ("0.5".to_owned(), Some(Unit::Litre)));
        assert!(found("one of you two", Language::English).is_empty());
        assert!(found("un día normal", Language::Spanish).is_empty());
    }

    #[test]
    fn ranges_share_their_unit_and_names_hold_no_number() {
        assert_eq!(
            found("1,800-2,000 kcal", Language::English),
            [
                ("1,800", "1800".to_owned(), Some(Unit::Kilocalorie)),
                ("2,000 kcal", "2000".to_owned(), Some(Unit::Kilocalorie)),
            ]
        );
        assert!(found("vitamin B12 and omega-3", Language::English).is_empty());
        assert_eq!(one("your 14-day plan", Language::English), ("14".to_owned(), Some(Unit::Day)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]

        #[test]
        fn any_text_is_read_without_panic_and_without_overlap(text in "\\PC{0,80}", which in 0usize..7) {
            let mut end = 0;
            for quantity in quantities(&text, Language::ALL[which]) {
                prop_assert!(quantity.span.start >= end);
                end = quantity.span.end;
                prop_assert!(text.get(quantity.span).is_some());
            }
        }

        #[test]
        fn messy_numbers_are_read_without_panic(
            text in "([0-9]{1,4}[ ,./:h½–-]?|kcal |Tage |z|siebenTÄGİg |\\{\\{|\\}\\}| March |two ){0,14}", which in 0usize..7
        ) {
            let mut end = 0;
            for quantity in quantities(&text, Language::ALL[which]) {
                prop_assert!(quantity.span.start >= end, "{} overlaps", text);
                end = quantity.span.end;
            }
        }
    }
}
