//! The words of food and health in each language, and what foods contain; data files, read once.
//!
//! `lexicon/catalogue.tsv` says what there is, once for all languages: `id`, `kind`, `allergens` (comma separated,
//! may be empty), separated by tabs. `lexicon/<language>.tsv` says how a language calls it: `id`, `forms`
//! (separated by `|`, written as [`forms`] explains). Lines that begin with `#` are comments.
//! `lexicon/dishes.tsv` adds what is called the same everywhere; [`dishes`] explains its columns.
//! A food's allergens are those it holds as it is usually made: bread holds gluten, an omelette holds eggs.

pub(crate) mod compounds;
pub(crate) mod cues;
pub(crate) mod dishes;
pub(crate) mod forms;
pub(crate) mod names;
pub(crate) mod near;
pub(crate) mod readers;
pub(crate) mod vocabulary;
pub(crate) mod words;

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use domain::content::Language;

use self::forms::{Forms, spellings};
use crate::{allergen::Allergen, mention::MentionKind};

/// Everything known about the words of one language.
pub(crate) struct Lexicon {
    /// What a match in [`Self::forms`] stands for.
    pub(crate) lexemes: Vec<&'static Lexeme>,
    /// Finds lexemes in a text.
    pub(crate) forms: Forms,
}

/// One thing that texts speak of, in whatever language.
#[derive(Debug)]
pub(crate) struct Lexeme {
    /// Its name in the catalogue.
    pub(crate) id: &'static str,
    /// What it is; nothing for a figure of speech, which only keeps the words in it from being found.
    pub(crate) kind: Option<MentionKind>,
    /// The allergens that it is or holds.
    pub(crate) allergens: Vec<Allergen>,
}

/// Returns the lexicon of `language`.
pub(crate) fn lexicon(language: Language) -> &'static Lexicon {
    &LEXICONS[language as usize]
}

static CATALOGUE: LazyLock<HashMap<&'static str, Lexeme>> = LazyLock::new(|| {
    rows(include_str!("lexicon/catalogue.tsv"))
        .filter_map(|columns| Lexeme::parse(&columns))
        .map(|lexeme| (lexeme.id, lexeme))
        .collect()
});

static LEXICONS: LazyLock<[Lexicon; 7]> = LazyLock::new(|| Language::ALL.map(Lexicon::read));

impl Lexicon {
    fn read(language: Language) -> Self {
        let mut lexicon = Self { lexemes: Vec::new(), forms: Forms::default() };
        for (lexeme, forms) in merged(listed(language)) {
            for form in forms {
                lexicon.forms.insert(&form, language, lexicon.lexemes.len());
            }
            lexicon.lexemes.push(lexeme);
        }
        lexicon
    }
}

/// Returns what the files list for `language`, in their order, each with its forms written out.
fn listed(language: Language) -> Vec<(&'static Lexeme, Vec<String>)> {
    let written = |forms: Vec<&'static str>| forms.into_iter().flat_map(spellings).collect();
    let own = rows(file(language)).filter_map(move |columns| {
        let &[id, forms] = &columns[..] else { return None };
        Some((CATALOGUE.get(id)?, written(forms.split('|').map(str::trim).collect())))
    });
    let dishes = dishes::with_allergens()
        .map(move |dishes| (&dishes.lexeme, written(dishes.forms(language).collect())));
    own.chain(dishes).collect()
}

