//! Finds foods, allergens, conditions, drugs and supplements that a text names.

use std::ops::Range;

use domain::content::Language;
use serde::Serialize;

use crate::{
    allergen::Allergen,
    language::function_words,
    lexicon::{
        Lexeme, Lexicon, compounds,
        dishes::plain_foods,
        first_form, is_false_friend, lexicon,
        words::{Word, words},
    },
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

impl MentionKind {
    /// Tells whether it can be eaten or drunk.
    pub const fn is_food(self) -> bool {
        matches!(self, Self::Food | Self::Allergen(_))
    }
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
        self.kind.is_food()
    }
}

/// Returns what `text` names, from left to right, the longest name first, without overlaps.
pub fn mentions(text: &str, language: Language) -> Vec<Mention> {
    of_words(&words(text), lexicon(language)).into_iter().filter_map(|(_, mention)| mention).collect()
}

/// Returns the foods with allergens that words of `language` are made of: nuts in "Nussecken".
///
/// These are no mentions of their own: they say more of words that may be mentions already.
pub(crate) fn compounded_foods(words: &[Word], language: Language) -> Vec<Mention> {
    let parts = |word: &Word| {
        let span = word.span.clone();
        let mention = move |lexeme: &'static Lexeme| Mention {
            span: span.clone(),
            kind: MentionKind::Food,
            id: lexeme.id,
            allergens: &lexeme.allergens,
        };
        compounds::parts(word, language)
            .into_iter()
            .filter(|lexeme| !lexeme.allergens.is_empty())
            .map(mention)
    };
    words.iter().flat_map(parts).collect()
}

/// Tells whether some word of `text` is a food that our word lists know, in `language` or in another one.
pub(crate) fn knows_food(text: &str, language: Language) -> bool {
    let words = words(text);
    let compounded = || words.iter().any(|word| !compounds::parts(word, language).is_empty());
    let known = |other: Language| {
        let found = of_words(&words, lexicon(other)).into_iter().filter_map(|(span, mention)| {
            mention
                .is_some_and(|mention| mention.kind.is_food() || mention.kind == MentionKind::Supplement)
                .then_some(span)
        });
        let plain = plain_foods(other).find(&words);
        let plain = plain.into_iter().map(|hit| words[hit.first].span.start..words[hit.last].span.end);
        let own = |span: &Range<usize>| {
            words.iter().filter(|word| span.contains(&word.span.start)).all(|word| is_own(word, language))
        };
        found.chain(plain).any(|span| other == language || !own(&span))
    };
    Language::ALL.into_iter().any(known) || compounded()
}

/// Tells whether `word` means something in `language` that is no food, though it is a food in another language.
fn is_own(word: &Word, language: Language) -> bool {
    function_words(language).contains(word.text.as_str()) || is_false_friend(&word.text, language)
}

/// Returns the foods with allergens that a text in `language` names in another of our languages: "ovos" in English.
///
/// What `language` knows itself, be it as another food or as a figure of speech, and what means something else in it
/// (`lexicon/false-friends.tsv`) is left out.
pub(crate) fn foreign_foods(words: &[Word], language: Language) -> Vec<Mention> {
    let known: Vec<Range<usize>> =
        of_words(words, lexicon(language)).into_iter().map(|(span, _)| span).collect();
    let mut found: Vec<Mention> = Vec::new();
    for other in Language::ALL.into_iter().filter(|other| *other != language) {
        for mention in of_words(words, lexicon(other)).into_iter().filter_map(|(_, mention)| mention) {
            let overlaps =
                |span: &Range<usize>| span.start < mention.span.end && mention.span.start < span.end;
            let named = words.iter().filter(|word| overlaps(&word.span)).all(|word| is_own(word, language));
            let is_food = mention.is_food() && !mention.allergens.is_empty();
            if is_food && !named && !known.iter().any(overlaps) && !found.contains(&mention) {
                found.push(mention);
            }
        }
    }
    found
}

/// Returns what `lexicon` knows in `words`; figures of speech mention nothing.
fn of_words(words: &[Word], lexicon: &Lexicon) -> Vec<(Range<usize>, Option<Mention>)> {
    let mention = |found: crate::lexicon::forms::Found| {
        let lexeme = lexicon.lexemes[found.entry];
        let span = words[found.first].span.start..words[found.last].span.end;
        let mention = lexeme.kind.map(|kind| Mention {
            span: span.clone(),
            kind,
            id: lexeme.id,
            allergens: &lexeme.allergens,
        });
        (span, mention)
    };
    lexicon.forms.find(words).into_iter().map(mention).collect()
}

/// Returns what `language` calls `allergen` in running text: `eggs`, `ovos`, `Eier`.
pub fn name_of(allergen: Allergen, language: Language) -> &'static str {
    first_form(allergen.as_str(), language).unwrap_or(allergen.as_str())
}
