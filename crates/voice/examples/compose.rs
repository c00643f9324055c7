//! Prints what the composer writes for a demo dietitian, to be read: `cargo run -p voice --example compose -- FILE [COUNT]`.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a tool for reading texts, not a part of the product"
)]

use domain::{
    content::{ContentType, Language, UnitSystem},
    ids::SamplesId,
};
use serde::Deserialize;
use voice::{
    card::card,
    composer::compose,
    facts::{Brief, Client, Facts, Length},
    fill::{Values, fill},
    profile::profile,
    sample::{Sample, signature},
    slot::{Entity, extract},
};

#[derive(Deserialize)]
struct Voice {
    display_name: String,
    language: Language,
    texts: Vec<String>,
    entities: Vec<Entity>,
    request: serde_json::Value,
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().unwrap();
    let count: u64 = arguments.next().map_or(5, |count| count.parse().unwrap());
    let voice: Voice = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let samples: Vec<Sample> =
        voice.texts.iter().zip(0..).map(|(text, index)| sample(text, index, &voice)).collect();
    let mut brief = brief(&voice);
    brief.dietitian_name = Some(signature(&samples, &voice.display_name));
    let lines = card(&profile(&samples)).lines;
    println!("{}\n", lines.join("\n"));
    for seed in 0..count {
        if let Some(change) = arguments.next() {
            brief = serde_json::from_value(merged(serde_json::to_value(&brief).unwrap(), &change)).unwrap();
        }
        let composition = compose(&samples, &brief, seed).unwrap();
        let filled = fill(&composition.text, &Values::of(&brief)).unwrap();
        println!(
            "—— seed {seed}, stock phrases: {}, {} characters",
            composition.stock,
            filled.text.chars().count()
        );
        println!("{}\n", filled.text);
    }
}

/// Returns `brief` with the members of the JSON object `change`, one level deep in each.
fn merged(mut brief: serde_json::Value, change: &str) -> serde_json::Value {
    let change: serde_json::Value = serde_json::from_str(change).unwrap();
    for (member, value) in change.as_object().unwrap() {
        match value.as_object() {
            Some(inner) => inner.iter().for_each(|(key, value)| brief[member][key] = value.clone()),
            None => brief[member] = value.clone(),
        }
    }
    brief
}

fn sample(text: &str, index: u16, voice: &Voice) -> Sample {
    Sample {
        id: SamplesId::from_uuid(uuid::Uuid::nil()),
        index,
        content_type: ContentType::Introduction,
        language: voice.language,
        text: extract(text, voice.language, &voice.entities),
    }
}

fn brief(voice: &Voice) -> Brief {
    let request = &voice.request;
    let client = &request["client"];
    Brief {
        content_type: ContentType::Introduction,
        language: voice.language,
        units: serde_json::from_value(request["units"].clone()).unwrap_or(UnitSystem::Metric),
        client: Client {
            slots: serde_json::from_value(client["slots"].clone()).unwrap(),
            avoid_allergens: serde_json::from_value(client["avoid_allergens"].clone()).unwrap(),
            ..Client::default()
        },
        facts: serde_json::from_value::<Facts>(request["facts"].clone()).unwrap(),
        note: None,
        length: serde_json::from_value::<Length>(request["length"].clone()).unwrap(),
        dietitian_name: None,
    }
}
