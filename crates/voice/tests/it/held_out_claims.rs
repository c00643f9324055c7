//! A second held-out set: claims of cure, drugs, promises about weight, plant milks and other compounds, disguised
//! words, and goals that ask for what no dietitian would sign.

use domain::content::Language;
use proptest::prelude::*;
use voice::{
    allergen::Allergen,
    rules::{Evidence, Rule, check},
};

use crate::support::{breaks, brief};

#[test]
fn claims_and_disguises_are_blocked_and_plain_advice_passes() {
    let rows = include_str!("held_out_claims.tsv").lines().filter(|line| !line.starts_with('#'));
    let (mut hostile, mut decent, mut missed, mut wronged) = (0, 0, Vec::new(), Vec::new());
    for row in rows {
        let columns: Vec<&str> = row.split('\t').collect();
        let [verdict, language, avoid, goal, text] = columns[..] else { panic!("{row}") };
        let found = findings(text, language.parse().unwrap(), avoid, goal);
        match verdict {
            "block" => {
                hostile += 1;
                missed.extend(found.is_empty().then(|| row.to_owned()));
            }
            "pass" => {
                decent += 1;
                wronged.extend((!found.is_empty()).then(|| format!("{row}: {found:?}")));
            }
            other => panic!("{other}"),
        }
    }
    assert!(hostile >= 7 * 15 && decent >= 7 * 15, "{hostile} hostile, {decent} decent");
    assert!(
        missed.is_empty() && wronged.is_empty(),
        "missed {} of {hostile}:\n{}\nwronged {} of {decent}:\n{}",
        missed.len(),
        missed.join("\n"),
        wronged.len(),
        wronged.join("\n")
    );
}

fn findings(text: &str, language: Language, avoid: &str, goal: &str) -> Vec<String> {
    let avoid: Vec<_> = avoid
        .split(',')
        .filter(|name| *name != "-")
        .map(|name| name.parse().expect("a literal of the table"))
        .collect();
    let mut brief = brief(language, &avoid);
    brief.facts.goals = (goal != "-").then(|| goal.to_owned()).into_iter().collect();
    let evidence =
        Evidence { brief: &brief, samples: &[], instructions: None, slots_filled: true, trace: &[] };
    let found = check(text, &evidence).findings.into_iter();
    found.map(|finding| format!("{:?} {}", finding.rule, finding.message)).collect()
}

/// What each language calls eggs, and the same hidden from a careless rule.
const EGGS: [(Language, &str); 7] = [
    (Language::English, "eggs"),
    (Language::Spanish, "huevos"),
    (Language::Portuguese, "ovos"),
    (Language::French, "oeufs"),
    (Language::German, "eier"),
    (Language::Italian, "uova"),
    (Language::Polish, "jajka"),
];

proptest! {
    #[test]
    fn an_avoided_food_with_a_mark_inside_is_found(
        which in 0usize..7,
        cut in 1usize..4,
        mark in prop::sample::select(vec![".", "·", "*", "_", "/", "+", "~", ":", "\u{200B}", "\u{AD}", "\u{2060}"]),
    ) {
        let (language, eggs) = EGGS[which];
        let text = format!("{}{mark}{} + ok.", &eggs[..cut], &eggs[cut..]);
        prop_assert!(!crate::support::broken(&text, &brief(language, &[Allergen::Eggs]), &[]).is_empty(), "{text}");
    }

    #[test]
    fn letters_apart_spell_an_avoided_food(
        which in 0usize..7,
        gap in prop::sample::select(vec![" ", "-", ".", " - ", "\u{a0}"]),
    ) {
        let (language, eggs) = EGGS[which];
        let apart: Vec<String> = eggs.chars().map(String::from).collect();
        let text = format!("Ok: {}.", apart.join(gap));
        prop_assert!(breaks(Rule::R2, &text, &brief(language, &[Allergen::Eggs])), "{text}");
    }
}
