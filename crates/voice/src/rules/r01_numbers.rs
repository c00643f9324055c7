//! R1: each number with a unit is one of the facts; so is each number in digits, unit or not.
//!
//! Number words without a unit are no statement about the diet ("one step at a time", "two of us") and pass, as do
//! the figures of speech listed as `number_idiom` in the cue files, "one meal", "one day" and "once", which say no
//! more than an article does, and the names of weekdays, which R11 watches.

use super::{
    Breach, Evidence, Registered, Rule, facts,
    reading::{Reading, overlap},
};
use crate::{
    lexicon::cues::Cue,
    quantity::{Quantity, Unit},
};

pub(super) const RULE: Registered = Registered { rule: Rule::R1, category: "number", sentence: true, judge };

fn judge(reading: &Reading, evidence: &Evidence) -> Vec<Breach> {
    let known = facts::known(evidence);
    reading
        .quantities
        .iter()
        .filter(|quantity| !is_filled(quantity, evidence) && !is_harmless(quantity, reading))
        .filter(|quantity| !known.iter().any(|fact| fact.is(quantity)))
        .map(|quantity| {
            let said = &reading.text[quantity.span.clone()];
            (Some(quantity.span.clone()), format!("“{said}” is not among the facts."))
        })
        .collect()
}

/// Tells whether code filled the number in.
fn is_filled(quantity: &Quantity, evidence: &Evidence) -> bool {
    evidence.trace.iter().any(|trace| overlap(&trace.span, &quantity.span))
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
