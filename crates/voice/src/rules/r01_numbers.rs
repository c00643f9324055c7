//! R1: each number with a unit is one of the facts; so is each number in digits, unit or not.
//!
//! Number words below 300 without a unit are no statement about the diet ("one step at a time", "two of us") and pass, as do
//! the figures of speech listed as `number_idiom` in the cue files, "one meal", "one day" and "once", which say no
//! more than an article does, and the names of weekdays, which R11 watches.
//!
//! A number that code filled in is a fact as it stands, with the unit that code gave it. One that grew by a digit or
//! took another unit ("{{plan.days}} kg") is judged like any other. Digits that are no number we can read ("x500",
//! "2e3", full-width and other scripts' digits) are none of the facts.

use unicode_segmentation::UnicodeSegmentation as _;

use super::{
    Breach, Evidence, Registered, Rule, facts,
    reading::{Reading, overlap},
};
use crate::{
    lexicon::cues::Cue,
    quantity::{Quantity, Unit, is_single, spelled, unit_of},
    slot::slots_in,
};

pub(super) const RULE: Registered = Registered { rule: Rule::R1, category: "number", sentence: true, judge };

fn judge(reading: &Reading, evidence: &Evidence) -> Vec<Breach> {
    let known = facts::known(evidence);
    let mut breaches: Vec<Breach> = reading
        .quantities
        .iter()
        .filter(|quantity| !is_filled(quantity, evidence) && !is_harmless(quantity, reading))
        .filter(|quantity| !known.iter().any(|fact| fact.is(quantity)))
        .map(|quantity| {
            let said = &reading.text[quantity.span.clone()];
            (Some(quantity.span.clone()), format!("“{said}” is not among the facts."))
        })
        .collect();
    breaches.extend(unread_numbers(reading, evidence));
    breaches.extend(shares(reading));
    breaches.extend(proportions(reading));
    breaches.extend(durations(reading, &known));
    breaches.extend(fortnights(reading, evidence));
    breaches.extend(great_numbers(reading, &known, evidence));
    breaches
}

/// Finds numbers that no unit follows and that are statements all the same: "nine out of ten", "twice as much".
fn shares<'a>(reading: &'a Reading) -> impl Iterator<Item = Breach> + 'a {
    let shares = reading.cues.iter().filter(|(cue, ..)| *cue == Cue::Share);
    shares
        .filter(|(_, first, last)| !(*first..=*last).all(|word| reading.cues.covers(Cue::NumberIdiom, word)))
        .map(|(_, first, last)| reading.words[first].span.start..reading.words[last].span.end)
        .filter(|span| !reading.quantities.iter().any(|quantity| overlap(&quantity.span, span)))
        .map(|span| {
            let said = format!("“{}” is not among the facts.", &reading.text[span.clone()]);
            (Some(span), said)
        })
}

/// Finds two numbers in words of which one is a part of the other: "three in four", "drei von vier".
fn proportions(reading: &Reading) -> Vec<Breach> {
    const PARTS_OF: [&str; 11] =
        ["in", "of", "out of", "every", "von", "sur", "de cada", "su", "em cada", "na", "z"];
    let numbers = spelled(reading.text, reading.language);
    let parts = numbers.windows(2).filter(|pair| {
        let between = reading.text[pair[0].0.end..pair[1].0.start].trim();
        PARTS_OF.contains(&between) && pair[0].1 != pair[1].1 && pair[1].1 != "1"
    });
    parts
        .map(|pair| pair[0].0.start..pair[1].0.end)
        .filter(|span| !reading.quantities.iter().any(|quantity| overlap(&quantity.span, span)))
        .map(|span| {
            let said = format!("“{}” is not among the facts.", &reading.text[span.clone()]);
            (Some(span), said)
        })
        .collect()
}

/// Finds durations whose number is an article: "it lasts a month".
fn durations<'a>(reading: &'a Reading, known: &'a [facts::Known]) -> impl Iterator<Item = Breach> + 'a {
    /// "Lasts you for a whole month."
    const REACH: usize = 4;
    let one = |unit: Unit| known.iter().any(|fact| fact.value == "1" && fact.units.contains(&unit));
    let lasting = reading.cues.iter().filter(|(cue, ..)| *cue == Cue::Lasting);
    lasting.filter_map(move |(_, _, last)| {
        let mut following =
            (last + 1..reading.words.len()).take(REACH).take_while(|at| reading.words[*at].joined);
        let (at, unit) = following.find_map(|at| {
            let unit = unit_of(&reading.words[at].text, reading.language)?;
            matches!(unit, Unit::Week | Unit::Month | Unit::Year).then_some((at, unit))
        })?;
        let span = reading.words[last + 1].span.start..reading.words[at].span.end;
        let single = is_single(&reading.words[at].text, reading.language);
        let counted = reading.quantities.iter().any(|quantity| overlap(&quantity.span, &span));
        (single && !counted && !one(unit)).then(|| {
            let said = format!("“{}” is not among the facts.", &reading.text[span.clone()]);
            (Some(span), said)
        })
    })
}

/// Finds two weeks in one word where the plan lasts another time: "it covers a fortnight", "una quincena".
fn fortnights(reading: &Reading, evidence: &Evidence) -> Vec<Breach> {
    // Romance languages count the day on which it ends too.
    let lasts = evidence.brief.facts.plan_days.is_some_and(|days| matches!(days, 14 | 15));
    let found = reading.cues.iter().filter(|(cue, ..)| *cue == Cue::Fortnight && !lasts);
    found
        .map(|(_, first, last)| {
            let span = reading.words[first].span.start..reading.words[last].span.end;
            let said = format!("“{}” is not among the facts.", &reading.text[span.clone()]);
            (Some(span), said)
        })
        .collect()
}

