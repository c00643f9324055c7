//! Finds the names that the frame of a letter gives away: after a greeting, a closing or a title.

use std::{collections::HashMap, ops::Range, sync::LazyLock};

use domain::content::Language;

use super::words::{
    AND, CLOSINGS, DEGREES, ENDEARMENTS, GREETINGS, KISSES, NOT_NAMES, PARTICLES, PERSON_TITLES, TEAMS,
    TITLES,
};
use crate::{
    sentence::is_pictograph,
    slot::EntityKind,
    word::{Word, fold, words},
};

/// Returns the client's name in the greeting.
pub(super) fn greeting(text: &str, language: Language) -> Vec<(Range<usize>, EntityKind)> {
    let mut found = Vec::new();
    let mut first = true;
    for (offset, line) in lines(text) {
        let all = words(line);
        if all.is_empty() {
            continue;
        }
        // "Liebe Grüße" begins like "Liebe Anna".
        let after = if first || closing_words(&all) == 0 { greeting_words(&all) } else { 0 };
        if after > 0 {
            found.extend(name_from(line, &all, after, language, offset));
        } else if first
            && all.len() <= 2
            && all.iter().all(Word::is_capitalised)
            && line.trim_end().ends_with([',', ':', '–', '—', '-'])
        {
            // "Mark," alone on the first line.
            found.extend(name_from(line, &all, 0, language, offset));
        } else if first
            && all[0].is_capitalised()
            && line[all[0].span.end..].starts_with([',', ' '])
            && line[all[0].span.end..].trim_start().starts_with(['–', '—'])
        {
            found.extend(name_from(line, &all[..1], 0, language, offset));
        }
        first = false;
    }
    found
}

