//! Dishes by their own names, and plain foods that hold no allergen; a data file, read once.
//!
//! `lexicon/dishes.tsv`: `language` a dish is from, `allergens`, forms that every language knows, forms that only its own
//! language knows. The name of a dish is the same abroad, so one row serves all languages. A row without allergens lists
//! plain foods: no rule asks for them, but whoever asks whether a food is known must not be told no.

use std::sync::LazyLock;

use domain::content::Language;

use super::{Lexeme, forms::Forms, rows};
use crate::mention::MentionKind;

/// One row of dishes that hold the same.
pub(super) struct Dishes {
    /// What they are and hold; called as the first of them is written.
    pub(super) lexeme: Lexeme,
    language: Language,
    everywhere: &'static str,
    at_home: &'static str,
}

impl Dishes {
    /// Returns the forms that `language` knows.
    pub(super) fn forms(&self, language: Language) -> impl Iterator<Item = &'static str> + use<> {
        let at_home = if language == self.language { self.at_home } else { "" };
        self.everywhere.split('|').chain(at_home.split('|')).map(str::trim).filter(|form| !form.is_empty())
    }

    fn parse(columns: &[&'static str]) -> Option<Self> {
        let &[language, allergens, everywhere, at_home] = columns else { return None };
        let first = if everywhere.is_empty() { at_home } else { everywhere };
        let id = first.split(['|', '(', '*']).find(|part| !part.is_empty())?;
        let allergens = allergens.split(',').filter_map(|name| name.parse().ok()).collect();
        let lexeme = Lexeme { id, kind: Some(MentionKind::Food), allergens };
        Some(Self { lexeme, language: language.parse().ok()?, everywhere, at_home })
    }
}

/// Returns the dishes with allergens.
pub(super) fn with_allergens() -> impl Iterator<Item = &'static Dishes> {
    DISHES.iter().filter(|dishes| !dishes.lexeme.allergens.is_empty())
}

/// Returns the forms of the plain foods of `language`.
pub(crate) fn plain_foods(language: Language) -> &'static Forms {
    &PLAIN[language as usize]
}

static DISHES: LazyLock<Vec<Dishes>> = LazyLock::new(|| {
    rows(include_str!("dishes.tsv")).filter_map(|columns| Dishes::parse(&columns)).collect()
});

static PLAIN: LazyLock<[Forms; 7]> = LazyLock::new(|| {
    Language::ALL.map(|language| {
        let mut forms = Forms::default();
        for dishes in DISHES.iter().filter(|dishes| dishes.lexeme.allergens.is_empty()) {
            dishes.forms(language).for_each(|form| forms.insert(form, language, 0));
        }
        forms
    })
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_understood() {
        for columns in rows(include_str!("dishes.tsv")) {
            let dishes = Dishes::parse(&columns).unwrap_or_else(|| panic!("malformed: {columns:?}"));
            let named = columns[1].split(',').filter(|name| !name.is_empty()).count();
            assert_eq!(dishes.lexeme.allergens.len(), named, "unknown allergen in {columns:?}");
        }
    }

    #[test]
    fn every_language_brings_its_own_dishes() {
        for language in Language::ALL {
            let own = with_allergens().filter(|dishes| dishes.language == language);
            let forms = own.flat_map(|dishes| dishes.forms(language)).count();
            assert!(forms >= 150, "{language}: {forms}");
        }
    }
}
