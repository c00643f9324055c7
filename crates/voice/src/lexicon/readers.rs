//! Words that say that a reader is a minor, pregnant or has had an eating disorder; a data file, read once.
//!
//! `lexicon/readers.tsv`: `flag`, `language`, `forms`. In them, `#` stands for a number from 1 to 17. They are looked for
//! in all languages at once: a note is often in another one than the text.

use std::{ops::Range, sync::LazyLock};

use super::{
    forms::Forms,
    rows,
    words::{Word, words},
};
use crate::facts::Reader;

/// What makes a reader vulnerable, by the flag of the request that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flag {
    /// Under 18.
    Minor,
    /// Pregnant, or nursing a child.
    Pregnant,
    /// Has or had an eating disorder.
    EdHistory,
}

impl Flag {
    /// Every flag; a form's entry is an index into them.
    const ALL: [Self; 3] = [Self::Minor, Self::Pregnant, Self::EdHistory];
    /// From this age on, people are of age.
    const OF_AGE: u32 = 18;

    /// Returns the name used in JSON.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Minor => "minor",
            Self::Pregnant => "pregnant",
            Self::EdHistory => "ed_history",
        }
    }

    /// Tells whether `reader` has it.
    pub(crate) const fn is_set(self, reader: Reader) -> bool {
        match self {
            Self::Minor => reader.minor,
            Self::Pregnant => reader.pregnant,
            Self::EdHistory => reader.ed_history,
        }
    }
}

/// Returns what `text` says of its reader, with where it says so.
pub(crate) fn readers(text: &str) -> Vec<(Range<usize>, Flag)> {
    let mut words = words(text);
    words.iter_mut().for_each(hide_age);
    let place = |found: super::forms::Found| {
        (words[found.first].span.start..words[found.last].span.end, Flag::ALL[found.entry])
    };
    READERS.find_each(&words).into_iter().map(place).collect()
}

/// Puts `#` in the place of a number below 18: "12", "12jährig".
fn hide_age(word: &mut Word) {
    let digits = word.text.bytes().take_while(u8::is_ascii_digit).count();
    let age = word.text[..digits].parse::<u32>().ok().filter(|age| (1..Flag::OF_AGE).contains(age));
    if age.is_some() {
        word.text.replace_range(..digits, "#");
    }
}

static READERS: LazyLock<Forms> = LazyLock::new(|| {
    let mut forms = Forms::default();
    for columns in rows(include_str!("readers.tsv")) {
        let [flag, language, list] = columns[..] else { continue };
        let Some(entry) = Flag::ALL.iter().position(|known| known.as_str() == flag) else { continue };
        let Ok(language) = language.parse() else { continue };
        list.split('|').for_each(|form| forms.insert(form, language, entry));
    }
    forms
});

#[cfg(test)]
mod tests {
    use domain::content::Language;

    use super::*;

    #[test]
    fn every_row_is_understood_and_each_language_has_every_flag() {
        let mut seen: Vec<(&str, &str)> = Vec::new();
        for columns in rows(include_str!("readers.tsv")) {
            let [flag, language, _] = columns[..] else { panic!("{columns:?}") };
            assert!(Flag::ALL.iter().any(|known| known.as_str() == flag), "{columns:?}");
            assert!(language.parse::<Language>().is_ok(), "{columns:?}");
            seen.push((language, flag));
        }
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), Language::ALL.len() * Flag::ALL.len());
    }
}
