//! What the style of a text is measured by: character n-grams and function words.

use std::collections::{HashMap, HashSet};

use domain::content::Language;
use unicode_normalization::UnicodeNormalization;

use crate::{language::function_words, lexicon::words::words, profile::without_slots};

/// A text as two vectors of length 1.
#[derive(Clone, Debug)]
pub(super) struct Features {
    /// Character 3-, 4- and 5-grams.
    pub(super) grams: HashMap<String, f64>,
    /// Function words; empty if there are none.
    pub(super) function_words: HashMap<String, f64>,
}

impl Features {
    /// Returns the features of `text`, or nothing if it holds no words.
    pub(super) fn of(text: &str, language: Language, rarity: &HashMap<String, f64>) -> Option<Self> {
        let plain = normal(text);
        let mut grams = counts(grams(&plain));
        // An n-gram that no background text has is as rare as can be.
        let rarest = rarity.get(RAREST).copied().unwrap_or(1.0);
        for (gram, count) in &mut grams {
            *count = count.sqrt() * rarity.get(gram).copied().unwrap_or(rarest);
        }
        let known = function_words(language);
        let mut function_words = counts(
            words(&plain).into_iter().map(|word| word.text).filter(|word| known.contains(word.as_str())),
        );
        function_words.values_mut().for_each(|count| *count = count.sqrt());
        let grams = unit(grams)?;
        Some(Self { grams, function_words: unit(function_words).unwrap_or_default() })
    }

    /// Returns the mean direction of `parts`.
    pub(super) fn mean(parts: &[Self]) -> Option<Self> {
        let sum = |of: fn(&Self) -> &HashMap<String, f64>| {
            let mut sum: HashMap<String, f64> = HashMap::new();
            for (key, value) in parts.iter().flat_map(of) {
                *sum.entry(key.clone()).or_default() += value;
            }
            unit(sum)
        };
        Some(Self {
            grams: sum(|part| &part.grams)?,
            function_words: sum(|part| &part.function_words).unwrap_or_default(),
        })
    }
}

/// The key that no text has and that stands for every n-gram the background lacks.
const RAREST: &str = "";

/// Returns for each n-gram how rare it is among `texts`.
pub(super) fn rarity(texts: &[&str]) -> HashMap<String, f64> {
    let mut holders: HashMap<String, usize> = HashMap::new();
    for text in texts {
        let plain = normal(text);
        for gram in grams(&plain).collect::<HashSet<_>>() {
            *holders.entry(gram).or_default() += 1;
        }
    }
    let all = texts.len() as f64;
    let rarity = |holders: usize| ((all + 1.0) / (holders as f64 + 1.0)).ln() + 0.2;
    let mut rarities: HashMap<String, f64> =
        holders.into_iter().map(|(gram, count)| (gram, rarity(count))).collect();
    rarities.insert(RAREST.to_owned(), rarity(0));
    rarities
}

/// Returns the cosine of the angle between two vectors of length 1; 0 for empty ones.
pub(super) fn cosine(one: &HashMap<String, f64>, other: &HashMap<String, f64>) -> f64 {
    let (small, large) = if one.len() < other.len() { (one, other) } else { (other, one) };
    // Summed in a fixed order: floating point addition is not associative, and scores are to be the same each time.
    let mut products: Vec<f64> =
        small.iter().filter_map(|(key, value)| Some(value * large.get(key)?)).collect();
    products.sort_by(f64::total_cmp);
    products.iter().sum()
}

/// Returns the text as n-grams see it: without slots, in lower case, each digit a zero, each gap one space.
fn normal(text: &str) -> String {
    let text: String = without_slots(text).to_lowercase().nfc().collect();
    let text: String =
        text.chars().map(|character| if character.is_numeric() { '0' } else { character }).collect();
    format!(" {} ", text.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn grams(plain: &str) -> impl Iterator<Item = String> {
    let characters: Vec<char> = plain.chars().collect();
    (3..=5).flat_map(move |length| {
        characters.windows(length).map(|window| window.iter().collect::<String>()).collect::<Vec<_>>()
    })
}

fn counts(keys: impl Iterator<Item = String>) -> HashMap<String, f64> {
    let mut counts = HashMap::new();
    for key in keys {
        *counts.entry(key).or_default() += 1.0;
    }
    counts
}

/// Returns the vector at length 1.
fn unit(mut vector: HashMap<String, f64>) -> Option<HashMap<String, f64>> {
    let mut squares: Vec<f64> = vector.values().map(|value| value * value).collect();
    squares.sort_by(f64::total_cmp);
    let length = squares.iter().sum::<f64>().sqrt();
    if length == 0.0 {
        return None;
    }
    vector.values_mut().for_each(|value| *value /= length);
    Some(vector)
}