/// Returns how many of the first words say hello.
pub(crate) fn greeting_words(all: &[Word<'_>]) -> usize {
    static INDEX: LazyLock<Index> = LazyLock::new(|| index(GREETINGS));
    longest(&INDEX, all)
}

/// Phrases by their first words.
type Index = HashMap<&'static str, Vec<Vec<&'static str>>>;

fn index(phrases: &[&'static str]) -> Index {
    let mut index = Index::new();
    for phrase in phrases {
        let parts: Vec<_> = phrase.split(' ').collect();
        index.entry(parts[0]).or_default().push(parts);
    }
    index
}

/// Returns how many of the first words make the longest phrase.
fn longest(index: &Index, all: &[Word<'_>]) -> usize {
    const MOST: usize = 6;
    let Some(first) = all.first() else { return 0 };
    let Some(phrases) = index.get(fold(first.text).as_str()) else { return 0 };
    let folded: Vec<String> = all.iter().take(MOST).map(|word| fold(word.text)).collect();
    let begins = |parts: &&Vec<&str>| {
        folded.len() >= parts.len() && folded.iter().zip(*parts).all(|(word, part)| word == part)
    };
    phrases.iter().filter(begins).map(Vec::len).max().unwrap_or(0)
}

fn name_from(
    line: &str,
    all: &[Word<'_>],
    after: usize,
    language: Language,
    offset: usize,
) -> Option<(Range<usize>, EntityKind)> {
    let is_title = |word: &Word<'_>| TITLES.contains(&fold(word.text).as_str());
    let mut at = after;
    let mut titled = false;
    while let Some(word) = all.get(at) {
        let folded = fold(word.text);
        if is_title(word) {
            titled = true;
        } else if !ENDEARMENTS.contains(&folded.as_str()) {
            break;
        }
        at += 1;
    }
    let first = all.get(at)?;
    let lead = if at == 0 { "" } else { &line[all[at - 1].span.end..first.span.start] };
    if lead.contains(['!', '?', ';', '{'])
        || lead.contains('.') && !titled
        || NOT_NAMES.contains(&fold(first.text).as_str())
    {
        return None;
    }
    let closes = line[first.span.end..].trim_start();
    let closed = closes.is_empty()
        || closes.starts_with([',', '!', ':', '.', '–', '—', '-', '?'])
        || closes.chars().next().is_some_and(is_pictograph);
    // "hi mark," in lower case is a name only where the line or the clause ends after it.
    let lower_name = closed && after > 0 && first.text.chars().all(char::is_alphabetic);
    if !first.is_capitalised() && !lower_name {
        return None;
    }
    let mut last = at;
    while let Some(next) = all.get(last + 1) {
        let gap = &line[all[last].span.end..next.span.start];
        if !matches!(gap, " " | "-")
            || !next.is_capitalised()
            || last - at >= 2
            || NOT_NAMES.contains(&fold(next.text).as_str())
        {
            break;
        }
        last += 1;
    }
    let kind = if titled && !matches!(language, Language::Polish | Language::Portuguese) {
        EntityKind::ClientLastName
    } else {
        EntityKind::ClientFirstName
    };
    Some((offset + first.span.start..offset + all[last].span.end, kind))
}

/// Returns the dietitian's name after the closing words; nothing where one of `signed`, their known name, stands there.
pub(super) fn sign_off(
    text: &str,
    language: Language,
    signed: &[Range<usize>],
) -> Vec<(Range<usize>, EntityKind)> {
    let all: Vec<_> = lines(text).into_iter().filter(|(_, line)| !line.trim().is_empty()).collect();
    let tail = all.len().saturating_sub(4).max(1).min(all.len());
    if all[tail..].iter().any(|(offset, line)| is_signed(line, *offset, signed)) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut closing = false;
    for (at, (offset, line)) in all.iter().enumerate().skip(tail) {
        let all_words = words(line);
        let after = closing_words(&all_words);
        let dash = line.trim_start().starts_with(['–', '—', '-', '~']);
        let last = at + 1 == all.len();
        let begin = if after > 0 { after } else { 0 };
        let lone = last && language != Language::German;
        if (after > 0 || closing || dash || lone)
            && let Some(span) = whole_name(line, &all_words[begin..], after > 0)
        {
            found.push((offset + span.start..offset + span.end, EntityKind::DietitianName));
        }
        // "Auf bald," closes in words we do not know.
        closing |= after > 0 || line.trim_end().ends_with(',') && (1..=5).contains(&all_words.len());
    }
    // "… Un abrazo, Laura" at the end of the last line.
    if let Some((offset, line)) = all.last()
        && found.is_empty()
    {
        let all_words = words(line);
        for start in 0..all_words.len() {
            let after = closing_words(&all_words[start..]);
            if after > 0
                && all_words.len() - start - after <= 4
                && let Some(span) = whole_name(line, &all_words[start + after..], true)
            {
                found.push((offset + span.start..offset + span.end, EntityKind::DietitianName));
                break;
            }
        }
    }
    found
}

/// Tells whether a line ends with the dietitian's name, as far as it is known: the letters after it are none.
fn is_signed(line: &str, offset: usize, signed: &[Range<usize>]) -> bool {
    const MOST: usize = 7;
    let known = signed.iter().filter(|span| (offset..offset + line.len()).contains(&span.start));
    let end = known.map(|span| span.end - offset).max();
    if words(line).len() > MOST || end.is_none() {
        return false;
    }
    end.and_then(|end| line.get(end..)).is_some_and(|rest| {
        let rest_words = words(rest);
        let apart = rest.trim_start().starts_with([',', '|', '(', '·', '–', '—', '-', '/', '&']);
        let closes = rest.ends_with(['.', '!', '?']) && !rest_words.is_empty();
        rest_words.is_empty() || is_after_name(&rest_words) || apart && !closes
    })
}

/// Tells whether `rest` are kisses, letters of a degree, or others who sign: "xx", "RD", "and the team".
fn is_after_name(rest: &[Word<'_>]) -> bool {
    let is = |list: &[&str], word: &Word<'_>| list.contains(&fold(word.text).as_str());
    let with_others = rest.first().is_some_and(|first| is(AND, first) || is(TEAMS, first))
        && rest.len() <= 5
        && rest.iter().any(|word| is(TEAMS, word));
    with_others || !rest.is_empty() && rest.iter().all(|word| is(KISSES, word) || is(DEGREES, word))
}

/// Returns how many of the first words say goodbye.
pub(crate) fn closing_words(all: &[Word<'_>]) -> usize {
    static INDEX: LazyLock<Index> = LazyLock::new(|| index(CLOSINGS));
    longest(&INDEX, all)
}

/// Returns the span of a name that is all there is of `rest`, but for a title after a comma.
fn whole_name(line: &str, rest: &[Word<'_>], after_closing: bool) -> Option<Range<usize>> {
    let first = rest.first()?;
    if line[first.span.end..].contains(['?'])
        || after_closing && line[..first.span.start].ends_with(|c: char| c.is_alphanumeric())
    {
        return None;
    }
    let mut end = None;
    for (at, word) in rest.iter().enumerate() {
        let folded = fold(word.text);
        let proper = word.is_capitalised() && !NOT_NAMES.contains(&folded.as_str());
        if at > 0 && line[rest[at - 1].span.end..word.span.start].contains([',', '|', '(', '·', '&', '+'])
            || end.is_some() && is_after_name(&rest[at..])
        {
            break;
        }
        if at == 0 && TITLES.contains(&folded.as_str())
            || at > 0 && PARTICLES.contains(&folded.as_str())
            || ["your", "ihre", "ihr", "deine", "dein", "sua", "tu", "votre", "ta", "la", "a"]
                .contains(&folded.as_str())
        {
            continue;
        }
        if !proper || at > 3 {
            return None;
        }
        end = Some((if end.is_none() { word.span.start } else { 0 }, word.span.end));
    }
    end?;
    let named: Vec<_> = rest
        .iter()
        .take_while(|word| word.span.end <= end.map_or(0, |(_, end)| end))
        .filter(|word| word.is_capitalised())
        .collect();
    Some(named.first()?.span.start..named.last()?.span.end)
}

/// Returns names after a title: "Dr. Patel", "Frau Krause".
pub(super) fn titled(text: &str) -> Vec<(Range<usize>, EntityKind)> {
    words(text)
        .windows(2)
        .filter(|pair| {
            let gap = &text[pair[0].span.end..pair[1].span.start];
            PERSON_TITLES.contains(&fold(pair[0].text).as_str())
                && pair[0].is_capitalised()
                && pair[1].is_capitalised()
                && matches!(gap, " " | ". " | ".")
                && !NOT_NAMES.contains(&fold(pair[1].text).as_str())
                // "Frau Dr. Seidel": a title after a title is no name.
                && !PERSON_TITLES.contains(&fold(pair[1].text).as_str())
        })
        .map(|pair| (pair[1].span.clone(), EntityKind::Person))
        .collect()
}

/// Returns the lines of `text` with their places.
fn lines(text: &str) -> Vec<(usize, &str)> {
    let mut at = 0;
    text.split('\n')
        .map(|line| {
            let start = at;
            at += line.len() + 1;
            (start, line)
        })
        .collect()
}
