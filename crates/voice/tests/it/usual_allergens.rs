//! R2: what foods and dishes usually hold, for each of the fourteen allergens and each language.

use std::collections::BTreeSet;

use domain::content::Language;
use voice::{
    allergen::Allergen,
    facts::Meal,
    rules::{Rule, check_facts},
};

use crate::support::brief;

struct Row {
    hold: bool,
    language: Language,
    avoid: Allergen,
    foods: Vec<&'static str>,
}

#[test]
fn a_food_is_refused_to_who_avoids_what_it_usually_holds_and_no_other() {
    let (mut missed, mut wronged) = (Vec::new(), Vec::new());
    for row in rows() {
        for food in &row.foods {
            let refused = is_refused(food, row.language, row.avoid);
            let said = format!("{}\t{}\t{food}", row.language, row.avoid.as_str());
            match (row.hold, refused) {
                (true, false) => missed.push(said),
                (false, true) => wronged.push(said),
                _ => {}
            }
        }
    }
    assert!(
        missed.is_empty() && wronged.is_empty(),
        "missed {}:\n{}\nwronged {}:\n{}",
        missed.len(),
        missed.join("\n"),
        wronged.len(),
        wronged.join("\n")
    );
}

#[test]
fn each_language_has_foods_for_each_allergen() {
    for language in Language::ALL {
        let named: BTreeSet<_> =
            rows().filter(|row| row.hold && row.language == language).map(|row| row.avoid).collect();
        assert_eq!(named.len(), Allergen::ALL.len(), "{language}: {named:?}");
    }
}

fn is_refused(food: &str, language: Language, avoid: Allergen) -> bool {
    let mut brief = brief(language, &[avoid]);
    brief.facts.meals = vec![Meal { name: String::new(), foods: vec![food.to_owned()] }];
    check_facts(&brief).iter().any(|found| found.finding.rule == Rule::R2)
}

fn rows() -> impl Iterator<Item = Row> {
    let lines = include_str!("usual_allergens.tsv").lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| {
        let columns: Vec<&str> = line.split('\t').collect();
        let [verdict, language, avoid, foods]: [&str; 4] =
            columns.try_into().expect("a row has four columns");
        assert!(matches!(verdict, "hold" | "lack"), "{line}");
        Row {
            hold: verdict == "hold",
            language: language.parse().expect("a literal of the table"),
            avoid: avoid.parse().expect("a literal of the table"),
            foods: foods.split('|').collect(),
        }
    })
}
