//! Names of other people: after a greeting or a title, or known as given names.

use std::ops::Range;

use domain::content::Language;

use super::own_names;
use crate::{
    language::function_words,
    lexicon::{
        cues::Cue,
        names::{GivenName, given_name, is_given_name, is_surname},
        vocabulary::is_listed,
        words::{Word, comparable, words},
    },
    pointers::{Kind, pointers},
    rules::{
        Evidence, facts,
        reading::{Reading, overlap},
    },
    word::fold,
};

/// Finds a greeting of someone who is not the client: "Hi Sarah".
pub(super) fn greeted(reading: &Reading, evidence: &Evidence) -> Vec<Range<usize>> {
    let Some(sentence) = reading.sentences.first() else { return Vec::new() };
    let cues = &reading.cues;
    let Some(greeting) = cues.beginning_at(Cue::Greeting, 0) else { return Vec::new() };
    let own = own_names(evidence);
    let named = greeting + 1;
    reading
        .words
        .get(named)
        .filter(|word| word.joined && word.span.start < sentence.end)
        .filter(|word| reading.text[word.span.clone()].starts_with(char::is_uppercase))
        .filter(|word| {
            !own.iter().any(|name| is_form_of(&word.text, name))
                && !cues.covers(Cue::Addressee, named)
                && !cues.covers(Cue::Greeting, named)
        })
        .filter(|word| !evidence.trace.iter().any(|trace| overlap(&trace.span, &word.span)))
        .map(|word| word.span.clone())
        .into_iter()
        .collect()
}

/// Finds a person by the title before the name: "Ask Dr. Joanna Nowak".
pub(super) fn titled(reading: &Reading, evidence: &Evidence) -> Vec<Range<usize>> {
    const MOST_NAMES: usize = 4;
    let own = own_names(evidence);
    let capital = |word: &Word| reading.text[word.span.clone()].starts_with(char::is_uppercase);
    let follows = |at: usize| {
        let gap = &reading.text[reading.words[at - 1].span.end..reading.words[at].span.start];
        // "Dr. Nowak", but not "Ask your doctor. Joanna, …".
        let short = reading.words[at - 1].text.chars().count() <= 4;
        matches!(gap, " " | "\u{a0}") || short && matches!(gap, "." | ". " | ".\u{a0}")
    };
    let titles = reading.cues.iter().filter(|(cue, ..)| *cue == Cue::Title).map(|(_, _, last)| last);
    titles
        .flat_map(|title| {
            (title + 1..reading.words.len())
                .take(MOST_NAMES)
                .take_while(|at| follows(*at) && capital(&reading.words[*at]))
                .collect::<Vec<_>>()
        })
        .map(|at| (at, &reading.words[at]))
        .filter(|(at, word)| {
            // German writes every noun with a capital, so there a name is what stands right after the title.
            let near = at.checked_sub(1).is_some_and(|before| reading.cues.covers(Cue::Title, before));
            let is_word = reading.language == Language::German && !near
                || reading.cues.covers(Cue::Title, *at)
                || reading.cues.covers(Cue::Addressee, *at)
                || function_words(reading.language).contains(word.text.as_str());
            !is_word && !own.iter().any(|name| is_form_of(&word.text, name))
        })
        .map(|(_, word)| word.span.clone())
        .filter(|span| !evidence.trace.iter().any(|trace| overlap(&trace.span, span)))
        .collect()
}

