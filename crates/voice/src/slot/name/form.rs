//! Tells the forms of a name: possessives, endings, and everyday words that only look like one.

use domain::content::Language;

use super::words::{AFTER_EVERYDAY, AMBIGUOUS, NOT_NAMES};
use crate::word::{Word, fold, is_apostrophe};

/// Tells whether `word` is a form of the folded name `name`.
pub(super) fn is_form(word: &Word<'_>, name: &str, language: Language) -> bool {
    if !may_be_form(word.text, name) {
        return false;
    }
    let folded = fold(word.text);
    // "Will" the client, not "will" the verb.
    if AMBIGUOUS.contains(&name) && !word.is_capitalised() {
        return false;
    }
    let folded = folded.strip_suffix("'s").filter(|_| !name.ends_with("'s")).unwrap_or(&folded).to_owned();
    let (before, rest) =
        folded.split_once('\'').map_or(("", folded.as_str()), |(before, rest)| (before, rest));
    if folded == name || before == name || (before.chars().count() <= 2 && !before.is_empty() && rest == name)
    {
        return true;
    }
    word.is_capitalised() && name.chars().count() > 2 && is_inflected(&folded, name, language)
}

/// Tells whether the word begins as the name does, or holds an apostrophe: a quick look before the thorough one.
fn may_be_form(word: &str, name: &str) -> bool {
    let Some(first) = word.chars().next() else { return false };
    let mut buffer = [0; 4];
    name.starts_with(fold(first.encode_utf8(&mut buffer)).as_str()) || word.contains(is_apostrophe)
}

fn is_inflected(word: &str, name: &str, language: Language) -> bool {
    let suffixes = suffixes(language);
    let with = |stem: &str| word.strip_prefix(stem).is_some_and(|rest| suffixes.contains(&rest));
    if with(name) {
        return true;
    }
    let diminutive = matches!(language, Language::Spanish | Language::Portuguese | Language::Italian);
    if language != Language::Polish && !diminutive {
        return false;
    }
    let stem = name.strip_suffix(['a', 'e', 'o', 'i', 'y']).unwrap_or(name);
    if stem.chars().count() > 2 && stem != name && with(stem) {
        return true;
    }
    language == Language::Polish
        && ALTERNATIONS.iter().any(|(from, to)| {
            name.strip_suffix(from).is_some_and(|stem| {
                stem.len() > 1
                    && (word.strip_prefix(stem) == Some(to)
                        || word
                            .strip_prefix(stem)
                            .and_then(|rest| rest.strip_prefix(to))
                            .is_some_and(|rest| suffixes.contains(&rest)))
            })
        })
}

/// Polish stems that change before an ending: Marek, Marka; Marta, Marcie; Monika, Monice.
const ALTERNATIONS: [(&str, &str); 14] = [
    ("ek", "k"),
    ("ec", "c"),
    ("el", "l"),
    ("ta", "cie"),
    ("da", "dzie"),
    ("ka", "ce"),
    ("ga", "dze"),
    ("ra", "rze"),
    ("la", "le"),
    ("t", "cie"),
    ("d", "dzie"),
    ("r", "rze"),
    ("l", "le"),
    ("cja", "cji"),
];

const fn suffixes(language: Language) -> &'static [&'static str] {
    match language {
        Language::English => &["s", "es"],
        Language::German => &["s", "n", "ns", "ens", "chen", "lein"],
        Language::Spanish => &["s", "ito", "ita", "cito", "cita"],
        Language::Portuguese => &["s", "inho", "inha", "zinho", "zinha"],
        Language::French => &["s", "ette"],
        Language::Italian => &["ino", "ina", "uccia", "uccio"],
        Language::Polish => &[
            "a", "e", "i", "y", "o", "u", "ie", "iu", "ia", "io", "em", "om", "iem", "owi", "owie", "ow",
            "ami", "ach", "ego", "emu", "ej", "usia", "usiu", "ka", "ki", "ko",
        ],
    }
}

/// Tells whether `name` is a word that sentences begin with too, so that finding it again proves nothing.
pub(super) fn is_everyday(name: &str, language: Language) -> bool {
    let folded = fold(name);
    AMBIGUOUS.contains(&folded.as_str())
        || folded.chars().count() < 3
        || NOT_NAMES.contains(&folded.as_str()) && language != Language::English
}

/// Tells whether the word at `at` begins a sentence and is an everyday word there: "Will you …", "Mark the days …".
pub(super) fn begins_everyday(text: &str, all: &[Word<'_>], at: usize) -> bool {
    let word = &all[at];
    let before = text[..word.span.start].trim_end_matches([' ', '"', '“', '‘', '\'', '(']);
    let begins = before.is_empty() || before.ends_with(['.', '!', '?', '…', '\n', ':', '–', '—']);
    let Some(next) = all.get(at + 1) else { return false };
    let plain_gap = text[word.span.end..next.span.start].chars().all(|c| c == ' ');
    begins
        && plain_gap
        && AMBIGUOUS.contains(&fold(word.text).as_str())
        && AFTER_EVERYDAY.contains(&fold(next.text).as_str())
}
