//! What an attacker hides in notes, goals, meals, cards and samples: none of it reaches a language model.

use domain::content::Language;
use proptest::prelude::*;
use voice::{card::Card, facts::Meal, prompt::prompt, slot::extract};

use crate::support::{brief, sample};

const BOUNDARY: &str = "k7f3q9x2m1p8z4";

/// Returns all that a model is told, in lower case, when `text` stands in `place`.
fn told(language: Language, place: &str, text: &str) -> String {
    let mut brief = brief(language, &[]);
    let slots =
        [("last_name", "Nowakowska"), ("city", "Rosewood"), ("nickname", "Rose"), ("partner_name", "Mark")];
    let slots = slots.into_iter().chain([("child_name", "Jürgen")]);
    brief.client.slots.extend(slots.map(|(id, value)| (id.to_owned(), value.to_owned())));
    let mut samples = Vec::new();
    let mut card = None;
    match place {
        "note" => brief.note = Some(text.to_owned()),
        "goal" => brief.facts.goals = vec![text.to_owned()],
        "meal" => brief.facts.meals = vec![Meal { name: text.to_owned(), foods: vec![] }],
        "food" => brief.facts.meals = vec![Meal { name: "x".to_owned(), foods: vec![text.to_owned()] }],
        "card" => card = Some(Card { lines: vec![text.to_owned()] }),
        _ => {
            samples = vec![voice::sample::Sample {
                text: extract(text, language, &[]),
                ..sample(language, "", &[])
            }]
        }
    }
    let told = prompt(&samples, card.as_ref(), &brief, BOUNDARY);
    serde_json::to_string(&told)
        .expect("a prompt is serialised")
        .to_lowercase()
        .replace('^', " ")
        .replace("\\\"", "\"")
}

fn rows() -> Vec<(Language, &'static str, &'static str, &'static str)> {
    let lines = include_str!("private_words.tsv").lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            assert_eq!(columns.len(), 4, "{line}");
            (columns[0].parse().expect("a language"), columns[1], columns[2], columns[3])
        })
        .collect()
}

/// Tells whether a secret stands among the words that are told; the prompt's own words hold "Bell" in no word but "jo" in some.
fn holds(told: &str, secret: &str) -> bool {
    let secret = secret.to_lowercase();
    told.match_indices(&secret).any(|(at, _)| {
        let whole = secret.chars().count() <= 4;
        let before = told[..at].chars().next_back().is_some_and(char::is_alphanumeric);
        let after = told[at + secret.len()..].chars().next().is_some_and(char::is_alphanumeric);
        !(whole && (before || after))
    })
}

#[test]
fn no_hidden_name_number_or_contact_is_told() {
    let rows = rows();
    let hostile: Vec<_> = rows.iter().filter(|row| !row.2.is_empty()).collect();
    assert!(hostile.len() >= 150, "{}", hostile.len());
    let passed: Vec<String> = hostile
        .iter()
        .filter(|(language, place, secrets, text)| {
            let told = told(*language, place, text);
            secrets.split('|').any(|secret| holds(&told, secret))
        })
        .map(|(language, place, secrets, text)| format!("{language} {place} {secrets}: {text}"))
        .collect();
    assert!(passed.is_empty(), "{} of {} got through:\n{}", passed.len(), hostile.len(), passed.join("\n"));
}

#[test]
fn ordinary_words_are_told_as_they_stand() {
    let lost: Vec<String> = rows()
        .iter()
        .filter(|row| row.2.is_empty())
        .filter(|(language, place, _, text)| {
            let shown =
                if *place == "sample" { extract(text, *language, &[]).text } else { (*text).to_owned() };
            !told(*language, place, text).contains(&shown.to_lowercase())
        })
        .map(|(language, place, _, text)| format!("{language} {place}: {text}"))
        .collect();
    assert!(lost.is_empty(), "{} lost:\n{}", lost.len(), lost.join("\n"));
}

#[test]
fn a_clients_value_is_told_in_no_spelling() {
    for spelling in [
        "JOANNA",
        "joannas",
        "jo anna",
        "jo-anna",
        "j.o.a.n.n.a",
        "j o a n n a",
        "jóänna",
        "jоаnnа",
        "Rosewood's",
    ] {
        for place in ["note", "goal", "meal", "food", "card"] {
            let told = told(Language::English, place, &format!("soup for {spelling} today"));
            assert!(!holds(&told, spelling), "{spelling} in a {place}");
            assert!(!told.contains("client.slot_1"), "common ids keep their names");
        }
    }
}

#[test]
fn a_name_that_begins_as_a_food_does_is_not_told() {
    for (word, language) in [("wodrijad", 6), ("serafinowa", 6), ("rybarczyk", 6), ("kaszubowska", 6)] {
        let told = told(Language::ALL[language], "note", &format!("{word} lubi zupa"));
        assert!(!told.contains(word) && told.contains("zupa"), "{word}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_word_that_no_list_knows_is_never_told(
        word in "[bcdfghjklmnprstvwz][aeiou][bcdfgklmnprstvz]{2}[aeiou][qxjvw][aeiou][bdgkmnprtz]",
        language in 0..7_usize,
        place in 0..5_usize,
        shape in 0..5_usize,
    ) {
        let place = ["note", "goal", "meal", "food", "card"][place];
        let text = match shape {
            0 => format!("{word} likes soup"),
            1 => format!("soup for {}{}, please", word[..1].to_uppercase(), &word[1..]),
            2 => format!("a plan for {}", word.to_uppercase()),
            3 => format!("the plan-{word}'s soup"),
            _ => format!("{word}ing and {word}s, l'{word}"),
        };
        let told = told(Language::ALL[language], place, &text);
        prop_assert!(!told.contains(&word), "{} in a {place}: {text}", word);
    }

    #[test]
    fn no_figure_but_the_requests_own_is_told(figure in 100_u32..99_999, place in 0..2_usize, shape in 0..4_usize) {
        prop_assume!(figure != 1800 && figure != 2000);
        let place = ["note", "goal"][place];
        let text = match shape {
            0 => format!("record {figure}"),
            1 => format!("a{figure}b is hers"),
            2 => format!("weighs {figure}.5 kg"),
            _ => format!("{{{{client.first_name}}}}{figure} eats late"),
        };
        let told = told(Language::English, place, &text);
        prop_assert!(!told.contains(&figure.to_string()), "{text}");
    }
}