/// Joins what several rows say of one food: who is listed as holding milk and elsewhere as holding eggs holds both.
fn merged(listed: Vec<(&'static Lexeme, Vec<String>)>) -> Vec<(&'static Lexeme, Vec<String>)> {
    let mut rows_of: HashMap<&str, Vec<usize>> = HashMap::new();
    for (row, (lexeme, forms)) in listed.iter().enumerate().filter(|(_, (lexeme, _))| lexeme.is_food()) {
        for form in forms {
            let rows = rows_of.entry(form).or_default();
            let news = rows.iter().all(|known| listed[*known].0.allergens != lexeme.allergens);
            if news && !rows.contains(&row) {
                rows.push(row);
            }
        }
    }
    rows_of.retain(|_, rows| rows.len() > 1);
    let mut joined: Vec<(&'static Lexeme, Vec<String>)> = Vec::new();
    for (form, rows) in &rows_of {
        let first = listed[rows[0]].0;
        let mut allergens: Vec<Allergen> =
            rows.iter().flat_map(|row| listed[*row].0.allergens.iter().copied()).collect();
        allergens.sort_unstable();
        allergens.dedup();
        let lexeme = Box::leak(Box::new(Lexeme { id: first.id, kind: first.kind, allergens }));
        joined.push((lexeme, vec![(*form).to_owned()]));
    }
    let alone = |(lexeme, mut forms): (&'static Lexeme, Vec<String>)| {
        forms.retain(|form| !rows_of.contains_key(form.as_str()) || !lexeme.is_food());
        (lexeme, forms)
    };
    let single: Vec<_> = listed.iter().cloned().map(alone).collect();
    joined.into_iter().chain(single).collect()
}

impl Lexeme {
    fn parse(columns: &[&'static str]) -> Option<Self> {
        let (&[id, kind], rest) = columns.split_first_chunk()?;
        let allergens: Vec<Allergen> = rest
            .first()
            .into_iter()
            .flat_map(|list| list.split(','))
            .filter_map(|name| name.parse().ok())
            .collect();
        let kind = match kind {
            "food" => Some(MentionKind::Food),
            "allergen" => Some(MentionKind::Allergen(*allergens.first()?)),
            "condition" => Some(MentionKind::Condition),
            "drug" => Some(MentionKind::Drug),
            "supplement" => Some(MentionKind::Supplement),
            "idiom" => None,
            _ => return None,
        };
        Some(Self { id, kind, allergens })
    }

    /// Tells whether it can be eaten or drunk.
    pub(crate) fn is_food(&self) -> bool {
        self.kind.is_some_and(MentionKind::is_food)
    }
}

/// Returns what `language` calls `id` in the form that stands first in its file.
pub(crate) fn first_form(id: &str, language: Language) -> Option<&'static str> {
    rows(file(language)).find(|columns| columns[0] == id)?.get(1)?.split('|').next()
}

/// Tells whether `word` means something in `language`, though another language calls a food so: `lexicon/false-friends.tsv`.
pub(crate) fn is_false_friend(word: &str, language: Language) -> bool {
    FALSE_FRIENDS.get(language.as_str()).is_some_and(|words| words.contains(word))
}

static FALSE_FRIENDS: LazyLock<HashMap<&'static str, HashSet<&'static str>>> = LazyLock::new(|| {
    rows(include_str!("lexicon/false-friends.tsv"))
        .filter_map(|columns| Some((columns[0], columns.get(1)?.split_whitespace().collect())))
        .collect()
});

/// Returns the forms of the words that meals are called by in `language`: `lexicon/meals.tsv`.
pub(crate) fn meal_words(language: Language) -> &'static Forms {
    &MEALS[language as usize]
}

static MEALS: LazyLock<[Forms; 7]> = LazyLock::new(|| {
    Language::ALL.map(|language| {
        let mut forms = Forms::default();
        let own = rows(include_str!("lexicon/meals.tsv")).filter(|columns| columns[0] == language.as_str());
        for form in own.filter_map(|columns| columns.get(1).copied()).flat_map(|list| list.split('|')) {
            forms.insert(form, language, 0);
        }
        forms
    })
});

/// Returns the rows of a data file, each as its columns.
pub(crate) fn rows(file: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    file.lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
        .map(|line| line.split('\t').map(str::trim).collect())
}

const fn file(language: Language) -> &'static str {
    match language {
        Language::English => include_str!("lexicon/en.tsv"),
        Language::Spanish => include_str!("lexicon/es.tsv"),
        Language::Portuguese => include_str!("lexicon/pt-BR.tsv"),
        Language::French => include_str!("lexicon/fr.tsv"),
        Language::German => include_str!("lexicon/de.tsv"),
        Language::Italian => include_str!("lexicon/it.tsv"),
        Language::Polish => include_str!("lexicon/pl.tsv"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_row_of_the_catalogue_is_understood() {
        let rows: Vec<_> = rows(include_str!("lexicon/catalogue.tsv")).collect();
        assert_eq!(CATALOGUE.len(), rows.len(), "an id is doubled or a row is malformed");
        for columns in rows {
            let lexeme = Lexeme::parse(&columns).unwrap_or_else(|| panic!("malformed: {columns:?}"));
            let named =
                columns.get(2).map_or(0, |list| list.split(',').filter(|name| !name.is_empty()).count());
            assert_eq!(lexeme.allergens.len(), named, "unknown allergen in {columns:?}");
        }
    }

    #[test]
    fn every_language_has_a_word_for_everything_in_the_catalogue() {
        for language in Language::ALL {
            let mut seen = HashSet::new();
            for columns in rows(file(language)) {
                assert_eq!(columns.len(), 2, "{language}: {columns:?}");
                assert!(
                    CATALOGUE.contains_key(columns[0]),
                    "{language}: {} is not in the catalogue",
                    columns[0]
                );
                assert!(seen.insert(columns[0]), "{language}: {} is doubled", columns[0]);
                assert!(columns[1].split('|').all(|form| !form.trim().is_empty()), "{language}: {columns:?}");
            }
            let missing: Vec<_> = CATALOGUE.keys().filter(|id| !seen.contains(*id)).collect();
            assert!(missing.is_empty(), "{language} lacks {missing:?}");
        }
    }
}
