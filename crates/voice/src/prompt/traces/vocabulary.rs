//! The words by which traces are known: `words.tsv`, and the number words of each language.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use domain::content::Language;

use crate::lexicon::rows;

/// What a word does in a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Abbreviation,
    Title,
    WeakTitle,
    Relative,
    Asked,
    Network,
    Ordinal,
    Month,
    StreetFirst,
    StreetLast,
    Code,
    Unit,
    Domain,
    Dot,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Abbreviation => "abbreviation",
            Self::Title => "title",
            Self::WeakTitle => "weak_title",
            Self::Relative => "relative",
            Self::Asked => "asked",
            Self::Network => "network",
            Self::Ordinal => "ordinal",
            Self::Month => "month",
            Self::StreetFirst => "street_first",
            Self::StreetLast => "street_last",
            Self::Code => "code",
            Self::Unit => "unit",
            Self::Domain => "domain",
            Self::Dot => "dot",
        }
    }
}

/// Tells whether a folded word is of that kind.
pub(super) fn is(folded: &str, kind: Kind) -> bool {
    WORDS.get(kind.as_str()).is_some_and(|words| words.contains(folded))
}

/// Tells whether a folded word is a number, in `language` or in English.
pub(super) fn is_number(folded: &str, language: Language) -> bool {
    is_digit(folded, language) || in_both(folded, language, &NUMBERS)
}

/// Tells whether a folded word is a single digit, in `language` or in English.
pub(super) fn is_digit(folded: &str, language: Language) -> bool {
    WORDS["digit"].contains(folded) || in_both(folded, language, &DIGITS)
}

type Words = HashMap<&'static str, HashSet<&'static str>>;

fn in_both(folded: &str, language: Language, words: &Words) -> bool {
    [language, Language::English]
        .iter()
        .any(|language| words.get(language.as_str()).is_some_and(|words| words.contains(folded)))
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let mut words = Words::new();
    for columns in rows(include_str!("words.tsv")) {
        words.entry(columns[0]).or_default().extend(columns[1].split_whitespace());
    }
    words
});

static NUMBERS: LazyLock<Words> = LazyLock::new(|| numbers(|value| !value.starts_with('=')));
static DIGITS: LazyLock<Words> = LazyLock::new(|| numbers(|value| value.len() == 1));

fn numbers(takes: impl Fn(&str) -> bool) -> Words {
    let mut words = Words::new();
    let rows = rows(include_str!("../../quantity/number-words.tsv")).filter(|columns| takes(columns[1]));
    for columns in rows {
        words.entry(columns[0]).or_default().extend(columns[2].split_whitespace());
    }
    words
}
