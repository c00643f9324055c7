//! Words of a text with their places, in the form in which they are compared: NFC and lower case.

use std::ops::Range;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// One word: a run of letters, digits and combining marks.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    /// Where it stands, in bytes of the text.
    pub(crate) span: Range<usize>,
    /// The word in NFC and lower case.
    pub(crate) text: String,
    /// Nothing but spaces, hyphens and apostrophes on one line lies between this word and the one before.
    pub(crate) joined: bool,
    /// The text between the word before and this one, without letters.
    pub(crate) gap: Range<usize>,
}

/// Returns the words of `text` in their order.
pub(crate) fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut start = None;
    let ends = text.char_indices().chain(std::iter::once((text.len(), ' ')));
    for (at, character) in ends {
        let inside = at < text.len()
            && (character.is_alphanumeric() || !character.is_ascii() && is_combining_mark(character));
        match (start, inside) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                let gap = words.last().map_or(0, |word| word.span.end)..from;
                let joined = !words.is_empty() && text[gap.clone()].chars().all(joins);
                words.push(Word { span: from..at, text: comparable(&text[from..at]), joined, gap });
                start = None;
            }
            _ => {}
        }
    }
    words
}

/// Returns `text` in NFC and lower case, the form in which words are compared.
pub(crate) fn comparable(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.to_lowercase().nfc().collect()
}

/// Returns `text` without diacritics, as someone without the right keyboard writes it.
pub(crate) fn plain(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut plain = String::with_capacity(text.len());
    for character in text.nfd().filter(|character| !is_combining_mark(*character)) {
        match character {
            'ł' => plain.push('l'),
            'ß' => plain.push_str("ss"),
            'œ' => plain.push_str("oe"),
            'æ' => plain.push_str("ae"),
            other => plain.push(other),
        }
    }
    plain
}

fn joins(character: char) -> bool {
    (character.is_whitespace() && character != '\n')
        || matches!(character, '-' | '\u{2010}' | '\u{2011}' | '\'' | '’')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_keep_their_place_and_lose_case_and_composition() {
        let text = "Jamo\u{301}n, œuf-dur";
        let found: Vec<_> = words(text).into_iter().map(|word| (word.text, word.joined)).collect();
        assert_eq!(found, [("jamón".to_owned(), false), ("œuf".to_owned(), false), ("dur".to_owned(), true)]);
        assert_eq!(&text[words(text)[0].span.clone()], "Jamo\u{301}n");
    }

    #[test]
    fn plain_words_have_no_diacritics() {
        assert_eq!(plain("łosoś"), "losos");
        assert_eq!(plain("grieß"), "griess");
    }
}
