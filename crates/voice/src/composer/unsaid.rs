//! Tells which of the facts in words a composed text does not say.

use super::list;
use crate::{facts::Brief, phrases::phrases};

/// Returns the JSON pointers of the goals (`/facts/goals/0`), the meals (`/facts/meals/0`: none of its foods) and the foods
/// (`/facts/meals/0/foods/1`) that `text`, which the composer wrote for `brief`, leaves unsaid.
pub fn unsaid(text: &str, brief: &Brief) -> Vec<String> {
    let text = text.to_lowercase();
    let says = |phrase: &str| !phrase.is_empty() && text.contains(&phrase.to_lowercase());
    let phrases = phrases(brief.language);
    let goals = list::said_goals(brief, phrases).into_iter().enumerate();
    let goals = goals.filter(|(_, goal)| !goal.as_deref().is_some_and(says));
    let mut unsaid: Vec<String> = goals.map(|(at, _)| format!("/facts/goals/{at}")).collect();
    for (meal_at, meal) in brief.facts.meals.iter().enumerate() {
        let missing: Vec<usize> =
            (0..meal.foods.len()).filter(|at| !says(&list::clean(&meal.foods[*at]))).collect();
        if missing.len() == meal.foods.len() && !missing.is_empty() {
            unsaid.push(format!("/facts/meals/{meal_at}"));
        } else {
            unsaid.extend(missing.into_iter().map(|at| format!("/facts/meals/{meal_at}/foods/{at}")));
        }
    }
    unsaid
}

#[cfg(test)]
mod tests {
    use domain::content::Language;

    use super::*;
    use crate::facts::Meal;

    #[test]
    fn goals_and_foods_that_no_sentence_says_are_named() {
        let mut brief = crate::composer::tests::brief(Language::English);
        brief.facts.goals = vec!["I want to sleep better".into(), "More Fiber".into()];
        let meal = |foods: &[&str]| Meal {
            name: "meal".into(),
            foods: foods.iter().map(|food| (*food).to_owned()).collect(),
        };
        brief.facts.meals = vec![meal(&["porridge", "pears"]), meal(&["lentil soup"]), meal(&["rice"])];
        assert_eq!(
            unsaid("The goal is to sleep better. On the menu: Porridge and rice.", &brief),
            ["/facts/goals/1", "/facts/meals/0/foods/1", "/facts/meals/1"]
        );
    }
}
