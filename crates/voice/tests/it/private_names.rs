//! What reaches a language model of people whom nobody listed: nothing, and what it costs in harmless sentences.

use std::collections::BTreeMap;

use domain::content::Language;
use voice::{card::Card, prompt::prompt, sample::Sample, slot::extract};

use crate::support::{brief, sample};

const BOUNDARY: &str = "k7f3q9x2m1p8z4";

struct Row {
    language: Language,
    names: Vec<&'static str>,
    sentence: &'static str,
}

fn rows() -> Vec<Row> {
    include_str!("private_names.tsv")
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            assert_eq!(columns.len(), 3, "{line}");
            let (language, names, sentence) = (columns[0], columns[1], columns[2]);
            let names = names.split(',').filter(|name| !name.is_empty()).collect();
            Row { language: language.parse().expect("a language"), names, sentence }
        })
        .collect()
}

/// Returns everything that a model is told, in one string.
fn told(samples: &[Sample], language: Language) -> String {
    let prompt = prompt(samples, None, &brief(language, &[]), BOUNDARY);
    format!("{}\n{}", prompt.system, prompt.messages[0].text)
}

fn greeted(language: Language, sentence: &str) -> Sample {
    let (hello, bye) = match language {
        Language::English => ("Hi Zoltan,", "Warmly,"),
        Language::Spanish => ("Hola Zoltan:", "Un abrazo,"),
        Language::Portuguese => ("Oi Zoltan,", "Um abraço,"),
        Language::French => ("Bonjour Zoltan,", "À bientôt,"),
        Language::German => ("Hallo Zoltan,", "Liebe Grüße"),
        Language::Italian => ("Ciao Zoltan,", "A presto,"),
        Language::Polish => ("Cześć Zoltan,", "Pozdrawiam,"),
    };
    let text = format!("{hello}\n\n{sentence}\n\n{bye}\nZelda");
    Sample { text: extract(&text, language, &[]), ..sample(language, "", &[]) }
}

fn holds(told: &str, name: &str) -> bool {
    let is_apostrophe = |character| matches!(character, '\'' | '’');
    let parts = |word: &str| word.split(is_apostrophe).any(|part| part == name);
    voice::word::words(told).iter().any(|word| word.text == name || parts(word.text))
}

#[test]
fn no_name_that_nobody_listed_reaches_a_prompt() {
    let leaked: Vec<_> = rows()
        .iter()
        .filter(|row| {
            let told = told(&[greeted(row.language, row.sentence)], row.language);
            row.names.iter().any(|name| holds(&told, name))
        })
        .map(|row| format!("{} {}", row.language.as_str(), row.sentence))
        .collect();
    assert!(leaked.is_empty(), "{} got through:\n{}", leaked.len(), leaked.join("\n"));
}

#[test]
fn few_harmless_sentences_are_lost() {
    let mut lost: BTreeMap<&str, (usize, Vec<&str>)> = BTreeMap::new();
    for row in rows().iter().filter(|row| row.names.is_empty()) {
        let told = told(&[greeted(row.language, row.sentence)], row.language);
        let entry = lost.entry(row.language.as_str()).or_default();
        entry.0 += 1;
        if !told.contains(extract(row.sentence, row.language, &[]).text.trim()) {
            entry.1.push(row.sentence);
        }
    }
    for (language, (all, lost)) in lost {
        assert!(lost.len() * 5 < all, "{language}: {} of {all} lost:\n{}", lost.len(), lost.join("\n"));
    }
}

#[test]
fn the_table_is_large_enough() {
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for row in rows() {
        let count = counts.entry(row.language.as_str()).or_default();
        *if row.names.is_empty() { &mut count.1 } else { &mut count.0 } += 1;
    }
    assert!(counts.len() == 7 && counts.values().all(|(names, plain)| names + plain >= 40), "{counts:?}");
}

