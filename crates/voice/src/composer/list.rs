//! Writes the brief's goals and allergens as lists of its language.

use domain::content::Language;

use crate::{
    facts::Brief,
    mention::{Mention, mentions},
    phrases::Phrases,
    rules::{check_facts, unknown_foods},
};

/// Joins `items` as the language does: `a`, `a and b`, `a, b and c`.
///
/// Where an item holds "and" itself, another word joins the last: "chicken and rice, as well as bean chilli".
pub(super) fn joined(items: &[String], conjunction: &str, phrases: &Phrases, language: Language) -> String {
    let Some((last, rest)) = items.split_last() else { return String::new() };
    if rest.is_empty() {
        return last.clone();
    }
    // Spanish "y" and "e", Italian "e" and "ed" change before their own sound.
    let sounds_i = last.starts_with(['i', 'I', 'í']) || last.starts_with("hi");
    let spoken =
        if language == Language::Spanish && conjunction == "y" && sounds_i { "e" } else { conjunction };
    let joins = if is_nested(items, conjunction, phrases) { phrases.nested } else { spoken };
    let space = if joins.starts_with(',') { "" } else { " " };
    format!("{}{space}{joins} {last}", rest.join(", "))
}

/// Lists `items` after a colon: "arroz e feijão, frango grelhado, sopa".
fn listed(items: &[String], phrases: &Phrases, language: Language) -> String {
    // After commas English and German can close with a word that takes nothing on.
    if let Some((last, before)) = items.split_last()
        && before.len() > 1
        && !holds_conjunction(items, phrases.and)
        && is_nested(items, phrases.and, phrases)
    {
        match language {
            Language::English => return format!("{}, and {last}", before.join(", ")),
            Language::German => return format!("{} sowie {last}", before.join(", ")),
            _ => {}
        }
    }
    if is_nested(items, phrases.and, phrases) {
        return items.join(", ");
    }
    joined(items, phrases.and, phrases, language)
}

/// Tells whether an item holds the conjunction that would join it to the others, or takes the next one on with it:
/// "jacket potato with tuna and chicken curry".
fn is_nested(items: &[String], conjunction: &str, phrases: &Phrases) -> bool {
    holds_conjunction(items, conjunction)
        || items.split_last().is_some_and(|(_, before)| before.iter().any(|item| takes_on(item, phrases)))
}

fn holds_conjunction(items: &[String], conjunction: &str) -> bool {
    items.iter().any(|item| item.contains(&format!(" {conjunction} ")))
}

/// Tells whether `item` seems to take on what is joined to it: "rice with beans".
fn takes_on(item: &str, phrases: &Phrases) -> bool {
    phrases.find("nested.with", item, &phrases.tokens(item)).is_some()
}

/// Puts the one dish that would take on the next last: "bean soup and jacket potato with tuna".
fn with_open_dish_last(mut dishes: Vec<String>, phrases: &Phrases) -> Vec<String> {
    let open: Vec<usize> = (0..dishes.len()).filter(|at| takes_on(&dishes[*at], phrases)).collect();
    if let [only] = open[..]
        && !holds_conjunction(&dishes, phrases.and)
    {
        dishes[only..].rotate_left(1);
    }
    dishes
}

/// Returns the goals of `brief` as one phrase, or nothing when there are none.
pub(super) fn goals(brief: &Brief, phrases: &Phrases) -> Option<String> {
    let goals = goal_phrases(brief, phrases);
    (!goals.is_empty()).then(|| joined(&goals, phrases.and, phrases, brief.language))
}

/// Returns each goal of `brief` that fits into a sentence, as it stands there.
pub(super) fn goal_phrases(brief: &Brief, phrases: &Phrases) -> Vec<String> {
    said_goals(brief, phrases).into_iter().flatten().collect()
}

/// Returns how each goal of `brief` stands in the text; nothing for one that fits into no sentence.
///
/// "Losing weight" beside "to sleep better" is "to lose weight".
pub(super) fn said_goals(brief: &Brief, phrases: &Phrases) -> Vec<Option<String>> {
    let mut goals: Vec<Option<String>> =
        brief.facts.goals.iter().map(|goal| goal_phrase(goal, brief.language, phrases)).collect();
    if brief.language == Language::English && goals.iter().flatten().any(|goal| goal.starts_with("to ")) {
        for goal in goals.iter_mut().flatten() {
            if let Some(infinitive) = infinitive(goal, phrases) {
                *goal = infinitive;
            }
        }
    }
    goals
}

