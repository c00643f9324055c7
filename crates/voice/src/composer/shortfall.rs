//! Tells what a caller could send for better texts: a title for who greets by title, more samples for variants that differ.

use std::collections::HashSet;

use super::{greeting, reader, reading};
use crate::{
    facts::Brief,
    phrases::phrases,
    role::Role,
    sample::Sample,
    sentence::sentences,
    word::{fold, words},
};

/// Returns the slots of the client that the dietitian's greetings need and `brief` lacks: `title`, `last_name`.
///
/// Whoever writes "Dear Mrs. Prescott," in most letters has to greet Anne Blythe as "Dear Anne Blythe," without a title.
pub fn missing_in_greeting(samples: &[Sample], brief: &Brief) -> Vec<&'static str> {
    let phrases = phrases(brief.language);
    let fitting = samples
        .iter()
        .filter(|sample| sample.content_type == brief.content_type && sample.language == brief.language);
    let (mut greetings, mut formal, mut by_last_name) = (0, 0, 0);
    for sample in fitting {
        let text = reading::read(sample, phrases);
        let first = text.lines.first().and_then(|line| line.items.first());
        let Some(item) = first.filter(|item| item.role == Role::Greeting) else { continue };
        greetings += 1;
        formal += usize::from(greeting::is_formal(item, phrases));
        by_last_name += usize::from(item.text.contains("{{client.last_name}}"));
    }
    let title = reader::title(brief, phrases);
    let has_last = brief.client.slots.get("last_name").is_some_and(|name| !name.trim().is_empty());
    let habit = |count: usize| count * 2 > greetings;
    let mut missing = Vec::new();
    if habit(formal) && title.text.is_none() {
        missing.push("title");
    }
    if habit(formal) && habit(by_last_name) && !has_last {
        missing.push("last_name");
    }
    missing
}

/// Tells whether a text says most of what another says: of the sentences between greeting and closing, two thirds.
pub fn repeats(one: &str, other: &str) -> bool {
    let (one, other) = (body(one), body(other));
    let shared = one.intersection(&other).count();
    shared * 3 > one.len().min(other.len()) * 2
}

/// Returns the words of each sentence between the first paragraph and the last.
fn body(text: &str) -> HashSet<String> {
    let paragraphs: Vec<&str> = text.split("\n\n").collect();
    let inner = match paragraphs.len() {
        0..=2 => &paragraphs[..],
        count => &paragraphs[1..count - 1],
    };
    let said = |span: std::ops::Range<usize>, text: &str| -> String {
        words(&text[span]).iter().map(|word| fold(word.text)).collect::<Vec<_>>().join(" ")
    };
    inner.iter().flat_map(|text| sentences(text).into_iter().map(|span| said(span, text))).collect()
}

#[cfg(test)]
mod tests {
    use domain::content::{ContentType, Language};

    use super::*;
    use crate::slot::{Entity, EntityKind, extract};

    fn letter(greeting: &str) -> Sample {
        let text =
            format!("{greeting}\n\nPlease find enclosed your plan for 14 days.\n\nYours sincerely,\nAnn");
        let known = ["Prescott", "Cavendish"]
            .map(|name| Entity { text: name.to_owned(), kind: EntityKind::ClientLastName });
        Sample {
            id: domain::ids::SamplesId::from_uuid(uuid::Uuid::nil()),
            index: 0,
            content_type: ContentType::Introduction,
            language: Language::English,
            text: extract(&text, Language::English, &known),
        }
    }

    #[test]
    fn who_greets_by_title_needs_a_title_and_a_last_name() {
        let formal = [letter("Dear Mrs. Prescott,"), letter("Dear Mr. Cavendish,")];
        let mut brief = crate::composer::tests::brief(Language::English);
        assert_eq!(missing_in_greeting(&formal, &brief), ["title", "last_name"]);
        brief.client.slots.insert("last_name".into(), "Blythe".into());
        assert_eq!(missing_in_greeting(&formal, &brief), ["title"]);
        brief.client.slots.insert("title".into(), "Ms".into());
        assert!(missing_in_greeting(&formal, &brief).is_empty());
        brief.client.slots.clear();
        assert!(missing_in_greeting(&[letter("Hello,")], &brief).is_empty());
    }

    #[test]
    fn texts_that_share_two_thirds_of_their_sentences_repeat_each_other() {
        let text = |body: &str| format!("Hi Nora,\n\n{body}\n\nBest,\nAnn");
        let one = text("The plan is here. Eat slowly. Drink enough. Write to me.");
        assert!(repeats(&one, &text("The plan is here. Eat slowly. Drink enough. Call me.")));
        assert!(!repeats(&one, &text("The plan is here. Eat slowly. Sleep well. Call me.")));
    }
}
