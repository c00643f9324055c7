//! How a text begins and ends: greeting and sign-off.

use std::ops::Range;

use domain::content::Language;

use crate::{
    lexicon::{
        cues::{Cue, Cues},
        words::words,
    },
    sentence::sentences,
};

/// The two ends of a text.
pub(super) struct Frame {
    /// The first sentence, if it says hello.
    pub(super) greeting: Option<String>,
    /// The last lines, if they say goodbye.
    pub(super) sign_off: Option<String>,
}

impl Frame {
    /// Returns what stands between the two ends of `text`.
    pub(super) fn body<'t>(&self, text: &'t str) -> &'t str {
        let body = self.greeting.as_deref().and_then(|greeting| text.strip_prefix(greeting)).unwrap_or(text);
        let body = self.sign_off.as_deref().and_then(|closing| body.strip_suffix(closing)).unwrap_or(body);
        body.trim()
    }
}

/// A greeting or a closing line is short.
const LONGEST_GREETING: usize = 10;
const LONGEST_CLOSING: usize = 7;
/// Words of a greeting and of the slot in it, "client first_name".
const LONGEST_UNKNOWN_GREETING: usize = 5;

/// Returns how `text` begins and ends.
pub(super) fn frame(text: &str, language: Language) -> Frame {
    let spans = sentences(text);
    let greeting = spans.first().map(|span| &text[span.clone()]).filter(|first| greets(first, language));
    // "Hi Mark, here is your plan." greets only as far as the comma.
    let greeting = greeting.map(|first| {
        let short = words(first).len() <= LONGEST_GREETING;
        let comma = first.find([',', '!', ':']).map(|at| first[..=at].trim());
        if short { first } else { comma.unwrap_or(first) }
    });
    let sign_off = sign_off(text, &spans).map(|span| text[span].to_owned());
    Frame { greeting: greeting.map(str::to_owned), sign_off }
}

/// Returns the last short line, with the short lines right above it: "Warmly," and a name.
fn sign_off(text: &str, sentences: &[Range<usize>]) -> Option<Range<usize>> {
    let is_short = |span: &&Range<usize>| words(&text[(*span).clone()]).len() <= LONGEST_CLOSING;
    let mut lines = sentences.iter().skip(1).rev();
    let last = lines.next().filter(is_short)?;
    let mut start = last.start;
    for line in lines.take(2).take_while(is_short) {
        let gap = &text[line.end..start];
        // A name alone says nothing: the line above it belongs to it, even across an empty line if it ends in a comma.
        let closes =
            gap.matches('\n').count() == 1 || gap.contains('\n') && text[line.clone()].ends_with(',');
        if !closes {
            break;
        }
        start = line.start;
    }
    Some(start..last.end)
}

fn greets(sentence: &str, language: Language) -> bool {
    let words = words(sentence);
    let by_word = Cues::of(&words, language).beginning_at(Cue::Greeting, 0).is_some();
    // "Heya Nora!!" is a greeting in a word that no list knows.
    let called = sentence.contains("{{client.") && words.len() <= LONGEST_UNKNOWN_GREETING;
    by_word || called || sentence.starts_with("{{client.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_greeting_in_an_unknown_word_is_one_and_the_body_stands_between_the_ends() {
        let text = "Heya {{client.first_name}}!! 🌞\n\nYour plan is here. Eat slowly.\n\nBig love,\n{{dietitian.name}}";
        let frame = frame(text, Language::English);
        assert_eq!(frame.greeting.as_deref(), Some("Heya {{client.first_name}}!! 🌞"));
        assert_eq!(frame.sign_off.as_deref(), Some("Big love,\n{{dietitian.name}}"));
        assert_eq!(frame.body(text), "Your plan is here. Eat slowly.");
    }
}
