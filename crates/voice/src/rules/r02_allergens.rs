//! R2: no claim to be free from an allergen unless verified, and nothing to eat that the client must avoid.
//!
//! Saying that an avoided food is left out is allowed ("without eggs"), claiming that a plan is free from it is not
//! ("egg-free") unless the facts say so. Whatever isn't clearly left out counts as food to eat. A goal proves no claim:
//! it is a wish. Less of an avoided food may be eaten only where a goal says so in these words.
//!
//! Foods are looked for in all our languages, in the parts of German compounds ("Nussecken"), and in words that are spelled to be overlooked ("eg.gs").

use std::ops::Range;

use super::{
    Breach, Evidence, Registered, Rule,
    claim::sentences,
    context::{Context, Sense},
    disguise::{disguised, misspelt},
    reading::{Reading, overlap},
};
use crate::{
    allergen::Allergen,
    lexicon::{cues::Cue, words::comparable},
    mention::{Mention, MentionKind, compounded_foods, foreign_foods},
};

pub(super) const RULE: Registered =
    Registered { rule: Rule::R2, category: "allergen", sentence: true, judge };

fn judge(reading: &Reading, evidence: &Evidence) -> Vec<Breach> {
    let context = Context::new(reading);
    let mut broken = avoided_foods(reading, evidence, &context);
    if !evidence.brief.client.avoid_allergens.is_empty() {
        broken.extend(foreign_words(reading, evidence, &context));
        broken.extend(disguised(reading, &evidence.brief.client.avoid_allergens).into_iter().map(|span| {
            let word = reading.text[span.clone()].to_owned();
            (Some(span), format!("“{word}” spells a food that holds what the client avoids."))
        }));
        let misspelt = misspelt(reading, &evidence.brief.client.avoid_allergens);
        broken.extend(misspelt.into_iter().filter(|food| context.sense(food) == Sense::Eaten).map(|food| {
            let word = &reading.text[food.span.clone()];
            let message = format!("“{word}” reads like a food that holds what the client avoids.");
            (Some(food.span), message)
        }));
    }
    broken.extend(claims(reading, evidence, &context).into_iter().map(|span| {
        let claim = reading.text[span.clone()].to_owned();
        (Some(span), format!("“{claim}” claims absence or safety that the facts do not verify."))
    }));
    broken
}

fn avoided_foods(reading: &Reading, evidence: &Evidence, context: &Context) -> Vec<Breach> {
    let avoid = &evidence.brief.client.avoid_allergens;
    let mut broken: Vec<Breach> = Vec::new();
    let compounds =
        if avoid.is_empty() { Vec::new() } else { compounded_foods(&reading.words, reading.language) };
    let mut said: Vec<(Range<usize>, Allergen)> = Vec::new();
    for mention in reading.mentions.iter().chain(&compounds) {
        let told = |allergen: &Allergen| {
            said.iter().any(|(span, known)| known == allergen && overlap(span, &mention.span))
        };
        let is_present = |allergen: &Allergen| avoid.contains(allergen) && !context.lacks(mention, *allergen);
        let present: Vec<Allergen> = mention
            .allergens
            .iter()
            .copied()
            .filter(|allergen| is_present(allergen) && !told(allergen))
            .collect();
        if !present.is_empty()
            && context.sense(mention) == Sense::Eaten
            && !context.lessened(mention).is_some_and(|span| is_goal(&reading.text[span], evidence))
        {
            said.extend(present.iter().map(|allergen| (mention.span.clone(), *allergen)));
            broken.push((
                Some(mention.span.clone()),
                holds(&reading.text[mention.span.clone()], mention, &present),
            ));
        }
    }
    broken
}

/// Says what `name` holds of what the client avoids, in one sentence.
fn holds(name: &str, mention: &Mention, present: &[Allergen]) -> String {
    let names: Vec<String> = present.iter().map(|allergen| allergen.as_str().to_owned()).collect();
    let held = match &names[..] {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    };
    let verb = if matches!(mention.kind, MentionKind::Allergen(_)) { "means" } else { "holds" };
    format!("“{name}” {verb} {held}, which the client avoids.")
}

/// Finds avoided foods that are named in another of our languages.
fn foreign_words(reading: &Reading, evidence: &Evidence, context: &Context) -> Vec<Breach> {
    let avoid = &evidence.brief.client.avoid_allergens;
    foreign_foods(&reading.words, reading.language)
        .into_iter()
        .filter(|mention| mention.allergens.iter().any(|allergen| avoid.contains(allergen)))
        .filter(|mention| !names_someone(&reading.text[mention.span.clone()], evidence))
        .filter(|mention| context.sense(mention) == Sense::Eaten)
        .map(|mention| {
            let present: Vec<Allergen> =
                mention.allergens.iter().copied().filter(|allergen| avoid.contains(allergen)).collect();
            let message = holds(&reading.text[mention.span.clone()], &mention, &present);
            (Some(mention.span), message)
        })
        .collect()
}

