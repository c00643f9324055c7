//! R7: the text speaks the language and the units asked for, in Latin letters.
//!
//! A unit counts with a number only, in digits, words or Roman numerals: "a few ounces of patience" states no amount.
//! Letters of other scripts are what no other rule can read, so each is foreign, but for those of the names of this
//! request, a Greek letter by itself ("β-carotene", "μg"), and what the dietitian writes so in a used sample.

use std::{collections::HashSet, ops::Range};

use domain::content::{Language, UnitSystem};

use super::{
    Breach, Evidence, Registered, Rule, facts,
    reading::{Reading, overlap},
};
use crate::{
    language::{Verdict, is_latin, judge as judge_language},
    lexicon::vocabulary::{is_function_word, is_listed},
    lexicon::words::comparable,
    quantity::Unit,
    word::{self, fold},
};

pub(super) const RULE: Registered =
    Registered { rule: Rule::R7, category: "language", sentence: true, judge };

fn judge(reading: &Reading, evidence: &Evidence) -> Vec<Breach> {
    let asked = reading.language;
    let mut broken: Vec<_> = foreign_units(reading, evidence).collect();
    broken.extend(foreign_script(reading, evidence));
    // A sentence in another language hides in the statistics of a whole text, so each is judged as well.
    let foreign = reading.sentences.iter().find(|span| {
        judge_language(&without_names(reading, evidence, span), asked) == Verdict::Other
            || is_short_in_another(reading, span, evidence)
    });
    if let Some(span) = foreign {
        broken.push((Some(span.clone()), format!("This is not in the language asked for ({asked}).")));
    } else if judge_language(&without_names(reading, evidence, &(0..reading.text.len())), asked)
        == Verdict::Other
    {
        broken.push((None, format!("The text is not in the language asked for ({asked}).")));
    }
    broken
}

/// Tells whether a sentence too short for statistics holds no word of the language asked for, and words of another:
/// "Mangez lentement et bien."
fn is_short_in_another(reading: &Reading, span: &Range<usize>, evidence: &Evidence) -> bool {
    const FEWEST: usize = 3;
    let own = evidence.brief.client.slots.values().chain(&evidence.brief.dietitian_name);
    let own: HashSet<String> = own.flat_map(|name| word::words(name)).map(|word| fold(word.text)).collect();
    let kept = without_names(reading, evidence, span);
    let words: Vec<String> =
        word::words(&kept).iter().map(|word| fold(word.text)).filter(|word| !own.contains(word)).collect();
    let asked = |word: &String| {
        is_listed(word, reading.language)
            || word.split('\'').any(|part| part.len() > 1 && is_listed(part, reading.language))
    };
    words.len() >= FEWEST
        && !words.iter().any(asked)
        && Language::ALL.into_iter().filter(|other| *other != reading.language).any(|other| {
            let known = words.iter().filter(|word| is_listed(word, other)).count();
            words.iter().any(|word| is_function_word(word, other)) && known * 3 >= words.len() * 2
        })
}

/// Returns the text of `span` without what it names: a list of foods holds no word that tells a language, and neither does
/// a signature.
fn without_names(reading: &Reading, evidence: &Evidence, span: &Range<usize>) -> String {
    let filled = evidence
        .trace
        .iter()
        .filter(|trace| trace.fact_id == "dietitian.name" || trace.fact_id.starts_with("client."));
    let foods = reading.mentions.iter().map(|mention| &mention.span);
    let mut named: Vec<_> =
        foods.chain(filled.map(|trace| &trace.span)).filter(|named| overlap(named, span)).collect();
    named.sort_by_key(|named| named.start);
    let mut kept = String::with_capacity(span.len());
    let mut end = span.start;
    for named in named {
        kept.push_str(&reading.text[end..named.start.max(end)]);
        end = named.end.clamp(end, span.end);
    }
    kept.push_str(&reading.text[end..span.end]);
    kept
}

/// Finds words with letters that are not Latin.
fn foreign_script<'r>(
    reading: &'r Reading<'_>,
    evidence: &'r Evidence<'_>,
) -> impl Iterator<Item = Breach> + 'r {
    let names = evidence.brief.client.slots.values().chain(&evidence.brief.dietitian_name);
    let samples = evidence.samples.iter().map(|sample| &sample.text.text);
    let own: HashSet<String> =
        names.chain(samples).flat_map(|name| word::words(name)).map(|word| comparable(word.text)).collect();
    word::words(reading.text)
        .into_iter()
        .filter(|word| {
            word.text.chars().any(|letter| letter.is_alphabetic() && !is_latin(letter)) && !is_sign(word.text)
        })
        .filter(move |word| {
            !own.contains(&comparable(word.text))
                && !evidence.trace.iter().any(|trace| overlap(&trace.span, &word.span))
        })
        .map(|word| (Some(word.span), "A word is written in letters that are not Latin.".to_owned()))
}

/// Tells whether `word` is a Greek letter that stands for itself or for "micro".
fn is_sign(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(|letter| matches!(letter, 'α'..='ω' | 'µ'))
        && matches!(letters.as_str(), "" | "g" | "m" | "l")
}

fn foreign_units<'r>(
    reading: &'r Reading<'_>,
    evidence: &'r Evidence<'_>,
) -> impl Iterator<Item = Breach> + 'r {
    let foreign: &[Unit] = match evidence.brief.units {
        UnitSystem::Metric => &[Unit::Pound, Unit::Ounce, Unit::FluidOunce, Unit::Fahrenheit],
        // Grams and milligrams are what US food labels speak.
        UnitSystem::Us => {
            &[Unit::Kilojoule, Unit::Kilogram, Unit::Litre, Unit::Decilitre, Unit::Millilitre, Unit::Celsius]
        }
    };
    let stated: Vec<Unit> =
        evidence.brief.facts.numbers.iter().flat_map(|number| facts::units(&number.unit)).collect();
    reading
        .quantities
        .iter()
        .filter(move |quantity| {
            quantity.unit.is_some_and(|unit| foreign.contains(&unit) && !stated.contains(&unit))
        })
        .filter(|quantity| !evidence.trace.iter().any(|trace| overlap(&trace.span, &quantity.span)))
        .map(|quantity| {
            let said = &reading.text[quantity.span.clone()];
            (Some(quantity.span.clone()), format!("“{said}” is not in the unit system asked for."))
        })
}