/// Finds numbers in words that are so great that of what one eats they can only be energy: "keep it under a thousand".
fn great_numbers<'a>(
    reading: &'a Reading,
    known: &'a [facts::Known],
    evidence: &'a Evidence,
) -> impl Iterator<Item = Breach> + 'a {
    const LEAST: u32 = 300;
    let is_great = |value: &str| value.parse::<u32>().is_ok_and(|value| value >= LEAST);
    spelled(reading.text, reading.language)
        .into_iter()
        .filter(move |(span, value)| {
            let idiom = reading.words_in(span).any(|word| reading.cues.covers(Cue::NumberIdiom, word));
            // "Mille-feuille" is a food.
            let is_read = reading.quantities.iter().any(|quantity| overlap(&quantity.span, span))
                || reading.mentions.iter().any(|mention| overlap(&mention.span, span));
            let filled = evidence.trace.iter().any(|trace| overlap(&trace.span, span));
            is_great(value) && !idiom && !is_read && !filled && !known.iter().any(|fact| fact.value == *value)
        })
        .map(|(span, _)| {
            let said = format!("“{}” is not among the facts.", &reading.text[span.clone()]);
            (Some(span), said)
        })
}

/// Tells whether code filled the whole quantity in.
fn is_filled(quantity: &Quantity, evidence: &Evidence) -> bool {
    evidence
        .trace
        .iter()
        .any(|trace| trace.span.start <= quantity.span.start && quantity.span.end <= trace.span.end)
}

/// Returns the words that hold a digit which was read neither as part of a number nor as a slot.
fn unread_numbers<'a>(reading: &'a Reading, evidence: &'a Evidence) -> impl Iterator<Item = Breach> + 'a {
    let slots: Vec<_> = slots_in(reading.text).into_iter().map(|(span, _)| span).collect();
    let is_read = move |digit: usize| {
        let quantities = reading.quantities.iter().map(|quantity| &quantity.span);
        let filled = evidence.trace.iter().map(|trace| &trace.span);
        quantities.chain(filled).chain(&slots).any(|known| known.contains(&digit))
    };
    reading
        .text
        .split_word_bound_indices()
        .filter(move |(start, word)| {
            let mut digits = word.match_indices(char::is_numeric);
            digits.any(|(at, _)| !is_read(start + at)) && !is_substance(&reading.text[..*start], word)
        })
        .map(|(start, word)| {
            (Some(start..start + word.len()), format!("“{word}” is no number that can be read."))
        })
}

/// Tells whether `word`, with what stands `before` it, names something to eat: a vitamin, a coenzyme, omega-3.
fn is_substance(before: &str, word: &str) -> bool {
    let digits = word.trim_start_matches(|letter: char| letter.is_ascii_alphabetic());
    let letters = &word[..word.len() - digits.len()];
    let numbered = ["1", "2", "3", "5", "6", "7", "9", "10", "12"].contains(&digits);
    let is_fat = || ["mega-", "mega ", "méga-", "méga "].iter().any(|name| before.ends_with(name));
    numbered && (matches!(letters, "B" | "D" | "K" | "Q") || letters.is_empty() && is_fat())
}

fn is_harmless(quantity: &Quantity, reading: &Reading) -> bool {
    let said = &reading.text[quantity.span.clone()];
    let in_digits = said.chars().any(char::is_numeric);
    let words = reading.words_in(&quantity.span);
    let idiom = !words.is_empty() && words.clone().all(|word| reading.cues.covers(Cue::NumberIdiom, word));
    let article =
        quantity.value == "1" && matches!(quantity.unit, Some(Unit::Day | Unit::Meal | Unit::Times));
    idiom
        || said == "24/7"
        || !in_digits && (quantity.unit.is_none() || quantity.unit == Some(Unit::Date) || article)
}

#[cfg(test)]
mod tests {
    use domain::content::Language;

    use crate::rules::{Evidence, Rule, cause::tests::brief, check};

    #[test]
    fn a_fortnight_is_fourteen_days_in_every_language() {
        for (language, text) in [
            (Language::English, "It covers a fortnight."),
            (Language::English, "Here is your fortnight of meals."),
            (Language::Spanish, "Cubre una quincena."),
            (Language::Portuguese, "Vale por uma quinzena."),
            (Language::French, "Il couvre une quinzaine de jours."),
            (Language::German, "Hier ist dein vierzehntägiger Plan."),
            (Language::Italian, "Copre una quindicina di giorni."),
            (Language::Polish, "Oto dwutygodniowy plan."),
        ] {
            for (days, blocked) in [(7, true), (14, false)] {
                // "Quinze", "quindici" name fifteen.
                if days == 14 && matches!(language, Language::French | Language::Italian) {
                    continue;
                }
                let mut brief = brief(&[], &[]);
                brief.language = language;
                brief.facts.plan_days = Some(days);
                let evidence = Evidence {
                    brief: &brief,
                    samples: &[],
                    instructions: None,
                    slots_filled: true,
                    trace: &[],
                };
                let found = check(text, &evidence).findings;
                assert_eq!(found.iter().any(|finding| finding.rule == Rule::R1), blocked, "{text} {found:?}");
            }
        }
    }
}
