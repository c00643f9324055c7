//! Turns of phrase that a dietitian comes back to.

use std::collections::{BTreeMap, BTreeSet};

use domain::content::Language;

use super::Form;
use crate::{
    language::function_words,
    lexicon::words::{Word, words},
    mention::mentions,
    quantity::quantities,
    sample::Sample,
    slot::slots_in,
};

const SHORTEST: usize = 3;
const LONGEST: usize = 6;
/// How many are kept.
const MOST: usize = 12;

/// Returns runs of words that stand in several samples, the most frequent first, without any slot, fact or name.
pub(super) fn favourites(samples: &[Sample], language: Language) -> Vec<Form> {
    let mut seen: BTreeMap<String, (BTreeSet<usize>, String)> = BTreeMap::new();
    for (at, sample) in samples.iter().enumerate().filter(|(_, sample)| sample.language == language) {
        for run in runs(&sample.text.text, language) {
            let (samples, written) = seen.entry(run.to_lowercase()).or_default();
            samples.insert(at);
            // "Unser Ziel ist" begins a sentence in one sample, and stands inside one in the next.
            if written.is_empty() || run.starts_with(char::is_lowercase) {
                *written = run;
            }
        }
    }
    let values: BTreeSet<String> = samples
        .iter()
        .flat_map(|sample| &sample.text.values)
        .flat_map(|value| words(&value.value))
        .map(|word| word.text)
        .filter(|word| word.chars().count() > 2 && !function_words(language).contains(word.as_str()))
        .collect();
    let mut forms: Vec<Form> = seen
        .into_iter()
        .filter(|(run, (samples, _))| {
            samples.len() > 1 && !words(run).iter().any(|word| values.contains(&word.text))
        })
        .map(|(_, (samples, text))| Form { text, samples: samples.len() as u32 })
        .collect();
    // The longest of equally frequent phrases says it all: "take it" is but a part of "take it one step at a time".
    forms.sort_by(|one, other| {
        (other.samples, other.text.len())
            .cmp(&(one.samples, one.text.len()))
            .then_with(|| one.text.cmp(&other.text))
    });
    let mut kept: Vec<Form> = Vec::new();
    for form in forms {
        let own = form.text.to_lowercase();
        let part = kept.iter().any(|known| {
            let known = known.text.to_lowercase();
            known.contains(&own) || own.contains(&known) || overlaps(&known, &own)
        });
        if kept.len() < MOST && !part {
            kept.push(form);
        }
    }
    kept
}

/// Tells whether two phrases share a run of words, so that both are parts of one: "freu mich über jedes", "über jedes Foto".
fn overlaps(one: &str, other: &str) -> bool {
    const SHARED: usize = 2;
    let other: Vec<&str> = other.split(' ').collect();
    let shared = |run: &[&str]| one.split(' ').collect::<Vec<_>>().windows(SHARED).any(|known| known == run);
    other.windows(SHARED).any(shared)
}

/// Returns every run of words within one clause that states no fact and isn't mere function words.
fn runs(text: &str, language: Language) -> Vec<String> {
    let function_words = function_words(language);
    let taken: Vec<_> = slots_in(text)
        .into_iter()
        .map(|(span, _)| span)
        .chain(mentions(text, language).into_iter().map(|mention| mention.span))
        .chain(quantities(text, language).into_iter().map(|quantity| quantity.span))
        .collect();
    let is_free =
        |word: &Word| !taken.iter().any(|span| span.start < word.span.end && word.span.start < span.end);
    let words = words(text);
    let mut runs = Vec::new();
    for length in SHORTEST..=LONGEST {
        for run in words.windows(length) {
            let together = run[1..].iter().all(|word| word.joined);
            let content = run.iter().filter(|word| !function_words.contains(word.text.as_str())).count();
            if together && content > 0 && run.iter().all(is_free) {
                let said = &text[run[0].span.start..run[length - 1].span.end];
                let said = said.split_whitespace().collect::<Vec<_>>().join(" ").replace('’', "'");
                runs.push(as_inside(&said, &text[..run[0].span.start], language));
            }
        }
    }
    runs
}

/// Returns `run` as it would stand inside a sentence: without the capital that only the beginning gives it.
///
/// German nouns keep theirs: "unser Ziel ist ein".
fn as_inside(run: &str, before: &str, language: Language) -> String {
    let before = before.trim_end();
    let begins = before.is_empty() || !before.ends_with(|last: char| last.is_alphanumeric() || last == ',');
    let phrases = crate::phrases::phrases(language);
    let tokens = phrases.tokens(run);
    let function = tokens.first().is_some_and(|first| {
        function_words(language).contains(run[first.span.clone()].to_lowercase().as_str())
    });
    let lower = begins
        && !phrases.begins("polite.capital", run, &tokens)
        && (language != Language::German || function || phrases.begins("lowercase", run, &tokens));
    let mut chars = run.chars();
    match chars.next() {
        Some(first) if lower && !run.starts_with("I ") && !run.starts_with("I'") => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => run.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_keeps_its_nouns_and_loses_the_capital_of_its_sentence() {
        assert_eq!(as_inside("Unser Ziel ist ein", "", Language::German), "unser Ziel ist ein");
        assert_eq!(as_inside("Schritt für Schritt", "Gut. ", Language::German), "Schritt für Schritt");
        assert_eq!(as_inside("Take it slowly", "", Language::English), "take it slowly");
        assert_eq!(as_inside("Twoje tempo jest dobre", "", Language::Polish), "Twoje tempo jest dobre");
    }
}
