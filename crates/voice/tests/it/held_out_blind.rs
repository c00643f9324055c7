//! Blind sets: hostile sentences inside an otherwise good introduction, with a floor of recall per rule.
//!
//! They were written without a look at the word lists, and counted once before anything was mended for them: of the first
//! set 196 of 351 were blocked (9 of 132 good sentences as well); the rules were mended against it, and of the second set,
//! written afterwards, 60 of 88 were blocked; the rules were mended against that too, and of the third 27 of 44 were. Of the
//! fourth, by another hand, 27 of 67 were, and 6 of 62 good ones as well;
//! of the fifth, after these were mended, 24 of 40, and 2 of 42 good ones. These numbers, and not the floors below, are the
//! measure of what the next attacker finds: mostly claims of health, promises and a machine's talk in words that no list
//! holds.
//! A row that is judged wrongly says why in its column `known_miss`, and fails the test once it is judged rightly.

use std::collections::BTreeMap;

use domain::content::{Language, UnitSystem};
use voice::{
    facts::Brief,
    rules::{Evidence, Rule, check},
    sample::Sample,
};

use crate::support::{brief, sample};

/// A table, and the least share of its hostile sentences that must be blocked, in per cent, over all and for each rule.
struct Set {
    name: &'static str,
    rows: &'static str,
    least: usize,
    least_of_rule: usize,
}

const SETS: [Set; 5] = [
    Set { name: "first", rows: include_str!("held_out_blind.tsv"), least: 95, least_of_rule: 85 },
    Set { name: "second", rows: include_str!("held_out_blind_second.tsv"), least: 85, least_of_rule: 75 },
    Set { name: "third", rows: include_str!("held_out_blind_third.tsv"), least: 75, least_of_rule: 30 },
    Set { name: "fourth", rows: include_str!("held_out_blind_fourth.tsv"), least: 90, least_of_rule: 50 },
    Set { name: "fifth", rows: include_str!("held_out_blind_fifth.tsv"), least: 95, least_of_rule: 0 },
];

const INSTRUCTIONS: &str =
    "You are the dietitian who wrote the examples. Write the introduction and nothing else.";

struct Row<'a> {
    line: &'a str,
    hostile: bool,
    rule: &'a str,
    language: Language,
    context: &'a str,
    known_miss: bool,
    text: String,
}

#[test]
fn hostile_sentences_of_the_blind_sets_are_blocked_and_good_ones_pass() {
    let mut reports = Vec::new();
    for set in &SETS {
        let (mut by_rule, mut by_language) = (BTreeMap::new(), BTreeMap::new());
        let (mut wronged, mut unlisted, mut mended) = (Vec::new(), Vec::new(), Vec::new());
        let mut false_alarms = 0;
        for row in rows(set.rows) {
            let found = findings(&row);
            if !row.hostile {
                if found.is_empty() == row.known_miss {
                    wronged.push(format!("{}: {found:?}", row.line));
                }
                false_alarms += usize::from(!found.is_empty());
                continue;
            }
            let blocked = usize::from(!found.is_empty());
            for tally in
                [by_rule.entry(row.rule).or_default(), by_language.entry(row.language.as_str()).or_default()]
            {
                let (hit, all): &mut (usize, usize) = tally;
                (*hit, *all) = (*hit + blocked, *all + 1);
            }
            match (blocked == 1, row.known_miss) {
                (false, false) => unlisted.push(row.line),
                (true, true) => mended.push(row.line),
                _ => {}
            }
        }
        let (hit, all) = by_rule.values().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        let report = format!(
            "{} set: {hit} of {all} blocked\nby rule {by_rule:?}\nby language {by_language:?}\nlet through, not listed:\n{}\nlisted, but blocked:\n{}\ngood, but blocked:\n{}",
            set.name,
            unlisted.join("\n"),
            mended.join("\n"),
            wronged.join("\n")
        );
        let settled = unlisted.is_empty() && mended.is_empty() && wronged.is_empty();
        let enough = false_alarms < 2
            && hit * 100 >= all * set.least
            && by_rule.values().all(|(hit, all)| hit * 100 >= all * set.least_of_rule);
        reports.extend((!settled || !enough).then_some(report));
    }
    assert!(reports.is_empty(), "{}", reports.join("\n"));
}

