//! Writes the brief's goals and allergens as lists of its language.

use domain::content::Language;

use crate::{facts::Brief, mention::mentions, phrases::Phrases, rules::unknown_foods};

/// Joins `items` as `language` does: `a`, `a and b`, `a, b and c`.
pub(super) fn joined(items: &[String], conjunction: &str, language: Language) -> String {
    let Some((last, rest)) = items.split_last() else { return String::new() };
    if rest.is_empty() {
        return last.clone();
    }
    // Spanish "y" and "e", Italian "e" and "ed" change before their own sound.
    let sounds_i = last.starts_with(['i', 'I', 'í']) || last.starts_with("hi");
    let conjunction =
        if language == Language::Spanish && conjunction == "y" && sounds_i { "e" } else { conjunction };
    // "a, b, and c" and "protein and fibre, and sleep" need the comma in English only where an item holds "and" itself.
    let nested = items.iter().any(|item| item.contains(&format!(" {conjunction} ")));
    let comma = if nested && rest.len() > 1 { "," } else { "" };
    format!("{}{comma} {conjunction} {last}", rest.join(", "))
}

/// Returns the goals of `brief` as one phrase, or nothing when there are none.
pub(super) fn goals(brief: &Brief, phrases: &Phrases) -> Option<String> {
    let goals: Vec<String> = brief
        .facts
        .goals
        .iter()
        .map(|goal| goal_inside(&clean(goal), brief.language, phrases))
        .filter(|goal| !goal.is_empty())
        .collect();
    (!goals.is_empty()).then(|| joined(&goals, phrases.and, brief.language))
}

/// Returns a goal as it stands inside a sentence: "Fewer headaches" as "fewer headaches", "lose weight" as "to lose weight".
///
/// Planners hold goals as labels with a capital. German nouns, abbreviations and names keep theirs.
fn goal_inside(goal: &str, language: Language, phrases: &Phrases) -> String {
    let tokens = phrases.tokens(goal);
    let first_word = goal.split_whitespace().next().unwrap_or_default();
    let plain = !first_word.chars().skip(1).any(|c| c.is_uppercase() || c.is_numeric());
    let lower = match language {
        Language::German => phrases.begins("goal.lower", goal, &tokens),
        _ => !phrases.begins("goal.capital", goal, &tokens),
    };
    let mut chars = goal.chars();
    let goal = match chars.next() {
        Some(first) if plain && lower => first.to_lowercase().chain(chars).collect(),
        _ => goal.to_owned(),
    };
    let bare = language == Language::English && !goal.starts_with("to ") && is_verbal(&goal, phrases);
    if bare { format!("to {goal}") } else { goal }
}

/// Tells whether a goal is something to do, "mieux dormir", and not something to have.
pub(super) fn is_verbal(goal: &str, phrases: &Phrases) -> bool {
    let tokens = phrases.tokens(goal);
    let begins = |key| phrases.begins(key, goal, &tokens);
    goal.trim_start().to_lowercase().starts_with("to ") || begins("goal.verb") || begins("infinitive")
}

/// Returns the allergens to avoid as one phrase, or nothing when there are none.
pub(super) fn exclusions(
    brief: &Brief,
    phrases: &Phrases,
    second_form: bool,
    negated: bool,
) -> Option<String> {
    let mut allergens = brief.client.avoid_allergens.clone();
    allergens.sort_unstable();
    allergens.dedup();
    let names: Vec<String> =
        allergens.into_iter().map(|allergen| phrases.allergen(allergen, second_form).to_owned()).collect();
    let conjunction = if negated { phrases.or } else { phrases.and };
    (!names.is_empty()).then(|| joined(&names, conjunction, brief.language))
}

