//! Tells what a value says besides naming: speech, or foods, medicines and what is done with them.

use std::ops::Range;

use domain::content::Language;

use super::{NoName, practice::PARTICLES};
use crate::{
    language::function_words,
    lexicon::{
        cues::{Cue, Cues},
        meal_words,
        words::{Word, words},
    },
    mention::mentions,
    quantity::quantities,
    slot::name::is_given_name,
    word::fold,
};

/// What a word of a value may be besides a name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Speech {
    /// "you", "now".
    Function,
    /// A food, a meal, a medicine, or a word that says what to do with them.
    Content,
}

/// Returns what `value` is that says something. A practice may be called by what it does: "Slim Down Studio".
pub(super) fn said(value: &str, languages: &[Language], practice: bool) -> Option<NoName> {
    let all = words(value);
    if all.len() < 2 {
        return None;
    }
    let (mut functions, mut contents, mut lower, mut others) = (0, 0, 0, 0);
    let speech = speech(value, &all, languages);
    for (word, speech) in all.iter().zip(speech) {
        let capital = !value[word.span.clone()].starts_with(char::is_lowercase);
        let folded = fold(&word.text);
        let given = capital && is_given_name(&folded);
        match speech {
            None if ASKING.contains(&folded.as_str()) => functions += 1,
            None => others += 1,
            _ if given || folded.chars().count() < 2 || PARTICLES.contains(&folded.as_str()) => others += 1,
            _ if !capital => lower += 1,
            Some(Speech::Function) => functions += 1,
            Some(Speech::Content) => contents += 1,
        }
    }
    if practice && lower == 0 && contents <= 1 && functions <= 1 {
        return None;
    }
    if contents > 1 {
        return Some(NoName::Content);
    }
    let asks = functions > 1 && others == 0;
    (lower > 0 || contents == 1 && functions > 0 || functions > 2 || asks).then_some(NoName::Sentence)
}

/// Returns what each word is in any of `languages`, if it is an ordinary one.
fn speech(value: &str, all: &[Word], languages: &[Language]) -> Vec<Option<Speech>> {
    let mut found = vec![None; all.len()];
    for language in languages {
        for (word, found) in all.iter().zip(&mut found) {
            if found.is_none() && function_words(*language).contains(word.text.as_str()) {
                *found = Some(Speech::Function);
            }
        }
        let mut is_content = |words: Range<usize>| {
            for word in words {
                found[word] = Some(Speech::Content);
            }
        };
        for (cue, first, last) in Cues::of(all, *language).iter() {
            if !matches!(
                cue,
                Cue::Glue | Cue::Break | Cue::Turn | Cue::Greeting | Cue::Addressee | Cue::Title
            ) {
                is_content(first..last + 1);
            }
        }
        for meal in meal_words(*language).find(all) {
            is_content(meal.first..meal.last + 1);
        }
        let mentioned = mentions(value, *language).into_iter().map(|mention| mention.span);
        for span in mentioned.chain(quantities(value, *language).into_iter().map(|quantity| quantity.span)) {
            let first = all.partition_point(|word| word.span.start < span.start);
            is_content(first..all.partition_point(|word| word.span.start < span.end));
        }
    }
    found
}

/// Words that ask something of the reader, or take what they ask for, folded: "Please Call Me", "Take Care Always".
const ASKING: [&str; 12] = [
    "please", "call", "take", "care", "write", "always", "anytime", "ring", "ruf", "bitte", "llame",
    "appelez",
];