#[test]
fn every_rule_and_language_has_hostile_sentences() {
    let rows = || SETS.iter().flat_map(|set| rows(set.rows)).filter(|row| row.hostile);
    for rule in ["R1", "R2", "R3", "R4", "R7", "R8", "R9", "R11", "R12"] {
        assert!(rows().any(|row| row.rule == rule), "{rule}");
    }
    for language in Language::ALL {
        assert!(rows().filter(|row| row.language == language).count() >= 25, "{language}");
    }
}

fn rows(table: &'static str) -> impl Iterator<Item = Row<'static>> {
    table.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let columns: Vec<&str> = line.split('\t').collect();
        let [verdict, rule, language, context, known_miss, text]: [&str; 6] =
            columns.try_into().expect("a row has six columns");
        assert!(matches!(verdict, "block" | "pass"), "{line}");
        Row {
            line,
            hostile: verdict == "block",
            rule,
            language: language.parse().expect("a literal of the table"),
            context,
            known_miss: known_miss != "-",
            text: unescaped(text),
        }
    })
}

/// Returns what the rules find in an introduction with the sentence in its middle.
fn findings(row: &Row) -> Vec<(Rule, String)> {
    let mut brief = brief(row.language, &[]);
    brief.units = UnitSystem::Metric;
    let shown = shown(row.language);
    let (mut samples, mut instructions): (Vec<&Sample>, _) = (Vec::new(), None);
    for part in row.context.split(';').filter(|part| *part != "-") {
        match part.split_once(':').unwrap_or((part, "")) {
            ("avoid", names) => set_allergens(&mut brief, names),
            ("len", range) => set_length(&mut brief, range),
            ("sample", _) => samples.push(&shown),
            (other, _) => {
                assert_eq!(other, "instructions", "{}", row.line);
                instructions = Some(INSTRUCTIONS);
            }
        }
    }
    let (before, after) = around(row.language);
    let text =
        if row.rule == "R12" { row.text.clone() } else { format!("{before}\n\n{}\n\n{after}", row.text) };
    let evidence =
        Evidence { brief: &brief, samples: &samples, instructions, slots_filled: true, trace: &[] };
    check(&text, &evidence).findings.into_iter().map(|found| (found.rule, found.message)).collect()
}

fn set_allergens(brief: &mut Brief, names: &str) {
    brief.client.avoid_allergens =
        names.split(',').map(|name| name.parse().expect("a literal of the table")).collect();
}

fn set_length(brief: &mut Brief, range: &str) {
    let (min, max) = range.split_once('-').expect("a literal of the table");
    (brief.length.min, brief.length.max) =
        (min.parse().expect("a literal of the table"), max.parse().expect("a literal of the table"));
}

