//! Texts of one request differ, each in the same voice.

use super::*;

#[test]
fn the_same_seed_gives_the_same_text_and_another_seed_another() {
    let (voice, samples) = demo(0);
    let brief = brief(voice.language);
    let texts: std::collections::BTreeSet<String> =
        (0..12).map(|seed| written(&samples, &brief, seed)).collect();
    assert!(texts.len() >= 4, "{texts:?}");
    assert_eq!(written(&samples, &brief, 3), written(&samples, &brief, 3));
}

/// Returns which part of the sentences of `one`, between greeting and sign-off, the other text does not hold.
fn difference(one: &str, other: &str) -> f64 {
    let sentences = |text: &str| -> Vec<String> {
        let paragraphs: Vec<&str> = text.split("\n\n").collect();
        let body = paragraphs[1..paragraphs.len() - 1].join("\n\n");
        crate::sentence::sentences(&body).into_iter().map(|span| body[span].to_owned()).collect()
    };
    let other = sentences(other);
    let own = sentences(one);
    own.iter().filter(|sentence| !other.contains(sentence)).count() as f64 / own.len() as f64
}

#[test]
fn the_variants_of_one_request_differ_in_a_third_of_their_sentences() {
    for at in 0..DEMOS.len() {
        let (voice, samples) = demo(at);
        let brief = brief(voice.language);
        for first in [0, 40, 0xFEED_0000_1234_5678] {
            let texts: Vec<String> = (first..first + 3).map(|seed| written(&samples, &brief, seed)).collect();
            for (one, other) in [(0, 1), (0, 2), (1, 2)] {
                let difference = difference(&texts[one], &texts[other]);
                assert!(difference >= 1.0 / 3.0, "{difference}: {}\n———\n{}", texts[one], texts[other]);
            }
        }
    }
}

#[test]
fn variants_of_three_short_samples_still_differ() {
    let samples = samples(
        Language::English,
        &[
            "Hi Bo,\n\nYour plan is ready. It covers 14 days.\n\nTake your time with it. Nobody gets everything right at once, and nobody has to.\n\nWrite to me with any question, however small it may seem.\n\nBest,\nAnn",
            "Hi Mo,\n\nHere is your plan for 7 days.\n\nLittle changes count most. What you repeat becomes a habit sooner than you think.\n\nMy phone is always on, so please call whenever you like.\n\nBest,\nAnn",
            "Hi Jo,\n\nGood to have you here. Your plan runs for 21 days.\n\nBe kind to yourself on bad evenings. Tomorrow is another chance to begin again.\n\nLet me know how the first breakfasts turn out.\n\nBest,\nAnn",
        ],
        &[],
    );
    let mut brief = brief(Language::English);
    brief.facts = Facts { plan_days: Some(14), ..Facts::default() };
    brief.client.avoid_allergens.clear();
    brief.length = Length { min: 50, max: 300 };
    let texts: Vec<String> = (5..8).map(|seed| written(&samples, &brief, seed)).collect();
    assert!(difference(&texts[0], &texts[1]) >= 1.0 / 3.0, "{texts:#?}");
    assert!(difference(&texts[1], &texts[2]) >= 1.0 / 3.0, "{texts:#?}");
    assert!(difference(&texts[0], &texts[2]) >= 1.0 / 3.0, "{texts:#?}");
}
