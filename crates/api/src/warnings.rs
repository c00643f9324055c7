//! What a caller should know of a text that passed: which of the facts were not checked, and which were not said.

use voice::{facts::Brief, fill::Trace, rules};

use crate::wire::Warning;

/// Returns the foods that no word list knows, where the client avoids something.
pub(crate) fn unchecked(brief: &Brief) -> Vec<Warning> {
    let message = "No word list knows this food: it was not checked against what the client avoids, and the composer \
                   does not name it.";
    rules::unknown_foods(brief).into_iter().map(|pointer| Warning::new(pointer, message)).collect()
}

/// Returns what the composer left unsaid in a text of which `trace` tells what it states.
pub(crate) fn unsaid_by_composer(brief: &Brief, trace: &[Trace]) -> Vec<Warning> {
    let is_said = |id: &str| trace.iter().any(|trace| trace.fact_id.strip_prefix("numbers/") == Some(id));
    let numbers = &brief.facts.numbers;
    // Of one energy in two units, one is enough.
    let energy_said = numbers.iter().any(|number| number.is_daily_energy() && is_said(&number.id));
    let unsaid = numbers
        .iter()
        .enumerate()
        .filter(|(_, number)| !(is_said(&number.id) || number.is_daily_energy() && energy_said));
    let message = "The composer did not say this number: none of the dietitian's sentences that fit has a place for it \
                   under this id and in this unit.";
    let mut warnings: Vec<_> =
        unsaid.map(|(at, _)| Warning::new(format!("/facts/numbers/{at}"), message)).collect();
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
    fn what_the_composer_leaves_out_is_named() {
        let said = [Trace { span: 0..4, fact_id: "numbers/energy".into() }];
        assert_eq!(pointers(unsaid_by_composer(&brief(), &said)), ["/facts/numbers/2", "/brief"]);
        assert_eq!(pointers(unsaid_by_composer(&brief(), &[])).len(), 4);
    }
}
