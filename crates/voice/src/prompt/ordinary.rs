//! Tells names from ordinary words, closed by default: a capitalised word is a name until something shows otherwise.
//!
//! What shows it: a word list of the language, the lexicon, what the same dietitian writes in lower case, and, for
//! German nouns, their ending or the nouns that they are made of. A word that is a name as well (`lexicon/names/`) is shown by
//! none of these but by its place: "im Sommer", "Will you". A word in lower case is a name if it is known as one and not
//! as anything else.

use std::{collections::HashSet, ops::Range};

use domain::content::Language;

use crate::{
    lexicon::{
        names::is_given_name,
        vocabulary::{is_compound, is_function_word, is_listed},
    },
    mention::mentions,
    sentence::sentences,
    slot::slots_in,
    word::{Word, fold, is_apostrophe, words},
};

/// What one dietitian's capitalised words are compared with.
pub(super) struct Ordinary {
    language: Language,
    /// What they write in lower case, folded.
    seen: HashSet<String>,
}

impl Ordinary {
    /// Returns what is ordinary in `language` for who wrote `texts`.
    pub(super) fn of<'a>(language: Language, texts: impl Iterator<Item = &'a str>) -> Self {
        let mut seen = HashSet::new();
        for text in texts {
            let all = words(text);
            seen.extend(all.iter().filter(|word| !has_capital(word.text)).map(|word| fold(word.text)));
        }
        Self { language, seen }
    }

    /// Returns the words of `text` that may be names, from left to right.
    pub(super) fn names(&self, text: &str) -> Vec<Range<usize>> {
        let place = Place::of(text, self.language);
        let suspect = |at: &usize| !self.is_ordinary(&place, *at);
        let mut found: Vec<Range<usize>> =
            (0..place.words.len()).filter(suspect).map(|at| place.words[at].span.clone()).collect();
        found.extend(self.torn(&place));
        found
    }

    /// Finds names that a hyphen tears apart: "rowe-na", "jo-anna".
    fn torn<'a>(&'a self, place: &'a Place<'_>) -> impl Iterator<Item = Range<usize>> + 'a {
        place.words.windows(2).filter_map(|pair| {
            let span = pair[0].span.start..pair[1].span.end;
            let joined = fold(&format!("{}{}", pair[0].text, pair[1].text));
            let hyphen = matches!(&place.text[pair[0].span.end..pair[1].span.start], "-" | "‐" | "‑" | "–");
            let is_name = is_given_name(&joined) && !is_listed(&joined, self.language);
            (hyphen && is_name).then_some(span)
        })
    }

    /// Returns the language of the texts.
    pub(super) const fn language(&self) -> Language {
        self.language
    }

    fn is_ordinary(&self, place: &Place<'_>, at: usize) -> bool {
        let word = &place.words[at];
        let folded = fold(word.text);
        if !has_capital(word.text) {
            let known = |part: &str| {
                !is_given_name(part)
                    || is_listed(part, self.language)
                    || is_function_word(part, self.language)
            };
            let mentioned = place.mentions.iter().any(|(span, _)| span.contains(&word.span.start));
            return mentioned
                || is_listed(&folded, self.language)
                || folded.split('\'').all(known) && !self.is_anyones(&folded);
        }
        if is_code(word.text) || self.is_listed(&folded) {
            return true;
        }
        parts(word.text).all(|(part, clings)| {
            let folded = fold(part);
            clings || self.is_ordinary_part(place, at, part, &folded)
        })
    }

    fn is_ordinary_part(&self, place: &Place<'_>, at: usize, part: &str, folded: &str) -> bool {
        if self.is_listed(folded) || !has_capital(part) && is_function_word(folded, self.language) {
            return true;
        }
        let mentioned = place.mentions.iter().find(|(span, _)| span.contains(&place.words[at].span.start));
        if is_given_name(folded) {
            return mentioned.is_some_and(|(_, words)| *words > 1) || place.shows(at, folded, self.language);
        }
        place.shows(at, folded, self.language)
            || mentioned
                .is_some_and(|(_, words)| *words > 1 || self.language == Language::German || place.begins(at))
            || self.seen.contains(folded)
            || self.language == Language::German && is_german_noun(folded, part)
    }

    /// Tells whether an English word is the possessive of what no list knows: "hollingworth's".
    fn is_anyones(&self, folded: &str) -> bool {
        let owner = folded.strip_suffix("'s").filter(|_| self.language == Language::English);
        owner.is_some_and(|owner| !self.is_listed(owner) && !is_function_word(owner, self.language))
    }

    fn is_listed(&self, folded: &str) -> bool {
        !is_given_name(folded) && is_listed(folded, self.language)
    }
}

/// A text as its words' neighbours show it.
struct Place<'a> {
    text: &'a str,
    words: Vec<Word<'a>>,
    sentences: Vec<Range<usize>>,
    slots: Vec<Range<usize>>,
    /// What the lexicon knows, and how many words each is.
    mentions: Vec<(Range<usize>, usize)>,
}

impl<'a> Place<'a> {
    fn of(text: &'a str, language: Language) -> Self {
        let mentions = mentions(text, language).into_iter().map(|mention| {
            let count = words(&text[mention.span.clone()]).len();
            (mention.span, count)
        });
        Self {
            text,
            words: words(text),
            sentences: sentences(text),
            slots: slots_in(text).into_iter().map(|(span, _)| span).collect(),
            mentions: mentions.collect(),
        }
    }

