//! Ways to reach somebody: addresses, numbers, accounts, and invitations in plain words.

use std::ops::Range;

use crate::{
    lexicon::cues::Cue,
    pointers::{Kind, pointers},
    quantity::spelled,
    rules::{
        Evidence,
        reading::{Reading, overlap},
    },
};

/// Finds accounts and addresses that are spelled out: "ruth(at)clinic(dot)com", "Insta: dietqueen".
pub(super) fn accounts(reading: &Reading) -> Vec<Range<usize>> {
    const SIGNS: [&str; 14] = [
        "at",
        "arroba",
        "arobase",
        "chiocciola",
        "małpa",
        "malpa",
        "dot",
        "punto",
        "ponto",
        "point",
        "punkt",
        "kropka",
        "klammeraffe",
        "ät",
    ];
    let gap = |at: usize| &reading.text[reading.words[at].gap.clone()];
    let bracketed = (1..reading.words.len().saturating_sub(1)).filter(|at| {
        SIGNS.contains(&reading.words[*at].text.as_str())
            && gap(*at).trim_start().starts_with(['(', '[', '{'])
            && gap(at + 1).starts_with([')', ']', '}'])
    });
    let channels = reading.cues.iter().filter(|(cue, ..)| *cue == Cue::Channel).map(|(_, _, last)| last);
    let named = channels.filter(|last| last + 1 < reading.words.len() && gap(last + 1).contains(':'));
    bracketed.chain(named).map(|at| reading.words[at].span.clone()).collect()
}

/// Finds what invites to call, write, find or visit in words that no slot holds: "Call me on oh double seven".
pub(super) fn invitations(reading: &Reading, evidence: &Evidence) -> Vec<Range<usize>> {
    let mut found = pointers(reading.text, reading.language, &[Kind::Contact]);
    // What is dialled in figures is judged as a number and as an address.
    found.retain(|span| {
        !reading.text[span.end..].trim_start().starts_with(|character: char| character.is_ascii_digit())
    });
    found.retain(|span| !evidence.trace.iter().any(|trace| overlap(&trace.span, span)));
    found
}

/// Finds a telephone number that is spelt in words: seven digits and more, with nothing counted in between.
pub(super) fn spoken_numbers(reading: &Reading, evidence: &Evidence) -> Vec<Range<usize>> {
    const DIGITS_OF_A_PHONE: usize = 5;
    const FEWEST_WORDS: usize = 4;
    // How a nought is called, and how digits are bundled.
    const BETWEEN: [&str; 8] = ["oh", "o", "double", "triple", "doble", "dupla", "meia", "nought"];
    let joined = |before: &(Range<usize>, String), after: &(Range<usize>, String)| {
        reading.text.get(before.0.end..after.0.start).is_some_and(|gap| {
            gap.split([' ', '-', ',', '\u{a0}']).all(|word| word.is_empty() || BETWEEN.contains(&word))
        })
    };
    spelled(reading.text, reading.language)
        .chunk_by(joined)
        .filter(|run| {
            let digits: usize = run.iter().map(|(_, value)| value.len()).sum();
            run.len() >= FEWEST_WORDS && digits >= DIGITS_OF_A_PHONE
        })
        .map(|run| run[0].0.start..run[run.len() - 1].0.end)
        .filter(|span| !evidence.trace.iter().any(|trace| overlap(&trace.span, span)))
        .collect()
}

/// Finds e-mail addresses, handles and long numbers, whosever they are.
pub(super) fn addresses(reading: &Reading, evidence: &Evidence) -> Vec<Range<usize>> {
    const DIGITS_OF_A_PHONE: usize = 7;
    let mut found: Vec<Range<usize>> =
        reading.text.match_indices('@').map(|(at, mark)| at..at + mark.len()).collect();
    let mut start = None;
    let mut digits = 0;
    for (at, character) in reading.text.char_indices().chain([(reading.text.len(), 'x')]) {
        let dialled =
            character.is_ascii_digit() || matches!(character, ' ' | '-' | '+' | '(' | ')' | '/' | '\u{a0}');
        match (start, dialled) {
            (None, true) if character.is_ascii_digit() => (start, digits) = (Some(at), 1),
            (Some(_), true) => digits += usize::from(character.is_ascii_digit()),
            (Some(from), false) => {
                if digits >= DIGITS_OF_A_PHONE {
                    found.push(from..at);
                }
                start = None;
            }
            _ => {}
        }
    }
    found.retain(|span| !evidence.trace.iter().any(|trace| overlap(&trace.span, span)));
    found
}
