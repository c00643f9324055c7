//! Numbers that a writer makes out of slots, out of other scripts and out of thin air (R1).

use domain::content::Language::{self, English, German};
use voice::{
    allergen::Allergen,
    fill::{FillError, Values, fill},
    rules::{Evidence, Rule, check},
};

use crate::support::{breaks, brief};

/// Fills `slotted` as code does after a model wrote it, and tells whether R1 stops it.
fn stopped(slotted: &str, language: Language) -> bool {
    let brief = brief(language, &[]);
    match fill(slotted, &Values::of(&brief)) {
        Err(error) => matches!(error, FillError::Grown(_)),
        Ok(filled) => {
            let evidence = Evidence {
                brief: &brief,
                samples: &[],
                instructions: None,
                slots_filled: true,
                trace: &filled.trace,
            };
            check(&filled.text, &evidence).findings.iter().any(|finding| finding.rule == Rule::R1)
        }
    }
}

#[test]
fn a_slot_that_grows_into_another_number_is_stopped() {
    for slotted in [
        "The energy is 9{{number.energy}} a day.",
        "Eat {{plan.days}}00 kcal.",
        "Eat 1{{plan.days}} kcal.",
        "Eat 1.{{plan.days}} kcal.",
        "Eat {{plan.days}},000 kcal.",
        "You will lose {{plan.days}} kg.",
        "Drink {{plan.days}} litres.",
    ] {
        assert!(stopped(slotted, English), "{slotted}");
    }
}

#[test]
fn a_slot_with_its_own_unit_passes() {
    for slotted in [
        "The plan runs for {{plan.days}} days, that is {{plan.weeks}} weeks.",
        "A {{plan.days}}-day plan with {{number.energy}} a day.",
        "About {{number.energy}}, and {{number.water}} of water.",
    ] {
        assert!(!stopped(slotted, English), "{slotted}");
    }
    assert!(!stopped("Ihr {{plan.days}}-tägiger Plan hat {{number.energy}} pro Tag.", German));
}

#[test]
fn digits_that_are_no_number_we_read_are_stopped() {
    let brief = brief(English, &[]);
    for text in [
        "Eat x500 kcal a day.",
        "Eat 2e3 kcal a day.",
        "Eat ５００ kcal a day.",
        "Eat ٥٠٠ kcal a day.",
        "Eat 𝟓𝟎𝟎 kcal a day.",
        "Eat ⁵⁰⁰ kcal a day.",
        "Eat ②③ eggs.",
        "Eat eight hundred calories.",
        "Eat fifty grams of rice.",
    ] {
        assert!(breaks(Rule::R1, text, &brief), "{text}");
    }
    for text in
        ["Oats bring vitamin B12 and vitamin D3.", "Fish has omega-3 fats.", "Coenzyme Q10 is one of them."]
    {
        assert!(!breaks(Rule::R1, text, &brief), "{text}");
    }
}

/// What a caller may send to be checked is read in time that grows with its length, not with the cube of it (A6).
#[test]
fn a_long_list_of_foods_is_judged() {
    let brief = brief(English, &[Allergen::Eggs, Allergen::Milk, Allergen::Peanuts]);
    let text = "peanut egg milk bread shrimp tofu walnut ".repeat(200);
    assert!(breaks(Rule::R2, &text, &brief));
    assert!(breaks(Rule::R2, &format!("avoid {text}"), &brief));
}
