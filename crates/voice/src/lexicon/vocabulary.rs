//! The words that are known to be ordinary in a language.

use std::{collections::HashSet, sync::LazyLock};

use domain::content::Language;

use crate::{
    language::function_words,
    lexicon::{
        names::{is_given_name, list},
        rows,
    },
    word::{fold, words},
};

/// Tells whether a folded word is known to be ordinary in `language`; it may be a name as well.
pub(crate) fn is_listed(folded: &str, language: Language) -> bool {
    LISTED[language as usize].contains(folded)
}

/// Tells whether a folded word is listed, or a German compound of listed words, and no name.
pub(crate) fn is_known(folded: &str, language: Language) -> bool {
    !is_given_name(folded)
        && (is_listed(folded, language) || language == Language::German && is_compound(folded))
}

/// Tells whether a folded word is one of those that hold sentences of `language` together.
pub(crate) fn is_function_word(folded: &str, language: Language) -> bool {
    FUNCTION_WORDS[language as usize].contains(folded)
}

/// Tells whether a folded German word is made of two listed ones, and not in the way that surnames are.
pub(crate) fn is_compound(folded: &str) -> bool {
    const SHORTEST_PART: usize = 4;
    let known = |part: &str| is_listed(part, Language::German) && !is_given_name(part);
    let begins = |part: &str| {
        let without_joint =
            ["s", "n", "en", "er", "es", "-"].iter().filter_map(|joint| part.strip_suffix(joint));
        BEGINNINGS.contains(part)
            || part.len() >= SHORTEST_PART
                && (known(part)
                    || known(&format!("{part}e"))
                    || without_joint.into_iter().any(|part| {
                        part.len() >= SHORTEST_PART && (known(part) || known(&format!("{part}e")))
                    }))
    };
    folded.char_indices().map(|(at, _)| folded.split_at(at)).any(|(before, head)| {
        head.len() >= SHORTEST_PART && !ENDS_OF_SURNAMES.contains(head) && known(head) && begins(before)
    })
}

static ENDS_OF_SURNAMES: LazyLock<HashSet<&str>> =
    LazyLock::new(|| list(include_str!("names/german_surname_ends.txt")).collect());

/// Short first parts of German compounds: separable prefixes, and nouns of three letters.
static BEGINNINGS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "ab an auf aus bei ein mit nach vor zu um los weg her hin durch wieder weiter fest statt frei hoch klein gross \
     viel voll rein bio obst tee ess bad arm tag rad ver ge be zer ent un"
        .split_whitespace()
        .collect()
});

static LISTED: LazyLock<[HashSet<String>; 7]> = LazyLock::new(|| Language::ALL.map(read));

static FUNCTION_WORDS: LazyLock<[HashSet<String>; 7]> = LazyLock::new(|| {
    Language::ALL.map(|language| function_words(language).iter().map(|word| fold(word)).collect())
});

fn read(language: Language) -> HashSet<String> {
    let sources = sources(language);
    let mut known: HashSet<String> = list(sources.words).map(fold).collect();
    known.extend(inflected(sources.inflected));
    known.extend(function_words(language).iter().map(|word| fold(word)));
    known.extend(words(sources.background).iter().map(|word| fold(word.text)));
    let said = rows(sources.phrases).filter(|columns| matches!(columns[0], "say" | "cue" | "allergen"));
    for columns in said {
        known.extend(columns[1..].iter().flat_map(|column| words(column)).map(|word| fold(word.text)));
    }
    known
}

/// Reads stems under the endings that they take: a line `+ e en -` is followed by lines of stems; `-` is no ending.
fn inflected(file: &'static str) -> Vec<String> {
    let mut endings: Vec<&str> = Vec::new();
    let mut forms = Vec::new();
    for line in file.lines().filter(|line| !line.starts_with('#')) {
        if let Some(line) = line.strip_prefix('+') {
            endings = line.split_whitespace().map(|ending| ending.trim_matches('-')).collect();
            continue;
        }
        for stem in line.split_whitespace().map(fold) {
            forms.extend(endings.iter().map(|ending| format!("{stem}{}", fold(ending))));
        }
    }
    forms
}

struct Sources {
    words: &'static str,
    inflected: &'static str,
    background: &'static str,
    phrases: &'static str,
}

macro_rules! sources {
    ($tag:literal) => {
        Sources {
            words: include_str!(concat!("ordinary/", $tag, ".txt")),
            inflected: include_str!(concat!("inflected/", $tag, ".txt")),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_has_words_enough() {
        for language in Language::ALL {
            let count = LISTED[language as usize].len();
            assert!(count >= 2500, "{language}: {count}");
        }
    }

    #[test]
    fn compounds_are_known_by_their_parts_and_surnames_are_not() {
        for word in ["nachtschicht", "wochenendplan", "schichtarbeit", "mitnehmen", "gemusesuppe"] {
            assert!(is_compound(word), "{word}");
        }
        for word in ["lehmbruck", "neumann", "grunwald", "norasuppe", "schonfeld", "pemberthy", "kaltenbach"]
        {
            assert!(!is_compound(word), "{word}");
        }
    }
}
