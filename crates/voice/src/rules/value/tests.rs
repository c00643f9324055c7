//! Tests of what is a name.

use proptest::prelude::*;

use super::*;
use crate::{
    fill::{Values, fill},
    rules::check,
};

fn checked(value: &str, room: Room, language: Language) -> Result<(), NoName> {
    check_name(value, room, &[language])
}

#[test]
fn names_of_every_language_pass_also_those_that_are_words() {
    for language in Language::ALL {
        for name in [
            "Joanna",
            "joanna",
            "Mary Ann",
            "María José",
            "Maria da Conceição",
            "maria do carmo",
            "Jean-Pierre",
            "J. R. Smith Jr.",
            "Conan O'Brien",
            "Ludwig van Beethoven",
            "Nguyễn Thị Mai",
            "田中",
            "Ольга",
            "Basil",
            "Olive",
            "Rosemary",
            "Ginger",
            "Kevin Bacon",
            "Condoleezza Rice",
            "Jim Fish",
            "Anna Nuss",
            "Peter Krebs",
            "Karl Koch",
            "Anna Cook",
            "Will Page",
            "May Rose",
            "Mark Best",
            "Max Klein",
            "Chip",
            "Petit",
            "Maria Rossi",
            "Ginger Rogers",
            "Olive Rice",
            "Will",
            "May",
            "Dr. Eleanor Whitcombe",
            "Fatima al-Zahra",
            "Candy Rice",
        ] {
            assert_eq!(checked(name, room("full_name"), language), Ok(()), "{language}: {name}");
        }
    }
    for name in [
        "Dr. Eleanor Whitcombe, RD",
        "Anna Kowalska, mgr",
        "Dipl.-Ing. Jürgen Groß",
        "Jane Doe, Registered Dietitian",
        "Dott.ssa Paola Conti",
        "mgr Ewa Lis",
        "dr n. med. Anna Nowak",
        "dietetyk Anna Nowak",
        "Dra. Pilar Sanz",
        "Prof. Dr. med. Anna Maria Müller-Lüdenscheidt",
        "Anna Nowak, dietetyk kliniczny",
    ] {
        for language in Language::ALL {
            assert_eq!(checked(name, DISPLAY_NAME, language), Ok(()), "{language}: {name}");
        }
    }
    for name in ["Slim Down Studio", "Nutri Balance Sp. z o.o.", "Praxis am Park", "Eat Well Clinic"] {
        assert_eq!(checked(name, DISPLAY_NAME, Language::English), Ok(()), "{name}");
    }
    for (id, value) in [
        ("title", "Frau Prof. Dr."),
        ("title", "Monsieur"),
        ("title", "Szanowna Pani"),
        ("city", "Rio de Janeiro"),
        ("city", "Frankfurt am Main"),
        ("clinic", "Praxis am Park"),
        ("clinic", "Harrow Clinic"),
        ("nickname", "Jo"),
    ] {
        for language in Language::ALL {
            assert_eq!(checked(value, room(id), language), Ok(()), "{language}: {value}");
        }
    }
}

#[test]
fn what_says_something_is_no_name() {
    for (language, value) in [
        (Language::English, "eat cheese daily"),
        (Language::English, "Eat Cheese Daily"),
        (Language::English, "Nora eat cheese"),
        (Language::English, "Stop your insulin"),
        (Language::English, "Insulin"),
        (Language::English, "Take two aspirins"),
        (Language::English, "skip lunch"),
        (Language::English, "Guaranteed Weight Loss"),
        (Language::English, "Eat-cheese-daily"),
        (Language::English, "you are free now"),
        (Language::German, "iss täglich Käse"),
        (Language::German, "Stop your insulin"),
        (Language::German, "Glutenfrei"),
        (Language::Spanish, "Come queso siempre"),
        (Language::Spanish, "deja la insulina"),
        (Language::Portuguese, "coma queijo sempre"),
        (Language::French, "mangez du fromage"),
        (Language::Italian, "mangia il formaggio"),
        (Language::Polish, "jedz codziennie ser"),
    ] {
        assert!(checked(value, room("full_name"), language).is_err(), "{language}: {value}");
    }
    let sentence = "Nora eat cheese daily and stop your insulin";
    assert_eq!(checked(sentence, room("first_name"), Language::English), Err(NoName::TooLong));
    assert!(checked(sentence, room("last_name"), Language::English).is_err());
    assert!(checked("Take two aspirins daily", DISPLAY_NAME, Language::English).is_err());
}

