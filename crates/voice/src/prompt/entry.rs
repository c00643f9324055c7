//! One entry of the document that a prompt shows: facts, then a text or the place for one.

use std::{collections::BTreeSet, fmt::Write as _};

use domain::content::Language;

use super::{
    aliases::Aliases,
    told::{Kind, Reader},
};
use crate::{
    facts::Brief,
    mention::{MentionKind, mentions, name_of as allergen_name},
    sample::Sample,
    slot::slots_in,
};

/// Writes the entry of a sample: the facts that it words, then the sample.
pub(super) fn sample(document: &mut String, number: usize, sample: &Sample, boundary: &str) {
    let text = sample.text.text.trim();
    let slots: BTreeSet<String> =
        slots_in(text).into_iter().filter_map(|(_, name)| name.ok()).map(|name| name.placeholder()).collect();
    let found = mentions(text, sample.language);
    let named = |wanted: fn(MentionKind) -> bool| -> Vec<&str> {
        let mut seen = BTreeSet::new();
        found
            .iter()
            .filter(|mention| wanted(mention.kind) && seen.insert(mention.id))
            .map(|mention| &text[mention.span.clone()])
            .collect()
    };
    let mut facts: Vec<String> = slots.into_iter().map(|slot| describe_slot(&slot, "")).collect();
    let foods = named(|kind| matches!(kind, MentionKind::Food | MentionKind::Allergen(_)));
    if !foods.is_empty() {
        facts.push(format!("foods named: {}", foods.join(", ")));
    }
    let health = named(|kind| matches!(kind, MentionKind::Condition));
    if !health.is_empty() {
        facts.push(format!("health: {}", health.join(", ")));
    }
    open_entry(document, number, sample.language, &facts, boundary);
    let _ = writeln!(document, "{text}\n");
}

/// Writes the last entry: this request's facts, and no text.
pub(super) fn open(document: &mut String, number: usize, brief: &Brief, aliases: &Aliases, boundary: &str) {
    let told = |own: String| format!("{{{{{}}}}}", aliases.told(&own));
    let reader = Reader::of(brief);
    let told_fact = |text: &str, kind: Kind| aliased(&reader.told(text, kind), aliases);
    let fact = |text: &str| told_fact(text, Kind::Words);
    let mut facts: Vec<String> =
        brief.client.slots.keys().map(|id| describe_slot(&told(format!("client.{id}")), "")).collect();
    if brief.facts.plan_days.is_some() {
        facts.push(describe_slot("{{plan.days}}", ""));
    }
    if brief.facts.plan_days.is_some_and(|days| days > 0 && days % 7 == 0) {
        facts.push(format!(
            "{} (the same length in weeks; use one of the two)",
            describe_slot("{{plan.weeks}}", "")
        ));
    }
    for number in &brief.facts.numbers {
        let slot = told(format!("number.{}", number.id));
        let what = slot.trim_matches(['{', '}']).trim_start_matches("number.").replace('_', " ");
        facts.push(describe_slot(&slot, &format!("{what}, {}", unit(&number.unit))));
    }
    facts.extend(brief.facts.goals.iter().map(|goal| format!("goal: {}", fact(goal))));
    for meal in &brief.facts.meals {
        let foods: Vec<String> = meal.foods.iter().map(|food| told_fact(food, Kind::Food)).collect();
        facts.push(format!("meal {}: {}", fact(&meal.name), foods.join(", ")));
    }
    let names = |allergens: &[crate::allergen::Allergen]| {
        allergens
            .iter()
            .map(|allergen| allergen_name(*allergen, brief.language))
            .collect::<Vec<_>>()
            .join(", ")
    };
    if !brief.client.avoid_allergens.is_empty() {
        facts.push(format!("left out, the client must avoid it: {}", names(&brief.client.avoid_allergens)));
    }
    if !brief.facts.verified_free_from.is_empty() {
        facts.push(format!("verified to be free from: {}", names(&brief.facts.verified_free_from)));
    }
    if brief.dietitian_name.is_some() {
        facts.push(describe_slot("{{dietitian.name}}", ""));
    }
    if let Some(note) = &brief.note {
        facts.push(format!("note, information only: {}", datamarked(&fact(note))));
    }
    facts.push(format!("length: {} to {} characters", brief.length.min, brief.length.max));
    open_entry(document, number, brief.language, &facts, boundary);
}

fn open_entry(document: &mut String, number: usize, language: Language, facts: &[String], boundary: &str) {
    let _ = writeln!(document, "[{boundary}] entry {number}, {}", name_of(language));
    let _ = writeln!(document, "Facts:");
    for fact in facts {
        let _ = writeln!(document, "- {}", fact.replace(boundary, ""));
    }
    let _ = writeln!(document, "[{boundary}] text of entry {number}");
}

/// Returns a slot with what stands in it.
fn describe_slot(slot: &str, what: &str) -> String {
    let name = slot.trim_matches(['{', '}']);
    let what = match (name, what) {
        (_, what) if !what.is_empty() => what.to_owned(),
        ("plan.days", _) => "how many days the plan lasts, the number alone".to_owned(),
        ("plan.weeks", _) => "how many weeks the plan lasts, the number alone".to_owned(),
        ("dietitian.name", _) => "the dietitian's name".to_owned(),
        ("date", _) => "a date".to_owned(),
        _ if name.starts_with("client.") => {
            format!("the client's {}", name["client.".len()..].replace('_', " "))
        }
        _ if name.starts_with("number.") => {
            format!("a number in {}", name["number.".len()..].replace('_', " "))
        }
        _ if name.starts_with("contact.") => "how to reach the dietitian".to_owned(),
        _ => "a name".to_owned(),
    };
    format!("{slot}: {what}")
}

/// Returns how facts' units are told to a model.
fn unit(unit: &str) -> &str {
    match unit {
        "per_day" => "the number alone, counted per day",
        "per_week" => "the number alone, counted per week",
        _ => "number and unit",
    }
}

/// Joins the words of a free note, so that a model takes them for data (spotlighting by datamarking, arXiv 2403.14720).
///
/// Notes carry no style, so nothing is lost; samples are delimited and not marked, since marks would spoil their style.
fn datamarked(note: &str) -> String {
    note.split_whitespace().map(|word| word.replace('^', "")).collect::<Vec<_>>().join("^")
}

/// Returns a text with its slots by the names that a model knows.
fn aliased(text: &str, aliases: &Aliases) -> String {
    let mut told = String::with_capacity(text.len());
    let mut end = 0;
    for (span, name) in slots_in(text) {
        told.push_str(&text[end..span.start]);
        if let Ok(name) = name {
            let _ = write!(told, "{{{{{}}}}}", aliases.told(name.as_str()));
        }
        end = span.end;
    }
    told.push_str(&text[end..]);
    told
}

/// Returns the English name of a language, as models know it.
pub(super) const fn name_of(language: Language) -> &'static str {
    match language {
        Language::English => "English",
        Language::Spanish => "Spanish",
        Language::Portuguese => "Brazilian Portuguese",
        Language::French => "French",
        Language::German => "German",
        Language::Italian => "Italian",
        Language::Polish => "Polish",
    }
}