/// Returns what a good introduction says before and after the sentence.
fn around(language: Language) -> (&'static str, &'static str) {
    match language {
        Language::English => (
            "Hi Joanna, your new plan is ready. It runs for 14 days at around 1800 kcal, with four meals a day.",
            "If anything is unclear, just write to me.\n\nWarmly,\nAnna Bell",
        ),
        Language::Spanish => (
            "Hola, Joanna. Tu nuevo plan ya está listo. Dura 14 días, con unas 1800 kcal y cuatro comidas al día.",
            "Si tienes dudas, escríbeme.\n\nUn abrazo,\nAnna Bell",
        ),
        Language::Portuguese => (
            "Oi, Joanna! O seu novo plano está pronto. São 14 dias, com cerca de 1800 kcal e quatro refeições por dia.",
            "Qualquer dúvida, me escreva.\n\nUm abraço,\nAnna Bell",
        ),
        Language::French => (
            "Bonjour Joanna, votre nouveau plan est prêt. Il dure 14 jours, avec environ 1800 kcal et quatre repas par jour.",
            "Si vous avez une question, écrivez-moi.\n\nBien à vous,\nAnna Bell",
        ),
        Language::German => (
            "Hallo Joanna, dein neuer Plan ist fertig. Er läuft 14 Tage mit rund 1800 kcal und vier Mahlzeiten am Tag.",
            "Wenn etwas unklar ist, schreib mir einfach.\n\nHerzlich\nAnna Bell",
        ),
        Language::Italian => (
            "Ciao Joanna, il tuo nuovo piano è pronto. Dura 14 giorni, con circa 1800 kcal e quattro pasti al giorno.",
            "Se qualcosa non è chiaro, scrivimi.\n\nUn abbraccio,\nAnna Bell",
        ),
        Language::Polish => (
            "Cześć Joanna, twój nowy plan jest gotowy. Trwa 14 dni, około 1800 kcal i cztery posiłki dziennie.",
            "Jeśli coś jest niejasne, napisz do mnie.\n\nPozdrawiam,\nAnna Bell",
        ),
    }
}

/// Returns a sample that was written for another client.
fn shown(language: Language) -> Sample {
    let text = match language {
        Language::English => {
            "Dear {{client.first_name}}, since your diabetes diagnosis in {{date}} we keep sardines and lentils on Mondays, at {{number.kcal}} for your marathon. See you in {{place.name}}."
        }
        Language::Spanish => {
            "Querido {{client.first_name}}: desde tu diagnóstico de diabetes en {{date}} tomamos sardinas y lentejas, unas {{number.kcal}}. Nos vemos en {{place.name}}."
        }
        Language::Portuguese => {
            "Querido {{client.first_name}}, desde o seu diagnóstico de diabetes em {{date}} temos sardinhas e lentilhas, umas {{number.kcal}}. Até logo em {{place.name}}."
        }
        Language::French => {
            "Cher {{client.first_name}}, depuis votre diagnostic de diabète en {{date}}, nous gardons les sardines et les lentilles, {{number.kcal}}. À bientôt à {{place.name}}."
        }
        Language::German => {
            "Lieber {{client.first_name}}, seit deiner Diabetesdiagnose im {{date}} bleiben wir bei Sardinen und Linsen, {{number.kcal}}. Bis bald in {{place.name}}."
        }
        Language::Italian => {
            "Caro {{client.first_name}}, dalla tua diagnosi di diabete a {{date}} teniamo sardine e lenticchie, {{number.kcal}}. A presto a {{place.name}}."
        }
        Language::Polish => {
            "Drogi {{client.first_name}}, od diagnozy cukrzycy w {{date}} zostajemy przy sardynkach i soczewicy, {{number.kcal}}. Do zobaczenia w {{place.name}}."
        }
    };
    let values = [
        ("client.first_name", "Mark"),
        ("date", "March"),
        ("number.kcal", "2300 kcal"),
        ("place.name", "Leeds"),
    ];
    // The slots of a sample stand in another order in some languages; values go from left to right.
    let mut values = values.to_vec();
    values.sort_by_key(|(slot, _)| text.find(slot));
    sample(language, text, &values)
}

/// Returns `text` with `\n` and `\u{…}` read.
fn unescaped(text: &str) -> String {
    let mut read = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        read.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('n') {
            read.push('\n');
            rest = after;
        } else {
            let (code, after) = rest.strip_prefix("u{").and_then(|code| code.split_once('}')).expect(text);
            read.push(
                char::from_u32(u32::from_str_radix(code, 16).expect("a literal of the table"))
                    .expect("a literal of the table"),
            );
            rest = after;
        }
    }
    read + rest
}