/// Returns "losing weight" as "to lose weight", if it begins with the -ing form of a verb that goals begin with.
fn infinitive(goal: &str, phrases: &Phrases) -> Option<String> {
    let (first, rest) = goal.split_once(' ').unwrap_or((goal, ""));
    let stem = first.strip_suffix("ing")?;
    let undoubled = stem.get(..stem.len().saturating_sub(1)).unwrap_or_default();
    [stem.to_owned(), format!("{stem}e"), undoubled.to_owned()].into_iter().find_map(|verb| {
        let goal = format!("{verb} {rest}");
        let known = phrases.begins("goal.verb", &goal, &phrases.tokens(&goal));
        known.then(|| format!("to {}", goal.trim_end()))
    })
}

/// Returns `goal` as it stands inside a sentence, or nothing when it fits into none: "I want to sleep" is "to sleep",
/// "BETTER SLEEP" is "better sleep", "her target weight" is "your target weight".
pub(super) fn goal_phrase(goal: &str, language: Language, phrases: &Phrases) -> Option<String> {
    let goal = quiet(&clean(goal), language)?;
    let tokens = phrases.tokens(&goal);
    let wish = phrases.beginning("goal.wish", &goal, &tokens);
    let goal = match wish.and_then(|wish| tokens.get(wish)) {
        Some(first) => goal[first.span.start..].to_owned(),
        None if wish.is_some() => return None,
        None => goal,
    };
    let goal = to_reader(&plainly_cased(goal, language, phrases), language);
    let tokens = phrases.tokens(&goal);
    let inside = goal_inside(&goal, language, phrases);
    (!inside.is_empty() && phrases.find("goal.person", &goal, &tokens).is_none()).then_some(inside)
}

/// Takes the voice down where a goal shouts. Abbreviations stay, and what German would write so cannot be told.
fn quiet(goal: &str, language: Language) -> Option<String> {
    /// "IBS", "PCOS" are abbreviations, "SLEEP" is none.
    const LONGEST_ABBREVIATION: usize = 4;
    let loud = |word: &&str| {
        word.chars().filter(|c| c.is_alphabetic()).count() > 1
            && !word.chars().any(char::is_lowercase)
            && !word.chars().any(char::is_numeric)
    };
    let words: Vec<&str> = goal.split(' ').collect();
    let shouts = words.len() > 1 && words.iter().all(loud);
    let is_shouted = |word: &&str| loud(word) && (shouts || word.chars().count() > LONGEST_ABBREVIATION);
    if !words.iter().any(is_shouted) {
        return Some(goal.to_owned());
    }
    let quieter = |word: &str| if is_shouted(&word) { word.to_lowercase() } else { word.to_owned() };
    (language != Language::German).then(|| words.into_iter().map(quieter).collect::<Vec<_>>().join(" "))
}

/// Writes "More Fiber" as "More fiber": English planners hold goals as titles.
fn plainly_cased(goal: String, language: Language, phrases: &Phrases) -> String {
    /// "of", "and", "the" stay small in titles.
    const LONGEST_SMALL: usize = 3;
    let words: Vec<&str> = goal.split(' ').collect();
    let titled = |word: &&str| word.starts_with(char::is_uppercase) || word.chars().count() <= LONGEST_SMALL;
    if language != Language::English || words.len() < 2 || !words.iter().all(titled) {
        return goal;
    }
    let plain = |word: &str| {
        let named = phrases.begins("goal.capital", word, &phrases.tokens(word))
            || word.chars().skip(1).any(|c| c.is_uppercase() || c.is_numeric());
        if named { word.to_owned() } else { word.to_lowercase() }
    };
    words.into_iter().map(plain).collect::<Vec<_>>().join(" ")
}

/// Turns "my" and "her" into "your": the text speaks to the client.
fn to_reader(goal: &str, language: Language) -> String {
    if language != Language::English {
        return goal.to_owned();
    }
    let word = |word: &str| match word.to_lowercase().as_str() {
        "my" | "her" | "his" | "their" => "your".to_owned(),
        "myself" | "herself" | "himself" | "themselves" => "yourself".to_owned(),
        _ => word.to_owned(),
    };
    goal.split(' ').map(word).collect::<Vec<_>>().join(" ")
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
    (!names.is_empty()).then(|| joined(&names, conjunction, phrases, brief.language))
}

/// Tells whether the allergens to avoid are said in the plural: "nuts", "fish and milk".
pub(super) fn are_many(brief: &Brief, phrases: &Phrases) -> bool {
    let mut allergens = brief.client.avoid_allergens.clone();
    allergens.sort_unstable();
    allergens.dedup();
    let plural = |name: &str| phrases.begins("allergen.many", name, &phrases.tokens(name));
    match allergens[..] {
        [only] => plural(phrases.allergen(only, false)),
        _ => true,
    }
}