/// Returns foods of the brief's meals as one phrase, or nothing when there are none that read well and safely.
///
/// The dishes that make a meal alone, or the foods of the first meal of several: "porridge, rice" would mix two. A food
/// that holds what the client avoids, or a number or a mark that another rule would have to judge, is passed over.
pub(super) fn foods(brief: &Brief, phrases: &Phrases) -> Option<String> {
    const FEWEST: usize = 2;
    const MOST: usize = 4;
    let plain = |food: &String| {
        let letters = |c: char| c.is_alphabetic() || matches!(c, ' ' | '-' | '\'' | '’');
        let named = mentions(food, brief.language);
        let avoided = named.iter().any(|mention| {
            !mention.is_food()
                || mention.allergens.iter().any(|allergen| brief.client.avoid_allergens.contains(allergen))
        });
        (1..=60).contains(&food.chars().count()) && food.chars().all(letters) && !avoided
    };
    // What no list knows may hold what this client avoids; the caller is warned of the same.
    let unknown = unknown_foods(brief);
    let meals: Vec<Vec<String>> = brief
        .facts
        .meals
        .iter()
        .enumerate()
        .map(|(meal_at, meal)| {
            let known = |at: &usize| !unknown.contains(&format!("/facts/meals/{meal_at}/foods/{at}"));
            let foods = meal.foods.iter().enumerate().filter(|(at, _)| known(at));
            foods.map(|(_, food)| clean(food)).filter(plain).collect()
        })
        .collect();
    let mut dishes: Vec<String> = Vec::new();
    for (foods, meal) in meals.iter().zip(&brief.facts.meals) {
        if let [dish] = &foods[..]
            && meal.foods.len() == 1
            && !dishes.contains(dish)
        {
            dishes.push(dish.clone());
        }
    }
    let several = || meals.iter().find(|foods| foods.len() >= FEWEST).cloned();
    let lone = || (!dishes.is_empty()).then(|| dishes.clone());
    let mut named = if dishes.len() >= FEWEST { dishes } else { several().or_else(lone)? };
    named.truncate(MOST);
    Some(joined(&named, phrases.and, brief.language))
}

/// Returns a goal as it may stand inside a sentence: on one line, without braces and without a full stop.
fn clean(goal: &str) -> String {
    let flat: String = goal
        .chars()
        .filter(|c| !matches!(c, '{' | '}' | '<' | '>'))
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    flat.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .trim_end_matches(['.', '!', ';', ',', ':', '…', ' '])
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Meal;

    #[test]
    fn lists_are_joined_the_way_of_the_language() {
        let items = |list: &[&str]| list.iter().map(|item| (*item).to_owned()).collect::<Vec<_>>();
        assert_eq!(joined(&items(&["a"]), "and", Language::English), "a");
        assert_eq!(joined(&items(&["a", "b", "c"]), "and", Language::English), "a, b and c");
        assert_eq!(joined(&items(&["a and b", "c", "d"]), "and", Language::English), "a and b, c, and d");
        assert_eq!(joined(&items(&["fibra", "hierro"]), "y", Language::Spanish), "fibra e hierro");
        assert_eq!(clean("better {{sleep}}.\n"), "better sleep");
    }

    #[test]
    fn goals_stand_inside_a_sentence_as_the_language_writes_them() {
        for (language, given, expected) in [
            (
                Language::English,
                &["to sleep better", "lose weight"][..],
                "to sleep better and to lose weight",
            ),
            (Language::English, &["Fewer headaches."], "fewer headaches"),
            (Language::English, &["IBS relief", "Mediterranean meals"], "IBS relief and Mediterranean meals"),
            (Language::English, &["Lower cholesterol"], "lower cholesterol"),
            (Language::Portuguese, &["Emagrecer com saúde"], "emagrecer com saúde"),
            (Language::Polish, &["Redukcja masy ciała"], "redukcja masy ciała"),
            (
                Language::German,
                &["Gewichtsabnahme", "Besser schlafen"],
                "Gewichtsabnahme und besser schlafen",
            ),
            (Language::French, &["Énergie stable !"], "énergie stable"),
        ] {
            let mut brief = crate::composer::tests::brief(language);
            brief.facts.goals = given.iter().map(|goal| (*goal).to_owned()).collect();
            assert_eq!(goals(&brief, crate::phrases::phrases(language)).as_deref(), Some(expected));
        }
    }

    #[test]
    fn foods_of_different_meals_are_not_mixed_and_avoided_ones_not_named() {
        let meal = |foods: &[&str]| Meal {
            name: "meal".to_owned(),
            foods: foods.iter().map(|food| (*food).to_owned()).collect(),
        };
        let of = |meals: Vec<Meal>| {
            let mut brief = crate::composer::tests::brief(Language::English);
            brief.client.avoid_allergens = vec![crate::allergen::Allergen::Fish];
            brief.facts.meals = meals;
            foods(&brief, crate::phrases::phrases(Language::English))
        };
        assert_eq!(
            of(vec![meal(&["porridge"]), meal(&["rice", "beans"])]).as_deref(),
            Some("rice and beans")
        );
        assert_eq!(
            of(vec![meal(&["porridge"]), meal(&["lentil soup"])]).as_deref(),
            Some("porridge and lentil soup")
        );
        assert_eq!(
            of(vec![meal(&["porridge"]), meal(&["baked salmon", "rice"])]).as_deref(),
            Some("porridge")
        );
        assert_eq!(of(vec![meal(&["baked salmon", "rice"])]), None);
        assert_eq!(of(vec![meal(&["rice"]), meal(&["zumblefluff"])]).as_deref(), Some("rice"));
        assert_eq!(of(vec![meal(&["2 slices of bread", "{{x}} <b>"])]), None);
    }
}
