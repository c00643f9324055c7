//! What a dietitian wrote and the rules forbid is left where it is, and the text is written from the rest.

use super::{
    whole::{other_language, whole_texts},
    *,
};
use crate::rules::{Rule, check_sentence};

/// One sentence for each rule that a sample may break on its own.
fn forbidden(language: Language) -> Vec<(Rule, &'static str)> {
    match language {
        Language::German => vec![
            (Rule::R3, "Diese Ernährung heilt Diabetes, und das seit vielen Jahren."),
            (Rule::R3, "Nehmen Sie Metformin wie gewohnt zum Frühstück ein."),
            (Rule::R4, "Der Erfolg ist garantiert, wenn Sie einfach dabei bleiben."),
            (Rule::R7, "Please take your time and enjoy every single meal of the day."),
            (Rule::R8, "Schreiben Sie mir jederzeit, liebe [Name], ich helfe gern."),
            (Rule::R9, "Alle Rezepte stehen für Sie auf meine-praxis.de bereit."),
        ],
        Language::Spanish => vec![
            (Rule::R3, "Esta forma de comer cura la diabetes con mucha calma."),
            (Rule::R3, "Sigue tomando metformina con el desayuno de siempre."),
            (Rule::R4, "El resultado está garantizado si sigues con paciencia."),
            (Rule::R7, "Please take your time and enjoy every single meal of the day."),
            (Rule::R8, "Escríbeme cuando quieras, [nombre], y lo vemos con calma."),
            (Rule::R9, "Todas las recetas están para ti en mi-consulta.es desde hoy."),
        ],
        _ => vec![
            (Rule::R3, "Eating like this will cure your diabetes without any fuss."),
            (Rule::R3, "Keep taking metformin with the first meal of the day."),
            (Rule::R4, "Success is guaranteed when you simply stay with it."),
            (Rule::R4, "No excuses, just get up and cook something good."),
            (Rule::R7, "Bitte nehmen Sie sich Zeit und genießen Sie jede Mahlzeit am Tag."),
            (Rule::R8, "Write to me whenever you like, [name], and we will see."),
            (Rule::R9, "You will find all the recipes on my-kitchen.com from today."),
        ],
    }
}

/// Puts `sentence` into each of `texts`: at the beginning, in the middle or at the end, by `place`.
fn with(texts: &[String], sentence: &str, place: usize) -> Vec<String> {
    let put = |text: &String| {
        let mut parts: Vec<String> = text.split("\n\n").map(str::to_owned).collect();
        let at = [0, 1, parts.len() / 2, parts.len() - 1][place];
        parts[at] = match place {
            0 => format!("{} {sentence}", parts[0]),
            3 => format!("{sentence}\n{}", parts[at]),
            _ => format!("{} {sentence}", parts[at]),
        };
        parts.join("\n\n")
    };
    texts.iter().map(put).collect()
}

fn broken_rules(sentence: &str, brief: &Brief) -> Vec<Rule> {
    let evidence = Evidence { brief, samples: &[], instructions: None, slots_filled: true, trace: &[] };
    check_sentence(sentence, &evidence).into_iter().map(|finding| finding.rule).collect()
}

#[test]
fn one_forbidden_sentence_in_every_sample_costs_that_sentence_and_not_the_text() {
    for language in [Language::English, Language::German, Language::Spanish] {
        let brief = brief(language);
        let texts = whole_texts(language);
        for (rule, sentence) in forbidden(language) {
            assert!(broken_rules(sentence, &brief).contains(&rule), "{sentence} breaks no {rule:?}");
            for place in 0..4 {
                let texts = with(&texts, sentence, place);
                let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                let samples = samples(language, &texts, &[]);
                for seed in 0..2 {
                    let text = compose(&samples, &brief, seed).unwrap().text;
                    assert_eq!(faults(&text, &samples, &brief), Vec::<String>::new(), "{sentence}: {text}");
                    assert!(!text.contains(sentence), "{text}");
                }
            }
        }
    }
}

#[test]
fn samples_full_of_what_is_forbidden_still_give_a_text() {
    for language in [Language::English, Language::German, Language::Spanish] {
        let brief = brief(language);
        let all = forbidden(language).into_iter().map(|(_, sentence)| sentence);
        let texts =
            all.zip(0..).fold(whole_texts(language), |texts, (sentence, at)| with(&texts, sentence, at % 4));
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let samples = samples(language, &texts, &[]);
        for seed in 0..4 {
            let text = compose(&samples, &brief, seed).unwrap().text;
            assert_eq!(faults(&text, &samples, &brief), Vec::<String>::new(), "{text}");
        }
    }
}

#[test]
fn greetings_and_sign_offs_are_judged_too() {
    let greeting =
        "Hello and success guaranteed, Joanna!\n\nYour plan covers 14 days.\n\nTake your time with it all.";
    let sign_off = "Hi Joanna,\n\nTake your time with it all.\n\nNo excuses, Ruth";
    let samples = samples(
        Language::English,
        &[greeting, sign_off],
        &[
            Entity { text: "Joanna".to_owned(), kind: EntityKind::ClientFirstName },
            Entity { text: "Ruth".to_owned(), kind: EntityKind::DietitianName },
        ],
    );
    let brief = brief(Language::English);
    for seed in 0..4 {
        let text = compose(&samples, &brief, seed).unwrap().text;
        assert_eq!(faults(&text, &samples, &brief), Vec::<String>::new(), "{text}");
    }
}

/// The sentences that the rules are held to in every language, put into samples.
#[test]
fn no_claim_of_a_sample_reaches_a_text_in_any_language() {
    let rows = include_str!("../../../tests/it/held_out_claims.tsv").lines();
    let mut tried = [0; 7];
    for row in rows.filter(|row| row.starts_with("block\t")) {
        let columns: Vec<&str> = row.split('\t').collect();
        let [_, language, "-", "-", sentence] = columns[..] else { continue };
        let language: Language = language.parse().unwrap();
        tried[language as usize] += 1;
        let mut samples = if matches!(language, Language::English | Language::Portuguese) {
            demo(if language == Language::English { 0 } else { 2 }).1
        } else {
            other_language(language)
        };
        samples.truncate(2);
        for sample in &mut samples {
            let text = with(std::slice::from_ref(&sample.text.text), sentence, 2).remove(0);
            sample.text.text = text;
        }
        let brief = brief(language);
        let text = compose(&samples, &brief, 1).unwrap().text;
        assert_eq!(faults(&text, &samples, &brief), Vec::<String>::new(), "{sentence}: {text}");
    }
    assert!(tried.iter().all(|count| *count > 3), "{tried:?}");
}
