//! Foods of a request of which no word list knows what they hold.

use super::cause::phrases;
use crate::{
    facts::Brief,
    lexicon::{meal_words, words::words},
    mention::knows_food,
};

/// Returns the JSON pointers of the foods (`/facts/meals/0/foods/1`) and of the meals named by a dish
/// (`/facts/meals/0/name`) in which no word is known to us, if the client avoids anything.
///
/// Nobody can say of them whether they hold what is avoided: the dietitian must look, and they are better left unsaid
/// beside "without nuts". A known word says nothing of the rest of a dish ("chicken à la Rosa").
pub fn unknown_foods(brief: &Brief) -> Vec<String> {
    if brief.client.avoid_allergens.is_empty() {
        return Vec::new();
    }
    let unknown = |(pointer, phrase): &(String, &str)| {
        let names_meal = || {
            let words = words(phrase);
            words.is_empty() || !meal_words(brief.language).find(&words).is_empty()
        };
        pointer.starts_with("/facts/meals/")
            && !knows_food(phrase, brief.language)
            && !(pointer.ends_with("/name") && names_meal())
    };
    phrases(brief).into_iter().filter(unknown).map(|(pointer, _)| pointer).collect()
}

#[cfg(test)]
mod tests {
    use domain::content::Language;

    use super::*;
    use crate::rules::cause::tests::brief;

    fn unknown(language: Language, name: &str, foods: &[&str]) -> Vec<String> {
        let mut brief = brief(&[], foods);
        brief.language = language;
        brief.facts.meals[0].name = name.to_owned();
        unknown_foods(&brief)
    }

    #[test]
    fn a_food_without_a_known_word_is_named() {
        let found = unknown(
            Language::English,
            "Grandma's flurgle",
            &["rice", "zorbleknurps", "baked zorble with rice"],
        );
        assert_eq!(found, ["/facts/meals/0/name", "/facts/meals/0/foods/1"]);
    }

    #[test]
    fn foods_and_meals_of_every_day_are_known() {
        for (language, meal, foods) in [
            (
                Language::English,
                "Mid-morning snack",
                &["venison with parsnips", "tartiflette", "overnight oats"][..],
            ),
            (
                Language::German,
                "Zweites Frühstück",
                &["Kartoffelpuffer", "Linseneintopf", "Hirsch mit Rotkohl"],
            ),
            (Language::French, "petit-déjeuner", &["lapin aux navets", "gratin dauphinois"]),
            (Language::Spanish, "media mañana", &["arepas", "conejo al ajillo"]),
            (Language::Portuguese, "Café da manhã", &["açaí", "feijão tropeiro"]),
            (Language::Italian, "spuntino", &["radicchio", "peperonata"]),
            (Language::Polish, "drugie śniadanie", &["kasza jaglana", "gołąbki"]),
        ] {
            assert_eq!(unknown(language, meal, foods), [""; 0], "{language}");
        }
    }

    #[test]
    fn nothing_is_asked_when_nothing_is_avoided() {
        let mut brief = brief(&[], &["zorbleknurps"]);
        brief.client.avoid_allergens.clear();
        assert_eq!(unknown_foods(&brief), [""; 0]);
    }
}