    /// Tells whether the words around the one at `at` show that it is none that names anyone.
    fn shows(&self, at: usize, folded: &str, language: Language) -> bool {
        let next = self.neighbour(at, at + 1);
        let next = next.as_deref().unwrap_or_default();
        match language {
            Language::English => {
                let asks = match folded {
                    "will" => ["you", "it", "this", "that", "there", "your"].contains(&next),
                    "may" => ["i", "you", "we", "this", "it"].contains(&next),
                    "mark" => ["your", "each", "every", "down"].contains(&next),
                    _ => false,
                };
                self.begins(at) && asks
            }
            Language::German => {
                let polite = next == "sie" && folded.ends_with("en") && !is_given_name(folded);
                self.begins(at) && polite || is_listed(folded, language) && self.is_determined(at)
            }
            _ => false,
        }
    }

    /// Tells whether a German determiner stands before the word that no name follows. "Die Nora" and "beim Ben" are
    /// said; "das Ben gesagt hat" and "je mehr Nora isst" are said too.
    fn is_determined(&self, at: usize) -> bool {
        const BEFORE_NOUNS: [&str; 27] = [
            "ein", "eine", "einen", "einem", "einer", "eines", "kein", "keine", "keinen", "keinem", "keiner",
            "im", "ins", "am", "ans", "des", "jede", "jeder", "jedes", "jeden", "jedem", "zwei", "drei",
            "vier", "funf", "dieses", "diesem",
        ];
        const BEFORE_ADJECTIVES: [&str; 14] = [
            "ein", "eine", "einen", "einem", "einer", "eines", "kein", "keine", "keinen", "keinem", "keiner",
            "im", "am", "ins",
        ];
        let is_adjective = |place: usize| {
            let word = self.words[place].text;
            !has_capital(word) && ["e", "er", "es", "en", "em"].iter().any(|end| word.ends_with(end))
        };
        let counted = self.slots.iter().any(|slot| {
            slot.end <= self.words[at].span.start
                && self.text[slot.end..self.words[at].span.start].trim().is_empty()
                && self.text[slot.clone()].starts_with("{{number.")
        });
        let before = at.checked_sub(1).and_then(|before| self.neighbour(at, before));
        let further = at.checked_sub(2).filter(|_| is_adjective(at - 1));
        let further = further.and_then(|further| self.neighbour(at - 1, further));
        counted
            || before.is_some_and(|word| BEFORE_NOUNS.contains(&word.as_str()))
            || further.is_some_and(|word| BEFORE_ADJECTIVES.contains(&word.as_str()))
    }

    /// Returns the word at `other` if nothing but a space lies between the two.
    fn neighbour(&self, at: usize, other: usize) -> Option<String> {
        let (one, two) = (self.words.get(at)?, self.words.get(other)?);
        let (first, second) = if at < other { (one, two) } else { (two, one) };
        (&self.text[first.span.end..second.span.start] == " ").then(|| fold(two.text))
    }

    fn begins(&self, at: usize) -> bool {
        let start = self.words[at].span.start;
        self.sentences.iter().any(|sentence| {
            let before = || self.text[sentence.start..start].trim_end();
            sentence.contains(&start)
                && (before().ends_with([':', '\n'])
                    || !before().contains(|character: char| character.is_alphanumeric() || character == '{'))
        })
    }
}

fn has_capital(word: &str) -> bool {
    word.chars().any(char::is_uppercase)
}

/// Tells the vitamin "B12" from the number of a record and from a postcode.
fn is_code(word: &str) -> bool {
    let digits = word.strip_prefix(['A', 'B', 'D', 'K', 'Q']).unwrap_or_default();
    (1..=2).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns the parts of a word around its apostrophes, and whether each only clings to the others: "L'", "'s".
fn parts(word: &str) -> impl Iterator<Item = (&str, bool)> {
    const CLITICS: [&str; 22] = [
        "s", "t", "ll", "re", "ve", "d", "m", "l", "j", "n", "c", "qu", "jusqu", "lorsqu", "puisqu", "dell",
        "nell", "all", "dall", "sull", "un", "quest",
    ];
    let many = word.contains(is_apostrophe);
    word.split(is_apostrophe)
        .filter(|part| !part.is_empty())
        .map(move |part| (part, many && CLITICS.contains(&fold(part).as_str())))
}

/// Tells whether a folded German word is a noun by its ending, or by the nouns that it is made of.
fn is_german_noun(folded: &str, written: &str) -> bool {
    const ENDINGS: [&str; 14] = [
        "ung", "ungen", "heit", "heiten", "keit", "keiten", "schaft", "schaften", "tion", "tionen", "tat",
        "taten", "ismus", "nisse",
    ];
    const SHORTEST: usize = 6;
    // "IM GESPRÄCH" is shouted; "LENAUNG" would be a name.
    if folded.chars().count() >= SHORTEST && ENDINGS.iter().any(|ending| folded.ends_with(ending)) {
        return true;
    }
    let mut stems =
        ["", "n", "en", "e", "s", "es", "er", "ern"].iter().filter_map(|end| folded.strip_suffix(end));
    !written.chars().all(char::is_uppercase)
        && stems.any(|stem| {
            is_compound(stem) || stem.len() > 3 && is_listed(stem, Language::German) && !is_given_name(stem)
        })
}
