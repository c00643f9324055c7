//! What a caller writes freely for a request as a model may read it, closed by default: only words that are known to be
//! ordinary are told. All others, and whatever names someone by its form, become "…"; so does a sentence that says who or
//! where somebody is, and all of a text of which little else is left.

use std::ops::Range;

use domain::content::Language;

use super::{
    digits,
    own::Own,
    traces::{spelled_numbers, traces},
};
use crate::{
    facts::Brief,
    lexicon::{
        dishes::plain_foods,
        forms::Forms,
        lexicon,
        names::{is_given_name, is_surname},
        vocabulary::{is_function_word, is_known, is_listed},
        words as lexicon_words,
    },
    mention::mentions,
    pointers::{Kind as Pointer, pointing_sentences},
    sentence::sentences,
    slot::{SlotName, SlotValue, SlottedText, slots_in},
    word::{Word, fold, is_apostrophe, words},
};

/// What stands in a text for what may not be told.
const WITHHELD: &str = "…";

/// What ids of slots in samples are made of.
const CARD_IDS: [&str; 28] = [
    "first", "last", "name", "count", "kcal", "kj", "g", "mg", "kg", "l", "ml", "percent", "min", "h", "lb",
    "oz", "cup", "c", "f", "per", "day", "week", "days", "weeks", "energy", "water", "protein", "portions",
];

/// What kind of text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A note, a goal, the name of a meal.
    Words,
    /// One food of a meal: what is a name as well may be told where the whole text is that food.
    Food,
    /// A line of a card, which may count words and show pictures.
    CardLine,
}

/// Reads what was written for one request.
pub(super) struct Reader<'a> {
    brief: &'a Brief,
    own: Own,
    languages: Vec<Language>,
}

impl<'a> Reader<'a> {
    /// Knows what `brief` says of its client and what is ordinary in its language and in English.
    pub(super) fn of(brief: &'a Brief) -> Self {
        let mut languages = vec![brief.language, Language::English];
        languages.dedup();
        Self { brief, own: Own::of(brief), languages }
    }

    /// Returns `text` on one line, without what may not be told and with no slot but those that this request fills.
    pub(super) fn told(&self, text: &str, kind: Kind) -> String {
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let slotted = plain_slots(&line);
        let mut cuts = self.withheld(&slotted.text, kind);
        let foreign =
            slots_in(&slotted.text).into_iter().filter(|(_, name)| !self.fills(name.as_ref().ok(), kind));
        cuts.extend(foreign.map(|(span, _)| span));
        if self.is_mostly_withheld(&slotted.text, &cuts) {
            return WITHHELD.to_owned();
        }
        masked(&slotted.text, cuts)
    }

