//! The facts of a request: whether they can be written about, and what of them a language model may see.

use domain::problem::{Code, FieldError};
use voice::{
    facts::Brief,
    quantity::{Unit, quantities},
    rules::{self, FactFinding, Finding, Rule},
    slot::{self, Entity, EntityKind, SlotName, SlottedText},
    word::{fold, words},
};

use crate::{energy, error::Error, naming, quarantine};

/// The version of the output rules, which every answer names.
pub(crate) const RULES_VERSION: &str = voice::rules::VERSION;

/// Returns the names of the rules that every text is checked by, such as `R1`.
pub(crate) fn rules_checked() -> Vec<String> {
    rules::judged_by().map(|rule| format!("{rule:?}")).collect()
}

/// Fails, naming every bad field, if `brief` can't be written about: with `unsafe-input` if it talks to the writer, else
/// with `facts-invalid`.
pub(crate) fn check(brief: &Brief) -> Result<(), Error> {
    let orders = orders(brief);
    if !orders.is_empty() {
        return Err(Error::fields(Code::UnsafeInput, orders));
    }
    let mut errors = vulnerable(brief);
    errors.extend(naming::of_request(brief));
    errors.extend(contradictions(brief));
    errors.extend(unsayable(brief));
    if errors.is_empty() { Ok(()) } else { Err(Error::fields(Code::FactsInvalid, errors)) }
}

/// Closed until the rules for vulnerable readers exist: no text for them is written by chance (feature 46).
fn vulnerable(brief: &Brief) -> Vec<FieldError> {
    let reader = brief.client.reader;
    let flags = [("minor", reader.minor), ("pregnant", reader.pregnant), ("ed_history", reader.ed_history)];
    flags
        .into_iter()
        .filter(|(_, set)| *set)
        .map(|(flag, _)| {
            let detail = "texts for this reader are not offered yet";
            FieldError::new(format!("/client/reader/{flag}"), "not-offered", detail)
        })
        .collect()
}

/// The facts in words are told to the language model, so what would put a sample in quarantine is not let in here.
fn orders(brief: &Brief) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (pointer, phrase) in phrases(brief) {
        for suspicion in quarantine::suspicions(phrase) {
            errors.push(FieldError::new(pointer.clone(), suspicion.as_str(), suspicion.advice()));
        }
    }
    errors
}

/// Facts in words that no text could repeat: a rule would block it. It says so before the text is written.
fn unsayable(brief: &Brief) -> Vec<FieldError> {
    let found = rules::check_facts(brief).into_iter();
    let mut errors: Vec<_> = found.map(|fact| unsayable_fact(fact, brief)).collect();
    errors.sort();
    errors.dedup();
    errors
}

fn unsayable_fact(fact: FactFinding, brief: &Brief) -> FieldError {
    let is_years = counts_years(&fact, brief);
    let Finding { rule, category, message, .. } = fact.finding;
    let detail = match rule {
        Rule::R1 if is_years => format!(
            "{message} No text says an age or a number of years: leave it out. For a client under 18 set \
             `client.reader.minor`."
        ),
        Rule::R1 => {
            format!("{message} A number with a unit must be one of `facts.numbers` or the days of the plan.")
        }
        _ => message,
    };
    FieldError::new(fact.pointer, category, detail)
}

/// Tells whether what was found is an age or another number of years, for which `facts.numbers` has no unit.
fn counts_years(fact: &FactFinding, brief: &Brief) -> bool {
    let said = phrases(brief).into_iter().find(|(pointer, _)| *pointer == fact.pointer);
    let (Some((_, phrase)), Some(place)) = (said, &fact.finding.span) else { return false };
    quantities(phrase, brief.language).iter().any(|quantity| {
        quantity.unit == Some(Unit::Year)
            && quantity.span.start < place.end
            && place.start < quantity.span.end
    })
}

/// Returns the facts in words, with where they stand in the request.
fn phrases(brief: &Brief) -> Vec<(String, &str)> {
    let mut phrases = Vec::new();
    for (index, goal) in brief.facts.goals.iter().enumerate() {
        phrases.push((format!("/facts/goals/{index}"), goal.as_str()));
    }
    for (index, meal) in brief.facts.meals.iter().enumerate() {
        phrases.push((format!("/facts/meals/{index}/name"), meal.name.as_str()));
        for (food_index, food) in meal.foods.iter().enumerate() {
            phrases.push((format!("/facts/meals/{index}/foods/{food_index}"), food.as_str()));
        }
    }
    phrases
}

fn contradictions(brief: &Brief) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if brief.length.min > brief.length.max {
        errors.push(FieldError::new("/length/min", "contradiction", "must not be more than max"));
    }
    let numbers = &brief.facts.numbers;
    for (index, number) in numbers.iter().enumerate() {
        if numbers[..index].iter().any(|earlier| earlier.id == number.id) {
            let pointer = format!("/facts/numbers/{index}/id");
            errors.push(FieldError::new(pointer, "duplicate", "each id may stand once"));
        }
    }
    errors.extend(energy::errors(numbers));
    errors
}