#[test]
fn the_reason_is_the_one_that_applies() {
    for (value, reason) in [
        ("Please Call Me", NoName::Sentence),
        ("Take Care Always", NoName::Sentence),
        ("you are free now", NoName::Sentence),
        ("Stop Eating Bread", NoName::Content),
        ("Eat Cheese Studio", NoName::Content),
        ("Nora brown", NoName::LowerCase),
    ] {
        assert_eq!(checked(value, DISPLAY_NAME, Language::English), Err(reason), "{value}");
    }
}

#[test]
fn the_room_is_that_of_the_kind() {
    assert_eq!(
        checked("Anna Maria Luisa Sofia Eva", room("first_name"), Language::German),
        Err(NoName::TooManyWords)
    );
    assert_eq!(checked(&"Jo".repeat(21), room("nickname"), Language::German), Err(NoName::TooLong));
    assert_eq!(checked(&"Jo".repeat(21), room("anything"), Language::German), Err(NoName::TooLong));
}

/// Words of names, of foods, of medicines and of speech.
fn word() -> impl Strategy<Value = String> {
    let lexicon = |file: &'static str| {
        let forms = crate::lexicon::rows(file).filter_map(|columns| columns.get(1).copied());
        forms
            .flat_map(|forms| forms.split('|'))
            .filter_map(|form| form.split_whitespace().next())
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let spoken = [
        "eat", "stop", "take", "your", "now", "daily", "two", "never", "cure", "Free", "safe", "iss", "ohne",
        "grams", "lose", "weight", "de", "von",
    ];
    let named =
        ["Nora", "Cook", "Olive", "Mark", "Basil", "Will", "Page", "Koch", "Kim", "O'Brien", "J.", "Dr."];
    let words: Vec<String> = lexicon(include_str!("../../lexicon/en.tsv"))
        .into_iter()
        .chain(lexicon(include_str!("../../lexicon/cues/en.tsv")))
        .filter(|word| word.chars().all(char::is_alphabetic) && !word.is_empty())
        .collect();
    prop_oneof![
        proptest::sample::select(words),
        proptest::sample::select(spoken.map(str::to_owned).to_vec()),
        proptest::sample::select(named.map(str::to_owned).to_vec()),
    ]
    .prop_flat_map(|word| {
        let mut letters = word.chars();
        let capital: String =
            letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
        prop_oneof![Just(word), Just(capital)]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_name_that_is_let_in_changes_what_the_rules_say(value in proptest::collection::vec(word(), 1..5).prop_map(|words| words.join(" "))) {
        if checked(&value, room("full_name"), Language::English).is_err() {
            return Ok(());
        }
        let mut brief = strictest(Language::English);
        brief.client.slots.insert("full_name".to_owned(), value.clone());
        let text = "Hi {{client.full_name}}, it is so good to have you with us. We go step by step, and you can write to me.";
        let filled = fill(text, &Values::of(&brief)).unwrap();
        let evidence = |trace| Evidence { brief: &brief, samples: &[], instructions: None, slots_filled: true, trace };
        prop_assert!(check(&filled.text, &evidence(&filled.trace)).passed(), "{}", value);
        // Not even where its words are read as words, but for one that is a food and somebody's name.
        let serious = check(&filled.text, &evidence(&[])).findings.into_iter().filter(|finding| {
            matches!(finding.rule, Rule::R1 | Rule::R2 | Rule::R3 | Rule::R4 | Rule::R9)
        });
        let said: Vec<_> = serious.map(|finding| (finding.rule, finding.span.map(|span| filled.text[span].to_owned()))).collect();
        prop_assert!(
            said.iter().all(|(rule, word)| *rule == Rule::R2 && word.as_ref().is_some_and(|word| words(word).len() == 1)),
            "{}: {:?}", value, said
        );
        prop_assert!(said.len() <= 1 || said.iter().all(|one| *one == said[0]), "{}: {:?}", value, said);
    }
}
