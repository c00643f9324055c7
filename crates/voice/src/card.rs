//! A profile in plain words: lines that a dietitian understands and may edit.

use serde::{Deserialize, Serialize};

use crate::profile::{Address, Form, Mark, Profile, Speaker};

/// A style card: one habit a line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// The lines, in the order they are read.
    pub lines: Vec<String>,
}

/// Returns the card of `profile`, in English. Forms stand in quotes, with slots for what changes from client to client.
pub fn card(profile: &Profile) -> Card {
    if profile.samples == 0 {
        return Card::default();
    }
    let lines = [
        quoted("Begins with", &profile.greetings, 3),
        quoted("Ends with", &profile.sign_offs, 3),
        address(profile.address),
        speaker(profile.speaker),
        Some(sentences(profile)),
        marks(profile),
        emoji(profile),
        quoted("Likes to say", &profile.phrases, 6),
    ];
    Card { lines: lines.into_iter().flatten().collect() }
}

fn quoted(what: &str, forms: &[Form], most: usize) -> Option<String> {
    let forms: Vec<String> =
        forms.iter().take(most).map(|form| format!("“{}”", form.text.replace('\n', " / "))).collect();
    (!forms.is_empty()).then(|| format!("{what} {}.", forms.join(" or ")))
}

fn address(address: Address) -> Option<String> {
    let how = match address {
        Address::Unknown => return None,
        Address::Familiar => "in the familiar form",
        Address::Polite => "in the polite form",
        Address::Mixed => "now in the familiar, now in the polite form",
    };
    Some(format!("Addresses the reader {how}."))
}

fn speaker(speaker: Speaker) -> Option<String> {
    let how = match speaker {
        Speaker::Unknown => return None,
        Speaker::One => "as “I”",
        Speaker::Many => "as “we”",
        Speaker::Mixed => "both as “I” and as “we”",
    };
    Some(format!("Speaks {how}."))
}

fn sentences(profile: &Profile) -> String {
    let length = match profile.sentence_words {
        words if words < 8.0 => "very short",
        words if words < 12.0 => "short",
        words if words < 18.0 => "medium",
        words if words < 25.0 => "long",
        _ => "very long",
    };
    format!(
        "Writes {length} sentences (about {:.0} words), about {:.0} to a paragraph, about {:.0} characters in all.",
        profile.sentence_words,
        profile.paragraph_sentences.max(1.0),
        profile.characters
    )
}

fn marks(profile: &Profile) -> Option<String> {
    const NAMES: [(Mark, &str, f64); 6] = [
        (Mark::Exclamation, "exclamation marks", 60.0),
        (Mark::Question, "questions", 30.0),
        (Mark::Ellipsis, "trailing dots", 20.0),
        (Mark::Dash, "dashes", 30.0),
        (Mark::Semicolon, "semicolons", 20.0),
        (Mark::Parenthesis, "brackets", 20.0),
    ];
    let used = NAMES.into_iter().filter_map(|(mark, name, many)| match profile.mark(mark) {
        rate if rate >= many => Some(format!("many {name}")),
        rate if rate >= many / 5.0 => Some(format!("some {name}")),
        _ => None,
    });
    let mut used: Vec<String> = used.collect();
    if profile.mark(Mark::Exclamation) == 0.0 {
        used.push("no exclamation marks".to_owned());
    }
    (!used.is_empty()).then(|| format!("Uses {}.", used.join(", ")))
}

fn emoji(profile: &Profile) -> Option<String> {
    let pictures: Vec<&str> = profile.emoji.iter().take(6).map(|form| form.text.as_str()).collect();
    Some(if pictures.is_empty() {
        "Uses no emoji.".to_owned()
    } else {
        format!("Uses emoji: {}.", pictures.join(" "))
    })
}