/// Returns `brief` without anything that identifies the client or anyone else: what writers that are not ours may see
/// (threat X2). Values of slots give way to the slots; so do names and contacts in free texts.
pub(crate) fn for_model(brief: &Brief) -> Brief {
    let known = identities(brief);
    let hide = |text: &String| hidden(text, brief, &known);
    let mut shown = brief.clone();
    for (name, value) in &mut shown.client.slots {
        *value = placeholder(name);
    }
    shown.note = brief.note.as_ref().map(hide);
    shown.facts.goals = brief.facts.goals.iter().map(hide).collect();
    for meal in &mut shown.facts.meals {
        meal.name = hidden(&meal.name, brief, &known);
        meal.foods = meal.foods.iter().map(|food| hidden(food, brief, &known)).collect();
    }
    shown.dietitian_name = brief.dietitian_name.as_ref().map(|_| "{{dietitian.name}}".to_owned());
    shown
}

/// Returns a finished text with slots where the client is named, also by a fact that names them; the rest stays.
pub(crate) fn without_client(text: &str, brief: &Brief) -> String {
    let client = Brief { dietitian_name: None, ..brief.clone() };
    let names: Vec<String> =
        client.client.slots.values().flat_map(|name| words(name)).map(|word| fold(word.text)).collect();
    // What may be an ordinary word and may be the client is not kept either.
    let may_name = |value: &str| {
        words(value).iter().any(|word| names.iter().any(|name| fold(word.text).starts_with(name.as_str())))
    };
    let names_client = |slot: &SlotName, value: &str| {
        slot.is_client()
            || slot.as_str() == "other.name"
            || slot.as_str() == "other.unlisted" && may_name(value)
    };
    put_back(&slot::extract(text, brief.language, &identities(&client)), |slot, value| {
        !names_client(slot, value)
    })
}

fn placeholder(slot: &str) -> String {
    format!("{{{{client.{slot}}}}}")
}

fn identities(brief: &Brief) -> Vec<Entity> {
    let mut known: Vec<_> = brief
        .client
        .slots
        .iter()
        .map(|(name, value)| {
            let kind = match name.as_str() {
                "first_name" => EntityKind::ClientFirstName,
                "last_name" => EntityKind::ClientLastName,
                _ => EntityKind::Other,
            };
            Entity { text: value.clone(), kind }
        })
        .collect();
    known.extend(
        brief
            .dietitian_name
            .iter()
            .map(|name| Entity { text: name.clone(), kind: EntityKind::DietitianName }),
    );
    known
}

/// Takes names, dates and contacts out, and puts plan lengths and amounts back: those are facts that may be said.
fn hidden(text: &str, brief: &Brief, known: &[Entity]) -> String {
    put_back(&slot::extract(text, brief.language, known), |slot, _| is_fact(slot))
}

/// Returns the text with the values of those slots in their places that `stays` names.
fn put_back(slotted: &SlottedText, stays: impl Fn(&SlotName, &str) -> bool) -> String {
    let mut shown = String::with_capacity(slotted.text.len());
    let mut end = 0;
    let places = slot::slots_in(&slotted.text);
    for ((place, name), value) in places.into_iter().zip(values_of(slotted)) {
        shown.push_str(&slotted.text[end..place.start]);
        let stays = name.is_ok_and(|name| stays(&name, value));
        shown.push_str(if stays { value } else { &slotted.text[place.clone()] });
        end = place.end;
    }
    shown.push_str(&slotted.text[end..]);
    shown
}

fn values_of(slotted: &SlottedText) -> impl Iterator<Item = &str> {
    slotted.values.iter().map(|value| value.value.as_str())
}

fn is_fact(slot: &SlotName) -> bool {
    slot.number_id().is_some() || matches!(slot.as_str(), "plan.days" | "plan.weeks" | "literal")
}

#[cfg(test)]
mod tests {
    use domain::content::{ContentType, Language, UnitSystem};
    use voice::facts::{Client, Facts, Length};

    use super::*;

    #[test]
    fn an_age_is_told_where_it_goes_and_other_numbers_that_they_are_facts() {
        for (language, goal, said, expected) in [
            (Language::English, "lunches for an 8 year old", "8 year", "client.reader.minor"),
            (Language::German, "Essen im Alter von sieben Jahren", "sieben Jahren", "client.reader.minor"),
            (Language::English, "30 g of fibre", "30 g", "facts.numbers"),
        ] {
            let brief = Brief {
                content_type: ContentType::Introduction,
                language,
                units: UnitSystem::Metric,
                client: Client::default(),
                facts: Facts { goals: vec![goal.to_owned()], ..Facts::default() },
                note: None,
                length: Length { min: 1, max: 500 },
                dietitian_name: None,
            };
            let start = goal.find(said).unwrap();
            let finding = Finding {
                rule: Rule::R1,
                span: Some(start..start + said.len()),
                message: "Found.".to_owned(),
                category: "number",
            };
            let fact = FactFinding { pointer: "/facts/goals/0".to_owned(), finding };
            let error = unsayable_fact(fact, &brief);
            assert!(
                error.detail.starts_with("Found. ") && error.detail.contains(expected),
                "{goal}: {error:?}"
            );
            assert_eq!((error.pointer.as_str(), error.code.as_str()), ("/facts/goals/0", "number"));
        }
    }

    #[test]
    fn a_client_whose_name_is_a_word_is_not_kept_either() {
        let brief = Brief {
            content_type: ContentType::Introduction,
            language: Language::English,
            units: UnitSystem::Metric,
            client: Client {
                slots: [("first_name".to_owned(), "Rose".to_owned())].into(),
                ..Client::default()
            },
            facts: Facts::default(),
            note: None,
            length: Length { min: 1, max: 500 },
            dietitian_name: None,
        };
        let kept = without_client("Hi Rose! Rose has a plan. Go to London, Rose.", &brief);
        assert!(!kept.contains("Rose") && kept.contains("London"), "{kept}");
    }
}
