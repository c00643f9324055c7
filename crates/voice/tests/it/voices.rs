//! Ten dietitians in five languages, one familiar and one polite in each, with two samples apiece: what is composed for
//! them reads as theirs, and the score tells a retelling in their voice from their colleague's and from anybody's.

use domain::content::Language;
use serde::Deserialize;
use voice::{
    allergen::Allergen,
    composer::compose,
    facts::{Length, Meal},
    fill::{Values, fill},
    rules::{Evidence, check},
    sample::{Sample, signature},
    score::style_score,
    slot::{Entity, extract},
};

use crate::support::{brief, sample};

#[derive(Deserialize)]
struct Voice {
    name: String,
    language: Language,
    display_name: String,
    entities: Vec<Entity>,
    texts: Vec<String>,
    goals: Vec<String>,
    greeting: String,
    closing: String,
    /// A text in this voice that reuses no sentence.
    retold: String,
    /// A text without a voice.
    anybodys: String,
}

impl Voice {
    fn samples(&self) -> Vec<Sample> {
        let texts = self.texts.iter().enumerate();
        texts
            .map(|(at, text)| Sample {
                index: at as u16,
                text: extract(text, self.language, &self.entities),
                ..sample(self.language, "", &[])
            })
            .collect()
    }
}

fn voices() -> Vec<Voice> {
    serde_json::from_str(include_str!("voices.json")).expect("the file is well formed")
}

#[test]
fn composed_texts_greet_close_and_keep_other_clients_out() {
    // What the samples say of the lives of the clients they were written for.
    let lives = [
        "calcetto",
        "rugby",
        "rodilla",
        "Marathon",
        "Cholesterin",
        "colesterol",
        "colesterolo",
        "cholesterol",
        "treningach",
        "tension",
        "glucosa",
        "Blutzucker",
    ];
    for voice in voices() {
        let samples = voice.samples();
        for (days, avoid, length) in [
            (7, vec![Allergen::Milk, Allergen::Fish], Length { min: 250, max: 900 }),
            (1, vec![], Length { min: 80, max: 300 }),
            (90, Allergen::ALL.to_vec(), Length { min: 700, max: 1500 }),
        ] {
            let mut brief = brief(voice.language, &avoid);
            brief.client.slots.insert("first_name".to_owned(), "Nora".to_owned());
            brief.facts.plan_days = Some(days);
            brief.facts.goals.clone_from(&voice.goals);
            brief.facts.meals = vec![Meal { name: "x".to_owned(), foods: vec!["2 <b>".to_owned()] }];
            brief.length = Length { min: 1, ..length };
            brief.dietitian_name = Some(signature(&samples, &voice.display_name));
            for seed in 0..5 {
                let composed = compose(&samples, &brief, seed).unwrap();
                let filled = fill(&composed.text, &Values::of(&brief)).unwrap();
                let shown: Vec<&Sample> = samples.iter().collect();
                let evidence = Evidence {
                    brief: &brief,
                    samples: &shown,
                    instructions: None,
                    slots_filled: true,
                    trace: &filled.trace,
                };
                let text = &filled.text;
                assert_eq!(check(text, &evidence).findings, [], "{}: {text}", voice.name);
                assert!(text.starts_with(&voice.greeting), "{}: {text}", voice.name);
                assert!(text.contains(&format!("\n{}", voice.closing)), "{}: {text}", voice.name);
                assert!(!lives.iter().any(|life| text.contains(life)), "{}: {text}", voice.name);
            }
        }
    }
}

#[test]
fn a_retelling_scores_for_its_voice_and_not_for_the_colleague_or_for_anybody() {
    let voices = voices();
    for pair in voices.chunks(2) {
        for (own, other) in [(&pair[0], &pair[1]), (&pair[1], &pair[0])] {
            let score = |text: &str| style_score(text, &own.samples(), own.language);
            let (retold, colleague, anybody) =
                (score(&own.retold), score(&other.retold), score(&own.anybodys));
            assert!(retold > 0.45, "{}: {retold}", own.name);
            assert!(colleague < 0.2 && anybody < 0.2, "{}: {colleague} {anybody}", own.name);
        }
    }
}
