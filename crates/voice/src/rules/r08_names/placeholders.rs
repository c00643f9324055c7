//! Slots left open, and placeholders of other kinds.

use crate::{
    rules::{Breach, Evidence, reading::Reading},
    slot::{SlotName, slots_in},
};

pub(super) fn open_slots(reading: &Reading, evidence: &Evidence) -> Vec<Breach> {
    slots_in(reading.text)
        .into_iter()
        .filter(|(_, name)| match name {
            Ok(name) => !(is_open_by_intent(name, evidence)),
            Err(_) => true,
        })
        .map(|(span, _)| (Some(span), "A placeholder was left that this request can't fill.".to_owned()))
        .collect()
}

/// Tells whether the slot may stand: it is filled later, by us or by the caller.
fn is_open_by_intent(name: &SlotName, evidence: &Evidence) -> bool {
    let facts = &evidence.brief.facts;
    if evidence.slots_filled {
        return false;
    }
    match name.as_str() {
        "plan.days" => facts.plan_days.is_some(),
        "plan.weeks" => facts.plan_days.is_some_and(|days| days % 7 == 0),
        "dietitian.name" => evidence.brief.dietitian_name.is_some(),
        _ if name.is_client() => true,
        _ => name.number_id().is_some_and(|id| facts.numbers.iter().any(|number| number.id == id)),
    }
}

/// Finds placeholders of other kinds: `[name]`, `<Name>`, `{first_name}`.
pub(super) fn brackets(reading: &Reading, evidence: &Evidence) -> Vec<Breach> {
    let slots: Vec<_> = slots_in(reading.text).into_iter().map(|(span, _)| span).collect();
    let filled = |at: usize| evidence.trace.iter().any(|trace| trace.span.contains(&at));
    reading
        .text
        .char_indices()
        .filter(|(at, mark)| {
            matches!(mark, '[' | ']' | '{' | '}') && !slots.iter().any(|slot| slot.contains(at))
        })
        .filter(|(at, _)| !filled(*at))
        .map(|(at, mark)| {
            (
                Some(at..at + mark.len_utf8()),
                "A bracket hints at a placeholder that was not filled.".to_owned(),
            )
        })
        .collect()
}
