//! What extraction promises, on examples in every language and on thousands of generated texts.

use domain::content::Language;
use proptest::prelude::*;

use super::*;

fn slotted(text: &str, language: Language) -> String {
    extract(text, language, &[]).text
}

fn client(name: &str) -> Entity {
    Entity { text: name.to_owned(), kind: EntityKind::ClientFirstName }
}

/// The longest texts that reach us, of what once took time that grew with the square of their length (A6).
#[test]
fn the_longest_texts_of_nothing_but_numbers_are_read_whole() {
    for piece in ["1 2 3 4,5 ", "twenty three thousand ", "1.2.3, ", "3 days 4 kcal "] {
        let text: String = piece.chars().cycle().take(8_000).collect();
        assert_eq!(extract(&text, Language::English, &[]).restored(), text);
    }
}

#[test]
fn greetings_give_names_away_in_every_language() {
    for (language, text, expected) in [
        (Language::English, "Hi Mark,\nwelcome.", "Hi {{client.first_name}},\nwelcome."),
        (Language::English, "Hello there!\nWelcome.", "Hello there!\nWelcome."),
        (Language::English, "Mark,\nyour plan is here.", "{{client.first_name}},\nyour plan is here."),
        (
            Language::English,
            "Hey Joanna! Joanna's plan is ready.",
            "Hey {{client.first_name}}! {{client.first_name}}'s plan is ready.",
        ),
        (
            Language::Spanish,
            "¡Hola, Lucía! Aquí está tu plan.",
            "¡Hola, {{client.first_name}}! Aquí está tu plan.",
        ),
        (Language::Portuguese, "Olá Joana!\nQue bom.", "Olá {{client.first_name}}!\nQue bom."),
        (Language::French, "Bonjour Élise,\nvoici.", "Bonjour {{client.first_name}},\nvoici."),
        (Language::German, "Liebe Frau Krause,\nhier ist", "Liebe Frau {{client.last_name}},\nhier ist"),
        (Language::German, "Hallo zusammen,\nhier ist", "Hallo zusammen,\nhier ist"),
        (Language::Italian, "Ciao Giulia, ecco il piano.", "Ciao {{client.first_name}}, ecco il piano."),
        (
            Language::Polish,
            "Dzień dobry, Pani Anno,\noto plan.",
            "Dzień dobry, Pani {{client.first_name}},\noto plan.",
        ),
    ] {
        assert_eq!(slotted(text, language), expected);
    }
}

#[test]
fn sign_offs_give_the_dietitian_away() {
    for (language, text, expected) in [
        (
            Language::English,
            "Hi Al,\nGo.\n\nWarmly,\nLaura Bennett, RD",
            "Hi {{client.first_name}},\nGo.\n\nWarmly,\n{{dietitian.name}}, RD",
        ),
        (
            Language::English,
            "Hi Al,\nGo.\n\nLove, Laura 💚",
            "Hi {{client.first_name}},\nGo.\n\nLove, {{dietitian.name}} 💚",
        ),
        (
            Language::Portuguese,
            "Oi Ana,\nVamos.\nUm abraço, Carla",
            "Oi {{client.first_name}},\nVamos.\nUm abraço, {{dietitian.name}}",
        ),
        (
            Language::German,
            "Hallo Jan,\nlos.\nHerzliche Grüße\nIhre Petra Voss",
            "Hallo {{client.first_name}},\nlos.\nHerzliche Grüße\nIhre {{dietitian.name}}",
        ),
    ] {
        assert_eq!(slotted(text, language), expected);
    }
}

#[test]
fn facts_become_slots_and_words_stay() {
    assert_eq!(
        slotted(
            "Your 14-day plan has 1,800 kcal a day, 5 meals a day and 2.5 l of water from Monday.",
            Language::English
        ),
        "Your {{plan.days}}-day plan has {{number.kcal}} a day, {{number.per_day}} meals a day and {{number.l}} of water from {{date}}."
    );
    assert_eq!(
        slotted("After the first 3 days of your four-week plan, write to a@b.com.", Language::English),
        "After the first {{number.day}} days of your {{plan.weeks}}-week plan, write to {{contact.email}}."
    );
    assert_eq!(
        slotted("Der 14-Tage-Plan mit 1.800 kcal", Language::German),
        "Der {{plan.days}}-Tage-Plan mit {{number.kcal}}"
    );
}

