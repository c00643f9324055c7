//! What comes back from letter to letter is the dietitian's; what stands in one letter only may be a client's.

use super::*;

/// Returns two letters to different clients that close with `close` and sign off with `sign_off`.
fn letters(language: Language, close: &str, sign_off: &str) -> Vec<Sample> {
    let letter = |name: &str, advice: &str| format!("Hi {name},\n\n{advice}\n\n{close}\n\n{sign_off}\nRuth");
    let kind = |kind| move |text: &str| Entity { text: text.to_owned(), kind };
    let mut known: Vec<Entity> = ["Priya", "Tom"].map(kind(EntityKind::ClientFirstName)).into();
    known.push(kind(EntityKind::DietitianName)("Ruth"));
    samples(language, &[&letter("Priya", "Eat slowly."), &letter("Tom", "Drink enough.")], &known)
}

#[test]
fn what_the_reader_is_taken_to_know_is_of_any_kitchen_or_is_dropped() {
    for (language, dropped, kept) in [
        (Language::English, "Take the saucepan out of its box.", "Put the fork down between bites."),
        (Language::English, "Move the saxophone out of the hall.", "Read the list before the first day."),
        (Language::French, "Laissez la trottinette au garage.", "Posez la fourchette entre deux bouchées."),
        (Language::Spanish, "Deja el patinete en el garaje.", "Deja el tenedor en la mesa."),
        (Language::Italian, "Lascia il monopattino nel garage.", "Lascia la forchetta nel piatto."),
        (Language::Portuguese, "Deixe o patinete na garagem.", "Deixe o garfo na mesa."),
        (Language::German, "Lass den Roller in der Garage.", "Leg die Gabel zwischendurch auf den Tisch."),
    ] {
        let brief = brief(language);
        assert_eq!(adapted(dropped, language, &brief), None);
        assert_eq!(adapted(kept, language, &brief).as_deref(), Some(kept));
    }
}

#[test]
fn an_invitation_that_comes_back_is_kept_whatever_its_words() {
    let close = "Reply whenever it suits you, even late at night!";
    let brief = brief(Language::English);
    let samples = letters(Language::English, close, "Big love,");
    for seed in 0..3 {
        let text = written(&samples, &brief, seed);
        assert!(text.contains(close), "{text}");
        let alone = written(&samples[..1], &brief, seed);
        assert!(!alone.contains(close), "in one letter it may speak of one client's nights: {alone}");
    }
}

#[test]
fn a_closing_that_comes_back_is_kept_whatever_its_words() {
    let samples = letters(Language::German, "Meld dich!", "Drück dich,");
    let text = written(&samples, &brief(Language::German), 0);
    assert!(text.ends_with("Drück dich,\nRuth"), "{text}");
}

#[test]
fn two_letters_to_one_client_prove_no_habit() {
    let close = "Reply whenever it suits you, even late at night!";
    let one = format!("Hi Priya,\n\nEat slowly.\n\n{close}\n\nRuth");
    let other = format!("Hi Priya,\n\nDrink enough.\n\n{close}\n\nRuth");
    let known = [Entity { text: "Priya".to_owned(), kind: EntityKind::ClientFirstName }];
    let text = written(&samples(Language::English, &[&one, &other], &known), &brief(Language::English), 0);
    assert!(!text.contains(close), "{text}");
}

#[test]
fn reasons_reminders_and_second_clauses_of_another_client_are_cut_off() {
    for (language, sentence, expected) in [
        (
            Language::English,
            "Crustaceans have been excluded on account of your allergy.",
            "Peanuts and milk have been excluded.",
        ),
        (
            Language::French,
            "J'ai retiré les œufs et le soja, comme vous me l'avez demandé.",
            "J'ai retiré les arachides et le lait.",
        ),
        (
            Language::English,
            "It runs for 7 days at around 2,200 kcal a day, and I kept it short because I saw that kitchen of yours.",
            "It runs for {{plan.days}} days at around {{number.energy}} a day.",
        ),
        (
            Language::English,
            "You love Italian food, so I've left out onions.",
            "I've left out peanuts and milk.",
        ),
    ] {
        let text = adapted(sentence, language, &brief(language)).unwrap_or_default();
        let text = text
            .replace("milk and peanuts", "peanuts and milk")
            .replace("Milk and peanuts", "Peanuts and milk");
        assert_eq!(
            text.replace("le lait et les arachides", "les arachides et le lait"),
            expected,
            "{sentence}"
        );
    }
}

#[test]
fn what_is_left_out_agrees_with_its_verb() {
    let mut brief = brief(Language::English);
    let sentence = "Peanuts and soya have been excluded entirely.";
    brief.client.avoid_allergens = vec![Allergen::Celery];
    assert_eq!(
        adapted(sentence, Language::English, &brief).as_deref(),
        Some("Celery has been excluded entirely.")
    );
    brief.client.avoid_allergens = vec![Allergen::Nuts];
    assert_eq!(
        adapted(sentence, Language::English, &brief).as_deref(),
        Some("Nuts have been excluded entirely.")
    );
}

#[test]
fn a_single_dish_stands_after_no_plural_verb() {
    let mut brief = brief(Language::German);
    let sentence = "Auf dem Speiseplan stehen Linsen und Reis.";
    let dishes = |foods: &[&str]| crate::facts::Meal {
        name: "Abendessen".to_owned(),
        foods: foods.iter().map(|food| (*food).to_owned()).collect(),
    };
    brief.facts.meals = vec![dishes(&["Gemüsesuppe"])];
    assert_eq!(
        adapted(sentence, Language::German, &brief).as_deref(),
        Some("Auf dem Speiseplan: Gemüsesuppe.")
    );
    brief.facts.meals = vec![dishes(&["Gemüsesuppe", "Kartoffeln"])];
    assert_eq!(
        adapted(sentence, Language::German, &brief).as_deref(),
        Some("Auf dem Speiseplan stehen Gemüsesuppe und Kartoffeln.")
    );
}

#[test]
fn what_is_left_of_a_sentence_stands_on_its_own() {
    let german = "Ich empfehle Ihnen, die Mahlzeiten zu festen Zeiten einzunehmen und auf Zwischenmahlzeiten zu verzichten.";
    let own = adapted(german, Language::German, &brief(Language::German));
    assert!(own.as_deref().is_none_or(|text| text == german), "{own:?}");
    let known = [Entity { text: "Priya".to_owned(), kind: EntityKind::ClientFirstName }];
    let letter = "Hi Priya,\n\nThe plan is here.\n\nChew. I heard about your knee and your sister.\n\nRuth";
    let text = written(&samples(Language::English, &[letter], &known), &brief(Language::English), 0);
    assert!(!text.contains("Chew."), "{text}");
}
