//! One text a dietitian wrote before, as everything after ingest sees it.

use domain::{
    content::{ContentType, Language},
    ids::SamplesId,
};
use serde::{Deserialize, Serialize};

use crate::{slot::SlottedText, word::fold};

/// One text of a dietitian, with its facts turned into slots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// The set it arrived with.
    pub id: SamplesId,
    /// Its place in that set, from 0.
    pub index: u16,
    /// What kind of text it is.
    pub content_type: ContentType,
    /// What language it is in.
    pub language: Language,
    /// What it says.
    pub text: SlottedText,
}

/// Returns how the dietitian signs in `samples`, if that is a form of `display_name`: `Cami` for `Camila Duarte`.
///
/// The most frequent signature wins, the later of equals; without one it is `display_name` itself.
pub fn signature(samples: &[Sample], display_name: &str) -> String {
    // "Dr. al-Zahra" signs with a part of "Fatima al-Zahra".
    let name = fold(display_name);
    let is_form = |signature: &str| {
        let mut parts = signature.split_whitespace().map(fold).filter(|part| !is_initial(part)).peekable();
        parts.peek().is_some()
            && parts.all(|part| {
                part.chars().count() > 2
                    && name
                        .split_whitespace()
                        .chain(name.split([' ', '-']))
                        .any(|word| word.starts_with(part.as_str()))
            })
    };
    let signatures: Vec<&str> = samples
        .iter()
        .filter_map(|sample| sample.text.values.iter().rfind(|value| value.slot.as_str() == "dietitian.name"))
        .map(|value| value.value.trim())
        .filter(|value| !value.is_empty() && is_form(value))
        .collect();
    let count = |signature: &&&str| signatures.iter().filter(|other| *other == *signature).count();
    signatures
        .iter()
        .max_by_key(count)
        .map_or_else(|| display_name.to_owned(), |signature| (*signature).to_owned())
}

fn is_initial(part: &str) -> bool {
    part.strip_suffix('.').is_some_and(|letter| letter.chars().count() == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slot::{Entity, EntityKind, extract};

    #[test]
    fn a_signature_is_a_form_of_the_name_and_nothing_else() {
        let sample = |text: &str, known: &str| Sample {
            id: SamplesId::from_uuid(uuid::Uuid::nil()),
            index: 0,
            content_type: ContentType::Introduction,
            language: Language::English,
            text: extract(
                text,
                Language::English,
                &[Entity { text: known.to_owned(), kind: EntityKind::DietitianName }],
            ),
        };
        let samples = [sample("Hi,\nGo.\nLove, Cami", "Cami"), sample("Hi,\nGo.\nLove, Cami", "Cami")];
        assert_eq!(signature(&samples, "Camila Duarte"), "Cami");
        assert_eq!(signature(&samples, "Ruth Calloway"), "Ruth Calloway");
        assert_eq!(signature(&[], "Ruth Calloway"), "Ruth Calloway");
    }
}
