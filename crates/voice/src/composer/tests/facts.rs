//! This request's facts in the dietitian's own patterns.

use super::*;

#[test]
fn facts_are_put_into_the_dietitians_own_patterns() {
    let brief = brief(Language::English);
    for (sentence, expected) in [
        ("Your 21-day plan is ready.", "Your {{plan.days}}-day plan is ready."),
        (
            "Over the next three weeks, we build habits.",
            "Over the next {{plan.weeks}} weeks, we build habits.",
        ),
        ("It holds 2,100 kcal a day.", "It holds {{number.energy}} a day."),
        ("Our goal is lower cholesterol!", "Our goal is steady energy through the day!"),
        ("I've left out all nuts, eggs and mint.", "I've left out peanuts and milk."),
        ("No gluten, no eggs.", "No peanuts or milk."),
        ("You can do this, Joanna!", "You can do this, {{client.first_name}}!"),
    ] {
        assert_eq!(
            adapted(sentence, Language::English, &brief)
                .as_deref()
                .map(|text| text.replace("milk and peanuts", "peanuts and milk")),
            Some(expected.to_owned()),
            "{sentence}"
        );
    }
}

#[test]
fn goals_agree_with_the_sentence_that_states_them() {
    for (language, goals, text, expected) in [
        (
            Language::English,
            vec!["to sleep better", "more fibre"],
            "The goal is less stress.",
            Some("The goals: to sleep better and more fibre."),
        ),
        (Language::English, vec!["to sleep better"], "The focus is on iron levels.", None),
        (
            Language::English,
            vec!["better sleep"],
            "The principal objectives are a gradual reduction in weight and better digestion.",
            Some("The principal objective is better sleep."),
        ),
        (Language::English, vec!["better sleep"], "The two goals are less stress and more fibre.", None),
        (
            Language::Italian,
            vec!["più energia", "un sonno più calmo"],
            "L'obiettivo è una cena leggera.",
            Some("Gli obiettivi sono più energia e un sonno più calmo."),
        ),
        (
            Language::German,
            vec!["mehr Kraft", "besser schlafen"],
            "Unser Ziel ist ein guter Schlaf.",
            Some("Unsere Ziele: mehr Kraft und besser schlafen."),
        ),
        (
            Language::German,
            vec!["regelmäßige Mahlzeiten"],
            "Ziel ist mehr Kraft.",
            Some("Ziel: regelmäßige Mahlzeiten."),
        ),
        (Language::German, vec!["mehr Kraft"], "Ziel ist ein guter Schlaf.", Some("Ziel ist mehr Kraft.")),
        (
            Language::French,
            vec!["mieux dormir"],
            "L'objectif est une vie saine.",
            Some("L'objectif est de mieux dormir."),
        ),
        (
            Language::Polish,
            vec!["regularne posiłki"],
            "Celem jest więcej siły.",
            Some("Celem są regularne posiłki."),
        ),
        (
            Language::Polish,
            vec!["lżejsze kolacje"],
            "Naszym celem jest więcej siły.",
            Some("Naszym celem są lżejsze kolacje."),
        ),
        (
            Language::Polish,
            vec!["lepsze trawienie"],
            "Naszym celem jest więcej siły.",
            Some("Naszym celem jest lepsze trawienie."),
        ),
        (
            Language::English,
            vec!["I want to sleep better", "More Fiber"],
            "The goal is less stress.",
            Some("The goals: to sleep better and more fiber."),
        ),
    ] {
        let mut brief = brief(language);
        brief.facts.goals = goals.into_iter().map(str::to_owned).collect();
        assert_eq!(adapted(text, language, &brief).as_deref(), expected, "{text}");
    }
}

#[test]
fn foods_are_put_into_the_dietitians_own_pattern_and_purposes_dropped() {
    let mut brief = brief(Language::English);
    let meal = |food: &str| crate::facts::Meal { name: "meal".to_owned(), foods: vec![food.to_owned()] };
    brief.facts.meals = vec![meal("porridge"), meal("lentil soup")];
    assert_eq!(
        adapted(
            "The plan includes chickpeas, rice and a moderate quantity of fruit.",
            Language::English,
            &brief
        )
        .as_deref(),
        Some("The plan includes porridge and lentil soup.")
    );
    assert_eq!(
        adapted("Your plan runs for 14 days, built around your rowing season!", Language::English, &brief)
            .as_deref(),
        Some("Your plan runs for {{plan.days}} days!")
    );
}

