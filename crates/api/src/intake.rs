//! What samples can be learned from at all, and which of them say nothing new.
//!
//! [`quarantine`](crate::quarantine) is about texts that attack; this is about texts that are of no use. They are refused
//! with every one of them named, because a set that is stored and teaches nothing is noticed too late.

use std::collections::HashSet;

use domain::{content::Language, problem::FieldError};
use seal::digest::sha256;
use voice::{language, slot::SlottedText};

use crate::limits;

/// Fewer words are no text.
const FEWEST_WORDS: usize = 3;

/// Returns why nothing can be learned from `text`: it has no words, or it is plainly not in the language that the caller
/// stated. It is the text at `index` of the body's `member`.
pub(crate) fn unusable(
    text: &str,
    index: usize,
    member: &str,
    stated: Option<Language>,
) -> Option<FieldError> {
    let (code, detail) = reason(text, stated)?;
    Some(FieldError::new(format!("/{member}/{index}"), code, detail))
}

fn reason(text: &str, stated: Option<Language>) -> Option<(&'static str, String)> {
    let words = text.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic)).count();
    if text.trim().chars().count() < limits::SAMPLE_LENGTH_MIN || words < FEWEST_WORDS {
        let least = limits::SAMPLE_LENGTH_MIN;
        return Some((
            "no-text",
            format!("at least {FEWEST_WORDS} words and {least} characters besides spaces around them"),
        ));
    }
    let stated = stated.filter(|stated| language::is_plainly_other(text, *stated))?;
    let detail = match language::detect(text).filter(|found| *found != stated) {
        Some(found) => format!(
            "this text reads as {}, not as {}; store it under its own language",
            found.as_str(),
            stated.as_str()
        ),
        None => format!("this text does not read as {}", stated.as_str()),
    };
    Some(("language", detail))
}

/// What was said so far, whatever its case, spaces and marks.
#[derive(Default)]
pub(crate) struct Said(HashSet<[u8; 32]>);

impl Said {
    /// Tells whether nothing said so far says the same, and remembers it.
    pub(crate) fn is_new(&mut self, text: &SlottedText) -> bool {
        self.0.insert(digest(&text.text))
    }

    /// Remembers what was said before.
    pub(crate) fn hear<'a>(&mut self, texts: impl Iterator<Item = &'a SlottedText>) {
        self.0.extend(texts.map(|text| digest(&text.text)));
    }

    /// Returns the places of those of `texts` that say nothing new.
    pub(crate) fn duplicates(&mut self, texts: &[SlottedText]) -> Vec<usize> {
        let heard = texts.iter().enumerate().filter(|(_, text)| !self.is_new(text));
        heard.map(|(index, _)| index).collect()
    }
}

/// Of a text's words in lower case: slots stand for names and numbers, so that another client's is the same text.
fn digest(text: &str) -> [u8; 32] {
    let words = text.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
    let words: Vec<_> = words.map(str::to_lowercase).collect();
    sha256(words.join(" ").as_bytes())
}

#[cfg(test)]
mod tests {
    use voice::slot;

    use super::*;

    fn slotted(text: &str) -> SlottedText {
        slot::extract(text, Language::English, &[])
    }

    #[test]
    fn what_differs_in_case_spaces_and_marks_only_is_said_twice() {
        let mut said = Said::default();
        said.hear([slotted("So good that you are here!")].iter());
        let texts =
            ["so good  that you are\nhere.", "So good that you are back!", "So good - that you are BACK"];
        assert_eq!(said.duplicates(&texts.map(slotted)), [0, 2]);
    }

    #[test]
    fn texts_without_words_are_refused() {
        let texts = [
            " ".repeat(40),
            "1800 2000 2200 2400 2600".to_owned(),
            "So good that you are here today.".to_owned(),
        ];
        let refused = texts.iter().enumerate();
        let refused =
            refused.filter_map(|(index, text)| unusable(text, index, "texts", Some(Language::English)));
        let pointers: Vec<_> = refused.map(|error| error.pointer).collect();
        assert_eq!(pointers, ["/texts/0", "/texts/1"]);
    }

    #[test]
    fn another_language_than_stated_is_refused_and_a_list_of_foods_is_not() {
        let polish = "Cze\u{15b}\u{107}! Przez najbli\u{17c}sze dni b\u{119}dziemy jedli spokojnie, a je\u{15b}li co\u{15b} jest nie tak, to napisz do mnie.";
        let foods = "Breakfast: oatmeal, blueberries, walnuts, yoghurt. Lunch: lentil soup, rye bread, salad. Dinner: trout, potatoes, spinach.";
        let unusable = |text: &str, language| reason(text, Some(language)).map(|(code, _)| code);
        assert_eq!(unusable(polish, Language::English), Some("language"));
        assert_eq!(unusable(polish, Language::Polish), None);
        assert_eq!(unusable(foods, Language::English), None);
        assert_eq!(unusable("Bon app\u{e9}tit, dear Mark, and welcome!", Language::English), None);
    }

    #[test]
    fn every_example_voice_reads_as_its_language() {
        for voice in [
            include_str!("../../../examples/voices/camila-duarte.json"),
            include_str!("../../../examples/voices/eleanor-whitcombe.json"),
            include_str!("../../../examples/voices/ruth-calloway.json"),
        ] {
            let voice: serde_json::Value = serde_json::from_str(voice).unwrap();
            let texts: Vec<String> = serde_json::from_value(voice["texts"].clone()).unwrap();
            let language = voice["language"].as_str().unwrap().parse().unwrap();
            assert!(texts.iter().all(|text| reason(text, Some(language)).is_none()));
        }
    }
}
