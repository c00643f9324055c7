//! Finds what tells who somebody is by its form: titles, initials, contacts, records, dates and streets.
//!
//! None of these needs a capital letter. Whoever is meant stands in the range that is returned.

mod token;
mod vocabulary;

use std::{cell::OnceCell, ops::Range};

use domain::content::Language;

use self::vocabulary::{Kind, is, is_digit, is_number};
use super::characters::foreign;
use crate::{
    lexicon::vocabulary::{is_function_word, is_known},
    mention::mentions,
    slot::slots_in,
    word::{Word, fold, words},
};

/// Returns what tells of someone in `text`, which is written in one of `languages`.
pub(super) fn traces(text: &str, languages: &[Language]) -> Vec<Range<usize>> {
    let mut found = foreign(text);
    found.extend(token::records_and_contacts(text, languages));
    let words = words(text);
    let phrase = Phrase {
        text,
        words: &words,
        folded: words.iter().map(|word| fold(word.text)).collect(),
        languages,
        slots: slots_in(text).into_iter().map(|(span, _)| span).collect(),
        mentions: OnceCell::new(),
    };
    found.extend((0..words.len()).filter_map(|at| phrase.at(at)));
    found
}

/// Returns runs of number words, which may spell a record, an age or a date.
pub(super) fn spelled_numbers(text: &str, language: Language, fewest: usize) -> Vec<Range<usize>> {
    let words = words(text);
    let folded: Vec<String> = words.iter().map(|word| fold(word.text)).collect();
    let joins = |at: usize| ["and", "y", "e", "et", "und", "i"].contains(&folded[at].as_str());
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let mut until = at;
        let mut count = 0;
        while until < words.len()
            && (is_number(&folded[until], language) || count > 0 && joins(until))
            && (until == at
                || !text[words[until - 1].span.end..words[until].span.start].contains(['{', '\n']))
        {
            count += usize::from(is_number(&folded[until], language));
            until += 1;
        }
        if count >= fewest {
            found.push(words[at].span.start..words[until - 1].span.end);
        }
        at = until.max(at + 1);
    }
    found
}

struct Phrase<'a> {
    text: &'a str,
    words: &'a [Word<'a>],
    folded: Vec<String>,
    languages: &'a [Language],
    slots: Vec<Range<usize>>,
    mentions: OnceCell<Vec<Range<usize>>>,
}

