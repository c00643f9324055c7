//! Words of a text with their places, and the form in which two words are compared.

use std::ops::Range;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// One run of letters, digits, and the apostrophes and marks inside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word<'a> {
    /// Where it stands, in bytes of the text.
    pub span: Range<usize>,
    /// As written.
    pub text: &'a str,
}

impl Word<'_> {
    /// Tells whether the word begins with an upper-case letter.
    pub fn is_capitalised(&self) -> bool {
        self.text.chars().next().is_some_and(char::is_uppercase)
    }
}

/// Returns the words of `text` from left to right. Slots (`{{…}}`) hold no words.
pub fn words(text: &str) -> Vec<Word<'_>> {
    first_words(text, usize::MAX)
}

/// Returns the first `count` words of `text`, and reads no further.
pub(crate) fn first_words(text: &str, count: usize) -> Vec<Word<'_>> {
    let mut found = Vec::new();
    let mut start = None;
    let mut in_slot = false;
    let mut chars = text.char_indices().peekable();
    while let Some((at, character)) = chars.next() {
        let next = chars.peek().map(|(_, next)| *next);
        match (character, next) {
            ('{', Some('{')) => in_slot = true,
            ('}', Some('}')) => in_slot = false,
            _ => {}
        }
        let inside = !in_slot
            && (is_word_character(character)
                || (start.is_some() && is_apostrophe(character) && next.is_some_and(char::is_alphabetic)));
        match (inside, start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                found.push(Word { span: from..at, text: &text[from..at] });
                start = None;
                if found.len() >= count {
                    return found;
                }
            }
            _ => {}
        }
    }
    if let Some(from) = start {
        found.push(Word { span: from..text.len(), text: &text[from..] });
    }
    found
}

/// Returns `word` in lower case, without accents and with one kind of apostrophe, so that forms compare equal.
pub fn fold(word: &str) -> String {
    // Most words, and nothing to decompose in them.
    if word.is_ascii() {
        return word.to_ascii_lowercase();
    }
    word.nfkd().filter(|character| !is_combining_mark(*character)).flat_map(char::to_lowercase).fold(
        String::with_capacity(word.len()),
        |mut folded, character| {
            match character {
                'ł' => folded.push('l'),
                'ß' => folded.push_str("ss"),
                character if is_apostrophe(character) => folded.push('\''),
                character => folded.push(character),
            }
            folded
        },
    )
}

/// Tells whether `character` may stand inside a word.
pub fn is_word_character(character: char) -> bool {
    character.is_alphanumeric() || !character.is_ascii() && is_combining_mark(character)
}

/// Tells whether `character` is one of the apostrophes in use.
pub const fn is_apostrophe(character: char) -> bool {
    matches!(character, '\'' | '’' | 'ʼ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_keep_inner_apostrophes_and_skip_slots() {
        let found: Vec<_> =
            words("Joanna's {{client.first_name}} plan, d’abord").iter().map(|w| w.text).collect();
        assert_eq!(found, ["Joanna's", "plan", "d’abord"]);
    }

    #[test]
    fn folding_removes_case_and_accents() {
        assert_eq!(fold("ŁÓDŹ"), "lodz");
        assert_eq!(fold("João’s"), "joao's");
        assert_eq!(fold("Grüße"), "grusse");
    }
}
