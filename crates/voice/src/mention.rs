//! Finds foods, allergens, conditions, drugs and supplements that a text names.

use std::ops::Range;

use domain::content::Language;
use serde::Serialize;

use crate::{
    allergen::Allergen,
    lexicon::{first_form, lexicon, words::words},
};

/// What a word stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MentionKind {
    /// Something to eat or drink.
    Food,
    /// An allergen by its own name, such as gluten, nuts or dairy; most can be eaten too.
    Allergen(Allergen),
    /// A disease or a state of the body, such as coeliac disease or pregnancy.
    Condition,
    /// A medicine.
    Drug,
    /// A food supplement.
    Supplement,
}

/// One place of a text that names something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// Where, in bytes of the text.
    pub span: Range<usize>,
    /// What it is.
    pub kind: MentionKind,
    /// Its name in the catalogue, the same in all languages: `scrambled_eggs`.
    pub id: &'static str,
    /// The allergens that it is or holds as it is usually made.
    pub allergens: &'static [Allergen],
}

impl Mention {
    /// Tells whether it can be eaten or drunk.
    pub const fn is_food(&self) -> bool {
        matches!(self.kind, MentionKind::Food | MentionKind::Allergen(_))
    }
}

/// Returns what `text` names, from left to right, the longest name first, without overlaps.
pub fn mentions(text: &str, language: Language) -> Vec<Mention> {
    let lexicon = lexicon(language);
    let words = words(text);
    lexicon
        .forms
        .find(&words)
        .into_iter()
        .filter_map(|found| {
            let lexeme = lexicon.lexemes[found.entry];
            Some(Mention {
                span: words[found.first].span.start..words[found.last].span.end,
                kind: lexeme.kind?,
                id: lexeme.id,
                allergens: &lexeme.allergens,
            })
        })
        .collect()
}

/// Returns what `language` calls `allergen` in running text: `eggs`, `ovos`, `Eier`.
pub fn name_of(allergen: Allergen, language: Language) -> &'static str {
    first_form(allergen.as_str(), language).unwrap_or(allergen.as_str())
}