/// Finds common given names of others, wherever they stand: "Sarah loved it too", "my colleague Peter Novak".
pub(super) fn named(reading: &Reading, evidence: &Evidence) -> Vec<Range<usize>> {
    let worded = facts::worded(evidence);
    let mut own = own_names(evidence);
    own.extend(worded.into_iter().flat_map(words).map(|word| word.text));
    let capital = |word: &Word| reading.text[word.span.clone()].starts_with(char::is_uppercase);
    let mut found = Vec::new();
    for (at, word) in reading.words.iter().enumerate().filter(|(_, word)| capital(word)) {
        let begins =
            reading.sentences.binary_search_by_key(&word.span.start, |sentence| sentence.start).is_ok();
        let related = at.checked_sub(1).is_some_and(|before| {
            word.joined && reading.cues.covers(Cue::Relation, before) && reading.language != Language::German
        });
        let is_name = match known_name(&fold(&word.text), reading.language) {
            Some(GivenName::Only) => {
                !reading.mentions.iter().any(|mention| mention.span.contains(&word.span.start))
            }
            Some(GivenName::AndWord) if begins => speaks(reading, at),
            Some(GivenName::AndWord) => related || reading.language != Language::German && word.joined,
            None => related && !function_words(reading.language).contains(word.text.as_str()),
        };
        let titled = reading.cues.covers(Cue::Title, at) || reading.cues.covers(Cue::Addressee, at);
        if is_name && !titled && !own.iter().any(|name| is_form_of(&word.text, name)) {
            found.push(word.span.clone());
        }
    }
    found.retain(|span| !evidence.trace.iter().any(|trace| overlap(&trace.span, span)));
    found
}

/// Tells what given name `folded` is, also in the cases of Polish: "u Grażyny", "z Tomaszem".
fn known_name(folded: &str, language: Language) -> Option<GivenName> {
    const SHORTEST_STEM: usize = 4;
    let bare = given_name(folded, language);
    if bare.is_some() || language != Language::Polish {
        return bare;
    }
    let feminine = ["y", "i", "e", "a", "o", "ie"].into_iter().filter_map(|ending| {
        let stem = folded.strip_suffix(ending)?;
        Some(format!("{stem}a"))
    });
    let masculine =
        ["a", "u", "owi", "em", "iem"].into_iter().filter_map(|ending| folded.strip_suffix(ending));
    feminine
        .chain(masculine.map(str::to_owned))
        .filter(|name| name.len() > SHORTEST_STEM)
        .any(|name| given_name(&name, language) == Some(GivenName::Only))
        .then_some(GivenName::AndWord)
}

/// Tells whether what follows the word that begins a sentence shows that it is somebody: "Mark told me".
fn speaks(reading: &Reading, at: usize) -> bool {
    const DEEDS: [&str; 12] = [
        "told",
        "said",
        "says",
        "loved",
        "loves",
        "wrote",
        "asked",
        "swears",
        "recommended",
        "did",
        "has",
        "lost",
    ];
    let next = reading.words.get(at + 1).filter(|next| next.joined);
    next.is_some_and(|next| DEEDS.contains(&next.text.as_str()))
}

/// Finds a name without its capital letter where one is expected: "Ask rowena", "your sister rosa".
pub(super) fn lower_case_names(reading: &Reading, evidence: &Evidence) -> Vec<Range<usize>> {
    let mut own = own_names(evidence);
    own.extend(facts::worded(evidence).into_iter().flat_map(words).map(|word| word.text));
    let is_name = |span: &Range<usize>| {
        let word = &reading.text[span.clone()];
        let folded = fold(word);
        word.starts_with(char::is_lowercase)
            && (is_given_name(&folded) || is_surname(&folded))
            && !is_listed(&folded, reading.language)
            && !own.iter().any(|name| is_form_of(&comparable(word), name))
    };
    pointers(reading.text, reading.language, &[Kind::Named])
        .into_iter()
        .filter_map(|cue| Some(crate::word::words(&reading.text[cue.clone()]).pop()?.span.end + cue.start))
        .filter_map(|end| reading.words.iter().find(|word| word.span.end == end))
        .map(|word| word.span.clone())
        .filter(|span| is_name(span) && !reading.mentions.iter().any(|mention| overlap(&mention.span, span)))
        .filter(|span| !evidence.trace.iter().any(|trace| overlap(&trace.span, span)))
        .collect()
}

/// Tells whether `word` is `name`, in whatever case: Polish calls Joanna "Joanno" and Marek "Marku".
fn is_form_of(word: &str, name: &str) -> bool {
    let stem: String = name.chars().take(name.chars().count().saturating_sub(2).max(3)).collect();
    word == name || word.starts_with(&stem) && word.chars().count().abs_diff(name.chars().count()) <= 2
}
