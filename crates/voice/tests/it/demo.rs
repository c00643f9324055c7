//! The demo dietitians: what is composed in their voices passes every rule, and their voices are told apart.

use domain::content::Language;
use serde_json::Value;
use voice::{
    composer::compose,
    facts::{Brief, Facts},
    fill::{Values, fill},
    rules::{Evidence, check},
    sample::Sample,
    score::style_score,
    slot::{Entity, extract},
};

use crate::support::{brief, sample};

const VOICES: [&str; 3] = [
    include_str!("../../../../examples/voices/ruth-calloway.json"),
    include_str!("../../../../examples/voices/eleanor-whitcombe.json"),
    include_str!("../../../../examples/voices/camila-duarte.json"),
];

/// Returns a demo dietitian's samples and the brief of their demo request.
fn load(file: &str) -> (Vec<Sample>, Brief) {
    let file: Value = serde_json::from_str(file).expect("the demo files are well formed");
    let language: Language = file["language"]
        .as_str()
        .expect("the demo files are well formed")
        .parse()
        .expect("the demo files are well formed");
    let entities: Vec<Entity> =
        serde_json::from_value(file["entities"].clone()).expect("the demo files are well formed");
    let texts = file["texts"].as_array().expect("the demo files are well formed").iter().enumerate();
    let samples = texts
        .map(|(index, text)| Sample {
            index: index as u16,
            text: extract(text.as_str().expect("the demo files are well formed"), language, &entities),
            ..sample(language, "", &[])
        })
        .collect();
    let request = &file["request"];
    let mut facts = serde_json::json!(Facts::default());
    for (name, value) in request["facts"].as_object().expect("the demo files are well formed") {
        facts[name] = value.clone();
    }
    let avoid: Vec<_> = serde_json::from_value(request["client"]["avoid_allergens"].clone())
        .expect("the demo files are well formed");
    let mut brief = brief(language, &avoid);
    brief.facts = serde_json::from_value(facts).expect("the demo files are well formed");
    brief.client.slots =
        serde_json::from_value(request["client"]["slots"].clone()).expect("the demo files are well formed");
    brief.length = serde_json::from_value(request["length"].clone()).expect("the demo files are well formed");
    (samples, brief)
}

#[test]
fn composed_texts_pass_every_rule_and_sound_like_their_dietitian() {
    for file in VOICES {
        let (samples, brief) = load(file);
        for seed in 0..20 {
            let composed = compose(&samples, &brief, seed).unwrap();
            let filled = fill(&composed.text, &Values::of(&brief)).unwrap();
            let used: Vec<&Sample> =
                samples.iter().filter(|sample| composed.used.contains(&(sample.id, sample.index))).collect();
            let evidence = Evidence {
                brief: &brief,
                samples: &used,
                instructions: None,
                slots_filled: true,
                trace: &filled.trace,
            };
            assert_eq!(check(&filled.text, &evidence).findings, [], "{}", filled.text);
            assert!(style_score(&filled.text, &samples, brief.language) > 0.8, "{}", filled.text);
        }
    }
}

#[test]
fn a_text_kept_apart_scores_higher_for_its_dietitian_than_for_the_other() {
    let [(ruth, _), (eleanor, _), _] = VOICES.map(load);
    for (own, other) in [(&ruth, &eleanor), (&eleanor, &ruth)] {
        for at in 0..own.len() {
            let text = &own[at].text.text;
            let mut rest = own.clone();
            rest.remove(at);
            let by_own = style_score(text, &rest, Language::English);
            let by_other = style_score(text, other, Language::English);
            assert!(by_own > 0.5 && by_own > by_other + 0.1, "{by_own} {by_other} {text}");
        }
    }
}
