//! Greetings as far as this request knows the reader.

use super::*;

#[test]
fn a_text_without_a_name_greets_without_one() {
    for at in 0..DEMOS.len() {
        let (voice, samples) = demo(at);
        let mut brief = brief(voice.language);
        brief.client.slots.clear();
        for seed in 0..8 {
            let composition = compose(&samples, &brief, seed).unwrap();
            assert!(!composition.text.contains("{{client."), "{}", composition.text);
            assert_eq!(
                faults(&composition.text, &samples, &brief),
                Vec::<String>::new(),
                "{}",
                composition.text
            );
        }
    }
}

/// Returns how texts of a dietitian who greets with `greetings` begin for a client of these names.
fn greeted(language: Language, greetings: &[&str], slots: &[(&str, &str)]) -> String {
    let texts: Vec<String> = greetings
        .iter()
        .map(|greeting| format!("{greeting}\n\nOn you go, day by day and step by step.\n\nBest,\nAnn"))
        .collect();
    let samples = samples(language, &texts.iter().map(String::as_str).collect::<Vec<_>>(), &[]);
    let mut brief = brief(language);
    brief.client.slots =
        slots.iter().map(|(slot, value)| ((*slot).to_owned(), (*value).to_owned())).collect();
    let text = written(&samples, &brief, 0);
    text.lines().next().unwrap().to_owned()
}

const FIRST: (&str, &str) = ("first_name", "Nora");
const LAST: (&str, &str) = ("last_name", "Weber");

#[test]
fn a_title_that_the_request_does_not_give_is_left_out_and_the_form_stays() {
    for (language, greeting, expected) in [
        (Language::English, "Dear Mr. Dawson,", "Dear Nora Weber,"),
        (Language::English, "Good morning Mrs Dawson,", "Good morning Nora Weber,"),
        (Language::German, "Guten Tag Frau Krause,", "Guten Tag Nora Weber,"),
        (Language::German, "Hallo Herr Krause!", "Hallo Nora Weber!"),
        (Language::German, "Liebe Frau Krause,", "Guten Tag Nora Weber,"),
        (Language::German, "Sehr geehrter Herr Lang,", "Guten Tag Nora Weber,"),
        (Language::French, "Bonjour Madame Lefèvre,", "Bonjour Nora Weber,"),
        (Language::Italian, "Gentile Signora Bianchi,", "Gentile Nora Weber,"),
        (Language::Spanish, "Buenos días, señora Ruiz:", "Buenos días, Nora Weber:"),
        (Language::Polish, "Dzień dobry Pani Anno,", "Dzień dobry,"),
    ] {
        assert_eq!(greeted(language, &[greeting], &[FIRST, LAST]), expected, "{greeting}");
    }
}

#[test]
fn a_lone_last_name_is_not_called_out_and_no_title_is_guessed() {
    for (language, greeting, expected) in [
        (Language::English, "Dear Mr. Dawson,", "Hello,"),
        (Language::English, "Hi Joanna!", "Hi!"),
        (Language::German, "Liebe Frau Krause,", "Guten Tag,"),
        (Language::French, "Bonjour Madame Lefèvre,", "Bonjour,"),
        (Language::Italian, "Gentile Signora Bianchi,", "Buongiorno,"),
    ] {
        assert_eq!(greeted(language, &[greeting], &[LAST]), expected, "{greeting}");
    }
}

#[test]
fn the_requests_own_title_brings_the_dietitians_form_back() {
    let frau = ("title", "Frau");
    let german = ["Lieber Herr Lang,", "Liebe Frau Krause,"];
    assert_eq!(greeted(Language::German, &german, &[frau, FIRST, LAST]), "Liebe Frau Weber,");
    for (language, greeting, title, expected) in [
        (Language::German, "Lieber Herr Lang,", "Frau", "Liebe Frau Weber,"),
        (Language::German, "Sehr geehrte Frau Lang,", "Herr", "Sehr geehrter Herr Weber,"),
        (Language::French, "Chère Madame Lefèvre,", "Monsieur", "Cher Monsieur Weber,"),
        (Language::French, "Cher Monsieur,", "Madame", "Chère Madame,"),
        (Language::English, "Dear Mr Dawson,", "Ms", "Dear Ms Weber,"),
        (Language::Spanish, "Estimada señora Ruiz:", "señor", "Estimado señor Weber:"),
        (Language::Italian, "Gentile Signora Bianchi,", "Signor", "Gentile Signor Weber,"),
        (Language::Italian, "Egregio Signor Bianchi,", "Signora", "Gentile Signora Weber,"),
        (Language::Polish, "Szanowny Panie,", "Pani", "Szanowna Pani,"),
        (Language::Polish, "Szanowna Pani,", "Pan", "Szanowny Panie,"),
    ] {
        assert_eq!(greeted(language, &[greeting], &[("title", title), FIRST, LAST]), expected, "{greeting}");
    }
    let mrs = ("title", "Mrs.");
    assert_eq!(greeted(Language::English, &["Dear Mr. Dawson,"], &[mrs, LAST]), "Dear Mrs. Weber,");
}

