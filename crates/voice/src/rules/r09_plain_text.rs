//! R9: plain text, with nothing hidden in it, nothing of the instructions and no word of a machine about its task.

use std::{collections::HashSet, ops::Range};

use super::{
    Breach, Evidence, Registered, Rule,
    reading::{Reading, overlap},
};
use crate::{
    lexicon::{cues::Cue, words::words},
    quantity::is_fraction,
    sentence::is_pictograph,
    slot::slots_in,
};

pub(super) const RULE: Registered = Registered { rule: Rule::R9, category: "form", sentence: true, judge };

/// So many words in a row that also stand in the instructions are no coincidence.
const OVERLAP: usize = 8;
/// A word of letters and digits as long as this in the instructions is a canary or a boundary.
const CANARY: usize = 12;

fn judge(reading: &Reading, evidence: &Evidence) -> Vec<Breach> {
    let found = |(span, what): (Range<usize>, &str)| (Some(span), format!("The text holds {what}."));
    let mut broken: Vec<_> = hidden(reading.text).into_iter().map(found).collect();
    broken.extend(markup(reading.text, evidence).into_iter().map(found));
    broken.extend(lists(reading.text, evidence).into_iter().map(found));
    broken.extend(formulas(reading.text, evidence).into_iter().map(found));
    broken.extend(emphasis(reading.text, evidence).into_iter().map(found));
    broken.extend(machine(reading).into_iter().map(found));
    if let Some(instructions) = evidence.instructions {
        broken.extend(leaked(reading, instructions).into_iter().map(found));
    }
    broken
}

/// Finds characters that a reader doesn't see.
fn hidden(text: &str) -> Vec<(Range<usize>, &'static str)> {
    let mut found = Vec::new();
    let mut before = None;
    let mut marks = 0;
    for (at, character) in text.char_indices() {
        let pictured = before.is_some_and(is_pictograph);
        marks = if unicode_normalization::char::is_combining_mark(character) { marks + 1 } else { 0 };
        let what = match character {
            '\n' => None,
            '\u{200D}' | '\u{FE0F}' if pictured => None,
            '\u{FE0F}' | '\u{20E3}' => None,
            _ if character.is_control() => Some("a control character"),
            '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{061C}' => {
                Some("a character that changes the reading direction")
            }
            '\u{200B}'..='\u{200D}'
            | '\u{2060}'..='\u{2065}'
            | '\u{FEFF}'
            | '\u{00AD}'
            | '\u{034F}'
            | '\u{180E}'
            | '\u{115F}'
            | '\u{1160}'
            | '\u{3164}'
            | '\u{FFA0}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{FE00}'..='\u{FE0E}' => Some("an invisible character"),
            '\u{E0000}'..='\u{E0FFF}' => Some("a tag character"),
            '\u{E000}'..='\u{F8FF}' | '\u{FFF0}'..='\u{FFFF}' | '\u{F0000}'..='\u{10FFFF}' => {
                Some("a character without meaning")
            }
            // Numbers must be read by other rules, so they stand in the digits that those read.
            _ if character.is_numeric()
                && !character.is_ascii_digit()
                && !is_fraction(character)
                && !is_pictograph(character) =>
            {
                Some("a number in signs that are no everyday digits")
            }
            // "＜script＞", "〈b〉": what shows or is later folded as markup.
            '\u{FF01}'..='\u{FF5E}'
            | '\u{FE50}'..='\u{FE6B}'
            | '\u{2329}'
            | '\u{232A}'
            | '\u{3008}'
            | '\u{3009}'
            | '⟨'
            | '⟩'
            | '❮'
            | '❯'
            | '˂'
            | '˃'
            | '≺'
            | '≻' => Some("a sign that stands in for another"),
            _ if marks > 2 => Some("a pile of marks on a letter"),
            _ => None,
        };
        found.extend(what.map(|what| (at..at + character.len_utf8(), what)));
        before = Some(character);
    }
    found
}

