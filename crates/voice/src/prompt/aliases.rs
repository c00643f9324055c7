//! Neutral names for slots: an id that the caller chose may say who somebody is, so a model is told another.

use crate::{
    facts::Brief,
    slot::{SlotName, slots_in},
};

/// Which slots a model knows by another name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Aliases {
    /// Our name, and the one that is told; only where they differ.
    pairs: Vec<(SlotName, SlotName)>,
}

impl Aliases {
    /// Keeps ids that are common words of the field, and numbers the others.
    pub(super) fn of(brief: &Brief) -> Self {
        let clients = brief.client.slots.keys().filter(|id| !CLIENT_IDS.contains(&id.as_str()));
        let clients =
            clients.enumerate().map(|(at, id)| (format!("client.{id}"), format!("client.slot_{}", at + 1)));
        let numbers = brief.facts.numbers.iter().map(|number| number.id.as_str()).filter(|id| !is_common(id));
        let numbers =
            numbers.enumerate().map(|(at, id)| (format!("number.{id}"), format!("number.number_{}", at + 1)));
        let pairs =
            clients.chain(numbers).filter_map(|(own, told)| Some((own.parse().ok()?, told.parse().ok()?)));
        Self { pairs: pairs.collect() }
    }

    /// Returns the name by which a model knows the slot called `own`.
    pub(super) fn told<'a>(&'a self, own: &'a str) -> &'a str {
        let pair = self.pairs.iter().find(|(known, _)| known.as_str() == own);
        pair.map_or(own, |(_, told)| told.as_str())
    }

    /// Returns `text` of a model with our names in its slots. A name that it was not told becomes no slot at all.
    pub(super) fn restore(&self, text: &str) -> String {
        if self.pairs.is_empty() {
            return text.to_owned();
        }
        let mut restored = String::with_capacity(text.len());
        let mut end = 0;
        for (span, name) in slots_in(text) {
            restored.push_str(&text[end..span.start]);
            let by_told = self.pairs.iter().find(|(_, told)| name.as_ref() == Ok(told));
            let untold = self.pairs.iter().any(|(own, _)| name.as_ref() == Ok(own));
            match by_told {
                Some((own, _)) => restored.push_str(&own.placeholder()),
                None if untold => restored.push_str("{{untold}}"),
                None => restored.push_str(&text[span.clone()]),
            }
            end = span.end;
        }
        restored.push_str(&text[end..]);
        restored
    }
}

/// Tells whether an id is made of common words of the field, such as `protein_per_day`.
fn is_common(id: &str) -> bool {
    id.split('_').all(|word| NUMBER_WORDS.contains(&word))
}

const CLIENT_IDS: [&str; 14] = [
    "first_name",
    "last_name",
    "full_name",
    "name",
    "nickname",
    "title",
    "salutation",
    "city",
    "town",
    "country",
    "pronoun",
    "partner_name",
    "child_name",
    "clinic",
];

const NUMBER_WORDS: [&str; 82] = [
    "alcohol",
    "average",
    "breakfast",
    "caffeine",
    "calcium",
    "calories",
    "carbohydrate",
    "carbohydrates",
    "carbs",
    "coffee",
    "cups",
    "daily",
    "day",
    "days",
    "dinner",
    "drinks",
    "energy",
    "exercise",
    "fat",
    "fats",
    "fiber",
    "fibre",
    "fish",
    "fluid",
    "fluids",
    "fruit",
    "fruits",
    "glasses",
    "goal",
    "grams",
    "height",
    "hours",
    "hydration",
    "iodine",
    "iron",
    "kcal",
    "kilojoule",
    "kj",
    "legumes",
    "limit",
    "litres",
    "lunch",
    "magnesium",
    "max",
    "maximum",
    "meal",
    "meals",
    "meat",
    "min",
    "minimum",
    "minutes",
    "movement",
    "nuts",
    "omega3",
    "per",
    "percent",
    "portion",
    "portions",
    "potassium",
    "protein",
    "proteins",
    "rest",
    "salt",
    "saturated",
    "serving",
    "servings",
    "sessions",
    "sleep",
    "snack",
    "snacks",
    "sodium",
    "steps",
    "sugar",
    "sugars",
    "target",
    "total",
    "training",
    "unsaturated",
    "vegetables",
    "vitamin",
    "walk",
    "water",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn brief(slots: &[&str], numbers: &[&str]) -> Brief {
        let json = serde_json::json!({
            "content_type": "introduction", "language": "en", "units": "metric", "note": null, "dietitian_name": null,
            "length": { "min": 1, "max": 100 },
            "client": {
                "slots": slots.iter().map(|id| ((*id).to_owned(), "x")).collect::<std::collections::BTreeMap<_, _>>(),
                "reader": { "minor": false, "pregnant": false, "ed_history": false }, "avoid_allergens": []
            },
            "facts": {
                "plan_days": null, "goals": [], "meals": [], "verified_free_from": [],
                "numbers": numbers.iter().map(|id| serde_json::json!({ "id": id, "value": "1", "unit": "g" })).collect::<Vec<_>>()
            }
        });
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn common_ids_are_told_and_others_numbered() {
        let aliases =
            Aliases::of(&brief(&["first_name", "nora_weber"], &["energy", "number_1", "dose_of_ben"]));
        assert_eq!(aliases.told("client.first_name"), "client.first_name");
        assert_eq!(aliases.told("client.nora_weber"), "client.slot_1");
        assert_eq!(aliases.told("number.energy"), "number.energy");
        assert_eq!(aliases.told("number.number_1"), "number.number_1");
        assert_eq!(aliases.told("number.dose_of_ben"), "number.number_2");
    }

    #[test]
    fn a_models_text_gets_our_names_back_and_no_others() {
        let aliases = Aliases::of(&brief(&["nora_weber"], &["number_2", "dose_of_ben", "energy"]));
        assert_eq!(
            aliases.restore(
                "{{client.slot_1}}: {{number.number_1}}, {{number.number_2}}, {{number.energy}} {{x}}"
            ),
            "{{client.nora_weber}}: {{number.number_2}}, {{number.dose_of_ben}}, {{number.energy}} {{x}}"
        );
        // What was not told can only be guessed.
        assert_eq!(aliases.restore("{{number.dose_of_ben}}"), "{{untold}}");
        assert!(slots_in("{{untold}}")[0].1.is_err());
    }
}
