//! Prints how long each step takes on the texts of a demo dietitian: `cargo bench -p voice`.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a tool for measuring, not a part of the product"
)]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use domain::{
    content::{ContentType, Language, UnitSystem},
    ids::SamplesId,
};
use serde::Deserialize;
use voice::{
    allergen::Allergen,
    composer::compose,
    facts::{Brief, Client, Facts, Length, Number},
    fill::{Values, fill},
    prompt::prompt,
    rules::{Evidence, check, check_sentence},
    sample::Sample,
    score::style_score,
    slot::{Entity, extract},
};

#[derive(Deserialize)]
struct Voice {
    texts: Vec<String>,
    entities: Vec<Entity>,
}

const DEMOS: [&str; 2] = [
    include_str!("../../../examples/voices/ruth-calloway.json"),
    include_str!("../../../examples/voices/eleanor-whitcombe.json"),
];
const TEXT: usize = 874;

fn main() {
    let (texts, known) = (texts(), entities());
    let samples: Vec<Sample> =
        texts.iter().zip(0..).map(|(text, index)| sample(text, index, &known)).collect();
    let (ten, brief) = (&samples[..10], brief());
    let nothing_avoided =
        Brief { client: Client { avoid_allergens: Vec::new(), ..brief.client.clone() }, ..brief.clone() };
    let composed = compose(ten, &brief, 1).unwrap();
    let filled = fill(&composed.text, &Values::of(&brief)).unwrap();
    let used: Vec<&Sample> = ten.iter().take(3).collect();
    // Of the length of a text as it is asked for; what it repeats costs a rule as much as what is new.
    let long: String = filled.text.chars().cycle().take(TEXT).collect();
    let evidence = |brief| Evidence {
        brief,
        samples: &used,
        instructions: None,
        slots_filled: true,
        trace: &filled.trace,
    };
    let sentence = "I've left out peanuts, eggs and milk, so every meal is one that you can enjoy.";

    let steps: [(&str, &dyn Fn()); 9] = [
        ("check, 874 characters, 3 avoided", &|| drop(black_box(check(&long, &evidence(&brief))))),
        ("check, 874 characters, none avoided", &|| {
            drop(black_box(check(&long, &evidence(&nothing_avoided))));
        }),
        ("check_sentence, 3 avoided", &|| drop(black_box(check_sentence(sentence, &evidence(&brief))))),
        ("compose, 10 samples", &|| drop(black_box(compose(ten, &brief, 1)))),
        ("compose, 3 samples", &|| drop(black_box(compose(&ten[..3], &brief, 1)))),
        ("fill", &|| drop(black_box(fill(&composed.text, &Values::of(&brief))))),
        ("extract slots, 20 samples", &|| {
            texts.iter().for_each(|text| drop(black_box(extract(text, Language::English, &known))));
        }),
        ("prompt, 20 samples", &|| drop(black_box(prompt(&samples, None, &brief, "0123456789abcdef")))),
        ("style_score, 10 samples", &|| _ = black_box(style_score(&long, ten, Language::English))),
    ];
    // `cargo bench -p voice -- compose` measures what has "compose" in its name.
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    println!("{:<40}{:>12}{:>10}", "step", "median", "ratio");
    let mut unit = None;
    for (step, work) in steps.into_iter().filter(|(step, _)| step.contains(&wanted)) {
        let taken = time(work).as_secs_f64();
        println!("{step:<40}{:>9.3} ms{:>10.2}", taken * 1e3, taken / *unit.get_or_insert(taken));
    }
}

/// Returns the median of some runs after the first, which reads the data files.
fn time(work: &dyn Fn()) -> Duration {
    const RUNS: usize = 51;
    work();
    let mut runs: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .collect();
    runs.sort();
    runs[RUNS / 2]
}

/// Twenty texts of two dietitians.
fn texts() -> Vec<String> {
    let texts: Vec<String> = DEMOS.iter().flat_map(|demo| voice(demo).texts).collect();
    texts.iter().cycle().take(20).cloned().collect()
}

fn voice(json: &str) -> Voice {
    serde_json::from_str(json).unwrap()
}

fn entities() -> Vec<Entity> {
    DEMOS.iter().flat_map(|demo| voice(demo).entities).collect()
}

fn sample(text: &str, index: u16, known: &[Entity]) -> Sample {
    Sample {
        id: SamplesId::from_uuid(uuid::Uuid::nil()),
        index,
        content_type: ContentType::Introduction,
        language: Language::English,
        text: extract(text, Language::English, known),
    }
}

fn brief() -> Brief {
    Brief {
        content_type: ContentType::Introduction,
        language: Language::English,
        units: UnitSystem::Metric,
        client: Client {
            slots: [("first_name".to_owned(), "Nora".to_owned())].into(),
            avoid_allergens: vec![Allergen::Milk, Allergen::Peanuts, Allergen::Eggs],
            ..Client::default()
        },
        facts: Facts {
            plan_days: Some(14),
            goals: vec!["steady energy through the day".to_owned()],
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
