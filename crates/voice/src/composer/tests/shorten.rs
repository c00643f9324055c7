//! What is cut leaves a sentence that leans on nothing; what cannot be cut so is dropped.

use super::*;

#[test]
fn no_condition_is_left_without_what_to_do_then() {
    for (language, sentence) in [
        (Language::English, "Don't chase perfection: if a day goes wrong, your menu makes up for it."),
        (Language::German, "Nicht verzagen: Wenn ein Tag misslingt, Ihr Speiseplan gleicht das aus."),
        (
            Language::Italian,
            "Non cercare la perfezione: se un giorno salta tutto, il tuo menù compensa da solo.",
        ),
        (Language::French, "Pas de panique : si un jour tout va mal, votre menu compense tout seul."),
    ] {
        assert_eq!(adapted(sentence, language, &brief(language)), None, "{sentence}");
    }
}

#[test]
fn a_condition_of_every_letter_keeps_its_main_clause() {
    let habit = "Non cercare la perfezione: se un giorno salta tutto, il giorno dopo si ricomincia e basta.";
    let letter =
        |name: &str, more: &str| format!("Ciao {name}!\n\nIl piano è pronto!\n\n{habit}\n\n{more}\n\nRuth");
    let known =
        ["Marta", "Silvia"].map(|name| Entity { text: name.to_owned(), kind: EntityKind::ClientFirstName });
    let samples = samples(
        Language::Italian,
        &[&letter("Marta", "Mangia piano."), &letter("Silvia", "Bevi molto.")],
        &known,
    );
    let text = written(&samples, &brief(Language::Italian), 0);
    assert!(text.contains(habit), "{text}");
}

#[test]
fn nothing_is_cut_off_behind_its_colon() {
    let known = [Entity { text: "Marta".to_owned(), kind: EntityKind::ClientFirstName }];
    let letter = "Ciao Marta!\n\nIl piano è pronto!\n\nBevi molto, soprattutto la mattina. E mi raccomando: il menù del venerdì non si tocca, mai!\n\nRuth";
    let text = written(&samples(Language::Italian, &[letter], &known), &brief(Language::Italian), 0);
    assert!(!text.contains("raccomando"), "{text}");
}

#[test]
fn what_says_that_a_plan_is_new_goes_as_a_whole() {
    for (language, sentence, expected) in [
        (Language::English, "Here it is, your brand new plan.", "Here it is, your plan."),
        (Language::English, "Here it is, your new plan.", "Here it is, your plan."),
        (Language::German, "Hier ist Ihr ganz neuer Plan.", "Hier ist Ihr Plan."),
    ] {
        assert_eq!(adapted(sentence, language, &brief(language)).as_deref(), Some(expected), "{sentence}");
    }
}
