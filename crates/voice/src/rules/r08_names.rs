//! R8: no name or contact but this request's, and no slot left open.

mod contacts;
mod people;
mod placeholders;
mod samples;

use self::{
    contacts::{accounts, addresses, invitations, spoken_numbers},
    people::{greeted, lower_case_names, named, titled},
    placeholders::{brackets, open_slots},
    samples::foreign_values,
};
use super::{Breach, Evidence, Registered, Rule, reading::Reading};
use crate::lexicon::words::{comparable, words};

pub(super) const RULE: Registered = Registered { rule: Rule::R8, category: "name", sentence: true, judge };

fn judge(reading: &Reading, evidence: &Evidence) -> Vec<Breach> {
    let mut broken = open_slots(reading, evidence);
    broken.extend(brackets(reading, evidence));
    let name = |span| (Some(span), "A name or contact stands here that is not this request's.".to_owned());
    broken.extend(foreign_values(reading, evidence).into_iter().map(name));
    broken.extend(greeted(reading, evidence).into_iter().map(name));
    broken.extend(titled(reading, evidence).into_iter().map(name));
    broken.extend(addresses(reading, evidence).into_iter().map(name));
    broken.extend(spoken_numbers(reading, evidence).into_iter().map(name));
    broken.extend(named(reading, evidence).into_iter().map(name));
    broken.extend(accounts(reading).into_iter().map(name));
    broken.extend(invitations(reading, evidence).into_iter().map(name));
    broken.extend(lower_case_names(reading, evidence).into_iter().map(name));
    broken
}

/// Returns the words of every name that this request may hold.
fn own_names(evidence: &Evidence) -> Vec<String> {
    let client = evidence.brief.client.slots.values();
    client
        .chain(&evidence.brief.dietitian_name)
        .flat_map(|name| name.split_whitespace())
        .flat_map(|name| {
            words(name).into_iter().map(|word| word.text).chain([comparable(name)]).collect::<Vec<_>>()
        })
        .collect()
}
