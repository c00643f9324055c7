//! R11: nothing of another client: no condition, food, number or date of a used sample that this request's facts lack.

use std::collections::HashSet;

use domain::content::Language;

use super::{
    Breach, Evidence, Registered, Rule, facts,
    reading::{Reading, overlap},
};
use crate::{
    lexicon::words::{comparable, words},
    mention::{MentionKind, mentions},
    quantity::{Quantity, Unit, quantities},
};

pub(super) const RULE: Registered = Registered { rule: Rule::R11, category: "fact", sentence: true, judge };

/// Every plan has these; they say nothing about a client.
const ANYBODYS: [&str; 2] = ["fruit", "vegetables"];

fn judge(reading: &Reading, evidence: &Evidence) -> Vec<Breach> {
    let mut broken = foreign_mentions(reading, evidence);
    broken.extend(foreign_numbers(reading, evidence));
    broken.extend(foreign_months(reading, evidence));
    broken
}

fn foreign_mentions(reading: &Reading, evidence: &Evidence) -> Vec<Breach> {
    // To read every sample takes longer than to read the text.
    if reading.mentions.is_empty() {
        return Vec::new();
    }
    let shown: HashSet<&str> = evidence
        .samples
        .iter()
        .flat_map(|sample| {
            let values = sample.text.values.iter().map(|value| value.value.as_str());
            values
                .chain([sample.text.text.as_str()])
                .flat_map(|text| mentions(text, sample.language))
                .collect::<Vec<_>>()
        })
        .map(|mention| mention.id)
        .collect();
    let own: Vec<_> =
        facts::worded(evidence).into_iter().flat_map(|text| mentions(text, reading.language)).collect();
    let avoided = &evidence.brief.client.avoid_allergens;
    let verified = &evidence.brief.facts.verified_free_from;
    let is_own = |mention: &crate::mention::Mention| match mention.kind {
        _ if own.iter().any(|known| known.id == mention.id) => true,
        // An allergen by its own name belongs to whoever avoids it or eats what holds it.
        MentionKind::Allergen(allergen) => {
            avoided.contains(&allergen)
                || verified.contains(&allergen)
                || own.iter().any(|known| known.allergens.contains(&allergen))
        }
        _ => ANYBODYS.contains(&mention.id),
    };
    // "Diabetesdiagnose" names diabetes, though no word list knows the word.
    let is_part_of_a_word = |mention: &crate::mention::Mention| {
        const SHORTEST: usize = 6;
        let said = comparable(&reading.text[mention.span.clone()]);
        let written = || evidence.samples.iter().map(|sample| &sample.text.text);
        mention.kind == MentionKind::Condition
            && said.chars().count() >= SHORTEST
            && written().any(|text| comparable(text).contains(&said))
    };
    reading
        .mentions
        .iter()
        .filter(|mention| (shown.contains(mention.id) || is_part_of_a_word(mention)) && !is_own(mention))
        .map(|mention| {
            let what = match mention.kind {
                MentionKind::Food | MentionKind::Allergen(_) => "food",
                MentionKind::Condition => "condition",
                MentionKind::Drug => "medicine",
                MentionKind::Supplement => "supplement",
            };
            let message =
                format!("A {what} is named that comes from a sample and not from this request's facts.");
            (Some(mention.span.clone()), message)
        })
        .collect()
}

/// Finds the words of a sample's date, such as a month, where they stand with a capital or in a language without any.
fn foreign_months(reading: &Reading, evidence: &Evidence) -> Vec<Breach> {
    const SHORTEST: usize = 4;
    let dates = evidence.samples.iter().flat_map(|sample| &sample.text.values);
    let dates = dates.filter(|value| value.slot.as_str() == "date");
    let shown: HashSet<String> = dates
        .flat_map(|value| words(&value.value))
        .map(|word| word.text)
        .filter(|word| word.chars().count() >= SHORTEST && word.chars().all(char::is_alphabetic))
        .collect();
    if shown.is_empty() {
        return Vec::new();
    }
    let own: HashSet<String> =
        facts::worded(evidence).into_iter().flat_map(words).map(|word| word.text).collect();
    reading
        .words
        .iter()
        .filter(|word| shown.contains(&word.text) && !own.contains(&word.text))
        .filter(|word| {
            reading.text[word.span.clone()].starts_with(char::is_uppercase) || !is_capital(reading.language)
        })
        .filter(|word| !evidence.trace.iter().any(|trace| overlap(&trace.span, &word.span)))
        .map(|word| {
            let message = "A date is said that comes from a sample and not from this request's facts.";
            (Some(word.span.clone()), message.to_owned())
        })
        .collect()
}

/// Tells whether the language writes months with a capital.
const fn is_capital(language: Language) -> bool {
    matches!(language, Language::English | Language::German)
}

fn foreign_numbers(reading: &Reading, evidence: &Evidence) -> Vec<Breach> {
    if reading.quantities.is_empty() {
        return Vec::new();
    }
    let shown: HashSet<(String, Option<Unit>)> = evidence
        .samples
        .iter()
        .flat_map(|sample| {
            let values = sample.text.values.iter().map(|value| value.value.as_str());
            values
                .chain([sample.text.text.as_str()])
                .flat_map(|text| quantities(text, sample.language))
                .collect::<Vec<_>>()
        })
        .filter(|quantity| quantity.unit.is_some())
        .map(|quantity| key(&quantity))
        .collect();
    let known = facts::known(evidence);
    let own: Vec<_> =
        facts::worded(evidence).into_iter().flat_map(|text| quantities(text, reading.language)).collect();
    reading
        .quantities
        .iter()
        .filter(|quantity| shown.contains(&key(quantity)))
        .filter(|quantity| !(quantity.value == "1" && quantity.unit != Some(Unit::Date)))
        .filter(|quantity| !known.iter().any(|fact| fact.is(quantity)))
        .filter(|quantity| !own.iter().any(|own| key(own) == key(quantity)))
        .filter(|quantity| !evidence.trace.iter().any(|trace| overlap(&trace.span, &quantity.span)))
        .map(|quantity| {
            let what = if quantity.unit == Some(Unit::Date) { "date" } else { "number" };
            let message =
                format!("A {what} is said that comes from a sample and not from this request's facts.");
            (Some(quantity.span.clone()), message)
        })
        .collect()
}

fn key(quantity: &Quantity) -> (String, Option<Unit>) {
    (comparable(&quantity.value), quantity.unit)
}
