//! Writes a number with its unit as a language and a unit system want it.

use domain::content::{Language, UnitSystem};

use crate::facts::Number;

/// Returns `number` as a text states it: `1,800 kcal`, `1.800 kcal`, `1 800 kcal`.
///
/// Converts between metric and US customary units where the author's unit is of the other system, and keeps the author's
/// value where it fits.
pub(super) fn amount(number: &Number, language: Language, units: UnitSystem) -> String {
    let (value, unit) = converted(&number.value, &number.unit, units);
    let written = decimal(&value, language);
    match sign(&unit, &value, language) {
        "" => written,
        "%" if !matches!(language, Language::French | Language::German | Language::Spanish) => {
            format!("{written}%")
        }
        sign => format!("{written} {sign}"),
    }
}

/// Returns value and unit in the system asked for.
fn converted(value: &str, unit: &str, units: UnitSystem) -> (String, String) {
    let same = || (value.to_owned(), unit.to_owned());
    let Ok(amount) = value.parse::<f64>() else { return same() };
    let (converted, decimals, to) = match (units, unit) {
        (UnitSystem::Us, "kg") => (amount * 2.204_622_6, 0, "lb"),
        (UnitSystem::Us, "l") => (amount * 4.226_752_8, 0, "cup"),
        (UnitSystem::Us, "ml") => (amount / 29.573_53, 0, "fl_oz"),
        (UnitSystem::Us, "kJ") => (amount / 4.184, 0, "kcal"),
        (UnitSystem::Us, "C") => (amount * 9.0 / 5.0 + 32.0, 0, "F"),
        (UnitSystem::Metric, "lb") => (amount / 2.204_622_6, 1, "kg"),
        (UnitSystem::Metric, "oz") => (amount * 28.349_523, 0, "g"),
        (UnitSystem::Metric, "fl_oz") => (amount * 29.573_53, 0, "ml"),
        (UnitSystem::Metric, "cup") => (amount * 236.588_24, 0, "ml"),
        (UnitSystem::Metric, "F") => ((amount - 32.0) * 5.0 / 9.0, 0, "C"),
        _ => return same(),
    };
    (rounded(converted, decimals), to.to_owned())
}

/// Rounds for a reader: at most `decimals` places, and one more where the number would lose its meaning.
fn rounded(amount: f64, decimals: usize) -> String {
    let decimals = if amount.abs() < 10.0 { decimals.max(1) } else { decimals };
    let text = format!("{amount:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Writes a canonical number with the separators of `language`.
///
/// Strict Spanish and Polish style groups only from five digits on; everyday texts group four too, and so do we.
fn decimal(value: &str, language: Language) -> String {
    let (whole, decimals) = value.split_once('.').unwrap_or((value, ""));
    let (group, point) = match language {
        Language::English => (',', '.'),
        Language::Spanish | Language::Portuguese | Language::German | Language::Italian => ('.', ','),
        Language::French => ('\u{202f}', ','),
        Language::Polish => ('\u{a0}', ','),
    };
    let count = whole.chars().count();
    let mut text = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0
            && (count - at).is_multiple_of(3)
            && digit.is_ascii_digit()
            && text.ends_with(|c: char| c.is_ascii_digit())
        {
            text.push(group);
        }
        text.push(digit);
    }
    if !decimals.is_empty() {
        text.push(point);
        text.push_str(decimals);
    }
    text
}

/// Returns how `language` writes the unit after a number; `""` for counts and units we do not know.
fn sign(unit: &str, value: &str, language: Language) -> &'static str {
    let one = value == "1";
    let few = matches!(value, "2" | "3" | "4") || value.contains('.');
    let cup = match language {
        Language::English if one => "cup",
        Language::English => "cups",
        Language::Spanish if one => "taza",
        Language::Spanish => "tazas",
        Language::Portuguese if one => "xícara",
        Language::Portuguese => "xícaras",
        // French counts in the plural from two on.
        Language::French if one || value.starts_with("1.") || value.starts_with("0.") => "tasse",
        Language::French => "tasses",
        Language::German if one => "Tasse",
        Language::German => "Tassen",
        Language::Italian if one => "tazza",
        Language::Italian => "tazze",
        Language::Polish if one => "szklanka",
        Language::Polish if few => "szklanki",
        Language::Polish => "szklanek",
    };
    match unit {
        "kcal" => "kcal",
        "kJ" => "kJ",
        "g" => "g",
        "mg" => "mg",
        "kg" => "kg",
        "lb" => "lb",
        "oz" => "oz",
        "fl_oz" => "fl oz",
        "l" if matches!(language, Language::English | Language::Portuguese) => "L",
        "l" => "l",
        "ml" => "ml",
        "cup" => cup,
        "%" => "%",
        "min" => "min",
        "h" => "h",
        "C" => "°C",
        "F" => "°F",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(value: &str, unit: &str) -> Number {
        Number { id: "x".to_owned(), value: value.to_owned(), unit: unit.to_owned() }
    }

    #[test]
    fn each_language_separates_thousands_and_decimals_its_own_way() {
        let metric = |value, unit, language| amount(&number(value, unit), language, UnitSystem::Metric);
        assert_eq!(metric("1800", "kcal", Language::English), "1,800 kcal");
        assert_eq!(metric("1800", "kcal", Language::German), "1.800 kcal");
        assert_eq!(metric("1800", "kcal", Language::French), "1\u{202f}800 kcal");
        assert_eq!(metric("2.5", "l", Language::Polish), "2,5 l");
        assert_eq!(metric("1234567.25", "g", Language::English), "1,234,567.25 g");
        assert_eq!(metric("5", "per_day", Language::English), "5");
        assert_eq!(metric("30", "%", Language::German), "30 %");
    }

    #[test]
    fn a_unit_word_agrees_with_its_number() {
        let cups = |value, language| amount(&number(value, "cup"), language, UnitSystem::Us);
        assert_eq!(cups("1", Language::English), "1 cup");
        assert_eq!(cups("2", Language::English), "2 cups");
        assert_eq!(cups("1.5", Language::French), "1,5 tasse");
        assert_eq!(cups("1", Language::German), "1 Tasse");
        assert_eq!(cups("3", Language::Polish), "3 szklanki");
        assert_eq!(cups("8", Language::Polish), "8 szklanek");
    }

    #[test]
    fn units_are_converted_only_when_they_are_of_the_other_system() {
        let us = |value, unit| amount(&number(value, unit), Language::English, UnitSystem::Us);
        assert_eq!(us("70", "kg"), "154 lb");
        assert_eq!(us("2", "l"), "8.5 cups");
        assert_eq!(us("180", "C"), "356 °F");
        assert_eq!(us("75", "g"), "75 g");
        assert_eq!(us("1800", "kcal"), "1,800 kcal");
        assert_eq!(amount(&number("8", "oz"), Language::German, UnitSystem::Metric), "227 g");
        assert_eq!(amount(&number("nonsense", "kg"), Language::English, UnitSystem::Us), "nonsense kg");
    }
}
