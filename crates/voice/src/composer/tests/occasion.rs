//! What belongs to one client's occasion is said to no other: thanks, seasons, late meals, counts of another plan.

use super::*;

#[test]
fn thanks_for_what_one_client_did_and_seasons_are_dropped() {
    for (language, sentence) in [
        (Language::English, "Thank you for returning the food diary so promptly."),
        (Language::English, "May I remind you that a late meal need not be a large one."),
        (Language::German, "Danke für Ihr ausführliches Ernährungstagebuch."),
        (Language::Italian, "Grazie per il diario."),
        (Language::Italian, "Ecco qui il tuo piano estivo."),
        (Language::French, "Voici votre menu de printemps."),
        (Language::Spanish, "Aquí tienes tu plan de verano."),
        (Language::Portuguese, "Aqui está o seu plano de verão."),
        (Language::Polish, "Oto letni plan."),
    ] {
        assert_eq!(adapted(sentence, language, &brief(language)), None, "{sentence}");
    }
    let thanks = "Thank you for reading the plan slowly.";
    assert_eq!(adapted(thanks, Language::English, &brief(Language::English)).as_deref(), Some(thanks));
}

#[test]
fn thanks_of_half_of_the_letters_are_the_dietitians() {
    let thanks = "Thank you for writing everything down so carefully.";
    let names = ["Marta", "Priya", "Joan", "Lena"];
    let known = names.map(|name| Entity { text: name.to_owned(), kind: EntityKind::ClientFirstName });
    let letter = |name: &str, opening: &str| format!("Hi {name},\n\n{opening} Your plan is ready.\n\nRuth");
    let with = |count: usize| {
        let letters: Vec<String> = names
            .iter()
            .enumerate()
            .map(|(at, name)| letter(name, if at < count { thanks } else { "" }))
            .collect();
        let letters: Vec<&str> = letters.iter().map(String::as_str).collect();
        let samples = samples(Language::English, &letters, &known);
        (0..6).any(|seed| written(&samples, &brief(Language::English), seed).contains(thanks))
    };
    assert!(with(2));
    assert!(!with(1));
}

#[test]
fn two_counts_are_not_told_from_one() {
    for (language, sentence) in [
        (Language::Italian, "Tre pasti e due spuntini."),
        (Language::English, "Each day has three main meals."),
        (Language::German, "Es gibt drei Mahlzeiten und zwei Zwischenmahlzeiten."),
    ] {
        let mut brief = brief(language);
        brief.facts.numbers.push(Number {
            id: "meals_per_day".into(),
            value: "5".into(),
            unit: "per_day".into(),
        });
        assert_eq!(adapted(sentence, language, &brief), None, "{sentence}");
    }
}