/// Foods to name, in the two forms in which sentences take them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Foods {
    /// After a verb: "porridge, rice and beans".
    pub(super) running: String,
    /// After a colon.
    pub(super) listed: String,
    /// Whether they are several.
    pub(super) many: bool,
}

/// Returns foods of the brief's meals, or nothing when there are none that read well and safely.
///
/// Every meal is named by its first food before any is named by its second. A food that holds what the client avoids, or
/// a number or a mark that another rule would have to judge, is passed over.
pub(super) fn foods(brief: &Brief, phrases: &Phrases) -> Option<Foods> {
    const MOST: usize = 6;
    let plain = |food: &String| {
        let letters = |c: char| c.is_alphabetic() || matches!(c, ' ' | '-' | '\'' | '’');
        let named = mentions(food, brief.language);
        let foods_only = named.iter().all(Mention::is_food);
        (1..=60).contains(&food.chars().count()) && food.chars().all(letters) && foods_only
    };
    // What no list knows may hold what this client avoids; the caller is warned of the same.
    let mut left_out = unknown_foods(brief);
    // "Bread" is not said to whom avoids gluten, "soup without cream" is.
    left_out.extend(check_facts(brief).into_iter().map(|fact| fact.pointer));
    let mut foods: Vec<(usize, usize, String)> = Vec::new();
    for (meal_at, meal) in brief.facts.meals.iter().enumerate() {
        let known = |at: &usize| !left_out.contains(&format!("/facts/meals/{meal_at}/foods/{at}"));
        let named = meal.foods.iter().enumerate().filter(|(at, _)| known(at));
        for (at, food) in named.map(|(_, food)| clean(food)).filter(plain).enumerate() {
            if !foods.iter().any(|(.., other)| *other == food) {
                foods.push((at, meal_at, food));
            }
        }
    }
    foods.sort_by_key(|(at, meal_at, _)| (*at, *meal_at));
    foods.truncate(MOST);
    foods.sort_by_key(|(at, meal_at, _)| (*meal_at, *at));
    let named = with_open_dish_last(foods.into_iter().map(|(.., food)| food).collect(), phrases);
    (!named.is_empty()).then(|| Foods {
        running: joined(&named, phrases.and, phrases, brief.language),
        listed: listed(&named, phrases, brief.language),
        many: named.len() > 1,
    })
}