/// Finds HTML, Markdown and links.
fn markup(text: &str, evidence: &Evidence) -> Vec<(Range<usize>, &'static str)> {
    const MARKS: [(&str, &str); 13] = [
        ("**", "Markdown"),
        ("__", "Markdown"),
        ("`", "Markdown"),
        ("](", "Markdown"),
        ("~~", "Markdown"),
        ("|--", "Markdown"),
        ("===", "Markdown"),
        ("---", "Markdown"),
        ("://", "a link"),
        ("www.", "a link"),
        ("mailto:", "a link"),
        ("javascript:", "a link"),
        ("&#", "HTML"),
    ];
    let lower = text.to_ascii_lowercase();
    let mut found: Vec<(Range<usize>, &'static str)> = MARKS
        .into_iter()
        .flat_map(|(mark, what)| lower.match_indices(mark).map(move |(at, mark)| (at..at + mark.len(), what)))
        .collect();
    for (at, _) in lower.match_indices('<') {
        if lower[at + 1..]
            .starts_with(|next: char| next.is_ascii_alphabetic() || matches!(next, '/' | '!' | '?'))
        {
            found.push((at..at + 1, "HTML"));
        }
    }
    for (at, _) in lower.match_indices('&') {
        let name = lower[at + 1..].chars().take_while(char::is_ascii_alphabetic).count();
        if name > 1 && lower[at + 1 + name..].starts_with(';') {
            found.push((at..at + name + 2, "HTML"));
        }
    }
    let slots: Vec<_> = slots_in(text).into_iter().map(|(span, _)| span).collect();
    let filled = evidence.trace.iter().map(|trace| &trace.span);
    let known: Vec<_> = slots.iter().chain(filled).collect();
    let links = domains(text, &lower).into_iter().filter(|dot| !known.iter().any(|span| overlap(span, dot)));
    found.extend(links.map(|span| (span, "a link")));
    found
}

/// Finds `_em_` and `*em*`, which are plain text where the dietitian writes them.
fn emphasis(text: &str, evidence: &Evidence) -> Vec<(Range<usize>, &'static str)> {
    let slots: Vec<_> = slots_in(text).into_iter().map(|(span, _)| span).collect();
    let filled = |at: usize| evidence.trace.iter().any(|trace| trace.span.contains(&at));
    let marks = |text: &str, mark: char| -> Vec<usize> {
        let opens = |at: usize| {
            let before = text[..at].chars().next_back();
            let after = text[at + 1..].chars().next();
            before.is_none_or(|letter| !letter.is_alphanumeric())
                && after.is_some_and(|letter| !letter.is_whitespace() && letter != mark)
        };
        let closed = |at: usize| text[at + 1..].lines().next().is_some_and(|line| line.contains(mark));
        text.match_indices(mark).map(|(at, _)| at).filter(|at| opens(*at) && closed(*at)).collect()
    };
    ['_', '*']
        .into_iter()
        .filter(|mark| !evidence.samples.iter().any(|sample| !marks(&sample.text.text, *mark).is_empty()))
        .flat_map(|mark| marks(text, mark))
        .filter(|at| !filled(*at) && !slots.iter().any(|slot| slot.contains(at)))
        .map(|at| (at..at + 1, "Markdown"))
        .collect()
}

/// Finds host names without a scheme: `example.com`, `evil.zip`, and those spelled out.
fn domains(text: &str, lower: &str) -> Vec<Range<usize>> {
    const ENDINGS: [&str; 44] = [
        "com", "org", "net", "io", "info", "eu", "de", "es", "br", "fr", "it", "pl", "uk", "us", "co", "me",
        "app", "ai", "ly", "dev", "biz", "xyz", "link", "health", "zip", "mov", "shop", "store", "online",
        "site", "club", "top", "vip", "page", "live", "click", "bio", "fit", "diet", "care", "clinic",
        "academy", "blog", "tips",
    ];
    // Of those, what no sentence says after a "point": "anna at example dot com", not "punto de partida".
    const NAMED: [&str; 12] =
        ["com", "org", "net", "io", "info", "zip", "shop", "online", "site", "xyz", "app", "dev"];
    const DOTS: [&str; 5] = [" dot ", " punto ", " ponto ", " punkt ", " kropka "];
    let spelled = DOTS.iter().chain(&[" point "]).flat_map(|dot| {
        lower
            .match_indices(dot)
            .filter(|(at, dot)| NAMED.contains(&first_word(&lower[at + dot.len()..])))
            .map(|(at, dot)| at..at + dot.len())
    });
    let written = lower
        .match_indices('.')
        .filter(|(at, _)| {
            let before = lower[..*at].chars().next_back().is_some_and(char::is_alphanumeric);
            before && ENDINGS.contains(&first_word(&lower[at + 1..])) || is_host(text, *at)
        })
        .map(|(at, dot)| at..at + dot.len());
    written.chain(spelled).collect()
}

/// Tells whether the full stop at `at` has letters right before and small letters right after it, as no sentence has.
fn is_host(text: &str, at: usize) -> bool {
    const ABBREVIATIONS: [&str; 8] = ["dott", "prof", "sig", "dr", "ca", "bzw", "inkl", "max"];
    let last = text[..at].rsplit(|sign: char| !sign.is_alphanumeric()).next().unwrap_or_default();
    let next = first_word(&text[at + 1..]);
    let long = |word: &str| word.chars().count() > 1;
    long(last)
        && long(next)
        && last.chars().any(char::is_alphabetic)
        && next.chars().all(char::is_lowercase)
        && !ABBREVIATIONS.contains(&last.to_lowercase().as_str())
}

fn first_word(text: &str) -> &str {
    let end = text.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(text.len());
    &text[..end]
}

/// Finds what a model says of itself or of its task.
fn machine(reading: &Reading) -> Vec<(Range<usize>, &'static str)> {
    let said = reading.cues.iter().filter(|(cue, ..)| *cue == Cue::Machine);
    let handed =
        reading.cues.iter().filter(|(cue, _, last)| *cue == Cue::Here && is_handed_over(reading, *last));
    said.chain(handed)
        .map(|(_, first, last)| {
            (reading.words[first].span.start..reading.words[last].span.end, "words about how it was written")
        })
        .collect()
}

/// Tells whether what a machine writes follows the words up to `last`: "Sure! Here is the revised text:".
fn is_handed_over(reading: &Reading, last: usize) -> bool {
    /// "Here is, as requested, a draft."
    const REACH: usize = 4;
    let near = reading.cues.within(last + 1..(last + 1 + REACH).min(reading.words.len()));
    near.iter().any(|(cue, ..)| *cue == Cue::Draft)
}

/// Finds what a spreadsheet would run: a line that begins with "=", or with "+", "-" or "@" and holds a bracket.
fn formulas(text: &str, evidence: &Evidence) -> Vec<(Range<usize>, &'static str)> {
    let mut at = 0;
    let mut found = Vec::new();
    for line in text.split_inclusive('\n') {
        let bare = line.trim_start();
        let start = at + line.len() - bare.len();
        let runs = bare.starts_with('=')
            || bare.strip_prefix(['+', '-', '@']).is_some_and(|rest| {
                rest.starts_with(|first: char| first.is_ascii_alphanumeric())
                    && rest.contains(['(', '|', '!'])
            });
        if runs && !evidence.trace.iter().any(|trace| trace.span.contains(&start)) {
            found.push((start..start + 1, "what a spreadsheet takes for a formula"));
        }
        at += line.len();
    }
    found
}

/// Finds headings, quotes and lists; a list with dashes is plain text where the dietitian writes them.
fn lists(text: &str, evidence: &Evidence) -> Vec<(Range<usize>, &'static str)> {
    let is_bullet = |line: &str| ["- ", "• ", "– "].iter().any(|mark| line.trim_start().starts_with(mark));
    let dashes = evidence.samples.iter().any(|sample| sample.text.text.lines().any(is_bullet));
    let mut at = 0;
    let mut found = Vec::new();
    for line in text.split_inclusive('\n') {
        let marked = ["#", "> ", "* ", "+ ", "```"].iter().any(|mark| line.trim_start().starts_with(mark));
        if marked || is_bullet(line) && !dashes {
            found.push((at..at + line.trim_end().len(), "a Markdown list, heading or quote"));
        }
        at += line.len();
    }
    found
}

/// Finds what was copied from the instructions.
fn leaked(reading: &Reading, instructions: &str) -> Vec<(Range<usize>, &'static str)> {
    let told: Vec<String> = words(instructions).into_iter().map(|word| word.text).collect();
    let canaries: HashSet<&str> = told
        .iter()
        .map(String::as_str)
        .filter(|word| word.len() >= CANARY && word.bytes().any(|byte| byte.is_ascii_digit()))
        .collect();
    let runs: HashSet<&[String]> = told.windows(OVERLAP).collect();
    let mut found: Vec<(Range<usize>, &'static str)> = reading
        .words
        .iter()
        .filter(|word| canaries.contains(word.text.as_str()))
        .map(|word| (word.span.clone(), "a mark of the instructions"))
        .collect();
    let said: Vec<String> = reading.words.iter().map(|word| word.text.clone()).collect();
    let copied = said.windows(OVERLAP).position(|run| runs.contains(run));
    found.extend(copied.map(|first| {
        let span = reading.words[first].span.start..reading.words[first + OVERLAP - 1].span.end;
        (span, "a run of words from the instructions")
    }));
    found
}
