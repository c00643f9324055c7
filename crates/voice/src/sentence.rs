//! Splits a text into sentences, at once or as it arrives.

use std::ops::Range;

/// Returns where the sentences of `text` stand, without the white space around them.
///
/// A line break always ends a sentence. A full stop does so unless it ends an abbreviation; an emoji after the end
/// belongs to the sentence before it.
pub fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    while let Some(end) = next_end(text, start, true) {
        push_trimmed(text, start..end, &mut found);
        start = end;
    }
    push_trimmed(text, start..text.len(), &mut found);
    found
}

/// Collects a text that arrives in pieces and gives it back sentence by sentence.
///
/// White space after a sentence goes with that sentence: everything given back, put together, is the whole text.
#[derive(Debug, Default)]
pub struct SentenceBuffer {
    pending: String,
}

impl SentenceBuffer {
    /// Adds `chunk` and returns the sentences that are complete now.
    pub fn push(&mut self, chunk: &str) -> Vec<String> {
        self.pending.push_str(chunk);
        let mut complete = Vec::new();
        let mut start = 0;
        while let Some(end) = next_end(&self.pending, start, false) {
            complete.push(self.pending[start..end].to_owned());
            start = end;
        }
        self.pending.drain(..start);
        complete
    }

    /// Returns what is left.
    pub fn finish(self) -> Option<String> {
        (!self.pending.is_empty()).then_some(self.pending)
    }
}

/// Returns where the next sentence begins, if the one from `start` ends before the end of the text.
///
/// Unless `whole`, more text may follow, so an end only counts once something other than white space stands after it.
fn next_end(text: &str, start: usize, whole: bool) -> Option<usize> {
    let body = start + text[start..].len() - text[start..].trim_start().len();
    let mut last_end: Option<usize> = None;
    for (at, character) in text[body..].char_indices().map(|(at, character)| (body + at, character)) {
        let after = at + character.len_utf8();
        if character == '\n' || character == '\r' {
            return following(text, at);
        }
        let gap = character.is_whitespace();
        if gap && let Some(end) = last_end {
            let next = text[after..].trim_start().chars().next();
            match next {
                None if !whole => return None,
                None => return None,
                // The rest of a pictured end: "Well done! 💪 Now …".
                Some(next) if is_pictograph(next) => continue,
                Some(next) if begins_sentence(next) && !is_abbreviation(&text[body..end]) => {
                    return following(text, at);
                }
                Some(_) => {}
            }
        }
        last_end = match character {
            '.' | '!' | '?' | '…' => Some(after),
            _ if is_pictograph(character) => Some(after),
            _ if is_closing(character)
                || gap && last_end.is_some_and(|_| next_is_pictograph(text, after)) =>
            {
                last_end.map(|_| after)
            }
            _ => None,
        };
    }
    None
}

fn next_is_pictograph(text: &str, at: usize) -> bool {
    text[at..].trim_start().chars().next().is_some_and(is_pictograph)
}

/// Returns the first place from `at` on that is not white space, if the text goes on there.
fn following(text: &str, at: usize) -> Option<usize> {
    let next = at + text[at..].len() - text[at..].trim_start().len();
    (next < text.len()).then_some(next)
}

fn push_trimmed(text: &str, span: Range<usize>, found: &mut Vec<Range<usize>>) {
    let part = &text[span.clone()];
    let trimmed = part.trim();
    if !trimmed.is_empty() {
        let start = span.start + part.len() - part.trim_start().len();
        found.push(start..start + trimmed.len());
    }
}

fn begins_sentence(character: char) -> bool {
    character.is_uppercase()
        || character.is_numeric()
        || matches!(
            character,
            '{' | '¿' | '¡' | '"' | '“' | '„' | '«' | '‘' | '\'' | '(' | '-' | '–' | '—' | '•' | '*'
        )
}

const fn is_closing(character: char) -> bool {
    matches!(character, ')' | ']' | '"' | '”' | '“' | '’' | '\'' | '»')
}