#[test]
fn known_entities_go_in_every_form() {
    let known =
        [client("Joanna"), Entity { text: "Green Valley Clinic".to_owned(), kind: EntityKind::Place }];
    let text = "JOANNA, joanna and Joanna’s sister met at green valley clinic.";
    assert_eq!(
        extract(text, Language::English, &known).text,
        "{{client.first_name}}, {{client.first_name}} and {{client.first_name}}’s sister met at {{place.name}}."
    );
    let polish = extract("Dla Marka, Markowi i z Markiem.", Language::Polish, &[client("Marek")]).text;
    assert_eq!(polish, "Dla {{client.first_name}}, {{client.first_name}} i z {{client.first_name}}.");
    let verb = extract("Will, this will work.", Language::English, &[client("Will")]).text;
    assert_eq!(verb, "{{client.first_name}}, this will work.");
}

#[test]
fn a_sample_cannot_bring_a_slot_of_its_own() {
    let smuggled = extract("Hi {{client.first_name}} {x} {{{number.kcal}}}", Language::English, &[]);
    assert!(
        slots_in(&smuggled.text)
            .iter()
            .all(|(_, name)| name.as_ref().is_ok_and(|name| name.as_str() == "literal"))
    );
    assert_eq!(smuggled.restored(), "Hi {{client.first_name}} {x} {{{number.kcal}}}");
}

#[test]
fn debug_output_holds_no_values() {
    let text = extract("Hi Joanna, 1,800 kcal", Language::English, &[]);
    let shown = format!("{text:?} {:?} {:?}", text.values, client("Joanna"));
    assert!(!shown.contains("Joanna") && !shown.contains("1,800"), "{shown}");
}

#[test]
fn slots_survive_json_and_bad_names_do_not() {
    let text = extract("Hi Joanna, 1,800 kcal", Language::English, &[]);
    let json = serde_json::to_string(&text).unwrap();
    assert_eq!(serde_json::from_str::<SlottedText>(&json).unwrap(), text);
    for bad in ["", "client.", "client.A", "clients.x", "number.", "plan.years", "number.a b"] {
        assert!(bad.parse::<SlotName>().is_err(), "{bad}");
    }
}

const NAMES: [&str; 12] = [
    "Joanna",
    "Tomás",
    "Łukasz",
    "Zoë",
    "Marek",
    "Anneliese",
    "Giulia",
    "Beatriz",
    "Søren",
    "Anna Maria",
    "O'Neill",
    "Jean-Luc",
];
const FRAMES: [&str; 8] = [
    "Hi {}, welcome.",
    "{}'s plan is ready.",
    "I told {} so!",
    "plan for {}\nand {}",
    "d'{} et {}",
    "({}) «{}»",
    "as {}, who",
    "💪{}💪",
];
const AMOUNTS: [&str; 12] = [
    "1,800 kcal",
    "1.800 kcal",
    "2 000 kJ",
    "75 g",
    "2.5 l",
    "30%",
    "45 min",
    "5-7 days",
    "3 weeks",
    "½ cup",
    "21:30",
    "12/03/2026",
];

#[test]
fn an_everyday_word_that_begins_a_sentence_is_no_name() {
    let known = [Entity { text: "Will".to_owned(), kind: EntityKind::ClientFirstName }];
    let slotted = extract(
        "Hi Will,\n\nWill you try it? Will did, and Will's plan works. You will see, Will!",
        Language::English,
        &known,
    );
    assert_eq!(
        slotted.text,
        "Hi {{client.first_name}},\n\nWill you try it? {{other.unlisted}} did, and {{client.first_name}}'s plan works. You will see, {{client.first_name}}!"
    );
}

#[test]
fn german_closings_and_polish_forms_of_address_are_no_names() {
    let german = extract("Hallo Lena,\n\nviel Erfolg!\n\nLiebe Grüße\nJana", Language::German, &[]);
    assert!(german.text.ends_with("Liebe Grüße\n{{dietitian.name}}"), "{}", german.text);
    let polish = extract("Szanowny Panie,\n\nprzesyłam plan.", Language::Polish, &[]);
    assert!(polish.text.starts_with("Szanowny Panie,"), "{}", polish.text);
}

/// Returns the text with the slots of `known`, whose names are ordinary words as well.
fn with_word_names(text: &str, language: Language, known: &[(&str, EntityKind)]) -> String {
    let known: Vec<_> =
        known.iter().map(|(text, kind)| Entity { text: (*text).to_owned(), kind: *kind }).collect();
    extract(text, language, &known).text
}

