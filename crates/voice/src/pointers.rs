//! Finds what points at someone without a name: who or where they are, and how they are reached.
//!
//! The cues stand in `pointers/cues.tsv`. A cue is matched within one sentence; slots are no words, so "your {{…}} name
//! is" is one too.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
    sync::LazyLock,
};

use domain::content::Language;

use crate::{
    language::function_words,
    lexicon::rows,
    sentence::sentences,
    word::{fold, words},
};

/// What a cue says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Who somebody is or where they live.
    Who,
    /// How somebody is called, written to, found or visited.
    Contact,
    /// What says of someone who they are in a note, and of ordinary things in a text to a client.
    Note,
    /// What stands before somebody's name, and the word that may be one.
    Named,
}

/// Returns the cues of `kinds` in `text`, which is written in `language`.
pub(crate) fn pointers(text: &str, language: Language, kinds: &[Kind]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for place in sentences(text) {
        let sentence = Sentence::of(&text[place.clone()], language);
        for at in 0..sentence.words.len() {
            let cues = CUES
                .iter()
                .filter(|cue| kinds.contains(&cue.kind) && cue.language.is_none_or(|own| own == language));
            let until = cues.filter_map(|cue| sentence.until(at, &cue.pattern)).max();
            if let Some(until) = until.filter(|until| *until > at) {
                let span = sentence.spans[at].start..sentence.spans[until - 1].end;
                found.push(place.start + span.start..place.start + span.end);
            }
        }
    }
    found
}

/// Returns the sentences of `text` that hold a cue of `kinds`.
pub(crate) fn pointing_sentences(text: &str, language: Language, kinds: &[Kind]) -> Vec<Range<usize>> {
    let cues = pointers(text, language, kinds);
    let holds = |place: &Range<usize>| cues.iter().any(|cue| place.contains(&cue.start));
    sentences(text).into_iter().filter(holds).collect()
}

struct Sentence<'a> {
    text: &'a str,
    language: Language,
    words: Vec<String>,
    spans: Vec<Range<usize>>,
}

impl<'a> Sentence<'a> {
    fn of(text: &'a str, language: Language) -> Self {
        let (words, spans) = words(text).into_iter().map(|word| (fold(word.text), word.span)).unzip();
        Self { text, language, words, spans }
    }

    /// Returns behind which word the pattern ends that begins with the word at `at`.
    fn until(&self, at: usize, pattern: &[Element]) -> Option<usize> {
        const WIDEST: usize = 3;
        let Some((element, rest)) = pattern.split_first() else { return Some(at) };
        let word = self.words.get(at).map(String::as_str);
        let takes = match element {
            Element::Words(known) => word.is_some_and(|word| known.iter().any(|known| is_form(word, known))),
            Element::Number => word.is_some_and(|word| self.is_number(word)),
            Element::Content => word.is_some_and(|word| !self.is_function_word(word)),
            Element::Any => return (at..=at + WIDEST).find_map(|at| self.until(at, rest)),
            Element::Not(set) => {
                return if word.is_some_and(|word| self.is_in(word, set)) {
                    None
                } else {
                    self.until(at, rest)
                };
            }
            Element::End => return if self.ends_clause(at) { self.until(at, rest) } else { None },
        };
        if takes { self.until(at + 1, rest) } else { None }
    }

    fn is_number(&self, word: &str) -> bool {
        SETS.get("digit").is_some_and(|digits| digits.contains(&(None, word)))
            || NUMBERS.contains(&(self.language.as_str(), word))
            || word.bytes().all(|byte| byte.is_ascii_digit())
    }

    fn is_function_word(&self, word: &str) -> bool {
        FUNCTION_WORDS[self.language as usize].contains(word)
    }

    fn is_in(&self, word: &str, set: &str) -> bool {
        set == "#" && self.is_number(word)
            || SETS.get(set).is_some_and(|words| words.contains(&(Some(self.language), word)))
    }

    fn ends_clause(&self, at: usize) -> bool {
        let start = at.checked_sub(1).map_or(0, |before| self.spans[before].end);
        let end = self.spans.get(at).map_or(self.text.len(), |span| span.start);
        at >= self.words.len() || self.text[start..end].contains([',', ';', ':', '.', '!', '?', '–', ')'])
    }
}

