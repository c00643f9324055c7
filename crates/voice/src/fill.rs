//! Fills the slots of a written text from the brief, after the writer is done.

mod amount;

use std::{collections::BTreeMap, fmt, ops::Range};

use domain::content::Language;

use crate::{
    facts::Brief,
    slot::{SlotName, slots_in},
};

/// The values of one brief by slot, as this language and unit system write them.
#[derive(Clone)]
pub struct Values {
    by_slot: BTreeMap<SlotName, Value>,
    keep_client: bool,
    language: Language,
}

#[derive(Clone)]
struct Value {
    text: String,
    fact_id: String,
}

/// A text without slots.
#[derive(Clone, PartialEq, Eq)]
pub struct Filled {
    /// The text.
    pub text: String,
    /// Which part of it states which fact.
    pub trace: Vec<Trace>,
}

/// One place that states a fact.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Trace {
    /// Where, in bytes of the text.
    pub span: Range<usize>,
    /// Which fact: `plan_days`, the id of a number, or a slot such as `client.first_name`.
    pub fact_id: String,
}

/// Why a text could not be filled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FillError {
    /// The text holds `{{…}}` that is no slot.
    #[error("the text holds something that looks like a slot and is none")]
    Unknown,
    /// The brief has no value for a slot.
    #[error("there is no value for the slot {0}")]
    Missing(SlotName),
    /// A digit touches a slot: "1{{plan.days}}" would become another number.
    #[error("a digit touches the slot {0}")]
    Grown(SlotName),
}

impl Values {
    /// Returns every value of `brief`.
    ///
    /// `plan.weeks` has a value when the plan lasts whole weeks. `number.<id>` is the amount with its unit; for `per_day`,
    /// `per_week` and units we do not know it is the number alone, and the sentence says what is counted.
    pub fn of(brief: &Brief) -> Self {
        let mut values = Self { by_slot: BTreeMap::new(), keep_client: false, language: brief.language };
        for (id, value) in &brief.client.slots {
            values.put(&format!("client.{id}"), value, &format!("client.{id}"));
        }
        if let Some(days) = brief.facts.plan_days {
            values.put("plan.days", &days.to_string(), "plan_days");
            if days > 0 && days % 7 == 0 {
                values.put("plan.weeks", &(days / 7).to_string(), "plan_days");
            }
        }
        for number in &brief.facts.numbers {
            let amount = amount::amount(number, brief.language, brief.units);
            values.put(&format!("number.{}", number.id), &amount, &number.id);
        }
        if let Some(name) = &brief.dietitian_name {
            values.put("dietitian.name", name, "dietitian.name");
        }
        values
    }

    /// Returns every value of `brief` but the client's: their slots stay for the caller to fill.
    pub fn without_client(brief: &Brief) -> Self {
        Self { keep_client: true, ..Self::of(brief) }
    }

    /// Tells whether `slot` has a value.
    pub fn contains(&self, slot: &SlotName) -> bool {
        self.by_slot.contains_key(slot)
    }

    // An id that makes no slot name, or a blank value, leaves the slot without a value: filling it is then an error.
    fn put(&mut self, slot: &str, value: &str, fact_id: &str) {
        let text = value.trim();
        if let Ok(slot) = slot.parse()
            && !text.is_empty()
        {
            self.by_slot.insert(slot, Value { text: text.to_owned(), fact_id: fact_id.to_owned() });
        }
    }
}

/// Fills `slotted` from `values`. A slot that is unknown or has no value is an error.
///
/// Values are put in once: braces in a value are not slots.
pub fn fill(slotted: &str, values: &Values) -> Result<Filled, FillError> {
    let mut filled = Filled { text: String::with_capacity(slotted.len()), trace: Vec::new() };
    let mut end = 0;
    for (span, name) in slots_in(slotted) {
        filled.text.push_str(&slotted[end..span.start]);
        end = span.end;
        let name = name.map_err(|_| FillError::Unknown)?;
        if name.is_client() && values.keep_client {
            filled.text.push_str(&slotted[span]);
            continue;
        }
        let value = values.by_slot.get(&name).ok_or_else(|| FillError::Missing(name.clone()))?;
        if touches_a_digit(&slotted[..span.start], &slotted[end..]) {
            return Err(FillError::Grown(name));
        }
        let start = filled.text.len();
        filled.text.push_str(&value.text);
        filled.trace.push(Trace { span: start..filled.text.len(), fact_id: value.fact_id.clone() });
        // "siebentägig" was one word; with digits it is "7-tägig".
        let grown_together =
            slotted[end..].starts_with(char::is_alphabetic) && name.as_str().starts_with("plan.");
        if grown_together && matches!(values.language, Language::German | Language::Polish) {
            filled.text.push('-');
        }
    }
    filled.text.push_str(&slotted[end..]);
    Ok(filled)
}

