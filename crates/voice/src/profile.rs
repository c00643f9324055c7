//! What is characteristic of a dietitian's texts of one type in one language: forms, habits and numbers.

use std::collections::{BTreeMap, HashSet};

use domain::content::Language;
use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

use self::{favourites::favourites, frame::frame};
use crate::{
    language::function_words,
    lexicon::words::words,
    phrases::phrases,
    sample::Sample,
    sentence::{is_pictograph, sentences},
    slot::slots_in,
};

mod favourites;
mod frame;

/// A dietitian's voice in forms and numbers. Holds slots, never their values.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// How many samples it was made from.
    pub samples: u32,
    /// How many words they hold together.
    pub words: u32,
    /// How texts begin, slotted, the most frequent first.
    pub greetings: Vec<Form>,
    /// How texts end, slotted, the most frequent first.
    pub sign_offs: Vec<Form>,
    /// How the reader is addressed.
    pub address: Address,
    /// As whom the dietitian speaks.
    pub speaker: Speaker,
    /// Words per sentence, in the mean.
    pub sentence_words: f64,
    /// Sentences per paragraph, in the mean.
    pub paragraph_sentences: f64,
    /// Characters per text, in the mean.
    pub characters: f64,
    /// How often marks stand, per hundred sentences.
    pub marks: BTreeMap<Mark, f64>,
    /// The emoji used, the most frequent first.
    pub emoji: Vec<Form>,
    /// Turns of phrase that recur, the most frequent first.
    pub phrases: Vec<Form>,
    /// How often function words stand, per thousand words.
    pub function_words: BTreeMap<String, f64>,
}

/// A form and how many samples have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// The form, slotted.
    pub text: String,
    /// In how many samples it stands.
    pub samples: u32,
}

/// How the reader is addressed (T/V distinction; English has none).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Address {
    /// The samples don't tell, or the language makes no difference.
    #[default]
    Unknown,
    /// As `tu`, `du`, `ty`.
    Familiar,
    /// As `usted`, `vous`, `Sie`, `Lei`, `Pani`.
    Polite,
    /// Now so, now so.
    Mixed,
}

/// As whom the dietitian speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// The samples don't tell.
    #[default]
    Unknown,
    /// As `I`.
    One,
    /// As `we`.
    Many,
    /// Now so, now so.
    Mixed,
}

/// Marks that writers differ in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// `!`
    Exclamation,
    /// `?`
    Question,
    /// `…` or `...`
    Ellipsis,
    /// A dash with space around it.
    Dash,
    /// `;`
    Semicolon,
    /// `:`
    Colon,
    /// `(`
    Parenthesis,
    /// `,`
    Comma,
}

/// How far a profile can be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Readiness {
    /// From 0, nothing known, to 1, more samples would hardly change it.
    pub score: f64,
    /// How many samples more would bring it to 1.
    pub missing: u32,
}

/// Returns the profile of `samples`, which share a dietitian, a type and a language.
pub fn profile(samples: &[Sample]) -> Profile {
    let Some(language) = samples.first().map(|sample| sample.language) else { return Profile::default() };
    let texts: Vec<&str> = samples
        .iter()
        .filter(|sample| sample.language == language)
        .map(|sample| sample.text.text.trim())
        .collect();
    let bare: Vec<String> = texts.iter().map(|text| without_slots(text)).collect();
    let word_count: usize = bare.iter().map(|text| words(text).len()).sum();
    let sentence_count: usize = texts.iter().map(|text| sentences(text).len()).sum();
    let frames: Vec<_> = texts.iter().map(|text| frame(text, language)).collect();
    // "Warmly, Anna" is no sentence of two words, and no paragraph.
    let bodies: Vec<&str> = texts.iter().zip(&frames).map(|(text, frame)| frame.body(text)).collect();
    let body_words: usize =
        bodies.iter().map(|body| words(&without_slots(body)).len() + slots_in(body).len()).sum();
    let body_sentences: usize = bodies.iter().map(|body| sentences(body).len()).sum();
    let body_paragraphs: usize = bodies.iter().map(|body| paragraphs(body)).sum();
    Profile {
        samples: texts.len() as u32,
        words: word_count as u32,
        greetings: ranked(frames.iter().filter_map(|frame| frame.greeting.clone())),
        sign_offs: ranked(frames.iter().filter_map(|frame| frame.sign_off.clone())),
        address: address(&texts, language),
        speaker: speaker(&texts, language),
        sentence_words: ratio(body_words, body_sentences),
        paragraph_sentences: ratio(body_sentences, body_paragraphs),
        characters: ratio(texts.iter().map(|text| text.chars().count()).sum(), texts.len()),
        marks: marks(&texts, sentence_count),
        emoji: emoji(&texts),
        phrases: favourites(samples, language),
        function_words: function_word_rates(&bare, language, word_count),
    }
}

impl Profile {
    /// Enough to tell a voice from others: with five texts of the length usual for introductions, scores settle.
    const ENOUGH_SAMPLES: u32 = 5;
    const ENOUGH_WORDS: u32 = 400;

