//! What the composer promises, by subject: the demo dietitians, samples in every language, and what the tests share.

mod announced;
mod claims;
mod facts;
mod forbidden;
mod foreign;
mod greeting;
mod leaning;
mod numbers;
mod occasion;
mod own;
mod reader;
mod scope;
mod shorten;
mod sign_off;
mod variants;
mod whole;

use std::sync::LazyLock;

use domain::content::{ContentType, Language, UnitSystem};
use serde::Deserialize;

use super::*;
use crate::{
    allergen::Allergen,
    facts::{Client, Facts, Length, Number},
    fill::{Values, fill},
    rules::{Evidence, check},
    slot::{Entity, EntityKind, extract},
};

#[derive(Clone, Deserialize)]
struct Voice {
    display_name: String,
    language: Language,
    texts: Vec<String>,
    entities: Vec<Entity>,
}

const DEMOS: [&str; 3] = [
    include_str!("../../../../examples/voices/ruth-calloway.json"),
    include_str!("../../../../examples/voices/eleanor-whitcombe.json"),
    include_str!("../../../../examples/voices/camila-duarte.json"),
];

fn demo(at: usize) -> (Voice, Vec<Sample>) {
    static READ: LazyLock<Vec<(Voice, Vec<Sample>)>> = LazyLock::new(|| DEMOS.map(read).into());
    READ[at].clone()
}

fn read(json: &str) -> (Voice, Vec<Sample>) {
    let voice: Voice = serde_json::from_str(json).unwrap();
    let samples =
        samples(voice.language, &voice.texts.iter().map(String::as_str).collect::<Vec<_>>(), &voice.entities);
    (voice, samples)
}

fn samples(language: Language, texts: &[&str], entities: &[Entity]) -> Vec<Sample> {
    texts
        .iter()
        .zip(0..)
        .map(|(text, index)| Sample {
            id: SamplesId::from_uuid(uuid::Uuid::from_u128(7)),
            index,
            content_type: ContentType::Introduction,
            language,
            text: extract(text, language, entities),
        })
        .collect()
}

pub(super) fn brief(language: Language) -> Brief {
    let goal = match language {
        Language::English => "steady energy through the day",
        Language::Spanish => "energía estable durante el día",
        Language::Portuguese => "mais disposição ao longo do dia",
        Language::French => "une énergie stable toute la journée",
        Language::German => "gleichmäßige Energie über den Tag",
        Language::Italian => "energia costante durante la giornata",
        Language::Polish => "stały poziom energii w ciągu dnia",
    };
    Brief {
        content_type: ContentType::Introduction,
        language,
        units: UnitSystem::Metric,
        client: Client {
            slots: [("first_name".to_owned(), "Nora".to_owned())].into(),
            avoid_allergens: vec![Allergen::Milk, Allergen::Peanuts],
            ..Client::default()
        },
        facts: Facts {
            plan_days: Some(14),
            goals: vec![goal.to_owned()],
            numbers: vec![Number {
                id: "energy".to_owned(),
                value: "1800".to_owned(),
                unit: "kcal".to_owned(),
            }],
            ..Facts::default()
        },
        note: None,
        length: Length { min: 200, max: 900 },
        dietitian_name: Some("Ruth".to_owned()),
    }
}

fn written(samples: &[Sample], brief: &Brief, seed: u64) -> String {
    let composition = compose(samples, brief, seed).unwrap();
    let filled = fill(&composition.text, &Values::of(brief))
        .unwrap_or_else(|error| panic!("{error}: {}", composition.text));
    filled.text
}

/// Returns what is wrong with a text, by the rules and by what a reader stumbles over.
fn faults(text: &str, samples: &[Sample], brief: &Brief) -> Vec<String> {
    let shown: Vec<&Sample> = samples.iter().collect();
    let composed = fill(text, &Values::of(brief)).unwrap();
    let evidence =
        Evidence { brief, samples: &shown, instructions: None, slots_filled: true, trace: &composed.trace };
    let mut faults: Vec<String> = check(&composed.text, &evidence)
        .findings
        .into_iter()
        .map(|finding| format!("{:?} {}", finding.rule, finding.message))
        .collect();
    for bad in ["{{", "}}", "  ", " ,", " .", "..", ",,", "<", "\n\n\n", "#"] {
        if composed.text.contains(bad) {
            faults.push(format!("holds {bad:?}"));
        }
    }
    let sentences: Vec<&str> =
        crate::sentence::sentences(&composed.text).into_iter().map(|span| &composed.text[span]).collect();
    for (at, sentence) in sentences.iter().enumerate() {
        if sentences[..at].contains(sentence) {
            faults.push(format!("says twice: {sentence}"));
        }
        let lower = sentence.starts_with(char::is_lowercase);
        if lower && !(at == 1 && sentences[0].ends_with(',')) {
            faults.push(format!("begins in lower case: {sentence}"));
        }
    }
    faults
}

fn adapted(text: &str, language: Language, brief: &Brief) -> Option<String> {
    let phrases = phrases(language);
    let slotted =
        extract(text, language, &[Entity { text: "Joanna".to_owned(), kind: EntityKind::ClientFirstName }]);
    adapt::Request::new(brief, phrases, &[]).adapt(&slotted.text, &slotted.values).map(|adapted| adapted.text)
}