/// Tells whether the text around a slot goes on with a number: a digit, also behind a mark that groups digits.
fn touches_a_digit(before: &str, after: &str) -> bool {
    let is_mark = |mark: char| matches!(mark, '.' | ',' | '\'' | '’' | '\u{a0}' | '\u{202f}');
    let reaches = |mut characters: &mut dyn Iterator<Item = char>| match characters.next() {
        Some(first) if is_mark(first) => (&mut characters).next().is_some_and(char::is_numeric),
        Some(first) => first.is_numeric(),
        None => false,
    };
    reaches(&mut before.chars().rev()) || reaches(&mut after.chars())
}

// Both hold names of clients.
impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.by_slot.keys()).finish()
    }
}

impl fmt::Debug for Filled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Filled({} characters, {} traces)", self.text.chars().count(), self.trace.len())
    }
}

#[cfg(test)]
mod tests {
    use domain::content::{ContentType, UnitSystem};
    use proptest::prelude::*;

    use super::*;
    use crate::facts::{Client, Facts, Length, Number};

    fn brief(language: Language) -> Brief {
        Brief {
            content_type: ContentType::Introduction,
            language,
            units: UnitSystem::Metric,
            client: Client {
                slots: [("first_name".to_owned(), "Mark".to_owned())].into(),
                ..Client::default()
            },
            facts: Facts {
                plan_days: Some(14),
                numbers: vec![Number {
                    id: "energy".to_owned(),
                    value: "1800".to_owned(),
                    unit: "kcal".to_owned(),
                }],
                ..Facts::default()
            },
            note: None,
            length: Length { min: 1, max: 1000 },
            dietitian_name: Some("Laura".to_owned()),
        }
    }

    #[test]
    fn a_slot_that_a_digit_touches_is_refused_before_any_rule_reads_it() {
        let values = Values::of(&brief(Language::English));
        for grown in
            ["1{{plan.days}} days", "{{plan.days}}0 days", "2.{{plan.days}} days", "{{number.energy}},500"]
        {
            assert!(matches!(fill(grown, &values), Err(FillError::Grown(_))), "{grown}");
        }
        for apart in ["In 2 weeks, {{plan.days}} days.", "{{plan.days}}, then 3", "({{plan.days}})"] {
            assert!(fill(apart, &values).is_ok(), "{apart}");
        }
    }

    #[test]
    fn every_slot_of_a_brief_is_filled_and_traced() {
        let text = "Hi {{client.first_name}}, {{plan.weeks}} weeks, {{plan.days}} days, {{number.energy}}. {{dietitian.name}}";
        let filled = fill(text, &Values::of(&brief(Language::English))).unwrap();
        assert_eq!(filled.text, "Hi Mark, 2 weeks, 14 days, 1,800 kcal. Laura");
        let traced: Vec<_> = filled
            .trace
            .iter()
            .map(|trace| (&filled.text[trace.span.clone()], trace.fact_id.as_str()))
            .collect();
        assert_eq!(
            traced,
            [
                ("Mark", "client.first_name"),
                ("2", "plan_days"),
                ("14", "plan_days"),
                ("1,800 kcal", "energy"),
                ("Laura", "dietitian.name")
            ]
        );
    }

    #[test]
    fn unknown_and_unfillable_slots_are_errors() {
        let values = Values::of(&brief(Language::English));
        assert_eq!(fill("{{nonsense}}", &values), Err(FillError::Unknown));
        assert_eq!(fill("open {{client.first_name", &values), Err(FillError::Unknown));
        assert_eq!(
            fill("{{number.protein}}", &values),
            Err(FillError::Missing("number.protein".parse().unwrap()))
        );
        assert!(matches!(fill("{{literal}}", &values), Err(FillError::Missing(_))));
    }

    #[test]
    fn client_slots_stay_for_the_caller_when_asked() {
        let values = Values::without_client(&brief(Language::English));
        assert_eq!(
            fill("Hi {{client.first_name}}, {{plan.days}}", &values).unwrap().text,
            "Hi {{client.first_name}}, 14"
        );
    }

    #[test]
    fn a_value_cannot_bring_a_slot_of_its_own() {
        let mut brief = brief(Language::English);
        brief.client.slots.insert("first_name".to_owned(), "{{number.energy}}".to_owned());
        assert_eq!(fill("{{client.first_name}}", &Values::of(&brief)).unwrap().text, "{{number.energy}}");
    }

    #[test]
    fn a_grown_together_word_gets_a_hyphen() {
        let values = Values::of(&brief(Language::German));
        assert_eq!(fill("dein {{plan.days}}tägiger Plan", &values).unwrap().text, "dein 14-tägiger Plan");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_is_filled_or_refused_and_traces_fit(text in "(\\PC|\\{\\{|\\}\\}|\\{\\{plan.days\\}\\}|\\{\\{date\\}\\}){0,30}") {
            if let Ok(filled) = fill(&text, &Values::of(&brief(Language::French))) {
                for trace in filled.trace {
                    prop_assert_eq!(&filled.text[trace.span], "14");
                }
            }
        }
    }
}