impl Phrase<'_> {
    /// Returns what begins with the word at `at`.
    fn at(&self, at: usize) -> Option<Range<usize>> {
        let words_until = [
            self.title(at),
            self.relative(at),
            self.initials(at),
            self.network(at),
            self.spelled_digits(at),
            self.spelled_date(at),
            self.street(at),
        ];
        let until = words_until.into_iter().flatten().max()?;
        Some(self.words[at].span.start..self.words[until].span.end)
    }

    fn word(&self, at: usize) -> &str {
        self.folded.get(at).map_or("", String::as_str)
    }

    fn is(&self, at: usize, kind: Kind) -> bool {
        is(self.word(at), kind)
    }

    /// Returns what stands between the words at `at` and after it, if that is short and no slot.
    fn gap(&self, at: usize) -> Option<&str> {
        let next = self.words.get(at + 1)?;
        let gap = self.words[at].span.end..next.span.start;
        let has_slot = self.slots.iter().any(|slot| gap.contains(&slot.start));
        (!has_slot && gap.len() <= 3 && !self.text[gap.clone()].contains('\n')).then(|| &self.text[gap])
    }

    /// Tells whether no list knows the word, so that it may be anyone's name.
    fn is_unknown(&self, at: usize) -> bool {
        let Some(word) = self.words.get(at) else { return false };
        let known = |part: &str| {
            let known = |language: &Language| is_known(part, *language) || is_function_word(part, *language);
            self.languages.iter().any(known)
        };
        let mut parts = self.word(at).split('\'').filter(|part| part.chars().count() > 1);
        !(known(self.word(at))
            || parts.all(known)
            || self.mentions().iter().any(|span| span.contains(&word.span.start)))
    }

    /// Returns what the lexicon knows, which few texts need.
    fn mentions(&self) -> &[Range<usize>] {
        self.mentions.get_or_init(|| {
            let all = self.languages.iter().flat_map(|language| mentions(self.text, *language));
            all.map(|mention| mention.span).collect()
        })
    }

    fn is_function_word(&self, at: usize) -> bool {
        self.languages.iter().any(|language| is_function_word(self.word(at), *language))
    }

    fn is_number(&self, at: usize) -> bool {
        self.languages.iter().any(|language| is_number(self.word(at), *language))
    }

    /// "mr pemberthy", "Frau Grün".
    fn title(&self, at: usize) -> Option<usize> {
        let gap = self.gap(at)?;
        let strong = match self.word(at) {
            "frau" => self.languages.contains(&Language::German) && !self.words[at].is_capitalised(),
            "herr" | "herrn" | "fraulein" | "hr" | "fr" => self.languages.contains(&Language::German),
            "madame" | "monsieur" | "mademoiselle" => self.languages.contains(&Language::French),
            "ms" | "sr" | "sig" | "mx" | "dr" | "prof" | "mr" | "mrs" => true,
            _ => self.is(at, Kind::Title),
        };
        let frau = self.word(at) == "frau" && self.languages.contains(&Language::German);
        if !strong && !frau && !self.is(at, Kind::WeakTitle) {
            return None;
        }
        let next = if matches!(self.word(at + 1), "ra" | "na" | "ssa" | "med" | "dr" | "prof") {
            at + 2
        } else {
            at + 1
        };
        let named = self.is_unknown(next)
            || self.words.get(next).is_some_and(|word| word.is_capitalised() && gap.starts_with(['.', ' ']));
        let ends = gap.starts_with(['!', '?', ',', ';', ':']);
        let function = self.is_function_word(next);
        let spoken = strong && !ends && (named || !function);
        let weak = self.is(at, Kind::WeakTitle) && !ends && self.is_unknown(next) || frau && !ends && named;
        (next < self.words.len() && (spoken || weak)).then_some(next)
    }

    /// A relative, or what one asks of someone, before a word that nobody knows: "tell rowena", "my sister rowena".
    fn relative(&self, at: usize) -> Option<usize> {
        let person = self.is(at, Kind::Relative) || self.is(at, Kind::Asked);
        (person && self.gap(at)? == " " && self.is_unknown(at + 1)).then_some(at + 1)
    }

    /// "J. P.", "j.p.", and "K." inside a sentence.
    fn initials(&self, at: usize) -> Option<usize> {
        let is_initial = |at: usize| {
            self.words.get(at).is_some_and(|word| {
                word.text.chars().count() == 1
                    && word.text.chars().all(char::is_alphabetic)
                    && self.text[word.span.end..].starts_with('.')
            })
        };
        let abbreviates =
            |at: usize| is(&format!("{}.{}", self.word(at), self.word(at + 1)), Kind::Abbreviation);
        let speaks =
            self.word(at) == "i" && self.languages.contains(&Language::English) && !is_initial(at + 1);
        if !is_initial(at) || speaks || abbreviates(at) || at > 0 && abbreviates(at - 1) {
            return None;
        }
        let vitamin = at > 0
            && ["vitamin", "witamin", "hepatit"].iter().any(|start| self.word(at - 1).starts_with(start));
        let pair = is_initial(at + 1) && self.gap(at).is_some();
        (pair || self.words[at].is_capitalised() && !vitamin).then(|| if pair { at + 1 } else { at })
    }

    /// "insta: rowena", "harrow dot care".
    fn network(&self, at: usize) -> Option<usize> {
        let dotted = self.is(at, Kind::Dot) && self.is(at + 1, Kind::Domain);
        if dotted {
            return Some(at + 1);
        }
        self.is(at, Kind::Network).then(|| (at + 1).min(self.words.len() - 1))
    }

    fn spelled_digits(&self, at: usize) -> Option<usize> {
        const FEWEST: usize = 4;
        let run = self.folded[at..]
            .iter()
            .take_while(|word| self.languages.iter().any(|language| is_digit(word, *language)))
            .count();
        (run >= FEWEST).then(|| at + run - 1)
    }

    /// "the third of may", "am dritten Mai", "May the third".
    fn spelled_date(&self, at: usize) -> Option<usize> {
        let is_ordinal = |at: usize| self.is(at, Kind::Ordinal) || self.is_number(at);
        let is_month = |at: usize| self.is(at, Kind::Month);
        let article = |at: usize| self.is_function_word(at) && self.word(at).len() <= 1;
        if is_ordinal(at)
            && !article(at)
            && !matches!(self.word(at), "un" | "una" | "um" | "uma" | "ein" | "une" | "second")
        {
            let month = (at + 1..=at + 3).find(|month| is_month(*month));
            let joins = |at: usize| is_ordinal(at) || matches!(self.word(at), "of" | "de" | "di" | "of the");
            return month.filter(|month| (at + 1..*month).all(joins));
        }
        let the = is_month(at) && self.word(at + 1) == "the" && is_ordinal(at + 2);
        let capital = is_month(at) && self.words[at].is_capitalised() && is_ordinal(at + 1);
        (the || capital && self.gap(at)? == " ").then_some(at + if the { 2 } else { 1 })
    }

    /// "fernhill crescent", "ten mill lane", "rua aurora", "Lindenstraße".
    fn street(&self, at: usize) -> Option<usize> {
        let word = self.word(at);
        let last = |place: usize| self.is(place, Kind::StreetLast);
        if self.is(at, Kind::StreetFirst) && self.is_unknown(at + 1) && self.gap(at).is_some() {
            return Some(at + 1);
        }
        let compound = ["strasse", "gasse", "allee", "str"]
            .iter()
            .any(|end| word.len() > end.len() + 3 && word.ends_with(end));
        if compound && self.languages.contains(&Language::German) {
            return Some(at);
        }
        if self.is_number(at) && self.languages.contains(&Language::English) {
            return (at + 2..=at + 3).find(|place| last(*place));
        }
        (last(at + 1) && self.is_unknown(at) && self.gap(at).is_some()).then_some(at + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traces_are_found_in_any_case() {
        for (language, text) in [
            (Language::English, "tell mr pemberthy hello"),
            (Language::English, "ask j.p. about it"),
            (Language::English, "write to word(at)word"),
            (Language::English, "see clinic-harrow.care for it"),
            (Language::English, "record hn4711b is closed"),
            (Language::English, "live in ec1r now"),
            (Language::English, "call four seven one one nine"),
            (Language::English, "born on the third of may"),
            (Language::English, "walk down fernhill crescent"),
            (Language::English, "my sister rowena cooks"),
            (Language::German, "frau grün kommt"),
            (Language::German, "in der lindenstraße"),
            (Language::German, "am dritten mai"),
            (Language::Polish, "pani kowalska dzwoni"),
            (Language::Portuguese, "na rua pemberti"),
            (Language::French, "le trois mai"),
        ] {
            assert!(!traces(text, &[language]).is_empty(), "{text}");
        }
    }

    #[test]
    fn ordinary_sentences_hold_none() {
        for (language, text) in [
            (Language::English, "Eat at 7 p.m. or later, e.g. soup, and take vitamin B. It helps."),
            (Language::English, "Two meals a day, one of them warm; omega-3 from fish."),
            (Language::English, "Your HbA1c fell. May I ask why?"),
            (Language::German, "Das heißt, z.B. Obst. Eine Frau isst, was sie mag."),
            (Language::Portuguese, "O que importa é o ritmo, até uma vez por dia."),
            (Language::Italian, "Sei brava, e due volte al giorno bastano."),
        ] {
            let found: Vec<&str> = traces(text, &[language]).into_iter().map(|span| &text[span]).collect();
            assert!(found.is_empty(), "{text}: {found:?}");
        }
    }

    #[test]
    fn runs_of_number_words_are_found_and_single_ones_are_not() {
        let runs = |text: &str| spelled_numbers(text, Language::English, 2).len();
        assert_eq!(runs("forty-seven eleven"), 1);
        assert_eq!(runs("one or two meals"), 0);
        assert_eq!(runs("sixty and one"), 1);
    }
}
