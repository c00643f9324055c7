//! Energy as callers send it: what no day's diet can hold is a slip of the pen and is not printed.

use domain::problem::FieldError;
use voice::facts::Number;

/// The least energy of a day, in kilocalories. A very-low-calorie diet (below 800) is still written about; below this
/// half, a number is a meal's or a mistake.
pub(crate) const LEAST_KCAL: f64 = 400.0;

/// The most energy of a day, in kilocalories: what athletes of endurance eat on their hardest days.
pub(crate) const MOST_KCAL: f64 = 8_000.0;

/// Kilojoules in a kilocalorie, the thermochemical one.
const KJ_PER_KCAL: f64 = 4.184;

/// The same energy in kilocalories and in kilojoules, both rounded by hand, differs by no more than this share.
const ROUNDING: f64 = 0.02;

/// Returns what is wrong with the energies among the numbers of a request.
pub(crate) fn errors(numbers: &[Number]) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut days: Vec<&Number> = Vec::new();
    for (index, number) in numbers.iter().enumerate() {
        let at = |member: &str| format!("/facts/numbers/{index}/{member}");
        let is_daily = number.is_daily_energy();
        let Some(kcal) = kilocalories(number) else {
            if is_daily {
                let detail = "this id is the energy of a day: its unit is kcal or kJ; give another number an id of its own";
                errors.push(FieldError::new(at("unit"), "unit", detail));
            }
            continue;
        };
        if is_thousands(&number.value) {
            let detail = "the full stop marks decimals: write 1800, not 1.800";
            errors.push(FieldError::new(at("value"), "thousands", detail));
        } else if is_daily && !(LEAST_KCAL..=MOST_KCAL).contains(&kcal) {
            errors.push(FieldError::new(at("value"), "implausible", bounds()));
        }
        if is_daily {
            if let Some((code, detail)) = days.iter().find_map(|earlier| conflict(earlier, number)) {
                errors.push(FieldError::new(at("id"), code, detail));
            }
            days.push(number);
        }
    }
    errors
}

/// Returns the value of a number in kilocalories, if it is an energy.
fn kilocalories(number: &Number) -> Option<f64> {
    let value: f64 = number.value.parse().ok()?;
    match number.unit.as_str() {
        "kcal" => Some(value),
        "kJ" => Some(value / KJ_PER_KCAL),
        _ => None,
    }
}

/// Three decimals of a kilocalorie mean nothing: the full stop stands where German, Spanish or Italian group thousands.
fn is_thousands(value: &str) -> bool {
    value.split_once('.').is_some_and(|(_, decimals)| decimals.len() == 3)
}

/// A day's energy may be given once in kcal and once in kJ. The same id twice is told elsewhere.
fn conflict(earlier: &Number, later: &Number) -> Option<(&'static str, &'static str)> {
    if earlier.id == later.id {
        return None;
    }
    if earlier.unit == later.unit {
        return Some(("duplicate", "another id is the energy of a day too: send one"));
    }
    let (one, other) = (kilocalories(earlier)?, kilocalories(later)?);
    ((one - other).abs() > ROUNDING * one.max(other))
        .then_some(("contradiction", "kcal and kJ of a day differ: 1 kcal is 4.184 kJ"))
}

fn bounds() -> String {
    let (least, most) = (LEAST_KCAL * KJ_PER_KCAL, MOST_KCAL * KJ_PER_KCAL);
    format!("the energy of a day is {LEAST_KCAL} to {MOST_KCAL} kcal, or {least:.0} to {most:.0} kJ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(numbers: &[(&str, &str, &str)]) -> Vec<(String, String)> {
        let number = |(id, value, unit): &(&str, &str, &str)| Number {
            id: (*id).to_owned(),
            value: (*value).to_owned(),
            unit: (*unit).to_owned(),
        };
        let numbers: Vec<_> = numbers.iter().map(number).collect();
        errors(&numbers).into_iter().map(|error| (error.pointer, error.code)).collect()
    }

    fn one(pointer: &str, code: &str) -> Vec<(String, String)> {
        vec![(format!("/facts/numbers/{pointer}"), code.to_owned())]
    }

    #[test]
    fn a_days_energy_is_plausible_in_either_unit() {
        for (value, unit) in [
            ("400", "kcal"),
            ("1800", "kcal"),
            ("8000", "kcal"),
            ("1674", "kJ"),
            ("7530.5", "kJ"),
            ("33472", "kJ"),
        ] {
            assert_eq!(found(&[("energy", value, unit)]), [], "{value} {unit}");
        }
        for (value, unit) in [
            ("0", "kcal"),
            ("1.8", "kcal"),
            ("399.9", "kcal"),
            ("8000.1", "kcal"),
            ("90000", "kcal"),
            ("1600", "kJ"),
            ("33480", "kJ"),
        ] {
            assert_eq!(found(&[("kcal", value, unit)]), one("0/value", "implausible"), "{value} {unit}");
        }
        assert!(
            bounds().contains("400 to 8000 kcal") && bounds().contains("1674 to 33472 kJ"),
            "{}",
            bounds()
        );
    }

    #[test]
    fn a_grouped_thousand_is_no_decimal_fraction() {
        assert_eq!(found(&[("energy", "1.800", "kcal")]), one("0/value", "thousands"));
        assert_eq!(found(&[("breakfast", "1.674", "kJ")]), one("0/value", "thousands"));
        assert_eq!(found(&[("salt", "1.125", "g"), ("snack", "99.5", "kcal")]), []);
    }

    #[test]
    fn the_energy_of_a_day_has_a_unit_of_energy() {
        assert_eq!(found(&[("energy", "1800", "g")]), one("0/unit", "unit"));
        assert_eq!(found(&[("protein", "90", "g"), ("snack", "150", "kcal")]), []);
    }

    #[test]
    fn the_energy_of_a_day_is_said_once() {
        assert_eq!(found(&[("energy", "1800", "kcal"), ("kcal", "1900", "kcal")]), one("1/id", "duplicate"));
        assert_eq!(found(&[("energy_kcal", "1800", "kcal"), ("energy_kj", "7500", "kJ")]), []);
        assert_eq!(
            found(&[("energy_kcal", "1800", "kcal"), ("energy_kj", "8500", "kJ")]),
            one("1/id", "contradiction")
        );
    }
}
