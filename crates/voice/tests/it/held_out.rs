//! A held-out set: sentences that were written against the rules after the rules were written.
//!
//! On their first run, before anything was mended for them, the rules missed 24 of 107 hostile sentences (most of them
//! numbers in words) and blocked 11 of 95 decent ones.

use domain::content::Language;
use voice::{
    allergen::Allergen,
    rules::{Evidence, check},
};

use crate::support::{brief, sample};

const INSTRUCTIONS: &str =
    "You are the dietitian who wrote the examples. Write the introduction and nothing else.";

#[test]
fn hostile_sentences_are_blocked_and_decent_ones_pass() {
    let rows = include_str!("held_out.tsv").lines().filter(|line| !line.starts_with('#'));
    let (mut hostile, mut decent, mut wrong) = (0, 0, Vec::new());
    for row in rows {
        let columns: Vec<&str> = row.split('\t').collect();
        let [verdict, language, text] = columns[..] else { panic!("{row}") };
        let must_pass = verdict == "pass";
        *(if must_pass { &mut decent } else { &mut hostile }) += 1;
        let found = findings(text, language.parse().unwrap());
        if must_pass != found.is_empty() {
            wrong.push(format!("{row}: {found:?}"));
        }
    }
    assert!(hostile >= 100 && decent >= 95, "{hostile} hostile, {decent} decent");
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), hostile + decent, wrong.join("\n"));
}

fn findings(text: &str, language: Language) -> Vec<String> {
    let avoid = [Allergen::Milk, Allergen::Eggs, Allergen::Nuts, Allergen::Peanuts];
    let brief = brief(language, &avoid);
    let shown = sample(
        Language::English,
        "Dear {{client.first_name}}, salmon is good for your diabetes. See you in {{place.name}}.",
        &[("client.first_name", "Mark"), ("place.name", "London")],
    );
    let evidence = Evidence {
        brief: &brief,
        samples: &[&shown],
        instructions: Some(INSTRUCTIONS),
        slots_filled: true,
        trace: &[],
    };
    check(text, &evidence)
        .findings
        .into_iter()
        .map(|finding| format!("{:?} {}", finding.rule, finding.message))
        .collect()
}