#[test]
fn a_name_that_is_a_word_needs_evidence_where_a_sentence_begins() {
    use EntityKind::{ClientFirstName, ClientLastName, DietitianName};
    for (language, name, kind, text) in [
        (Language::English, "Anna Cook", DietitianName, "Cook once and eat twice."),
        (Language::English, "Anna Cook", ClientLastName, "Cook, freeze, repeat."),
        (Language::English, "Sam Page", DietitianName, "Page two has the list."),
        (Language::English, "Rose", ClientFirstName, "Rose hips make good tea."),
        (Language::English, "May", ClientFirstName, "See how it goes. May is a good month."),
        (Language::English, "May", ClientFirstName, "We talk again in May about it."),
        (Language::English, "Best", ClientLastName, "That is it. Best to start slowly."),
        (Language::English, "Chip", ClientFirstName, "Chip in with what you like."),
        (Language::German, "Koch", ClientLastName, "Ein Koch braucht Zeit."),
        (Language::German, "Anna Klein", DietitianName, "Klein anfangen hilft."),
        (Language::German, "Rose", ClientFirstName, "Wie eine Rose im Garten."),
        (Language::French, "Petit", ClientLastName, "Petit à petit, on avance."),
        (Language::French, "Claire", ClientFirstName, "Claire et simple, cette liste aide."),
        (Language::Italian, "Rossi", ClientLastName, "Rossi o verdi, i peperoni vanno bene."),
        (Language::Italian, "Gioia", ClientFirstName, "Gioia e calma a tavola."),
        (Language::Spanish, "Paz Flores", ClientFirstName, "Paz y calma al comer."),
        (Language::Spanish, "Rosa", ClientFirstName, "Rosa o roja, la sandía va bien."),
        (Language::Portuguese, "Pereira", ClientLastName, "Pereira no quintal dá fruta."),
        (Language::Portuguese, "Luz", ClientFirstName, "Luz da manhã ajuda."),
        (Language::Polish, "Nowak", ClientLastName, "Nowak to nowe słowo."),
        (Language::Polish, "Malina", ClientFirstName, "Malina pasuje do owsianki."),
    ] {
        let out = with_word_names(text, language, &[(name, kind)]);
        assert!(out.contains("{{other.unlisted}}"), "{language}: {text} → {out}");
        assert!(!out.contains("{{client.") && !out.contains("{{dietitian."), "{language}: {text} → {out}");
    }
}

#[test]
fn a_name_that_is_a_word_is_one_in_lower_case_and_stays() {
    for (language, name, text) in [
        (Language::English, "Cook", "First cook once, then eat twice, and best of all rest."),
        (Language::German, "Klein", "Bitte fang klein an und bleib dran."),
        (Language::French, "Petit", "Mangez un petit peu le matin."),
        (Language::Italian, "Rossi", "I peperoni rossi sono buoni."),
        (Language::Spanish, "Rosa", "El pomelo rosa va bien."),
        (Language::Portuguese, "Luz", "Abra a luz da cozinha."),
        (Language::Polish, "Malina", "Do tego jedna malina dziennie."),
    ] {
        assert_eq!(
            with_word_names(text, language, &[(name, EntityKind::ClientLastName)]),
            text,
            "{language}"
        );
    }
}

#[test]
fn a_name_that_is_a_word_is_a_name_where_something_shows_it() {
    use EntityKind::{ClientFirstName, ClientLastName};
    for (language, name, kind, text) in [
        (Language::English, "Cook", ClientLastName, "Anna Cook wrote to me."),
        (Language::English, "Cook", ClientLastName, "Mrs Cook wrote to me."),
        (Language::English, "Cook", ClientLastName, "I told Cook about it."),
        (Language::English, "Rose", ClientFirstName, "Rose, you can do this."),
        (Language::English, "Rose", ClientFirstName, "You can do this, Rose!"),
        (Language::English, "Rose", ClientFirstName, "Rose's plan is here."),
        (Language::English, "Mark", ClientFirstName, "Hi Mark,\n\nhere is the plan."),
        (Language::German, "Koch", ClientLastName, "Hallo Frau Koch,\n\nhier ist der Plan."),
        (Language::German, "Rose", ClientFirstName, "Das schaffst du, Rose!"),
        (Language::German, "Rose", ClientFirstName, "Liebe Rose,\n\nhier ist der Plan."),
        (Language::French, "Petit", ClientLastName, "Madame Petit mange bien."),
        (Language::French, "Claire", ClientFirstName, "Je le dis à Claire chaque fois."),
        (Language::Italian, "Rossi", ClientLastName, "Gentile signora Rossi,\n\necco il piano."),
        (Language::Spanish, "Rosa", ClientFirstName, "Hola Rosa,\n\naquí está el plan."),
        (Language::Portuguese, "Luz", ClientFirstName, "Oi, Luz!\n\nSeu plano chegou."),
        (Language::Polish, "Nowak", ClientLastName, "Szanowna Pani Nowak,\n\noto plan."),
    ] {
        let out = with_word_names(text, language, &[(name, kind)]);
        assert!(!out.contains(name) && !out.contains("{{other.unlisted}}"), "{language}: {text} → {out}");
    }
}

