//! Tells by its place whether a word that is a name as well names somebody there: "Cook once", "Hi Cook,".
//!
//! Some names are ordinary words: Cook, Rose, Koch, Petit, Rossi. Inside a sentence a capital shows the name; where a
//! sentence begins it shows nothing, and in German it never does. There a name needs evidence, and without any the word
//! is [`Place::Unclear`]: neither shown nor said.

use std::{collections::HashSet, ops::Range, sync::LazyLock};

use domain::content::Language;

use super::{
    form::begins_everyday,
    letter::{closing_words, greeting, greeting_words, sign_off, titled},
    words::{PARTICLES, TITLES, is_given_name},
};
use crate::{
    language::function_words,
    lexicon::rows,
    word::{Word, fold, words},
};

/// What a word is that is spelled like a known name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Somebody's name.
    Name,
    /// An ordinary word.
    Word,
    /// Either.
    Unclear,
}

/// A text as the places of its words show who is named.
pub(super) struct Places<'a> {
    text: &'a str,
    all: &'a [Word<'a>],
    language: Language,
    /// Where greeting, sign-off and titles name somebody.
    frame: Vec<Range<usize>>,
    /// What the text writes in lower case, folded.
    lower: HashSet<String>,
    /// The lines most of whose words have capitals.
    headings: Vec<Range<usize>>,
}

impl<'a> Places<'a> {
    /// Reads `text`, whose words are `all`.
    pub(super) fn of(text: &'a str, all: &'a [Word<'a>], language: Language) -> Self {
        let frame =
            greeting(text, language).into_iter().chain(sign_off(text, language, &[])).chain(titled(text));
        let lower = all.iter().filter(|word| !word.is_capitalised()).map(|word| fold(word.text)).collect();
        Self {
            text,
            all,
            language,
            frame: frame.map(|(span, _)| span).collect(),
            lower,
            headings: headings(text),
        }
    }

    /// Tells what the word at `at` is, which is a form of the folded name `name`.
    pub(super) fn place(&self, at: usize, name: &str) -> Place {
        let word = &self.all[at];
        if !self.is_ordinary(name) {
            return Place::Name;
        }
        if begins_everyday(self.text, self.all, at) {
            return Place::Word;
        }
        if self.is_named(at) {
            return Place::Name;
        }
        if !word.is_capitalised() {
            return Place::Word;
        }
        let proves_nothing = self.language == Language::German
            || self.begins_sentence(at)
            || self.headings.iter().any(|line| line.contains(&word.span.start))
            || self.is_dated(at);
        if proves_nothing { Place::Unclear } else { Place::Name }
    }

    fn is_ordinary(&self, name: &str) -> bool {
        is_listed(name, self.language) || function_words(self.language).contains(name)
    }

    /// Tells whether greeting, sign-off, title, a neighbouring name, a possessive, a comma or "Poppy here," show a name.
    fn is_named(&self, at: usize) -> bool {
        let word = &self.all[at];
        if self.frame.iter().any(|span| span.start < word.span.end && word.span.start < span.end) {
            return true;
        }
        if !word.is_capitalised() {
            return false;
        }
        let possessive = self.language == Language::English
            && fold(word.text).strip_suffix("'s").is_some_and(|owner| !IS.contains(&owner));
        let speaks = self.language == Language::English && self.begins_sentence(at) && {
            let here = self.all.get(at + 1).filter(|next| fold(next.text) == "here");
            here.is_some_and(|here| self.text[here.span.end..].starts_with([',', '.', '!', ':']))
        };
        possessive || speaks || self.is_beside_a_name(at) || self.is_called(at)
    }

    /// "Anna Cook", "Mrs Cook", "Mark Twain".
    fn is_beside_a_name(&self, at: usize) -> bool {
        let word = &self.all[at];
        let before = at.checked_sub(1).map(|before| &self.all[before]).filter(|before| {
            let gap = &self.text[before.span.end..word.span.start];
            before.is_capitalised()
                && (gap == " " || gap == "-" || TITLES.contains(&fold(before.text).as_str()) && gap == ". ")
        });
        let after = self.all.get(at + 1).filter(|after| {
            let gap = &self.text[word.span.end..after.span.start];
            after.is_capitalised() && (gap == " " || gap == "-")
        });
        // A German noun has a capital without being a name.
        let is_name = |other: &Word<'_>| {
            let folded = fold(other.text);
            TITLES.contains(&folded.as_str())
                || self.language != Language::German
                    && !self.begins_sentence_with(other)
                    && !self.is_known_word(&folded)
        };
        let follows_given = before.is_some_and(|before| {
            let folded = fold(before.text);
            TITLES.contains(&folded.as_str())
                || !self.is_known_word(&folded) && self.language != Language::German
        });
        follows_given || after.is_some_and(is_name)
    }

