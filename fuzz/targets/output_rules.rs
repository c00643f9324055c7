//! Any text of a language model under every rule: findings and traces point into the text.
#![no_main]

use std::ops::Range;

use domain::content::{ContentType, Language, UnitSystem};
use libfuzzer_sys::fuzz_target;
use voice::allergen::Allergen;
use voice::facts::{Brief, Client, Facts, Length, Number};
use voice::fill::{Values, fill};
use voice::rules::{Evidence, check, check_sentence};

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let brief = brief(Language::ALL[usize::from(*choice) % Language::ALL.len()]);

    judge(text, &brief, false);
    if let Ok(filled) = fill(text, &Values::of(&brief)) {
        for trace in &filled.trace {
            assert_inside(&filled.text, &trace.span);
        }
        judge(&filled.text, &brief, true);
    }
});

fn judge(text: &str, brief: &Brief, slots_filled: bool) {
    let evidence = Evidence {
        brief,
        samples: &[],
        instructions: Some("Write as this author."),
        slots_filled,
        trace: &[],
    };
    let verdict = check(text, &evidence);
    for span in verdict.findings.iter().filter_map(|finding| finding.span.as_ref()) {
        assert_inside(text, span);
    }
    for trace in &verdict.trace {
        assert_inside(text, &trace.span);
    }
    for span in check_sentence(text, &evidence).iter().filter_map(|finding| finding.span.as_ref()) {
        assert_inside(text, span);
    }
    let allowed = text.contains("<script") || text.contains('\u{202e}');
    assert!(!(allowed && verdict.passed()), "a script or a turned text passed every rule");
}

fn assert_inside(text: &str, span: &Range<usize>) {
    assert!(text.get(span.clone()).is_some(), "a span leaves the text or cuts a character");
}

fn brief(language: Language) -> Brief {
    Brief {
        content_type: ContentType::Introduction,
        language,
        units: UnitSystem::Metric,
        client: Client {
            slots: [("first_name".to_owned(), "Joanna".to_owned())].into(),
            avoid_allergens: vec![Allergen::Eggs],
            ..Client::default()
        },
        facts: Facts {
            plan_days: Some(14),
            numbers: vec![Number { id: "energy".into(), value: "1800".into(), unit: "kcal".into() }],
            ..Facts::default()
        },
        note: None,
        length: Length { min: 1, max: 2_000 },
        dietitian_name: Some("Anna".to_owned()),
    }
}
