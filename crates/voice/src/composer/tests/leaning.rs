//! A sentence that leans on another stands only after that one.

use super::*;

fn text_of(language: Language, paragraph: &str) -> String {
    let known = [Entity { text: "Marta".to_owned(), kind: EntityKind::ClientFirstName }];
    let letter = format!("Marta,\n\n{paragraph}\n\nRuth");
    (0..3).map(|seed| written(&samples(language, &[&letter], &known), &brief(language), seed)).collect()
}

#[test]
fn what_goes_on_from_a_lost_sentence_is_lost_with_it() {
    for (language, lost, leaning) in [
        (Language::English, "Your knee hurts.", "Have a laugh, have a sleep, start again in the morning."),
        (
            Language::English,
            "We meet at your yoga class.",
            "Should you have any questions in the meantime, please do write to me.",
        ),
        (
            Language::German,
            "Ihr Knie schmerzt.",
            "Auf dieser Grundlage habe ich Ihren Plan für die kommenden 6 Wochen geschrieben.",
        ),
        (Language::Italian, "Il tuo ginocchio fa male.", "Nel frattempo scrivimi pure per ogni dubbio."),
    ] {
        let text = text_of(language, &format!("{lost} {leaning}"));
        assert!(!text.contains(&leaning[..9]), "{text}");
    }
}

#[test]
fn what_names_its_own_mishap_leans_on_nothing() {
    let own = "If a day goes wrong, take a breath and start again in the morning.";
    assert!(text_of(Language::English, &format!("Your knee hurts. {own}")).contains(own));
}

#[test]
fn a_first_aim_is_not_named_without_a_second() {
    let brief = brief(Language::English);
    for sentence in ["Our first objective is a lower intake of salt.", "The other goal is better sleep."] {
        assert_eq!(adapted(sentence, Language::English, &brief), None, "{sentence}");
    }
    assert!(adapted("Our objective is a lower intake of salt.", Language::English, &brief).is_some());
}

#[test]
fn what_stays_as_it_was_is_anothers() {
    let sentence = "Wir bleiben bei 1.700 kcal am Tag.";
    assert_eq!(adapted(sentence, Language::German, &brief(Language::German)), None);
}

#[test]
fn what_may_lean_on_a_clause_that_was_cut_off_is_dropped() {
    let text = text_of(
        Language::English,
        "The plan is here: 28 days, 2,300 kcal a day, and yes, you get to keep your Saturday curry. Told you.",
    );
    assert!(text.contains("14 days, 1,800 kcal") && !text.contains("Told you"), "{text}");
}
