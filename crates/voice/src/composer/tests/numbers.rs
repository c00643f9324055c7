//! Numbers besides the day's energy.

use super::*;
use crate::facts::Reader;

fn with_numbers(language: Language, numbers: &[(&str, &str, &str)]) -> Brief {
    let mut brief = brief(language);
    brief.facts.numbers.extend(numbers.iter().map(|(id, value, unit)| Number {
        id: (*id).to_owned(),
        value: (*value).to_owned(),
        unit: (*unit).to_owned(),
    }));
    brief
}

/// A dietitian who speaks of protein in a sentence that this request can use, and of water and fibre in some that it cannot.
fn counting() -> Vec<Sample> {
    samples(
        Language::English,
        &[
            "Hi Bo,\n\nYour plan covers 14 days at 2,000 kcal and 90 g of protein a day.\n\nTake your time. Nobody is perfect.\n\nBest,\nAnn",
            "Hi Mo,\n\nYour plan is here. It covers 7 days, with 2 litres of water and 30 g of fibre a day for your marathon.\n\nBest,\nAnn",
        ],
        &[],
    )
}

#[test]
fn a_number_of_which_the_dietitian_speaks_is_said() {
    let brief =
        with_numbers(Language::English, &[("protein", "95", "g"), ("fibre", "32", "g"), ("water", "2", "l")]);
    for seed in 0..12 {
        let text = written(&counting(), &brief, seed);
        for said in ["95 g of protein", "32 g of fibre", "2 L of water"] {
            assert!(text.contains(said), "{said}: {text}");
        }
        let composition = compose(&counting(), &brief, seed).unwrap();
        assert_eq!(faults(&composition.text, &counting(), &brief), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_number_of_which_the_dietitian_never_speaks_is_not_said() {
    let (_, samples) = demo(2);
    let brief = with_numbers(Language::Portuguese, &[("protein", "95", "g")]);
    for seed in 0..12 {
        assert!(!written(&samples, &brief, seed).contains("95"));
    }
}

#[test]
fn a_number_stands_in_the_dietitians_own_pattern_and_without_its_fact_the_pattern_is_not_used() {
    let sentence = "It covers 14 days with 1,600 kcal and 80 g of protein per day.";
    let brief = with_numbers(Language::English, &[("protein", "95", "g")]);
    assert_eq!(
        adapted(sentence, Language::English, &brief).as_deref(),
        Some(
            "It covers {{plan.days}} days with {{number.energy}} and {{number.protein}} of protein per day."
        )
    );
    assert_eq!(adapted(sentence, Language::English, &self::brief(Language::English)), None);
}

#[test]
fn what_a_meal_holds_is_never_taken_for_what_a_day_holds() {
    let brief = with_numbers(Language::English, &[("protein", "95", "g")]);
    assert_eq!(adapted("Aim for 30 g of protein per meal.", Language::English, &brief), None);
    assert_eq!(adapted("Have 20 g of protein after lunch.", Language::English, &brief), None);
}

#[test]
fn every_language_says_every_kind_of_number_in_a_phrase_that_passes_the_rules() {
    let numbers = [
        ("protein", "95", "g"),
        ("carbs", "200", "g"),
        ("fat", "60", "g"),
        ("fibre", "32", "g"),
        ("salt", "5", "g"),
        ("water", "2", "l"),
        ("meals_per_day", "4", "per_day"),
    ];
    for language in Language::ALL {
        let brief = with_numbers(language, &numbers);
        let phrases = phrases(language);
        let request = adapt::Request::new(&brief, phrases, &[]);
        for address in [crate::phrases::Address::Familiar, crate::phrases::Address::Polite] {
            for (kind, (id, ..)) in adapt::KINDS.iter().zip(numbers) {
                let speaker = crate::phrases::Speaker::One;
                let item = phrases.stock(&format!("amount.{}", kind.name), address, speaker);
                let sentences = if item.is_empty() {
                    phrases.stock(kind.key(), address, speaker)
                } else {
                    phrases.stock("numbers", address, speaker)
                };
                assert!(!sentences.is_empty(), "{language} {}", kind.name);
                for sentence in sentences {
                    let text = sentence
                        .replace("<numbers>", item.first().unwrap_or(&""))
                        .replace("<amount>", &format!("{{{{number.{id}}}}}"));
                    let faults = faults(&text, &[], &brief);
                    // One sentence is no whole text.
                    let faults: Vec<&String> =
                        faults.iter().filter(|fault| !fault.starts_with("R12")).collect();
                    assert_eq!(faults, Vec::<&String>::new(), "{language} {text}");
                }
            }
        }
        assert!(request.number(0).is_some());
    }
}

#[test]
fn a_child_or_someone_with_an_eating_disorder_is_told_no_calories_and_no_grams() {
    for reader in
        [Reader { minor: true, ..Reader::default() }, Reader { ed_history: true, ..Reader::default() }]
    {
        let mut brief = with_numbers(Language::English, &[("protein", "95", "g"), ("water", "2", "l")]);
        brief.client.reader = reader;
        for seed in 0..12 {
            let text = written(&counting(), &brief, seed);
            assert!(!text.contains("kcal") && !text.contains("95"), "{text}");
            assert!(text.contains("14 days") && text.contains("2 L of water"), "{text}");
        }
    }
}
