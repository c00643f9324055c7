//! How much a text sounds like a dietitian.
//!
//! A text is compared with the samples and with a background of how anybody writes such texts, by the two features
//! that authorship research finds the most robust: character 3- to 5-grams and function words. What the text shares
//! with the samples beyond what it shares with the background is the score. It says how alike two ways of writing
//! are, not who wrote a text, and settles from about 60 words on.
//!
//! The background is `score/background/<language>.txt`: short texts in mixed manners, written for this purpose,
//! parted by empty lines.

mod features;

use std::{collections::HashMap, sync::LazyLock};

use domain::content::Language;

use self::features::{Features, cosine};
use crate::sample::Sample;

/// Returns how much `text` sounds like the writer of `samples`: 0, like anybody; 1, like their own.
///
/// 0 as well where there is nothing to compare. Samples in other languages are left out.
pub fn style_score(text: &str, samples: &[Sample], language: Language) -> f64 {
    let samples: Vec<&str> = samples
        .iter()
        .filter(|sample| sample.language == language)
        .map(|sample| sample.text.text.as_str())
        .collect();
    Voice::new(&samples, language).score(text)
}

/// What is known of how someone writes, ready to be compared with texts.
pub(crate) struct Voice {
    language: Language,
    features: Option<Features>,
}

impl Voice {
    /// Reads `texts` of one writer.
    pub(crate) fn new(texts: &[&str], language: Language) -> Self {
        let parts: Vec<Features> = texts
            .iter()
            .filter_map(|text| Features::of(text, language, &background(language).rarity))
            .collect();
        Self { language, features: Features::mean(&parts) }
    }

    /// Returns how much `text` sounds like this writer, from 0 to 1.
    pub(crate) fn score(&self, text: &str) -> f64 {
        self.evidence(text).map_or(0.0, |evidence| 1.0 / (1.0 + (-STEEPNESS * (evidence - MIDDLE)).exp()))
    }

    /// Returns how much more `text` shares with this writer than with anybody.
    fn evidence(&self, text: &str) -> Option<f64> {
        let background = background(self.language);
        let anybody = background.features.as_ref()?;
        let own = self.features.as_ref()?;
        let text = Features::of(text, self.language, &background.rarity)?;
        let letters = cosine(&text.grams, &own.grams) - cosine(&text.grams, &anybody.grams);
        let function_words = cosine(&text.function_words, &own.function_words)
            - cosine(&text.function_words, &anybody.function_words);
        Some(letters + FUNCTION_WORD_WEIGHT * function_words)
    }
}

/// Where own and foreign texts part, and how sharply: set on the authors of `tests/it/style.rs`.
const MIDDLE: f64 = 0.045;
const STEEPNESS: f64 = 25.0;
/// Function words are fewer than n-grams and noisier on short texts.
const FUNCTION_WORD_WEIGHT: f64 = 0.2;

/// How anybody writes.
struct Background {
    /// How much it says that two texts share an n-gram: little for those that stand in most texts.
    rarity: HashMap<String, f64>,
    features: Option<Features>,
}

fn background(language: Language) -> &'static Background {
    &BACKGROUNDS[language as usize]
}

static BACKGROUNDS: LazyLock<[Background; 7]> = LazyLock::new(|| {
    Language::ALL.map(|language| {
        let texts: Vec<&str> = file(language).split("\n\n").collect();
        let rarity = features::rarity(&texts);
        let parts: Vec<Features> =
            texts.iter().filter_map(|text| Features::of(text, language, &rarity)).collect();
        Background { features: Features::mean(&parts), rarity }
    })
});

const fn file(language: Language) -> &'static str {
    match language {
        Language::English => include_str!("score/background/en.txt"),
        Language::Spanish => include_str!("score/background/es.txt"),
        Language::Portuguese => include_str!("score/background/pt-BR.txt"),
        Language::French => include_str!("score/background/fr.txt"),
        Language::German => include_str!("score/background/de.txt"),
        Language::Italian => include_str!("score/background/it.txt"),
        Language::Polish => include_str!("score/background/pl.txt"),
    }
}
