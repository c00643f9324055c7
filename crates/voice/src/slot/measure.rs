//! Turns numbers and dates into slots, and tells the length of the plan from other counts of days.

use std::ops::Range;

use domain::content::Language;

use super::SlotName;
use crate::{
    quantity::{Counted, Unit, counted},
    word::{fold, words},
};

/// Returns the numbers and dates in `text` with their slots.
///
/// Counts (days, weeks, meals, times) leave their noun in the text, because it bends with the sentence; amounts take
/// their unit along, because the request's unit may be another.
pub(super) fn measures(text: &str, language: Language) -> Vec<(Range<usize>, SlotName)> {
    let mut plan_days: Option<u32> = None;
    counted(text, language)
        .into_iter()
        .map(|counted| {
            let days = days(&counted);
            let is_plan = days.is_some_and(|days| {
                let fits =
                    plan_days.is_none_or(|known| known == days) && !is_part_of_plan(text, &counted, language);
                if fits {
                    plan_days = Some(days);
                }
                fits
            });
            let (name, whole) = slot(counted.quantity.unit, is_plan);
            let span = if whole { counted.quantity.span } else { counted.number };
            (span, SlotName(name.to_owned()))
        })
        .collect()
}

fn days(counted: &Counted) -> Option<u32> {
    let value: u32 = counted.quantity.value.parse().ok()?;
    match counted.quantity.unit? {
        Unit::Day => Some(value),
        Unit::Week => value.checked_mul(7),
        _ => None,
    }
}

/// Tells whether the days are the first, the last, or every so many, and not the whole plan.
fn is_part_of_plan(text: &str, counted: &Counted, language: Language) -> bool {
    let before = &text[..counted.number.start];
    let sentence = &before[before.rfind(['.', '!', '?', '\n', '}']).map_or(0, |at| at + 1)..];
    let cues: &[&str] = match language {
        Language::English => &[
            "first", "every", "last", "after", "within", "past", "each", "another", "ago", "day", "week",
            "for",
        ],
        Language::Spanish => &["primeros", "primeras", "cada", "tras", "ultimos", "dia", "semana", "hace"],
        Language::Portuguese => &["primeiros", "primeiras", "cada", "apos", "ultimos", "dia", "semana", "ha"],
        Language::French => {
            &["premiers", "premieres", "chaque", "apres", "derniers", "jour", "semaine", "tous", "les"]
        }
        Language::German => &["ersten", "alle", "nach", "letzten", "tag", "woche", "vor", "seit"],
        Language::Italian => &["primi", "prime", "ogni", "dopo", "ultimi", "giorno", "settimana"],
        Language::Polish => &["pierwsze", "pierwszych", "co", "po", "ostatnie", "dzien", "od"],
    };
    let Some(last) = words(sentence).last().map(|word| fold(word.text)) else { return false };
    // "for 7 days" and "les 7 jours" are as often the plan as not: they count as the plan when it is named.
    let weak = ["for", "les", "tous"].contains(&last.as_str());
    cues.contains(&last.as_str()) && !weak
}

/// Returns the slot of a unit, and whether it takes the unit along.
const fn slot(unit: Option<Unit>, is_plan: bool) -> (&'static str, bool) {
    match unit {
        None => ("number.count", false),
        Some(unit) => match unit {
            Unit::Day if is_plan => ("plan.days", false),
            Unit::Week if is_plan => ("plan.weeks", false),
            Unit::Day => ("number.day", false),
            Unit::Week => ("number.week", false),
            Unit::Month => ("number.month", false),
            Unit::Year => ("number.year", false),
            Unit::PerDay => ("number.per_day", false),
            Unit::PerWeek => ("number.per_week", false),
            Unit::Times => ("number.times", false),
            Unit::Meal => ("number.meal", false),
            Unit::Kilocalorie => ("number.kcal", true),
            Unit::Kilojoule => ("number.kj", true),
            Unit::Gram => ("number.g", true),
            Unit::Milligram => ("number.mg", true),
            Unit::Microgram => ("number.ug", true),
            Unit::Kilogram => ("number.kg", true),
            Unit::Pound => ("number.lb", true),
            Unit::Ounce => ("number.oz", true),
            Unit::Litre => ("number.l", true),
            Unit::Decilitre => ("number.dl", true),
            Unit::Millilitre => ("number.ml", true),
            Unit::FluidOunce => ("number.fl_oz", true),
            Unit::Cup => ("number.cup", true),
            Unit::Spoon => ("number.spoon", true),
            Unit::Percent => ("number.percent", true),
            Unit::Minute => ("number.min", true),
            Unit::Hour => ("number.h", true),
            Unit::Celsius => ("number.celsius", true),
            Unit::Fahrenheit => ("number.fahrenheit", true),
            Unit::Distance => ("number.distance", true),
            Unit::Clock | Unit::Date => ("date", true),
        },
    }
}