    /// Tells whether at least half of the words that say something are withheld: what is left would still point at
    /// whoever is meant.
    fn is_mostly_withheld(&self, text: &str, cuts: &[Range<usize>]) -> bool {
        let functional = |word: &Word<'_>| {
            let folded = fold(word.text);
            !word.is_capitalised()
                && self.languages.iter().any(|language| is_function_word(&folded, *language))
        };
        let content: Vec<Word<'_>> = words(text).into_iter().filter(|word| !functional(word)).collect();
        let withheld =
            |word: &&Word<'_>| cuts.iter().any(|cut| cut.start < word.span.end && word.span.start < cut.end);
        let lost = content.iter().filter(withheld).count();
        lost > 0 && lost * 2 >= content.len()
    }

    fn fills(&self, slot: Option<&SlotName>, kind: Kind) -> bool {
        let Some(slot) = slot else { return false };
        let client = slot.as_str().strip_prefix("client.");
        if kind != Kind::CardLine {
            return client.is_some_and(|id| self.brief.client.slots.contains_key(id));
        }
        // A card may quote what samples are slotted with, and no id that someone chose.
        let plain = |id: &str| id.split('_').all(|part| CARD_IDS.contains(&part));
        client.or_else(|| slot.number_id()).is_none_or(plain)
    }

    fn withheld(&self, text: &str, kind: Kind) -> Vec<Range<usize>> {
        let language = self.brief.language;
        let mut found = self.own.within(text);
        let figures = digits::withheld(text, self.brief);
        found.extend(figures.into_iter().filter(|span| kind != Kind::CardLine || !counts(text, span)));
        found.extend(spelled_numbers(text, language, 2));
        found.extend(traces(text, &self.languages));
        found.extend(contacts(text, language));
        let pointing = |language: &Language| {
            pointing_sentences(text, *language, &[Pointer::Who, Pointer::Contact, Pointer::Note])
        };
        found.extend(self.languages.iter().flat_map(pointing));
        found.extend(self.unknown(text, kind));
        found
    }

    /// Returns the words that are not known to be ordinary, and the words that hang together with them.
    fn unknown(&self, text: &str, kind: Kind) -> Vec<Range<usize>> {
        let words = words(text);
        let foods = self.foods(text, &words);
        let starts: Vec<usize> = sentences(text).into_iter().map(|span| span.start).collect();
        let withheld: Vec<bool> = words
            .iter()
            .enumerate()
            .map(|(at, word)| {
                let food = foods.iter().find(|(span, _)| span.contains(&word.span.start));
                let folded = fold(word.text);
                let alone = kind == Kind::Food && food.is_some_and(|(span, _)| covers(text, span));
                let many = food.is_some_and(|(_, words)| *words > 1);
                let food = alone
                    || food.is_some() && (many || !is_given_name(&folded)) && !has_surname_ending(&folded);
                let before = &text[..word.span.start];
                let begins =
                    before.trim_end().ends_with([':', '“', '"', '(']) || starts.contains(&word.span.start);
                let inside = at > 0 && !begins;
                let surname = inside && word.is_capitalised() && is_surname(&folded) && !many;
                surname || is_torn_letter(text, &words, at) || !(food || self.is_ordinary(word))
            })
            .collect();
        let mut found = Vec::new();
        for group in groups(text, &words) {
            let joined: String = words[group.clone()].iter().map(|word| fold(word.text)).collect();
            let torn = group.len() > 1 && is_given_name(&joined) && !is_listed(&joined, self.brief.language);
            if torn || withheld[group.clone()].contains(&true) {
                found.push(words[group.start].span.start..words[group.end - 1].span.end);
            }
        }
        found
    }

    /// Tells whether a word, or each part of it around apostrophes, is known.
    fn is_ordinary(&self, word: &Word<'_>) -> bool {
        const CLITICS: [&str; 34] = [
            "s", "t", "ll", "re", "ve", "d", "m", "l", "j", "n", "c", "qu", "jusqu", "lorsqu", "puisqu",
            "quelqu", "aujourd", "un", "dell", "nell", "all", "dall", "sull", "quell", "quest", "bell",
            "anch", "com", "dov", "mezz", "tutt", "senz", "null", "o",
        ];
        let folded = fold(word.text);
        if word.text.chars().any(char::is_numeric) {
            // Figures are judged by their own rule, with what clings to them.
            return word.text.bytes().all(|byte| byte.is_ascii_digit()) || starts_with_figure(&folded);
        }
        let known = |part: &str| {
            let functional = !has_capital(word.text) || part.chars().count() == 1;
            self.languages
                .iter()
                .any(|language| is_known(part, *language) || functional && is_function_word(part, *language))
        };
        let mut parts = folded.split('\'').filter(|part| !part.is_empty());
        known(&folded)
            || word.text.contains(is_apostrophe)
                && parts.all(|part| CLITICS.contains(&part) || known(part) || self.is_food(part))
    }

    fn is_food(&self, word: &str) -> bool {
        !is_given_name(word) && !mentions(word, self.brief.language).is_empty()
    }

    /// Returns what the lexicon knows in `text`, and how many words each is.
    fn foods(&self, text: &str, words: &[Word<'_>]) -> Vec<(Range<usize>, usize)> {
        let count = |span: &Range<usize>| words.iter().filter(|word| span.contains(&word.span.start)).count();
        let prepared = lexicon_words::words(text);
        let mut spans: Vec<Range<usize>> = Vec::new();
        for language in &self.languages {
            spans.extend(mentions(text, *language).into_iter().map(|mention| mention.span));
            let plain = plain_foods(*language).find(&prepared).into_iter();
            spans.extend(plain.map(|hit| prepared[hit.first].span.start..prepared[hit.last].span.end));
        }
        spans.retain(|span| {
            count(span) > 1
                || !self.languages.iter().any(|language| outgrows_food(&text[span.clone()], *language))
        });
        spans.sort_by_key(|span| std::cmp::Reverse(span.len()));
        spans.into_iter().map(|span| (span.clone(), count(&span))).collect()
    }
}

/// Takes the slots that a text holds already for what they are, and other braces away.
fn plain_slots(line: &str) -> SlottedText {
    let mut text = String::with_capacity(line.len());
    let mut values = Vec::new();
    let mut end = 0;
    for (span, name) in slots_in(line) {
        text.push_str(&line[end..span.start].replace(['{', '}'], ""));
        if let Ok(slot) = name {
            text.push_str(&slot.placeholder());
            values.push(SlotValue { slot, value: String::new() });
        }
        end = span.end;
    }
    text.push_str(&line[end..].replace(['{', '}'], ""));
    SlottedText { text, values }
}

