//! Chooses the samples that a language model is shown: those nearest to the text that is asked for.

use std::{cmp::Reverse, collections::BTreeSet};

use crate::{facts::Brief, mention::mentions, sample::Sample, slot::slots_in};

/// More samples add little (arXiv 2509.14543) and cost tokens.
const MOST: usize = 10;
/// Longer prompts than this drown the last facts.
const MOST_CHARACTERS: usize = 12_000;

/// Returns the samples to show: of the asked type and language, those that speak of the same facts at the same length.
///
/// At most ten, the nearest last, where a model heeds it most. Equal texts are shown once.
pub fn choose<'a>(samples: &'a [Sample], brief: &Brief) -> Vec<&'a Sample> {
    let mut candidates: Vec<(u32, &Sample)> = samples
        .iter()
        .filter(|sample| sample.content_type == brief.content_type && sample.language == brief.language)
        .map(|sample| (nearness(sample, brief), sample))
        .collect();
    candidates.sort_by_key(|(nearness, sample)| (Reverse(*nearness), sample.id, sample.index));
    let mut seen = BTreeSet::new();
    let mut characters = 0;
    let mut chosen: Vec<&Sample> = Vec::new();
    for (_, sample) in candidates {
        characters += sample.text.text.chars().count();
        let fits = chosen.len() < 2 || characters <= MOST_CHARACTERS;
        if chosen.len() < MOST && fits && seen.insert(sample.text.text.trim()) {
            chosen.push(sample);
        }
    }
    chosen.reverse();
    chosen
}

/// Returns how near `sample` is to what is asked for: facts in common, and length.
fn nearness(sample: &Sample, brief: &Brief) -> u32 {
    let text = &sample.text.text;
    let slots: BTreeSet<String> = slots_in(text)
        .into_iter()
        .filter_map(|(_, name)| name.ok())
        .map(|name| name.as_str().to_owned())
        .collect();
    let has = |prefix: &str| slots.iter().any(|slot| slot.starts_with(prefix));
    let wanted = [
        (has("plan."), brief.facts.plan_days.is_some()),
        (has("number."), !brief.facts.numbers.is_empty()),
        (has("client."), !brief.client.slots.is_empty()),
        (
            mentions(text, sample.language).iter().any(|mention| mention.is_food()),
            !brief.facts.meals.is_empty(),
        ),
    ];
    let coverage = wanted.into_iter().filter(|(has, wants)| has == wants).count() as u32;
    let length = text.chars().count() as u32;
    let nearest = length.clamp(brief.length.min, brief.length.max.max(brief.length.min));
    // From 4, right length, to 0, half or twice as long.
    let off = nearest.abs_diff(length) * 4 / nearest.max(1);
    coverage * 2 + 4u32.saturating_sub(off)
}