    /// Returns how far the profile can be relied on.
    pub fn readiness(&self) -> Readiness {
        let part = |have: u32, enough: u32| f64::from(have.min(enough)) / f64::from(enough);
        let score =
            0.6 * part(self.samples, Self::ENOUGH_SAMPLES) + 0.4 * part(self.words, Self::ENOUGH_WORDS);
        let typical = self.words.checked_div(self.samples).unwrap_or(0).max(80);
        let by_words = Self::ENOUGH_WORDS.saturating_sub(self.words).div_ceil(typical);
        let missing = Self::ENOUGH_SAMPLES.saturating_sub(self.samples).max(by_words);
        Readiness { score, missing }
    }

    /// Returns how often `mark` stands, per hundred sentences.
    pub fn mark(&self, mark: Mark) -> f64 {
        self.marks.get(&mark).copied().unwrap_or(0.0)
    }
}

/// Returns the text with a space for each slot.
pub(crate) fn without_slots(text: &str) -> String {
    let mut bare = String::with_capacity(text.len());
    let mut end = 0;
    for (span, _) in slots_in(text) {
        bare.push_str(&text[end..span.start]);
        bare.push(' ');
        end = span.end;
    }
    bare.push_str(&text[end..]);
    bare
}

/// Returns the forms by the number of samples that have them.
fn ranked(forms: impl Iterator<Item = String>) -> Vec<Form> {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for form in forms {
        *counts.entry(form).or_default() += 1;
    }
    let mut ranked: Vec<Form> = counts.into_iter().map(|(text, samples)| Form { text, samples }).collect();
    ranked.sort_by(|one, other| other.samples.cmp(&one.samples).then_with(|| one.text.cmp(&other.text)));
    ranked
}

fn address(texts: &[&str], language: Language) -> Address {
    // "You" and "você" are all there is.
    if matches!(language, Language::English | Language::Portuguese) {
        return Address::Unknown;
    }
    let phrases = phrases(language);
    let counts = texts.iter().map(|text| phrases.addressed(text));
    let [familiar, polite] = counts.fold([0; 2], |sum, count| [sum[0] + count[0], sum[1] + count[1]]);
    match (familiar, polite) {
        (0, 0) => Address::Unknown,
        (familiar, polite) if familiar > polite * 3 => Address::Familiar,
        (familiar, polite) if polite > familiar * 3 => Address::Polite,
        _ => Address::Mixed,
    }
}

fn speaker(texts: &[&str], language: Language) -> Speaker {
    let (one, many) = (count_cue(texts, language, "speaker.i"), count_cue(texts, language, "speaker.we"));
    match (one, many) {
        (0, 0) => Speaker::Unknown,
        (one, many) if one > many * 3 => Speaker::One,
        (one, many) if many > one * 3 => Speaker::Many,
        _ => Speaker::Mixed,
    }
}

fn count_cue(texts: &[&str], language: Language, key: &str) -> usize {
    let phrases = phrases(language);
    texts.iter().map(|text| phrases.find_all(key, text, &phrases.tokens(text)).len()).sum()
}

fn marks(texts: &[&str], sentence_count: usize) -> BTreeMap<Mark, f64> {
    const SIGNS: [(Mark, &[&str]); 8] = [
        (Mark::Exclamation, &["!"]),
        (Mark::Question, &["?"]),
        (Mark::Ellipsis, &["…", "..."]),
        (Mark::Dash, &[" - ", " – ", " — ", "—"]),
        (Mark::Semicolon, &[";"]),
        (Mark::Colon, &[":"]),
        (Mark::Parenthesis, &["("]),
        (Mark::Comma, &[","]),
    ];
    let count = |signs: &[&str]| -> usize {
        texts.iter().map(|text| signs.iter().map(|sign| text.matches(sign).count()).sum::<usize>()).sum()
    };
    SIGNS
        .into_iter()
        .map(|(mark, signs)| (mark, 100.0 * ratio(count(signs), sentence_count)))
        .filter(|(_, rate)| *rate > 0.0)
        .collect()
}

fn emoji(texts: &[&str]) -> Vec<Form> {
    ranked(texts.iter().flat_map(|text| {
        let pictures: HashSet<String> = text
            .graphemes(true)
            .filter(|cluster| cluster.chars().any(is_pictograph))
            .map(str::to_owned)
            .collect();
        pictures.into_iter()
    }))
}

fn function_word_rates(texts: &[String], language: Language, word_count: usize) -> BTreeMap<String, f64> {
    let known = function_words(language);
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for word in texts.iter().flat_map(|text| words(text)) {
        if known.contains(word.text.as_str()) {
            *counts.entry(word.text).or_default() += 1;
        }
    }
    counts.into_iter().map(|(word, count)| (word, 1000.0 * ratio(count, word_count))).collect()
}

fn paragraphs(text: &str) -> usize {
    text.split('\n').filter(|line| !line.trim().is_empty()).count()
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