/// Finds contacts and named people as they are found in samples.
fn contacts(text: &str, language: Language) -> Vec<Range<usize>> {
    let kept = plain_slots(text);
    let more = kept.extract_more(language, &[]);
    let mut found = Vec::new();
    let mut at = 0;
    let mut last = 0;
    for ((span, _), value) in slots_in(&more.text).into_iter().zip(&more.values) {
        at += span.start - last;
        last = span.end;
        let length = if value.value.is_empty() { span.len() } else { value.value.len() };
        let name = value.slot.as_str();
        if !value.value.is_empty()
            && (name.starts_with("contact.") || matches!(name, "person.name" | "place.name" | "other.name"))
        {
            found.push(at..at + length);
        }
        at += length;
    }
    found
}

/// Returns `text` with "…" in place of each range; one for several that only marks divide.
fn masked(text: &str, mut cuts: Vec<Range<usize>>) -> String {
    cuts.sort_by_key(|span| span.start);
    let mut merged: Vec<Range<usize>> = Vec::new();
    for cut in cuts {
        match merged.last_mut() {
            Some(last)
                if cut.start <= last.end
                    || !text[last.end..cut.start].contains(|c: char| c.is_alphanumeric() || c == '{') =>
            {
                last.end = last.end.max(cut.end);
            }
            _ => merged.push(cut),
        }
    }
    let mut told = String::with_capacity(text.len());
    let mut end = 0;
    for cut in merged {
        told.push_str(&text[end..cut.start]);
        told.push_str(WITHHELD);
        end = cut.end;
    }
    told.push_str(&text[end..]);
    told
}

/// Returns words that hyphens, slashes and the like join, as ranges of their indexes.
fn groups(text: &str, words: &[Word<'_>]) -> Vec<Range<usize>> {
    let mut groups: Vec<Range<usize>> = Vec::new();
    for at in 0..words.len() {
        let joined = at > 0 && {
            let gap = &text[words[at - 1].span.end..words[at].span.start];
            !gap.contains(char::is_whitespace)
                && !gap.contains(['{', ',', ';', '(', ')', '"', '”', '“', '/'].as_slice())
        };
        match groups.last_mut() {
            Some(group) if joined => group.end = at + 1,
            _ => groups.push(at..at + 1),
        }
    }
    groups
}

/// Tells whether a letter stands among single letters: "j o a n n a".
fn is_torn_letter(text: &str, words: &[Word<'_>], at: usize) -> bool {
    let single =
        |word: &Word<'_>| word.text.chars().count() == 1 && word.text.chars().all(char::is_alphabetic);
    let near = |one: usize, other: usize| {
        single(&words[one])
            && single(&words[other])
            && text[words[one].span.end..words[other].span.start].chars().count() <= 3
    };
    at > 0 && near(at - 1, at) || at + 1 < words.len() && near(at, at + 1)
}

/// Tells whether a figure only counts the words, sentences or characters of the dietitian's texts.
fn counts(text: &str, span: &Range<usize>) -> bool {
    const MOST_DIGITS: usize = 4;
    let before = text[..span.start].trim_end().ends_with("about");
    let after = ["words", "to a paragraph", "characters"];
    let figure = &text[span.clone()];
    before
        && figure.len() <= MOST_DIGITS
        && figure.bytes().all(|byte| byte.is_ascii_digit())
        && after.iter().any(|what| text[span.end..].trim_start().starts_with(what))
}

fn covers(text: &str, span: &Range<usize>) -> bool {
    let nothing = |part: &str| !part.contains(char::is_alphanumeric);
    nothing(&text[..span.start]) && nothing(&text[span.end..])
}

fn starts_with_figure(folded: &str) -> bool {
    let unit = folded.trim_start_matches(|character: char| character.is_ascii_digit());
    unit.len() < folded.len() && unit.chars().all(char::is_alphabetic)
}

/// Tells whether a word only begins as a food does ("ser", cheese): "Serafin" is none of its inflections.
fn outgrows_food(word: &str, language: Language) -> bool {
    const LONGEST_ENDING: usize = 3;
    let word: String = lexicon_words::words(word).into_iter().map(|word| word.text).collect();
    let forms = [&lexicon(language).forms, plain_foods(language)];
    let rests = forms.into_iter().flat_map(Forms::single_words).filter_map(|(letters, open, _)| {
        word.strip_prefix(letters).filter(|rest| open || rest.is_empty()).map(|rest| rest.chars().count())
    });
    rests.min().is_some_and(|shortest| shortest > LONGEST_ENDING)
}

/// Tells whether a word ends as Slavic surnames do, which the inflected stems of foods would take for a food.
fn has_surname_ending(folded: &str) -> bool {
    const ENDINGS: [&str; 14] = [
        "owski", "owska", "ewski", "ewska", "inski", "inska", "icki", "icka", "owicz", "ewicz", "czyk",
        "czak", "iak", "ych",
    ];
    ENDINGS.iter().any(|ending| folded.ends_with(ending))
}

fn has_capital(word: &str) -> bool {
    word.chars().any(char::is_uppercase)
}
