//! The numbers that a text may hold: those of the facts.

use super::Evidence;
use crate::quantity::{Quantity, Unit, quantities};

/// A number of the facts.
pub(super) struct Known {
    /// In canonical form.
    pub(super) value: String,
    /// What it may count; empty if it may stand without a unit only.
    pub(super) units: Vec<Unit>,
    /// Which fact it is.
    pub(super) fact_id: String,
}

impl Known {
    /// Tells whether `quantity` states this fact.
    pub(super) fn is(&self, quantity: &Quantity) -> bool {
        self.value == quantity.value && quantity.unit.is_none_or(|unit| self.units.contains(&unit))
    }
}

/// Returns every number of the facts, in each way it may be said.
pub(super) fn known(evidence: &Evidence) -> Vec<Known> {
    let brief = evidence.brief;
    let mut known = Vec::new();
    if let Some(days) = brief.facts.plan_days {
        known.push(Known {
            value: days.to_string(),
            units: vec![Unit::Day],
            fact_id: "plan_days".to_owned(),
        });
        if days % 7 == 0 {
            let value = (days / 7).to_string();
            known.push(Known { value, units: vec![Unit::Week], fact_id: "plan_days".to_owned() });
        }
    }
    for number in &brief.facts.numbers {
        let fact_id = format!("numbers/{}", number.id);
        known.push(Known { value: canonical(&number.value), units: units(&number.unit), fact_id });
    }
    if !brief.facts.meals.is_empty() {
        let value = brief.facts.meals.len().to_string();
        known.push(Known { value, units: vec![Unit::Meal, Unit::PerDay], fact_id: "meals".to_owned() });
    }
    // Numbers inside goals and foods ("2 eggs") are facts in the words they came in.
    let goals = brief.facts.goals.iter().enumerate().map(|(at, goal)| (format!("goals/{at}"), goal));
    let meals = brief.facts.meals.iter().enumerate().flat_map(|(at, meal)| {
        meal.foods.iter().chain([&meal.name]).map(move |food| (format!("meals/{at}"), food))
    });
    for (fact_id, text) in goals.chain(meals) {
        for quantity in quantities(text, brief.language) {
            let units = quantity.unit.into_iter().collect();
            known.push(Known { value: quantity.value, units, fact_id: fact_id.clone() });
        }
    }
    known
}

/// Returns everything of this request that is worded.
pub(super) fn worded<'a>(evidence: &Evidence<'a>) -> Vec<&'a str> {
    let brief = evidence.brief;
    let meals = brief.facts.meals.iter().flat_map(|meal| meal.foods.iter().chain([&meal.name]));
    let client = brief.client.slots.values();
    brief.facts.goals.iter().chain(meals).chain(&brief.note).chain(client).map(String::as_str).collect()
}

/// Returns the units in which a text may give a number of the unit that facts call `unit`.
pub(super) fn units(unit: &str) -> Vec<Unit> {
    match unit {
        "kcal" => vec![Unit::Kilocalorie],
        "kJ" => vec![Unit::Kilojoule],
        "g" => vec![Unit::Gram],
        "mg" => vec![Unit::Milligram],
        "kg" => vec![Unit::Kilogram],
        "l" => vec![Unit::Litre],
        "ml" => vec![Unit::Millilitre],
        "lb" => vec![Unit::Pound],
        "oz" => vec![Unit::Ounce, Unit::FluidOunce],
        "cup" => vec![Unit::Cup],
        "%" => vec![Unit::Percent],
        "min" => vec![Unit::Minute],
        "h" => vec![Unit::Hour],
        "per_day" => vec![Unit::PerDay, Unit::Meal, Unit::Times],
        "per_week" => vec![Unit::PerWeek, Unit::Meal, Unit::Times],
        "C" => vec![Unit::Celsius],
        "F" => vec![Unit::Fahrenheit],
        _ => Vec::new(),
    }
}

/// Returns a decimal number without leading and trailing zeros.
fn canonical(value: &str) -> String {
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    match fraction.trim_end_matches('0') {
        "" => whole.to_owned(),
        fraction => format!("{whole}.{fraction}"),
    }
}
