//! What was true of another reader only: their gender, their history, a longer plan, a sentence that is not there.

use super::*;

#[test]
fn what_marks_the_readers_gender_needs_a_title_of_that_gender() {
    for (language, text, woman, man) in [
        (Language::French, "Soyez patiente avec vous-même.", "Madame", "Monsieur"),
        (Language::Polish, "Nie musisz być idealna, wystarczy, że będziesz konsekwentna.", "Pani", "Pan"),
        (Language::German, "Als Patientin dürfen Sie mich immer fragen.", "Frau", "Herr"),
    ] {
        let of = |title: &str| {
            let mut brief = brief(language);
            brief.client.slots.insert("title".to_owned(), title.to_owned());
            adapted(text, language, &brief)
        };
        assert_eq!(adapted(text, language, &brief(language)), None, "{text}");
        assert_eq!(of(man), None, "{text}");
        assert_eq!(of(woman).as_deref(), Some(text));
    }
}

#[test]
fn an_earlier_meeting_is_another_clients() {
    for (language, text) in [
        (Language::German, "Schön, dass Sie wieder dabei sind!"),
        (Language::German, "Diesmal habe ich den Plan einfach gehalten."),
        (Language::German, "Wie schön, dass Sie den ersten Schritt gemacht haben."),
        (Language::English, "Take it slowly since we last met."),
        (Language::English, "After your first four weeks, keep your own pace."),
        (Language::French, "Depuis notre dernière rencontre, gardez votre rythme."),
        (Language::Spanish, "Me alegra volver a verte."),
        (Language::Portuguese, "Que bom te ver de novo!"),
        (Language::Italian, "Che piacere rivederti!"),
        (Language::Polish, "Miło Cię znowu widzieć!"),
    ] {
        assert_eq!(adapted(text, language, &brief(language)), None, "{text}");
    }
}

#[test]
fn a_plan_of_one_day_has_no_first_days() {
    for (language, text) in [
        (Language::Spanish, "Paso a paso, día a día."),
        (Language::Portuguese, "Me conta como foram os primeiros dias."),
        (Language::English, "Tell me how the first days went."),
    ] {
        let mut brief = brief(language);
        assert!(adapted(text, language, &brief).is_some(), "{text}");
        brief.facts.plan_days = Some(1);
        assert_eq!(adapted(text, language, &brief), None, "{text}");
    }
}

#[test]
fn foods_before_their_verb_are_replaced() {
    let german = brief(Language::German);
    for (text, expected) in [
        ("Auf Nüsse und Sellerie habe ich verzichtet.", "Auf Erdnüsse und Milch habe ich verzichtet."),
        ("Auf Fisch habe ich bewusst verzichtet.", "Auf Erdnüsse und Milch habe ich bewusst verzichtet."),
    ] {
        assert_eq!(adapted(text, Language::German, &german).as_deref(), Some(expected));
    }
    assert_eq!(adapted("Auf Fisch habe ich mich gefreut.", Language::German, &german), None);
}

#[test]
fn an_explanation_goes_with_what_it_explains() {
    let french = samples(
        Language::French,
        &[
            "Bonjour Joanna,\n\nMangez lentement, comme à Lyon. La satiété arrive avec un peu de retard.\n\nBien à vous,\nAnne",
        ],
        &[],
    );
    let german = samples(
        Language::German,
        &[
            "Guten Tag Joanna,\n\nLesen Sie den Plan mit Ihrem Mann. Streichen Sie an, was Ihnen fremd vorkommt.\n\nHerzliche Grüße\nAnne",
        ],
        &[],
    );
    for (language, samples, orphan) in
        [(Language::French, french, "La satiété"), (Language::German, german, "Streichen")]
    {
        let text = written(&samples, &brief(language), 0);
        assert!(!text.contains(orphan), "{text}");
    }
}

#[test]
fn nobody_is_asked_twice_to_write() {
    let samples = samples(
        Language::German,
        &[
            "Guten Tag Joanna,\n\nIhr Plan ist fertig.\n\nSchreiben Sie mir gern!\n\nSchreiben Sie mir, sobald Sie Fragen haben.\n\nHerzliche Grüße\nAnne",
        ],
        &[],
    );
    let text = written(&samples, &brief(Language::German), 0);
    assert_eq!(text.matches("Schreiben Sie mir").count(), 1, "{text}");
}
