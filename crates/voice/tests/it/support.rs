//! What several tests share: briefs and samples.

use domain::{
    content::{ContentType, Language, UnitSystem},
    ids::SamplesId,
};
use voice::{
    allergen::Allergen,
    facts::{Brief, Client, Facts, Length, Meal, Number, Reader},
    rules::{Evidence, Rule, check},
    sample::Sample,
    slot::{SlotValue, SlottedText},
};

/// A brief for a client called Joanna who must avoid `avoid`: 14 days, 1800 kcal, 2 l of water, four meals.
pub(crate) fn brief(language: Language, avoid: &[Allergen]) -> Brief {
    let meals: [&str; 4] = match language {
        Language::English => ["breakfast", "lunch", "snack", "dinner"],
        Language::Spanish => ["desayuno", "comida", "merienda", "cena"],
        Language::Portuguese => ["café da manhã", "almoço", "lanche", "jantar"],
        Language::French => ["petit-déjeuner", "déjeuner", "collation", "dîner"],
        Language::German => ["Frühstück", "Mittagessen", "Zwischenmahlzeit", "Abendessen"],
        Language::Italian => ["colazione", "pranzo", "spuntino", "cena"],
        Language::Polish => ["śniadanie", "obiad", "podwieczorek", "kolacja"],
    };
    let number =
        |id: &str, value: &str, unit: &str| Number { id: id.into(), value: value.into(), unit: unit.into() };
    Brief {
        content_type: ContentType::Introduction,
        language,
        units: UnitSystem::Metric,
        client: Client {
            slots: [("first_name".to_owned(), "Joanna".to_owned())].into(),
            reader: Reader::default(),
            avoid_allergens: avoid.to_vec(),
        },
        facts: Facts {
            plan_days: Some(14),
            goals: Vec::new(),
            meals: meals.into_iter().map(|name| Meal { name: name.into(), foods: Vec::new() }).collect(),
            numbers: vec![number("energy", "1800", "kcal"), number("water", "2", "l")],
            verified_free_from: Vec::new(),
        },
        note: None,
        length: Length { min: 1, max: 2000 },
        dietitian_name: Some("Anna Bell".to_owned()),
    }
}

/// Returns the rules that `text` breaks.
pub(crate) fn broken(text: &str, brief: &Brief, samples: &[&Sample]) -> Vec<(Rule, String)> {
    let evidence = Evidence { brief, samples, instructions: None, slots_filled: true, trace: &[] };
    check(text, &evidence).findings.into_iter().map(|finding| (finding.rule, finding.message)).collect()
}

/// Tells whether `text` breaks `rule`.
pub(crate) fn breaks(rule: Rule, text: &str, brief: &Brief) -> bool {
    broken(text, brief, &[]).iter().any(|(found, _)| *found == rule)
}

/// Returns a sample of `text`, whose slots held `values`.
pub(crate) fn sample(language: Language, text: &str, values: &[(&str, &str)]) -> Sample {
    let values = values
        .iter()
        .map(|(slot, value)| SlotValue {
            slot: slot.parse().expect("a literal of the test"),
            value: (*value).to_owned(),
        })
        .collect();
    Sample {
        id: "01890000-0000-7000-8000-000000000001".parse::<SamplesId>().expect("a literal of the test"),
        index: 0,
        content_type: ContentType::Introduction,
        language,
        text: SlottedText { text: text.to_owned(), values },
    }
}
