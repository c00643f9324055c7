//! Keeps advice to what this plan has: its days, its weeks, its meals.
//!
//! "Don't skip your snacks" contradicts a plan without any, "shop on Sunday" one of three days, "week one" one of seven.

use super::Request;
use crate::phrases::Token;

/// Cues of the meals that not every plan has.
const MEALS: [&str; 4] = ["meal.breakfast", "meal.lunch", "meal.dinner", "meal.snack"];

impl Request<'_> {
    /// Tells whether `text` speaks of no longer time than the plan lasts.
    pub(super) fn is_within_plan(&self, text: &str, tokens: &[Token]) -> bool {
        let Some(days) = self.brief.facts.plan_days else { return true };
        // "Here's your week" belongs to no plan of three days, "jeden Tag" to none of one.
        [("day.several", 1), ("longer", 6), ("weekday", 6), ("longer.week", 7)]
            .into_iter()
            .all(|(key, longest)| days > longest || self.phrases.find(key, text, tokens).is_none())
    }

    /// Tells whether `text` names no meal that this plan is without, as far as the request tells its meals.
    ///
    /// Breakfast, lunch and dinner are everyone's unless the request lists others; snacks are not.
    pub(super) fn is_of_its_meals(&self, text: &str, tokens: &[Token]) -> bool {
        let listed = MEALS.map(|key| self.lists_meal(key));
        let none = !listed.contains(&true);
        MEALS.iter().zip(listed).all(|(key, listed)| {
            listed || none && *key != "meal.snack" || self.phrases.find(key, text, tokens).is_none()
        })
    }

    fn lists_meal(&self, key: &str) -> bool {
        let meals = self.brief.facts.meals.iter();
        meals.map(|meal| meal.name.as_str()).any(|name| {
            let tokens = self.phrases.tokens(name);
            self.phrases.find(key, name, &tokens).is_some()
        })
    }
}
