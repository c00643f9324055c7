//! Which parts of a text rest on which facts.

use super::{
    Evidence, facts,
    reading::{Reading, overlap},
};
use crate::{fill::Trace, lexicon::words::words, mention::mentions};

/// Returns the places that state a fact, from left to right: what code filled in, then what words say.
pub(super) fn trace(reading: &Reading, evidence: &Evidence) -> Vec<Trace> {
    let brief = evidence.brief;
    let mut trace: Vec<Trace> = evidence.trace.to_vec();
    for filled in &mut trace {
        if brief.facts.numbers.iter().any(|number| number.id == filled.fact_id) {
            filled.fact_id = format!("numbers/{}", filled.fact_id);
        }
    }
    let known = facts::known(evidence);
    for quantity in &reading.quantities {
        if let Some(fact) = known.iter().find(|fact| fact.is(quantity)) {
            add(&mut trace, Trace { span: quantity.span.clone(), fact_id: fact.fact_id.clone() });
        }
    }
    for (at, goal) in brief.facts.goals.iter().enumerate() {
        add_phrase(&mut trace, reading, goal, &format!("goals/{at}"));
    }
    for (at, meal) in brief.facts.meals.iter().enumerate() {
        let fact_id = format!("meals/{at}");
        for phrase in meal.foods.iter().chain([&meal.name]) {
            add_phrase(&mut trace, reading, phrase, &fact_id);
        }
        let foods: Vec<_> = meal.foods.iter().flat_map(|food| mentions(food, brief.language)).collect();
        for mention in &reading.mentions {
            if foods.iter().any(|food| food.id == mention.id) {
                add(&mut trace, Trace { span: mention.span.clone(), fact_id: fact_id.clone() });
            }
        }
    }
    for mention in &reading.mentions {
        for allergen in &brief.client.avoid_allergens {
            if mention.allergens.contains(allergen) {
                let fact_id = format!("avoid_allergens/{}", allergen.as_str());
                add(&mut trace, Trace { span: mention.span.clone(), fact_id });
            }
        }
    }
    trace.sort_by_key(|trace| (trace.span.start, trace.span.end));
    trace
}

fn add_phrase(trace: &mut Vec<Trace>, reading: &Reading, phrase: &str, fact_id: &str) {
    let phrase: Vec<String> = words(phrase).into_iter().map(|word| word.text).collect();
    if phrase.is_empty() {
        return;
    }
    for window in reading.words.windows(phrase.len()) {
        if window.iter().zip(&phrase).all(|(word, part)| word.text == *part) {
            let span = window[0].span.start..window[window.len() - 1].span.end;
            add(trace, Trace { span, fact_id: fact_id.to_owned() });
        }
    }
}

/// Adds a place unless one that states the same fact, or that code filled in, already holds it.
fn add(trace: &mut Vec<Trace>, new: Trace) {
    if !trace.iter().any(|known| overlap(&known.span, &new.span)) {
        trace.push(new);
    }
}