    /// "…, Rose!", "Rose, you …".
    fn is_called(&self, at: usize) -> bool {
        let word = &self.all[at];
        let (before, after) =
            (self.text[..word.span.start].trim_end(), self.text[word.span.end..].trim_start());
        let ends = after.is_empty() || after.starts_with(['!', '?', '.', ',', '\n']);
        let parted = before.ends_with(',') && ends;
        let spoken_to = self.begins_sentence(at) && after.starts_with(',') && {
            self.all.get(at + 1).is_some_and(|next| {
                !next.is_capitalised() && function_words(self.language).contains(fold(next.text).as_str())
            })
        };
        // "Eat, Rest, Repeat" has no name, and "oats, rice, Rose" none for sure.
        parted && before.matches(',').count() == 1 && !self.begins_sentence(at) || spoken_to
    }

    /// "in May", "on 3 April".
    fn is_dated(&self, at: usize) -> bool {
        let before = at.checked_sub(1).map(|before| fold(self.all[before].text)).unwrap_or_default();
        let digits = |text: &str| text.chars().any(char::is_numeric);
        let after = self.all.get(at + 1).is_some_and(|after| digits(after.text));
        MONTHS.contains(&fold(self.all[at].text).as_str())
            && (after || digits(&before) || BEFORE_MONTHS.contains(&before.as_str()))
    }

    fn begins_sentence(&self, at: usize) -> bool {
        self.begins_sentence_with(&self.all[at])
    }

    fn begins_sentence_with(&self, word: &Word<'_>) -> bool {
        let before = self.text[..word.span.start].trim_end_matches(|mark: char| {
            matches!(
                mark,
                ' ' | '\u{a0}'
                    | '"'
                    | '“'
                    | '”'
                    | '„'
                    | '‘'
                    | '\''
                    | '('
                    | '*'
                    | '•'
                    | '-'
                    | '¡'
                    | '¿'
                    | '«'
            )
        });
        // "Dr. Cook" begins no sentence.
        let abbreviated = before.strip_suffix('.').is_some_and(|stem| {
            TITLES.contains(&fold(stem.rsplit(char::is_whitespace).next().unwrap_or(stem)).as_str())
        });
        !abbreviated
            && (before.is_empty()
                || before.ends_with(['.', '!', '?', '…', '\n', ':', ';', '–', '—', '»', '}'])
                || before.ends_with(crate::sentence::is_pictograph)
                || before.ends_with(char::is_numeric))
    }

    fn is_known_word(&self, folded: &str) -> bool {
        is_listed(folded, self.language) && !is_given_name(folded)
            || self.lower.contains(folded)
            || function_words(self.language).contains(folded)
            || PARTICLES.contains(&folded)
            || greeting_words(&words(folded)) > 0
            || closing_words(&words(folded)) > 0
    }
}

/// Tells whether a folded name is listed as an ordinary word of `language`.
fn is_listed(folded: &str, language: Language) -> bool {
    static LISTED: LazyLock<[HashSet<&'static str>; 7]> = LazyLock::new(|| {
        Language::ALL.map(|language| {
            let rows = rows(include_str!("also_words.tsv")).filter(|columns| columns[0] == language.as_str());
            rows.filter_map(|columns| columns.get(1).copied()).flat_map(str::split_whitespace).collect()
        })
    });
    is_given_name(folded) || LISTED[language as usize].contains(folded)
}

fn headings(text: &str) -> Vec<Range<usize>> {
    const FEWEST: usize = 3;
    let mut start = 0;
    let lines = text.split_inclusive('\n').map(|line| {
        let span = start..start + line.len();
        start = span.end;
        (span, words(line))
    });
    let is_heading = |all: &Vec<Word<'_>>| {
        all.len() >= FEWEST
            && all.iter().filter(|word| word.is_capitalised()).count() * 2 > all.len()
            && greeting_words(all) == 0
            && closing_words(all) == 0
    };
    lines.filter(|(_, all)| is_heading(all)).map(|(span, _)| span).collect()
}

/// "That's", "It's": an "is", and no possessive.
const IS: [&str; 8] = ["that", "it", "there", "here", "what", "who", "he", "she"];

const MONTHS: [&str; 12] = [
    "april", "may", "june", "august", "summer", "autumn", "winter", "mai", "avril", "abril", "aprile", "maj",
];

const BEFORE_MONTHS: [&str; 24] = [
    "in", "on", "by", "until", "till", "since", "next", "last", "this", "of", "early", "late", "mid", "from",
    "en", "de", "em", "a", "ad", "di", "w", "do", "od", "fin",
];
