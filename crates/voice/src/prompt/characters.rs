//! Tells the letters, digits and marks that our languages are written with from all others.

use std::ops::Range;

/// Returns what no text of ours is written with: letters of other scripts, letters and digits in disguise, hidden marks.
pub(super) fn foreign(text: &str) -> Vec<Range<usize>> {
    let mut before = ' ';
    let mut characters = text.char_indices().peekable();
    let mut found = Vec::new();
    while let Some((at, character)) = characters.next() {
        let after = characters.peek().map_or(' ', |(_, next)| *next);
        let joins_pictures = character == '\u{200D}' && !before.is_alphanumeric() && !after.is_alphanumeric();
        if !is_ours(character) && !joins_pictures {
            found.push(at..at + character.len_utf8());
        }
        before = character;
    }
    found
}

/// Tells whether a letter is a plain Latin one: no titlecase digraph, small capital, full-width or enclosed letter.
pub(super) const fn is_latin(letter: char) -> bool {
    letter.is_ascii_alphabetic()
        || matches!(letter, 'ª' | 'º' | 'µ' | '\u{C0}'..='\u{17F}' | '\u{1E00}'..='\u{1EFF}')
        || matches!(letter, '\u{218}'..='\u{21B}')
}

fn is_ours(character: char) -> bool {
    if character.is_ascii() {
        return !character.is_ascii_control() || character.is_ascii_whitespace();
    }
    if character.is_alphabetic() {
        return is_latin(character);
    }
    if character.is_numeric() {
        return matches!(character, '½' | '¼' | '¾' | '⅓' | '⅔');
    }
    matches!(character,
        // Latin-1 marks without the soft hyphen.
        '\u{A0}'..='\u{AC}' | '\u{AE}'..='\u{BF}' | '×' | '÷'
        // Accents that follow their letter.
        | '\u{300}'..='\u{36F}' | '\u{2BC}'
        // Dashes, quotes, dots, spaces; none that is invisible or turns the direction.
        | '\u{2000}'..='\u{200A}' | '\u{2010}'..='\u{2027}' | '\u{202F}'..='\u{205E}'
        | '\u{20A0}'..='\u{20BF}' | '\u{2122}' | '\u{2190}'..='\u{23FF}' | '\u{2500}'..='\u{27FF}'
        | '\u{2B00}'..='\u{2BFF}' | '\u{FE0F}'
        // Pictures, no flags, letters in boxes or tags.
        | '\u{1F300}'..='\u{1FAFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_letters_marks_and_pictures_are_no_strangers() {
        for text in ["Zażółć “gęślą” jaźń – ½ l, 3 × 2… ≥ €5", "👩‍🍳 ❤️ → ✓", "n\u{303}", "ĳ Ș"]
        {
            assert_eq!(foreign(text), [], "{text}");
        }
    }

    #[test]
    fn other_scripts_and_disguises_are() {
        for text in [
            "Иван",
            "jоanna",
            "秀英",
            "يوسف",
            "４７１１",
            "٤٧",
            "𝓙𝓸",
            "Ⓙ",
            "🇵🇱",
            "²",
            "①",
            "jo\u{200B}anna",
            "ｊ",
        ] {
            assert!(!foreign(text).is_empty(), "{text}");
        }
    }
}