#[test]
fn the_demo_voices_keep_their_sentences_and_lose_their_people() {
    for (file, names) in [
        (
            include_str!("../../../../examples/voices/ruth-calloway.json"),
            &["Daniel", "Priya", "Patel", "Tom", "Greg"][..],
        ),
        (
            include_str!("../../../../examples/voices/eleanor-whitcombe.json"),
            &["Margaret", "Harrow", "London", "Zurich"],
        ),
        (
            include_str!("../../../../examples/voices/camila-duarte.json"),
            &["Joana", "Bia", "Antônio", "Curitiba"],
        ),
    ] {
        let demo: serde_json::Value = serde_json::from_str(file).unwrap();
        let language: Language = demo["language"].as_str().unwrap().parse().unwrap();
        // Nobody is listed.
        let samples: Vec<Sample> = demo["texts"]
            .as_array()
            .unwrap()
            .iter()
            .enumerate()
            .map(|(index, text)| {
                let text = extract(text.as_str().unwrap(), language, &[]);
                Sample { text, index: index as u16, ..sample(language, "", &[]) }
            })
            .collect();
        let told = told(&samples, language);
        for name in names {
            assert!(!holds(&told, name), "{name} got through");
        }
        let sentences: Vec<&str> = samples
            .iter()
            .flat_map(|sample| {
                voice::sentence::sentences(&sample.text.text).into_iter().map(|span| &sample.text.text[span])
            })
            .collect();
        let lost: Vec<_> = sentences.iter().filter(|sentence| !told.contains(**sentence)).collect();
        assert!(lost.len() * 5 < sentences.len(), "{} of {}: {lost:#?}", lost.len(), sentences.len());
    }
}

#[test]
fn facts_and_notes_lose_people_contacts_dates_and_records() {
    let mut brief = brief(Language::English, &[]);
    brief.client.slots.insert("nora_weber".to_owned(), "x".to_owned());
    brief.facts.numbers[1].id = "dose_for_ben".to_owned();
    brief.facts.goals = vec![
        "keep up with Rowena on long walks before breakfast".to_owned(),
        "keep up with Rowena at the Leith allotment".to_owned(),
        "energy for {{client.first_name}} and {{client.stranger}}".to_owned(),
        "2 eggs without fear".to_owned(),
    ];
    brief.facts.meals[0].name = "Breakfast with Quentin".to_owned();
    brief.facts.meals[0].foods = vec!["Greek yogurt".to_owned(), "Aunt Mabel pie".to_owned()];
    brief.note = Some(
        "Born 12/03/1961, record no. 48213, NHS 943 476 5919, lives at 14 Fernhill Crescent, EH6 7RG Leith. \
         Mail rowena.t@mail.example or call 0131 496 0000. Deborah drives her."
            .to_owned(),
    );
    let prompt = prompt(&[], None, &brief, BOUNDARY);
    let told = format!("{}\n{}", prompt.system, prompt.messages[0].text);
    for secret in [
        "Rowena",
        "rowena",
        "Leith",
        "stranger",
        "Quentin",
        "Mabel",
        "Aunt",
        "1961",
        "12/03",
        "48213",
        "943",
        "5919",
        "Fernhill",
        "Crescent",
        "EH6",
        "7RG",
        "mail.example",
        "0131",
        "496",
        "Deborah",
        "nora",
        "weber",
        "ben",
        "at the …",
        "drives",
    ] {
        assert!(!told.contains(secret), "{secret}: {told}");
    }
    for kept in [
        "keep up with … on long walks before breakfast",
        "goal: …\n",
        "energy for {{client.first_name}} and …",
        "2 eggs without fear",
        "Greek yogurt",
        "{{client.slot_1}}",
        "{{number.number_1}}",
        "information only: …\n",
    ] {
        assert!(told.contains(kept), "{kept}: {told}");
    }
    assert_eq!(
        prompt.restore("{{client.slot_1}} {{number.number_1}}"),
        "{{client.nora_weber}} {{number.dose_for_ben}}"
    );
}

#[test]
fn a_card_that_names_someone_loses_the_name() {
    let card = Card {
        lines: vec!["Calls Rowena her best client.".to_owned(), "Always asks a question.".to_owned()],
    };
    let prompt = prompt(&[], Some(&card), &brief(Language::German, &[]), BOUNDARY);
    assert!(
        !prompt.system.contains("Rowena") && prompt.system.contains("Always asks a question."),
        "{}",
        prompt.system
    );
}

#[test]
fn what_two_samples_say_of_someone_in_passing_is_no_favourite_phrase() {
    let twice = ["Well, Rowena says hello again.", "Rowena says hello again, and so do I."];
    let samples: Vec<Sample> = twice
        .into_iter()
        .enumerate()
        .map(|(index, text)| Sample { index: index as u16, ..greeted(Language::English, text) })
        .collect();
    let told = told(&samples, Language::English).to_lowercase();
    assert!(!told.contains("rowena"), "{told}");
}