/// Tells whether `character` is an emoji, or a part of one.
pub const fn is_pictograph(character: char) -> bool {
    matches!(character,
        '\u{1F000}'..='\u{1FAFF}' | '\u{2600}'..='\u{27BF}' | '\u{2B00}'..='\u{2BFF}' | '\u{FE0F}' | '\u{200D}'
        | '\u{2190}'..='\u{21FF}' | '\u{E0020}'..='\u{E007F}')
}

/// Tells whether `sentence` ends in an abbreviation or a list number, so that its full stop does not end it.
fn is_abbreviation(sentence: &str) -> bool {
    let Some(stem) = sentence.strip_suffix('.') else { return false };
    let last =
        stem.rsplit(|character: char| character.is_whitespace() || character == '(').next().unwrap_or(stem);
    let folded = last.to_lowercase();
    ABBREVIATIONS.contains(&folded.as_str())
        || last.chars().count() == 1
            && last.chars().all(|character| character.is_alphabetic() && character != 'I')
        || !last.is_empty()
            && last.len() <= 2
            && stem == last
            && last.chars().all(|character| character.is_ascii_digit())
}

/// Abbreviations of the seven languages that other words follow.
const ABBREVIATIONS: &[&str] = &[
    "mr", "mrs", "ms", "dr", "dra", "st", "vs", "e.g", "i.e", "approx", "sr", "sra", "srta", "prof", "profª",
    "ud", "uds", "p.ej", "p. ej", "ej", "ex", "p.ex", "aprox", "dott", "dott.ssa", "sig", "sig.ra", "egr",
    "gent.ma", "gent", "m", "mme", "mlle", "env", "z.b", "z. b", "ca", "bzw", "ggf", "evtl", "inkl", "usw",
    "u.a", "d.h", "hr", "fr", "nr", "np", "tzn", "tj", "ok", "m.in", "wg", "lek", "inż", "mgr", "max",
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(text: &str) -> Vec<&str> {
        sentences(text).into_iter().map(|span| &text[span]).collect()
    }

    #[test]
    fn stops_end_sentences_and_abbreviations_do_not() {
        assert_eq!(
            split("Hi Mark! We meet Dr. Bell at 2.30. Eat e.g. oats."),
            ["Hi Mark!", "We meet Dr. Bell at 2.30.", "Eat e.g. oats."]
        );
        assert_eq!(split("Das sind z. B. Linsen. Und Quark."), ["Das sind z. B. Linsen.", "Und Quark."]);
        assert_eq!(split("Are you in? ¿Lista? Sí…"), ["Are you in?", "¿Lista?", "Sí…"]);
    }

    #[test]
    fn emoji_stay_with_the_sentence_they_follow() {
        assert_eq!(
            split("You can do it! 💪🏽 Start today 😊 Write to me."),
            ["You can do it! 💪🏽", "Start today 😊", "Write to me."]
        );
    }

    #[test]
    fn lines_end_sentences() {
        assert_eq!(
            split("Hi {{client.first_name}},\n\nyour plan is here\nWarmly,\nAnna"),
            ["Hi {{client.first_name}},", "your plan is here", "Warmly,", "Anna"]
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn a_buffer_gives_back_the_whole_text_however_it_was_cut(
            text in "([A-Za-zé{}.!? \n💪“”]{0,12}|Dr\\. |e\\.g\\. ){0,8}", cuts in prop::collection::vec(1usize..7, 0..40)
        ) {
            let mut buffer = SentenceBuffer::default();
            let mut out = Vec::new();
            let mut chars = text.chars();
            for cut in cuts {
                out.extend(buffer.push(&chars.by_ref().take(cut).collect::<String>()));
            }
            out.extend(buffer.push(chars.as_str()));
            out.extend(buffer.finish());
            prop_assert_eq!(out.concat(), text.clone());
            let streamed: Vec<_> = out.iter().map(|part| part.trim()).filter(|part| !part.is_empty()).collect();
            prop_assert_eq!(streamed, split(&text));
        }

        #[test]
        fn sentences_hold_everything_but_white_space(text in "\\PC{0,200}") {
            let joined: String = split(&text).concat();
            let squeeze = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(squeeze(&joined), squeeze(&text));
        }
    }
}