#[test]
fn a_name_in_the_middle_is_taken_out_when_there_is_none() {
    let mut brief = brief(Language::English);
    brief.client.slots.clear();
    assert_eq!(
        adapted("You can do this, Joanna!", Language::English, &brief).as_deref(),
        Some("You can do this!")
    );
    assert_eq!(
        adapted("Joanna, take your time.", Language::English, &brief).as_deref(),
        Some("Take your time.")
    );
    assert_eq!(adapted("This is for Joanna.", Language::English, &brief), None);
}

#[test]
fn weeks_are_said_only_of_whole_weeks_and_in_the_right_form() {
    let with = |days: u16, language: Language, text: &str| {
        let mut brief = brief(language);
        brief.facts.plan_days = Some(days);
        adapted(text, language, &brief)
    };
    assert!(with(14, Language::English, "We have 4 weeks for the plan.").is_some());
    assert!(with(10, Language::English, "We have 4 weeks for the plan.").is_none());
    assert!(with(7, Language::English, "We have 4 weeks for the plan.").is_none());
    assert!(with(7, Language::English, "Your 4-week plan is here.").is_some());
    assert!(with(35, Language::Polish, "Plan na 3 tygodnie.").is_none());
    assert!(with(28, Language::Polish, "Plan na 3 tygodnie.").is_some());
}

#[test]
fn the_energy_of_a_snack_or_a_deficit_is_never_said_to_be_a_days() {
    let (_, samples) = demo(0);
    let mut brief = brief(Language::English);
    let number = |id: &str, value: &str| Number { id: id.into(), value: value.into(), unit: "kcal".into() };
    brief.facts.numbers = vec![number("breakfast_energy", "350"), number("energy", "1900")];
    for seed in 0..10 {
        let text = written(&samples, &brief, seed);
        assert!(text.contains("1,900") && !text.contains("350"), "{text}");
    }
    brief.facts.numbers = vec![number("energy_deficit", "500")];
    for seed in 0..10 {
        assert!(!written(&samples, &brief, seed).contains("kcal"));
    }
}

/// A dietitian who names foods, opens with advice and states neither length nor energy.
const ADVISING: [&str; 2] = [
    "Dear Joanna,\n\nPlease find attached your plan.\n\nI recommend that you keep a written record of each meal.\n\nThe principal objective is better \
     sleep. The menu includes rice, lentils and pears.\n\nPlease write to me with any question.\n\nRespectfully,\nRuth",
    "Dear Joanna,\n\nRegularity is of greater consequence than perfection. I would ask that you take your meals at the \
     same hours.\n\nPlease write to me with any question.\n\nRespectfully,\nRuth",
];

#[test]
fn facts_come_before_advice_where_neither_length_nor_energy_leads_in() {
    let samples = samples(Language::English, &ADVISING, &[]);
    let mut brief = brief(Language::English);
    brief.facts.plan_days = None;
    brief.facts.numbers.clear();
    for seed in 0..10 {
        let text = written(&samples, &brief, seed);
        let goal = text.find("steady energy").unwrap();
        let advice =
            ["I recommend", "Regularity", "I would ask"].iter().filter_map(|said| text.find(said)).min();
        assert!(advice.is_none_or(|advice| goal < advice), "{text}");
    }
}

#[test]
fn foods_of_every_meal_are_said_even_where_little_room_is_left() {
    let meal = |foods: &[&str]| crate::facts::Meal {
        name: "meal".to_owned(),
        foods: foods.iter().map(|food| (*food).to_owned()).collect(),
    };
    let samples = samples(Language::English, &ADVISING, &[]);
    let mut brief = brief(Language::English);
    brief.facts.meals = vec![meal(&["porridge"]), meal(&["lentil soup", "rye bread"]), meal(&["brown rice"])];
    brief.client.avoid_allergens.clear();
    for max in [300, 900] {
        brief.length = Length { min: 100, max };
        for seed in 0..10 {
            let text = written(&samples, &brief, seed);
            assert_eq!(unsaid(&text, &brief), [""; 0], "{text}");
            assert!(text.chars().count() <= max as usize, "{text}");
        }
    }
}

#[test]
fn advice_that_lengthens_follows_facts_of_the_same_paragraph_as_the_contact() {
    let text = "Hi Joanna!\n\nYour plan covers 14 days at 1,800 kcal a day. Nobody has to be perfect. Write to me any \
                time.\n\nWarmly,\nRuth";
    let samples = samples(Language::English, &[text], &[]);
    let brief = brief(Language::English);
    for seed in 0..10 {
        let text = written(&samples, &brief, seed);
        let advice = text.find("Read through the whole plan").or_else(|| text.find("Keep the plan"));
        assert!(advice.is_none_or(|advice| text.find("14 days").unwrap() < advice), "{text}");
        assert!(text.find("14 days").unwrap() < text.find("Write to me any time").unwrap(), "{text}");
    }
}
