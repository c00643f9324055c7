//! What a caller should know of a text that passed: which of the facts were not checked, and which were not said.

use voice::{
    composer::{leaves_first_name_out, missing_in_greeting, repeats, unsaid},
    facts::Brief,
    fill::Trace,
    rules,
    sample::Sample,
};

use crate::wire::Warning;

/// Returns the foods that no word list knows, where the client avoids something.
pub(crate) fn unchecked(brief: &Brief) -> Vec<Warning> {
    let message = "No word list knows this food: it was not checked against what the client avoids, and the composer \
                   does not name it.";
    rules::unknown_foods(brief).into_iter().map(|pointer| Warning::new(pointer, message)).collect()
}

/// Returns what of the client the dietitian's greetings need and the request lacks.
pub(crate) fn missing_in_greetings(samples: &[Sample], brief: &Brief) -> Vec<Warning> {
    let message = "The dietitian greets most clients with this; without it the greeting is plainer.";
    let missing = missing_in_greeting(samples, brief).into_iter();
    missing.map(|slot| Warning::new(format!("/client/slots/{slot}"), message)).collect()
}

/// Warns of variants that the composer could not tell apart, because the samples hold too little for several.
pub(crate) fn repeated(texts: &[&str]) -> Option<Warning> {
    let message = "Two variants share most of their sentences: the samples hold too little that fits this request. More \
                   samples make variants differ.";
    let alike = |(at, text): (usize, &&str)| texts[at + 1..].iter().any(|other| repeats(text, other));
    texts.iter().enumerate().any(alike).then(|| Warning::new("/variants".to_owned(), message))
}

/// Returns what the composer left unsaid in `text`, of which `trace` tells what numbers it states.
pub(crate) fn unsaid_by_composer(brief: &Brief, text: &str, trace: &[Trace]) -> Vec<Warning> {
    let is_said = |id: &str| trace.iter().any(|trace| trace.fact_id.strip_prefix("numbers/") == Some(id));
    let numbers = &brief.facts.numbers;
    // Of one energy in two units, one is enough.
    let energy_said = numbers.iter().any(|number| number.is_daily_energy() && is_said(&number.id));
    let numbers_unsaid = numbers
        .iter()
        .enumerate()
        .filter(|(_, number)| !(is_said(&number.id) || number.is_daily_energy() && energy_said));
    let message = "The composer did not say this number: none of the dietitian's sentences that fit has a place for it \
                   under this id and in this unit.";
    let mut warnings: Vec<_> =
        numbers_unsaid.map(|(at, _)| Warning::new(format!("/facts/numbers/{at}"), message)).collect();
    if leaves_first_name_out(brief) {
        let message = "This looks like a Polish nominative: where the dietitian greets by title, the composer leaves the name out. Send \
                       the vocative, such as `Anno`.";
        warnings.push(Warning::new("/client/slots/first_name".to_owned(), message));
    }
    let message = "The composer did not say this: it fits into none of the sentences, or the length or the dietitian's way \
                   of writing has no place for it.";
    // A food that no list knows is never said; that it was not checked either is the greater news.
    let unchecked = rules::unknown_foods(brief);
    let others = unsaid(text, brief).into_iter().filter(|pointer| !unchecked.contains(pointer));
    warnings.extend(others.map(|pointer| Warning::new(pointer, message)));
    if brief.note.is_some() {
        let message = "The composer does not use the note; a language model does.";
        warnings.push(Warning::new("/brief".to_owned(), message));
    }
    warnings
}

#[cfg(test)]
mod tests {
    use domain::content::{ContentType, Language, UnitSystem};
    use voice::{
        allergen::Allergen,
        facts::{Client, Facts, Length, Meal, Number},
    };

    use super::*;

    fn brief() -> Brief {
        let number = |id: &str, unit: &str| Number { id: id.into(), value: "1800".into(), unit: unit.into() };
        Brief {
            content_type: ContentType::Introduction,
            language: Language::English,
            units: UnitSystem::Metric,
            client: Client { avoid_allergens: vec![Allergen::Milk], ..Client::default() },
            facts: Facts {
                meals: vec![Meal {
                    name: "breakfast".into(),
                    foods: vec!["rice".into(), "zorbleknurps".into()],
                }],
                numbers: vec![number("energy", "kcal"), number("energy_kj", "kJ"), number("protein", "oz")],
                ..Facts::default()
            },
            note: Some("She is new.".into()),
            length: Length { min: 1, max: 500 },
            dietitian_name: None,
        }
    }

    fn pointers(warnings: Vec<Warning>) -> Vec<String> {
        warnings.into_iter().map(|warning| warning.pointer).collect()
    }

    #[test]
    fn a_food_that_no_list_knows_is_named_where_something_is_avoided() {
        let mut brief = brief();
        assert_eq!(pointers(unchecked(&brief)), ["/facts/meals/0/foods/1"]);
        brief.client.avoid_allergens.clear();
        assert_eq!(unchecked(&brief), []);
    }

    #[test]
    fn variants_that_repeat_each_other_are_named() {
        let text = |end: &str| format!("Hi,\n\nThe plan is here. Eat slowly. Drink enough. {end}\n\nAnn");
        let (one, alike, other) = (text("Write."), text("Call."), "Hi,\n\nSleep well.\n\nAnn".to_owned());
        assert_eq!(
            repeated(&[&one, &other, &alike]).map(|warning| warning.pointer).as_deref(),
            Some("/variants")
        );
        assert_eq!(repeated(&[&one, &other]), None);
    }

    #[test]
    fn a_polish_nominative_is_named() {
        let mut brief = Brief { language: Language::Polish, note: None, ..brief() };
        brief.facts.numbers.clear();
        for (first, warned) in [("Joanno", false), ("Joanna", true), ("Piotrze", false), ("Piotr", true)] {
            brief.client.slots.insert("first_name".into(), first.into());
            let pointers = pointers(unsaid_by_composer(&brief, "Rice and zorbleknurps.", &[]));
            assert_eq!(pointers == ["/client/slots/first_name"], warned, "{first}: {pointers:?}");
        }
    }

    #[test]
    fn what_the_composer_leaves_out_is_named() {
        let said = [Trace { span: 0..4, fact_id: "numbers/energy".into() }];
        let of = |text: &str, trace: &[Trace]| pointers(unsaid_by_composer(&brief(), text, trace));
        assert_eq!(of("Rice and zorbleknurps.", &said), ["/facts/numbers/2", "/brief"]);
        assert_eq!(
            of("Rice.", &said),
            ["/facts/numbers/2", "/brief"],
            "the unknown food is warned of already"
        );
        assert_eq!(of("", &said), ["/facts/numbers/2", "/facts/meals/0", "/brief"]);
        assert_eq!(of("", &[]).len(), 5);
    }
}