#[test]
fn the_composer_says_nobodys_name_where_a_word_stood() {
    use crate::sample::Sample;
    let text = "Hi Nora,\n\nso good to have you here. Cook once and eat twice. Your plan covers 14 days at 1800 kcal a day.\n\nBest wishes,\nAnna Cook";
    let known = ["Nora", "Anna Cook"].map(|text| Entity {
        text: text.to_owned(),
        kind: if text == "Nora" { EntityKind::ClientFirstName } else { EntityKind::DietitianName },
    });
    let samples: Vec<_> = (0..3)
        .map(|index| Sample {
            id: domain::ids::SamplesId::from_uuid(uuid::Uuid::nil()),
            index,
            content_type: domain::content::ContentType::Introduction,
            language: Language::English,
            text: extract(text, Language::English, &known),
        })
        .collect();
    assert!(samples[0].text.text.contains("{{other.unlisted}} once"), "{}", samples[0].text.text);
    let brief = crate::facts::Brief {
        content_type: domain::content::ContentType::Introduction,
        language: Language::English,
        units: domain::content::UnitSystem::Metric,
        client: crate::facts::Client {
            slots: [("first_name".to_owned(), "Eva".to_owned())].into(),
            ..Default::default()
        },
        facts: crate::facts::Facts { plan_days: Some(7), ..Default::default() },
        note: None,
        length: crate::facts::Length { min: 1, max: 1000 },
        dietitian_name: Some("Anna Cook".to_owned()),
    };
    for seed in 0..20 {
        let composed = crate::composer::compose(&samples, &brief, seed).unwrap().text;
        assert!(!composed.contains("once and eat") && !composed.contains("other.unlisted"), "{composed}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_comes_back_whole_and_extracting_again_changes_nothing(text in "\\PC{0,120}", which in 0usize..7) {
        let language = Language::ALL[which];
        let once = extract(&text, language, &[]);
        prop_assert_eq!(once.restored(), text);
        prop_assert!(slots_in(&once.text).iter().all(|(_, name)| name.is_ok()));
        prop_assert_eq!(slots_in(&once.text).len(), once.values.len());
        prop_assert_eq!(&once.extract_more(language, &[]).text, &once.text);
    }

    #[test]
    fn busy_texts_come_back_whole_and_extracting_again_changes_nothing(
        text in "(Hi |Liebe |Olá, |Mark|Anna |Frau |, |\\. |! |\n|\\{\\{|\\}|\\{plan|two |3 |14-|day|days |Tage|1,800 |kcal |½|/12|:30|@x |a@b.de |www\\.x\\.com |Warmly,|'s |é|💪){0,18}",
        which in 0usize..7
    ) {
        let language = Language::ALL[which];
        let once = extract(&text, language, &[client("Anna")]);
        prop_assert_eq!(once.restored(), text);
        prop_assert_eq!(slots_in(&once.text).len(), once.values.len());
        prop_assert_eq!(&once.extract_more(language, &[client("Anna")]).text, &once.text);
    }

    #[test]
    fn a_known_name_never_survives(name in 0..NAMES.len(), frame in 0..FRAMES.len(), case in 0..3, which in 0usize..7) {
        let entity = NAMES[name];
        let written = match case { 0 => entity.to_owned(), 1 => entity.to_uppercase(), _ => entity.to_lowercase() };
        let text = FRAMES[frame].replace("{}", &written);
        let out = extract(&text, Language::ALL[which], &[client(entity)]).text;
        prop_assert!(!fold_all(&out).contains(&fold_all(entity)), "{} → {}", text, out);
    }

    #[test]
    fn no_digit_of_an_amount_survives(first in 0..AMOUNTS.len(), second in 0..AMOUNTS.len(), which in 0usize..7) {
        let text = format!("About {} and then ({}), fine.", AMOUNTS[first], AMOUNTS[second]);
        let out = extract(&text, Language::ALL[which], &[]).text;
        prop_assert!(!out.chars().any(|c| c.is_ascii_digit() || c == '½' || c == '%'), "{} → {}", text, out);
    }
}

fn fold_all(text: &str) -> String {
    crate::word::fold(text)
}
