//! Tells names from ordinary words, closed by default: a capitalised word is a name until something shows otherwise.
//!
//! What shows it: a word list of the language, the lexicon, what the same dietitian writes in lower case, and, for
//! German nouns, their article, their ending, or the noun that they end with. A word that is a name as well
//! (`given_names.txt`) is shown by none of these but by its place: "im Sommer", "Will you".
//! A name in lower case is not found.

use std::{collections::HashSet, ops::Range, sync::LazyLock};

use domain::content::Language;

use crate::{
    language::function_words,
    lexicon::rows,
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
        (0..place.words.len()).filter(suspect).map(|at| place.words[at].span.clone()).collect()
    }

    fn is_ordinary(&self, place: &Place<'_>, at: usize) -> bool {
        let word = &place.words[at];
        if !has_capital(word.text) || is_code(word.text) || self.is_listed(&fold(word.text)) {
            return true;
        }
        let (elided, bare) = bare(word.text, self.language);
        if !has_capital(bare) {
            return elided;
        }
        let folded = fold(bare);
        if self.is_listed(&folded) || place.shows(at, &folded, self.language) {
            return true;
        }
        let mentioned = place.mentions.iter().find(|(span, _)| span.contains(&word.span.start));
        if GIVEN_NAMES.contains(folded.as_str()) {
            return mentioned.is_some_and(|(_, words)| *words > 1);
        }
        mentioned.is_some()
            || self.seen.contains(&folded)
            || self.language == Language::German && is_german_noun(&folded, bare)
    }

    fn is_listed(&self, folded: &str) -> bool {
        !GIVEN_NAMES.contains(folded) && listed(self.language).contains(folded)
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
                let verb = ["yourself", "some", "any", "each", "every", "enough"].contains(&next);
                let asks = match folded {
                    "will" => ["you", "it", "this", "that", "there", "your"].contains(&next),
                    "may" => ["i", "you", "we", "this", "it"].contains(&next),
                    "mark" => ["your", "each", "every", "down"].contains(&next),
                    _ => false,
                };
                self.begins(at) && (verb || asks)
            }
            Language::German => {
                let polite = next == "sie" && folded.ends_with("en") && !GIVEN_NAMES.contains(folded);
                self.begins(at) && polite || self.is_determined(at)
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
            sentence.contains(&start)
                && !self.text[sentence.start..start].contains(|c: char| c.is_alphanumeric() || c == '{')
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

/// Returns the word without an elided article before and an ending after its apostrophe, and whether it had either.
fn bare(word: &str, language: Language) -> (bool, &str) {
    let Some((at, apostrophe)) = word.char_indices().find(|(_, character)| is_apostrophe(*character)) else {
        return (false, word);
    };
    let (before, after) = (&word[..at], &word[at + apostrophe.len_utf8()..]);
    let elides = matches!(language, Language::French | Language::Italian);
    if before.chars().count() <= 2 || elides && listed(language).contains(fold(before).as_str()) {
        (true, after)
    } else {
        (true, before)
    }
}

/// Tells whether a folded German word is a noun by its ending, by its form, or by the noun at its end.
fn is_german_noun(folded: &str, written: &str) -> bool {
    const ENDINGS: [&str; 14] = [
        "ung", "ungen", "heit", "heiten", "keit", "keiten", "schaft", "schaften", "tion", "tionen", "tat",
        "taten", "ismus", "nisse",
    ];
    const SHORTEST: usize = 6;
    const SHORTEST_HEAD: usize = 5;
    const SHORTEST_STEM: usize = 4;
    // "IM GESPRÄCH" is shouted; "LENAUNG" would be a name.
    let letters = folded.chars().count();
    if letters >= SHORTEST && ENDINGS.iter().any(|ending| folded.ends_with(ending)) {
        return true;
    }
    let nouns = listed(Language::German);
    let stems =
        ["", "n", "en", "e", "s", "es", "er", "ern"].iter().filter_map(|end| folded.strip_suffix(end));
    stems.filter(|stem| stem.chars().count() >= SHORTEST_STEM).any(|stem| {
        nouns.contains(stem) && !GIVEN_NAMES.contains(stem)
            || stem.char_indices().skip(3).any(|(at, _)| {
                let head = &stem[at..];
                head.chars().count() >= SHORTEST_HEAD && nouns.contains(head) && !GIVEN_NAMES.contains(head)
            })
    }) && !written.chars().all(char::is_uppercase)
}

/// Words that are names in some language, whatever else they are, folded.
static GIVEN_NAMES: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| list(include_str!("given_names.txt")).collect());

/// Returns the words of a language that are known not to be names, folded.
fn listed(language: Language) -> &'static HashSet<String> {
    static LISTED: LazyLock<[HashSet<String>; 7]> = LazyLock::new(|| Language::ALL.map(read));
    &LISTED[language as usize]
}

fn read(language: Language) -> HashSet<String> {
    let sources = sources(language);
    let mut known: HashSet<String> = list(sources.words).map(fold).collect();
    known.extend(function_words(language).iter().map(|word| fold(word)));
    known.extend(words(sources.background).iter().map(|word| fold(word.text)));
    let said = rows(sources.phrases).filter(|columns| matches!(columns[0], "say" | "cue" | "allergen"));
    for columns in said {
        known.extend(columns[1..].iter().flat_map(|column| words(column)).map(|word| fold(word.text)));
    }
    known
}

fn list(file: &'static str) -> impl Iterator<Item = &'static str> {
    file.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace)
}

struct Sources {
    words: &'static str,
    background: &'static str,
    phrases: &'static str,
}

macro_rules! sources {
    ($tag:literal) => {
        Sources {
            words: include_str!(concat!("ordinary/", $tag, ".txt")),
            background: include_str!(concat!("../score/background/", $tag, ".txt")),
            phrases: include_str!(concat!("../phrases/", $tag, ".tsv")),
        }
    };
}

const fn sources(language: Language) -> Sources {
    match language {
        Language::English => sources!("en"),
        Language::Spanish => sources!("es"),
        Language::Portuguese => sources!("pt-BR"),
        Language::French => sources!("fr"),
        Language::German => sources!("de"),
        Language::Italian => sources!("it"),
        Language::Polish => sources!("pl"),
    }
}