/// Tells whether `word` is a name of this request.
fn names_someone(word: &str, evidence: &Evidence) -> bool {
    let names = evidence.brief.client.slots.values().chain(&evidence.brief.dietitian_name);
    names.flat_map(|name| name.split_whitespace()).any(|name| comparable(name) == comparable(word))
}

/// Tells whether a goal of the request is worded so.
fn is_goal(said: &str, evidence: &Evidence) -> bool {
    evidence.brief.facts.goals.iter().any(|goal| comparable(goal).contains(&comparable(said)))
}

/// Returns the claims that nothing verifies.
fn claims(reading: &Reading, evidence: &Evidence, context: &Context) -> Vec<Range<usize>> {
    let verified = &evidence.brief.facts.verified_free_from;
    let avoid = &evidence.brief.client.avoid_allergens;
    let mut claims: Vec<Range<usize>> = Vec::new();
    let mut promises = Vec::new();
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
        let span = || reading.words[first].span.start..reading.words[last].span.end;
        match cue {
            _ if !unverified => {}
            Cue::Safe | Cue::SafeGluten => promises.push(span()),
            _ => claims.push(span()),
        }
    }
    claims.retain(|span| !is_food_of_the_plan(&reading.text[span.clone()], evidence));
    claims.extend(promises);
    claims.extend(fitness(reading, evidence));
    claims
}

/// Finds what is said to be fit for people with an allergy: "fine for coeliacs", "anyone with a nut allergy can eat it".
fn fitness(reading: &Reading, evidence: &Evidence) -> Vec<Range<usize>> {
    /// How many words stand between the two.
    const REACH: usize = 6;
    let verified = &evidence.brief.facts.verified_free_from;
    let avoid = &evidence.brief.client.avoid_allergens;
    let is_verified = |sufferer: Cue| match sufferer {
        Cue::SuffererGluten => verified.contains(&Allergen::Gluten),
        _ => !avoid.is_empty() && avoid.iter().all(|allergen| verified.contains(allergen)),
    };
    let mut found = Vec::new();
    for sentence in sentences(reading) {
        let fit = sentence.places(Cue::Fit);
        for kind in [Cue::Sufferer, Cue::SuffererGluten] {
            let beside = |sufferer: &Range<usize>| {
                fit.iter().find(|fit| {
                    let apart =
                        sufferer.start.saturating_sub(fit.end).max(fit.start.saturating_sub(sufferer.end));
                    apart <= REACH && !is_ruled_out(reading, fit)
                })
            };
            let claimed = |sufferer: Range<usize>| {
                let fit = beside(&sufferer)?;
                Some(sentence.span(&(fit.start.min(sufferer.start)..fit.end.max(sufferer.end))))
            };
            if !is_verified(kind) {
                found.extend(sentence.places(kind).into_iter().filter_map(claimed));
            }
        }
    }
    found
}

/// "Not suitable": a negation stands within the few words before.
fn is_ruled_out(reading: &Reading, place: &Range<usize>) -> bool {
    const REACH: usize = 2;
    (place.start.saturating_sub(REACH)..place.start)
        .rev()
        .take_while(|word| reading.words[word + 1].joined)
        .any(|word| reading.cues.covers(Cue::Negation, word))
}

/// Returns the mention with the word before and the word after it, which make it a claim.
fn claim_span(reading: &Reading, mention: &Mention) -> Range<usize> {
    let words = reading.words_in(&mention.span);
    let after = reading.words.get(words.end).filter(|word| word.joined && word.text.starts_with("fr"));
    let before = words.start.checked_sub(1).filter(|_| after.is_none() && reading.words[words.start].joined);
    let start = before.map_or(mention.span.start, |word| reading.words[word].span.start);
    start..after.map_or(mention.span.end, |word| word.span.end)
}

/// Tells whether a food of the plan is called so: a meal of "gluten-free bread" is data.
fn is_food_of_the_plan(claim: &str, evidence: &Evidence) -> bool {
    let claim = comparable(claim);
    let foods = evidence.brief.facts.meals.iter().flat_map(|meal| &meal.foods);
    foods.into_iter().any(|food| comparable(food).contains(&claim))
}
