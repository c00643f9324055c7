//! R2: no claim to be free from an allergen unless verified, and nothing to eat that the client must avoid.
//!
//! Saying that an avoided food is left out is allowed ("without eggs"), claiming that a plan is free from it is not
//! ("egg-free") unless the facts say so. Whatever isn't clearly left out counts as food to eat.

use std::ops::Range;

use super::{
    Breach, Evidence, Registered, Rule,
    context::{Context, Sense},
    reading::Reading,
};
use crate::{
    allergen::Allergen,
    lexicon::{cues::Cue, words::comparable},
    mention::{Mention, MentionKind},
};

pub(super) const RULE: Registered =
    Registered { rule: Rule::R2, category: "allergen", sentence: true, judge };

fn judge(reading: &Reading, evidence: &Evidence) -> Vec<Breach> {
    let context = Context::new(reading);
    let mut broken = avoided_foods(reading, evidence, &context);
    broken.extend(claims(reading, evidence, &context).into_iter().map(|span| {
        let claim = reading.text[span.clone()].to_owned();
        (Some(span), format!("“{claim}” claims absence or safety that the facts do not verify."))
    }));
    broken
}

fn avoided_foods(reading: &Reading, evidence: &Evidence, context: &Context) -> Vec<Breach> {
    let avoid = &evidence.brief.client.avoid_allergens;
    let mut broken = Vec::new();
    for mention in &reading.mentions {
        let present = mention
            .allergens
            .iter()
            .find(|allergen| avoid.contains(allergen) && !context.lacks(mention, **allergen));
        if let Some(allergen) = present
            && context.sense(mention) == Sense::Eaten
        {
            let name = &reading.text[mention.span.clone()];
            let message =
                format!("“{name}” is or holds {}, which this client must avoid.", allergen.as_str());
            broken.push((Some(mention.span.clone()), message));
        }
    }
    broken
}

/// Returns the claims that nothing verifies.
fn claims(reading: &Reading, evidence: &Evidence, context: &Context) -> Vec<Range<usize>> {
    let verified = &evidence.brief.facts.verified_free_from;
    let avoid = &evidence.brief.client.avoid_allergens;
    let mut claims = Vec::new();
    for mention in &reading.mentions {
        let known =
            |allergen: &Allergen, lists: &[&Vec<Allergen>]| lists.iter().any(|list| list.contains(allergen));
        let unverified = match context.sense(mention) {
            Sense::ClaimedAbsent => !mention.allergens.iter().all(|allergen| known(allergen, &[verified])),
            // Leaving out what the client avoids is what the dietitian was asked for; leaving out anything else is news.
            Sense::Absent if matches!(mention.kind, MentionKind::Allergen(_)) => {
                !mention.allergens.iter().any(|allergen| known(allergen, &[verified, avoid]))
            }
            _ => false,
        };
        if unverified && !mention.allergens.is_empty() {
            claims.push(claim_span(reading, mention));
        }
    }
    for (cue, first, last) in reading.cues.iter() {
        let unverified = match cue {
            Cue::Claim(allergen) => !verified.contains(&allergen),
            Cue::ClaimLactose => !verified.contains(&Allergen::Milk),
            Cue::Safe => avoid.is_empty() || !avoid.iter().all(|allergen| verified.contains(allergen)),
            Cue::SafeGluten => !verified.contains(&Allergen::Gluten),
            _ => false,
        };
        if unverified {
            claims.push(reading.words[first].span.start..reading.words[last].span.end);
        }
    }
    claims.retain(|span| !is_worded_in_facts(&reading.text[span.clone()], evidence));
    claims
}

/// Returns the mention with the word before and the word after it, which make it a claim.
fn claim_span(reading: &Reading, mention: &Mention) -> Range<usize> {
    let words = reading.words_in(&mention.span);
    let after = reading.words.get(words.end).filter(|word| word.joined && word.text.starts_with("fr"));
    let before = words.start.checked_sub(1).filter(|_| after.is_none() && reading.words[words.start].joined);
    let start = before.map_or(mention.span.start, |word| reading.words[word].span.start);
    start..after.map_or(mention.span.end, |word| word.span.end)
}

/// Tells whether the caller worded a claim so: a meal of "gluten-free bread" is data.
fn is_worded_in_facts(claim: &str, evidence: &Evidence) -> bool {
    let facts = &evidence.brief.facts;
    let claim = comparable(claim);
    facts
        .meals
        .iter()
        .flat_map(|meal| &meal.foods)
        .chain(&facts.goals)
        .any(|worded| comparable(worded).contains(&claim))
}