#[test]
fn polish_calls_by_the_vocative_that_was_sent() {
    let polish = ["Dzień dobry, Pani Anno!"];
    for (title, first, expected) in [
        (Some("Pani"), "Joanno", "Dzień dobry, Pani Joanno!"),
        (Some("Pani"), "Carmen", "Dzień dobry, Pani Carmen!"),
        (Some("Pan"), "Piotrze", "Dzień dobry, Panie Piotrze!"),
        (Some("Panie"), "Jerzy", "Dzień dobry, Panie Jerzy!"),
        (None, "Kasiu", "Dzień dobry, Kasiu!"),
        // A nominative would be wrong after a title.
        (Some("Pani"), "Joanna", "Dzień dobry, Pani!"),
        (Some("Pan"), "Piotr", "Dzień dobry, Panie!"),
        (None, "Piotr", "Dzień dobry!"),
    ] {
        let mut slots: Vec<_> = title.map(|title| ("title", title)).into_iter().collect();
        slots.push(("first_name", first));
        assert_eq!(greeted(Language::Polish, &polish, &slots), expected, "{title:?} {first}");
        let mut brief = brief(Language::Polish);
        brief.client.slots =
            slots.iter().map(|(slot, value)| ((*slot).to_owned(), (*value).to_owned())).collect();
        assert_eq!(leaves_first_name_out(&brief), !expected.contains(first), "{first}");
    }
    let last = [("title", "Pani"), ("first_name", "Joanno"), ("last_name", "Kowalska")];
    assert_eq!(greeted(Language::Polish, &polish, &last), "Dzień dobry, Pani Joanno!");
    let man = [("title", "Pan"), ("last_name", "Nowak")];
    assert_eq!(greeted(Language::Polish, &polish, &man), "Dzień dobry, Panie!");
    assert_eq!(greeted(Language::Polish, &["Cześć, Aniu!"], &[("first_name", "Kuba")]), "Cześć, Kuba!");
}

#[test]
fn a_title_in_the_last_name_is_a_title() {
    let of = |language, greeting: &str, last| greeted(language, &[greeting], &[("last_name", last)]);
    assert_eq!(of(Language::German, "Lieber Herr Lang,", "Frau Vogt"), "Liebe Frau Vogt,");
    assert_eq!(of(Language::English, "Dear Mr. Dawson,", "Ms Hughes"), "Dear Ms Hughes,");
    assert_eq!(of(Language::French, "Chère Madame Roux,", "Monsieur Girard"), "Cher Monsieur Girard,");
}

#[test]
fn who_greets_most_by_the_first_name_greets_so() {
    let greetings = ["Oi, Seu Antônio! 🌻", "Oi, Joana! 💚", "Oi, Rafael! 😄"];
    let text = greeted(Language::Portuguese, &greetings, &[FIRST, LAST]);
    assert!(text.starts_with("Oi, Nora!"), "{text}");
}

#[test]
fn an_emoji_after_the_name_stays_apart() {
    assert_eq!(greeted(Language::German, &["Hey Lena 😊"], &[FIRST]), "Hey Nora 😊");
    assert_eq!(greeted(Language::German, &["Hey Lena 😊"], &[]), "Hey 😊");
}

#[test]
fn a_doctor_in_a_sample_is_greeted_once() {
    let letters = ["Liebe Frau Dr. Seidel,", "Lieber Herr Dr. Yilmaz,", "Liebe Frau Prof. Dr. Krause,"];
    for greeting in letters {
        let body = "\n\nschön, dass Sie starten! Ihr Plan umfasst 14 Tage. Essen Sie langsam.\n\nHerzliche Grüße\nKatrin";
        let texts = [format!("{greeting}{body}"), format!("Liebe Frau Bergmann,{body}")];
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        for known in [&[][..], &["Seidel"][..]] {
            let entities: Vec<Entity> = known
                .iter()
                .map(|name| Entity {
                    kind: crate::slot::EntityKind::ClientLastName,
                    text: (*name).to_owned(),
                })
                .collect();
            let samples = samples(Language::German, &texts, &entities);
            let mut brief = brief(Language::German);
            brief.client.slots = [("title", "Frau"), ("last_name", "Lindner")]
                .map(|(id, value)| (id.into(), value.into()))
                .into();
            for seed in 0..6 {
                let text = written(&samples, &brief, seed);
                assert!(text.starts_with("Liebe Frau Lindner,\n"), "{text}");
                assert_eq!(text.matches("Lindner").count(), 1, "{text}");
            }
        }
    }
}
