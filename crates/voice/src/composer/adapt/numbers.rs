//! Numbers other than the day's energy: which of the facts a sentence speaks of, and how many of them it may state.
//!
//! A sentence of a sample says "80 g of protein a day": its slot tells the unit, the words around it tell what is
//! counted. What a meal holds is not what a day holds, so a sentence on single meals takes none of them.

use crate::{facts::Number, phrases::Phrases, slot::slots_in};

/// What a number counts, per day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::composer) struct Kind {
    /// Its name in the phrase files: the words that name it are cues of `number.<name>`.
    pub(in crate::composer) name: &'static str,
    /// The ids under which callers send it.
    ids: &'static [&'static str],
    /// The slots in which samples may hold it.
    slots: &'static [&'static str],
    /// The units in which callers may send it.
    units: &'static [&'static str],
}

/// Every kind, in the order in which texts say them.
pub(in crate::composer) const KINDS: [Kind; 7] = [
    gram("protein", &["protein", "proteins", "protein_g", "daily_protein", "protein_per_day"]),
    gram("carbs", &["carbs", "carbohydrate", "carbohydrates", "carbohydrates_g", "daily_carbs"]),
    gram("fat", &["fat", "fats", "fat_g", "total_fat", "daily_fat"]),
    gram("fibre", &["fibre", "fiber", "fibre_g", "fiber_g", "dietary_fibre", "dietary_fiber", "daily_fibre"]),
    gram("salt", &["salt", "salt_g", "daily_salt"]),
    Kind {
        name: "water",
        ids: &["water", "water_l", "water_ml", "daily_water", "water_per_day", "fluid", "fluids"],
        slots: &["number.l", "number.ml", "number.cup"],
        units: &["l", "ml", "cup"],
    },
    Kind {
        name: "meals",
        ids: &["meals", "meals_per_day", "meal_count"],
        slots: &["number.meal"],
        units: &["per_day"],
    },
];

/// What is advice and no part of the food, as a bit by its place in [`KINDS`]: water.
pub(in crate::composer) const ADVICE: u8 = bit(5);

const fn gram(name: &'static str, ids: &'static [&'static str]) -> Kind {
    Kind { name, ids, slots: &["number.g"], units: &["g"] }
}

impl Kind {
    /// Tells whether `number` is of this kind. None and one of something read badly, and say little.
    pub(in crate::composer) fn is(self, number: &Number) -> bool {
        self.ids.contains(&number.id.as_str())
            && self.units.contains(&number.unit.as_str())
            && !matches!(number.value.trim(), "0" | "1" | "")
    }

    /// Returns the key of its cues.
    pub(in crate::composer) fn key(self) -> &'static str {
        match self.name {
            "protein" => "number.protein",
            "carbs" => "number.carbs",
            "fat" => "number.fat",
            "fibre" => "number.fibre",
            "salt" => "number.salt",
            "water" => "number.water",
            _ => "number.meals",
        }
    }
}

/// Returns which kind the slot `name` holds, by what stands `before` and `after` it, as a place in [`KINDS`].
pub(in crate::composer) fn kind_of(
    name: &str,
    before: &str,
    after: &str,
    phrases: &Phrases,
) -> Option<usize> {
    const AFTER: usize = 3;
    const BEFORE: usize = 3;
    let whole = format!("{before} {after}");
    if phrases.find("number.part", &whole, &phrases.tokens(&whole)).is_some() {
        return None;
    }
    let fits = |kind: &Kind| kind.slots.contains(&name);
    // Only as far as the clause and the next number reach.
    let after = &after[..after.find([',', ';', '.', '{', '(']).unwrap_or(after.len())];
    let tokens = phrases.tokens(after);
    let next = (0..tokens.len().min(AFTER)).find_map(|at| {
        KINDS.iter().position(|kind| fits(kind) && phrases.begins(kind.key(), after, &tokens[at..]))
    });
    let before = &before[before.rfind([',', ';', '.', '}']).map_or(0, |at| at + 1)..];
    let tokens = phrases.tokens(before);
    next.or_else(|| {
        (tokens.len().saturating_sub(BEFORE)..tokens.len()).rev().find_map(|at| {
            KINDS.iter().position(|kind| fits(kind) && phrases.begins(kind.key(), before, &tokens[at..]))
        })
    })
}

/// Returns the kinds of which `text` states a number, as bits by their places in [`KINDS`].
pub(in crate::composer) fn kinds_in(text: &str, phrases: &Phrases) -> u8 {
    slots_in(text).into_iter().fold(0, |kinds, (span, name)| {
        let kind = name
            .ok()
            .and_then(|name| kind_of(name.as_str(), &text[..span.start], &text[span.end..], phrases));
        kinds | kind.map_or(0, bit)
    })
}

/// Returns the bit of the kind at a place in [`KINDS`].
pub(in crate::composer) const fn bit(kind: usize) -> u8 {
    1 << kind
}

#[cfg(test)]
mod tests {
    use domain::content::Language;

    use super::*;
    use crate::phrases::phrases;

    fn kind(sentence: &str, language: Language) -> Option<&'static str> {
        let (span, name) = slots_in(sentence).remove(0);
        let (before, after) = (&sentence[..span.start], &sentence[span.end..]);
        kind_of(name.unwrap().as_str(), before, after, phrases(language)).map(|kind| KINDS[kind].name)
    }

    #[test]
    fn the_words_around_a_number_tell_what_it_counts() {
        for (language, sentence, expected) in [
            (Language::English, "with {{number.g}} of protein a day", Some("protein")),
            (Language::English, "Protein sits at {{number.g}}.", Some("protein")),
            (Language::English, "at least {{number.l}} of water", Some("water")),
            (Language::English, "in {{number.meal}} meals a day", Some("meals")),
            (Language::English, "{{number.g}} of protein per meal", None),
            (Language::English, "{{number.g}} of oats", None),
            (Language::English, "{{number.min}} of protein", None),
            (Language::English, "Protein comes first, then {{number.g}} of oats", None),
            (Language::German, "{{number.g}} Eiweiß", Some("protein")),
            (Language::French, "{{number.g}} de fibres", Some("fibre")),
            (Language::Spanish, "{{number.g}} de grasa", Some("fat")),
            (Language::Portuguese, "{{number.g}} de carboidratos", Some("carbs")),
            (Language::Italian, "{{number.l}} d'acqua", Some("water")),
            (Language::Polish, "{{number.g}} białka", Some("protein")),
        ] {
            assert_eq!(kind(sentence, language), expected, "{sentence}");
        }
    }

    #[test]
    fn a_number_counts_only_under_the_id_and_the_unit_of_a_day() {
        let is_protein = |id: &str, unit: &str| {
            KINDS[0].is(&Number { id: id.into(), value: "30".into(), unit: unit.into() })
        };
        assert!(is_protein("protein", "g"));
        assert!(!is_protein("breakfast_protein", "g"));
        assert!(!is_protein("protein", "%"));
    }
}