/// Returns a goal as it may stand inside a sentence: on one line, without braces and without a full stop.
pub(super) fn clean(goal: &str) -> String {
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
        let joined = |list: &[&str], language| {
            let phrases = crate::phrases::phrases(language);
            super::joined(&items(list), phrases.and, phrases, language)
        };
        assert_eq!(joined(&["a"], Language::English), "a");
        assert_eq!(joined(&["a", "b", "c"], Language::English), "a, b and c");
        assert_eq!(joined(&["fibra", "hierro"], Language::Spanish), "fibra e hierro");
        assert_eq!(clean("better {{sleep}}.\n"), "better sleep");
    }

    #[test]
    fn a_list_of_things_that_hold_and_stays_readable_in_every_language() {
        for (language, items, running) in [
            (Language::English, ["fish and rice", "bean chilli"], "fish and rice, as well as bean chilli"),
            (Language::German, ["Reis und Bohnen", "Suppe"], "Reis und Bohnen sowie Suppe"),
            (Language::French, ["riz et lentilles", "soupe"], "riz et lentilles ainsi que soupe"),
            (Language::Italian, ["pasta e fagioli", "riso"], "pasta e fagioli, oltre a riso"),
            (Language::Spanish, ["arroz y pollo", "sopa"], "arroz y pollo, así como sopa"),
            (Language::Portuguese, ["arroz e feijão", "sopa"], "arroz e feijão, além de sopa"),
            (Language::Polish, ["ryż i kurczak", "zupa"], "ryż i kurczak, a także zupa"),
        ] {
            let (phrases, items) = (crate::phrases::phrases(language), items.map(str::to_owned));
            assert_eq!(joined(&items, phrases.and, phrases, language), running);
            assert_eq!(listed(&items, phrases, language), items.join(", "));
        }
    }

    #[test]
    fn a_dish_with_something_does_not_take_on_the_next_dish() {
        for (language, items, running) in [
            (
                Language::English,
                ["jacket potato with tuna", "chicken curry with rice"],
                "jacket potato with tuna, as well as chicken curry with rice",
            ),
            (Language::German, ["Reis mit Huhn", "Suppe"], "Reis mit Huhn sowie Suppe"),
            (Language::Italian, ["riso con verdure", "pollo"], "riso con verdure, oltre a pollo"),
            (Language::English, ["lentil soup", "rice with peas"], "lentil soup and rice with peas"),
        ] {
            let (phrases, items) = (crate::phrases::phrases(language), items.map(str::to_owned));
            assert_eq!(joined(&items, phrases.and, phrases, language), running);
        }
        let dishes = |list: [&str; 3]| list.map(str::to_owned).to_vec();
        let phrases = crate::phrases::phrases(Language::English);
        let three = dishes(["yoghurt with pears", "potato with tuna", "curry with rice"]);
        assert_eq!(
            listed(&three, phrases, Language::English),
            "yoghurt with pears, potato with tuna, and curry with rice"
        );
        assert_eq!(
            with_open_dish_last(dishes(["rice with peas", "soup", "apples"]), phrases),
            ["soup", "apples", "rice with peas"]
        );
    }

    #[test]
    fn goals_stand_inside_a_sentence_as_the_language_writes_them() {
        for (language, given, expected) in [
            (
                Language::English,
                &["to sleep better", "lose weight"][..],
                "to sleep better and to lose weight",
            ),
            (
                Language::English,
                &["to sleep better", "losing weight", "getting stronger"],
                "to sleep better, to lose weight and to get stronger",
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
            (Language::English, &["I want to feel better"], "to feel better"),
            (Language::English, &["I'd like more energy", "BETTER SLEEP"], "more energy and better sleep"),
            (Language::English, &["support for my diabetes"], "support for your diabetes"),
            (Language::English, &["Reaching her target weight"], "reaching your target weight"),
            (Language::Spanish, &["Quiero dormir mejor"], "dormir mejor"),
            (Language::Portuguese, &["MAIS ENERGIA"], "mais energia"),
            (Language::French, &["Je voudrais mieux dormir"], "mieux dormir"),
            (Language::German, &["Ich möchte besser schlafen"], "besser schlafen"),
            (Language::Italian, &["Vorrei dormire meglio"], "dormire meglio"),
            (Language::Polish, &["Chcę lepiej spać"], "lepiej spać"),
        ] {
            let mut brief = crate::composer::tests::brief(language);
            brief.facts.goals = given.iter().map(|goal| (*goal).to_owned()).collect();
            assert_eq!(goals(&brief, crate::phrases::phrases(language)).as_deref(), Some(expected));
        }
    }

    #[test]
    fn goals_that_fit_into_no_sentence_are_left_unsaid() {
        for (language, goal) in [
            (Language::English, "I feel tired"),
            (Language::English, "I want to"),
            (Language::English, "she wants him to help me"),
            (Language::Spanish, "Quiero sentirme mejor"),
            (Language::Portuguese, "me sentir melhor"),
            (Language::French, "Je veux me sentir mieux"),
            (Language::German, "BESSER SCHLAFEN"),
            (Language::German, "mehr Kraft für meine Arbeit"),
            (Language::Italian, "sentirmi meglio"),
            (Language::Polish, "wsparcie mojej diety"),
        ] {
            assert_eq!(goal_phrase(goal, language, crate::phrases::phrases(language)), None, "{goal}");
        }
    }

    #[test]
    fn every_meal_is_named_before_any_is_named_twice_and_avoided_foods_never() {
        let meal = |foods: &[&str]| Meal {
            name: "meal".to_owned(),
            foods: foods.iter().map(|food| (*food).to_owned()).collect(),
        };
        let of = |meals: Vec<Meal>| {
            let mut brief = crate::composer::tests::brief(Language::English);
            brief.client.avoid_allergens = vec![crate::allergen::Allergen::Fish];
            brief.facts.meals = meals;
            foods(&brief, crate::phrases::phrases(Language::English)).map(|foods| foods.running)
        };
        assert_eq!(
            of(vec![meal(&["porridge"]), meal(&["rice", "beans"])]).as_deref(),
            Some("porridge, rice and beans")
        );
        assert_eq!(
            of(vec![meal(&["pears", "figs", "dates", "plums"]), meal(&["rice", "beans"]), meal(&["soup"])])
                .as_deref(),
            Some("pears, figs, dates, rice, beans and soup")
        );
        assert_eq!(
            of(vec![meal(&["porridge"]), meal(&["lentil soup"])]).as_deref(),
            Some("porridge and lentil soup")
        );
        assert_eq!(
            of(vec![meal(&["porridge"]), meal(&["baked salmon", "rice"])]).as_deref(),
            Some("porridge and rice")
        );
        assert_eq!(of(vec![meal(&["baked salmon"])]), None);
        assert_eq!(of(vec![meal(&["pasta without tuna"])]).as_deref(), Some("pasta without tuna"));
        assert_eq!(of(vec![meal(&["rice"]), meal(&["zumblefluff"])]).as_deref(), Some("rice"));
        assert_eq!(of(vec![meal(&["2 slices of bread", "{{x}} <b>"])]), None);
    }
}