fn is_form(word: &str, known: &str) -> bool {
    match (known.strip_suffix('*'), known.strip_prefix('*')) {
        (Some(stem), _) => word.starts_with(stem),
        (None, Some(end)) => word.ends_with(end),
        (None, None) => word == known,
    }
}

struct Cue {
    language: Option<Language>,
    kind: Kind,
    pattern: Vec<Element>,
}

enum Element {
    Words(Vec<&'static str>),
    Number,
    Content,
    Any,
    Not(&'static str),
    End,
}

static CUES: LazyLock<Vec<Cue>> = LazyLock::new(|| {
    table()
        .filter_map(|(language, kind, pattern)| {
            let kind = match kind {
                "who" => Kind::Who,
                "contact" => Kind::Contact,
                "note" => Kind::Note,
                "named" => Kind::Named,
                _ => return None,
            };
            Some(Cue { language, kind, pattern: pattern.split(' ').flat_map(elements).collect() })
        })
        .collect()
});

fn elements(written: &'static str) -> Vec<Element> {
    if let Some(number) = written.strip_suffix('$').filter(|before| !before.is_empty()) {
        return elements(number).into_iter().chain([Element::End]).collect();
    }
    vec![match written {
        "#" => Element::Number,
        "@" => Element::Content,
        "~" => Element::Any,
        "$" => Element::End,
        _ => match written.strip_prefix('!') {
            Some(set) => Element::Not(set),
            None => Element::Words(written.split('|').collect()),
        },
    }]
}

type Sets = HashMap<&'static str, HashSet<(Option<Language>, &'static str)>>;

static SETS: LazyLock<Sets> = LazyLock::new(|| {
    let mut sets = Sets::new();
    for (language, kind, words) in table().filter(|(_, kind, _)| matches!(*kind, "digit" | "times")) {
        sets.entry(kind).or_default().extend(words.split(' ').map(|word| (language, word)));
    }
    sets
});

static FUNCTION_WORDS: LazyLock<[HashSet<String>; 7]> = LazyLock::new(|| {
    Language::ALL.map(|language| function_words(language).iter().map(|word| fold(word)).collect())
});

/// Number words without those that are articles as well.
static NUMBERS: LazyLock<HashSet<(&'static str, &'static str)>> = LazyLock::new(|| {
    rows(include_str!("quantity/number-words.tsv"))
        .filter(|columns| columns[1] != "1" && !columns[1].starts_with('='))
        .flat_map(|columns| columns[2].split_whitespace().map(move |word| (columns[0], word)))
        .collect()
});

/// Returns language, kind and pattern of each row; no language means all of them.
fn table() -> impl Iterator<Item = (Option<Language>, &'static str, &'static str)> {
    rows(include_str!("pointers/cues.tsv")).map(|columns| (columns[0].parse().ok(), columns[1], columns[2]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_is_read() {
        for columns in rows(include_str!("pointers/cues.tsv")) {
            assert_eq!(columns.len(), 3, "{columns:?}");
            assert!(columns[0] == "any" || columns[0].parse::<Language>().is_ok(), "{columns:?}");
            assert!(
                ["who", "contact", "note", "named", "digit", "times"].contains(&columns[1]),
                "{columns:?}"
            );
            assert!(columns[2].split(' ').all(|element| !element.is_empty()), "{columns:?}");
            assert!(!columns[2].contains('-'), "a hyphen divides words: {columns:?}");
        }
    }

    #[test]
    fn cues_end_with_their_sentence() {
        let found = |text: &str| !pointers(text, Language::English, &[Kind::Who]).is_empty();
        assert!(found("She lives behind the mill."));
        assert!(!found("This is how she lives. At night she sleeps."));
        assert!(found("Your {{client.first_name}} name is soup queen."));
    }

    #[test]
    fn a_set_that_must_not_follow_takes_the_cue_away() {
        let found = |text: &str| !pointers(text, Language::English, &[Kind::Contact]).is_empty();
        assert!(found("Call me on oh double seven."));
        assert!(!found("Call me on Monday."));
    }
}
