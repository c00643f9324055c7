//! Who a text is for and what it may state.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{
    ToSchema,
    openapi::{
        RefOr, Schema,
        schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder, SchemaType, Type},
    },
};
use voice::facts;

use super::Allergen;

/// Who a text is for.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Client {
    /// Your own name for the client. It is stored with the request and never sent to a language model.
    #[schema(min_length = 1, max_length = 200)]
    pub(crate) external_ref: Option<String>,
    /// Names by slot.
    #[serde(default)]
    #[schema(schema_with = slots_schema)]
    pub(crate) slots: BTreeMap<String, String>,
    /// What makes this reader vulnerable.
    #[serde(default)]
    pub(crate) reader: Reader,
    /// What the client must not eat and the plan leaves out: the text says that it is left out, and no text may offer
    /// it. List what you made sure of; foods that are named in `facts` and known to hold one of these are refused.
    #[serde(default)]
    #[schema(max_items = 14)]
    pub(crate) avoid_allergens: Vec<Allergen>,
}

/// What makes a reader vulnerable. Texts for these readers are not offered yet: a flag that is set refuses the request
/// with `facts-invalid`, so that none is written by chance.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reader {
    /// Under 18.
    #[serde(default)]
    pub(crate) minor: bool,
    /// Pregnant.
    #[serde(default)]
    pub(crate) pregnant: bool,
    /// Has or had an eating disorder.
    #[serde(default)]
    pub(crate) ed_history: bool,
}

/// The facts of a diet: everything a text may state. What is not here is not said.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Facts {
    /// How many days the plan lasts.
    #[schema(minimum = 1, maximum = 366)]
    pub(crate) plan_days: Option<u16>,
    /// What the plan is for: noun phrases in the text's language, such as `steady energy through the day`.
    #[serde(default)]
    #[schema(max_items = 10, schema_with = goals_schema)]
    pub(crate) goals: Vec<String>,
    /// The meals of a day.
    #[serde(default)]
    #[schema(max_items = 12)]
    pub(crate) meals: Vec<Meal>,
    /// Every number that the text may hold. Each `id` stands once.
    #[serde(default)]
    #[schema(max_items = 40)]
    pub(crate) numbers: Vec<Number>,
    /// What the plan is known to be free from.
    #[serde(default)]
    #[schema(max_items = 14)]
    pub(crate) verified_free_from: Vec<Allergen>,
}

/// One meal of a day.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Meal {
    /// What the dietitian calls it, in the text's language.
    #[schema(
        min_length = 1,
        max_length = 80,
        pattern = "^[^\\p{Cc}<>{}\\[\\]|`\\\\]+$",
        example = "breakfast"
    )]
    pub(crate) name: String,
    /// What is on the plate, in the text's language.
    #[serde(default)]
    #[schema(schema_with = foods_schema)]
    pub(crate) foods: Vec<String>,
}

/// One number with its unit.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Number {
    /// What it is. `energy`, with unit `kcal` or `kJ`, is the energy of a whole day, 400 to 8000 kcal, and every text says
    /// it (also `daily_energy`, `energy_per_day`, `energy_kcal`, `energy_kj`, `kcal`, `calories`; one of them, or one in
    /// each unit that say the same). Any other id, such as `protein`
    /// or `water`, is a number that the text may hold: a language model may say it, the composer only where the
    /// dietitian's own sentence has a place for its unit. Findings and `fact_trace` name it as `numbers/protein`.
    #[schema(pattern = "^[a-z0-9_]{1,40}$", example = "energy")]
    pub(crate) id: String,
    /// A decimal number as text, so that no digit is lost; the full stop marks decimals, and nothing marks thousands: `1800`.
    #[schema(pattern = "^(0|[1-9][0-9]{0,6})([.][0-9]{1,3})?$", example = "1800")]
    pub(crate) value: String,
    /// Its unit.
    pub(crate) unit: Unit,
}

/// The unit of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Unit {
    Kcal,
    #[serde(rename = "kJ")]
    KJ,
    G,
    Mg,
    L,
    Ml,
    #[serde(rename = "%")]
    Percent,
    Min,
    H,
    PerDay,
    PerWeek,
    Kg,
    Lb,
    Oz,
    Cup,
    #[serde(rename = "C")]
    Celsius,
    #[serde(rename = "F")]
    Fahrenheit,
}

/// The least and the most characters (Unicode scalar values) of a text.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Length {
    /// At least this many.
    #[schema(minimum = 0, maximum = 4000)]
    pub(crate) min: u32,
    /// At most this many.
    #[schema(minimum = 80, maximum = 6000)]
    pub(crate) max: u32,
}

fn text_schema(max_length: usize, pattern: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .min_length(Some(1))
        .max_length(Some(max_length))
        .pattern(Some(pattern))
}

fn phrases_schema(description: &str, max_items: usize, max_length: usize) -> RefOr<Schema> {
    ArrayBuilder::new()
        .description(Some(description))
        .items(text_schema(max_length, PHRASE))
        .max_items(Some(max_items))
        .into()
}

fn goals_schema() -> RefOr<Schema> {
    phrases_schema(
        "What the plan is for: noun phrases in the text's language, such as `steady energy through the day`. One line \
         of plain words each; a number with a unit must be one of `numbers` or `plan_days`, and ages are left out. A goal that no text may \
         repeat (a cure, a medicine, a promise about weight, a food that is avoided) is refused with `facts-invalid`.",
        10,
        200,
    )
}

fn foods_schema() -> RefOr<Schema> {
    phrases_schema(
        "What is on the plate, in the text's language. One line of plain words each; a number with a unit must be one \
         of `numbers` or `plan_days`. A food that the client avoids is refused with `facts-invalid`.",
        40,
        120,
    )
}

fn slots_schema() -> RefOr<Schema> {
    let names: Schema = ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .pattern(Some("^[a-z0-9_]{1,40}$"))
        .into();
    let values: Schema = text_schema(NAME_LENGTH, NAME).into();
    ObjectBuilder::new()
        .description(Some(
            "Names by slot. `first_name` and `last_name` are found in samples, whatever their case or form, and said where \
             the dietitian says them: in the greeting, for one. `title` is the honorific before the last name, as the \
             dietitian's samples use it (`Ms`, `Dr`, `Frau`, `Monsieur`, `Pani`): it lets a text greet as formally as \
             they do; without it no title is guessed. A title that stands in `last_name` is understood too; two slots \
             are better. Names are said as they are sent, so send the form in which the text should greet: in Polish \
             the vocative, `Anno`. Any other name, such as `nickname`, may be said by a \
             language model and is never said by the composer. A value is a name and no sentence: words of letters and \
             apostrophes, with hyphens or spaces between them; a full stop after an initial or an abbreviation of up to \
             five letters; no digits. At most 4 words and 40 characters (`first_name`, `nickname` and ids of your own), 6 \
             and 60 (`last_name`, `city`), 8 and 60 (`full_name`, `clinic`), 4 and 30 (`title`). A word may be an ordinary \
             one (`Basil`, `Cook`); what says something by itself is refused with `facts-invalid`. Values are put in after the text is \
             written and never reach a language model; with `\"fill\": false` the text keeps `{{client.first_name}}` \
             for you to fill.",
        ))
        .property_names(Some(names))
        .additional_properties(Some(AdditionalProperties::RefOr(RefOr::T(values))))
        .max_properties(Some(20))
        .examples([
            serde_json::json!({"first_name": "Joanna"}),
            serde_json::json!({"title": "Frau", "first_name": "Anna", "last_name": "Vogt"}),
        ])
        .into()
}

/// The longest name of a client, in characters.
const NAME_LENGTH: usize = 60;

/// A name in any script: words of letters with a full stop after an abbreviation only, so that what is put into a text as
/// it is brings neither markup nor slots, numbers, lines, sentences or addresses.
const NAME: &str = "^(?:[\\p{L}\\p{M}'’]+|[\\p{L}\\p{M}]{1,5}[.]|(?:[Dd]ott|[Pp]rof)[.]ssa|[Ss]ig[.](?:ra|na)|\\p{L}{1,4}[.][ªº]|(?:\\p{L}[.])+)(?:[ -]+(?:[\\p{L}\\p{M}'’]+|[\\p{L}\\p{M}]{1,5}[.]|(?:[Dd]ott|[Pp]rof)[.]ssa|[Ss]ig[.](?:ra|na)|\\p{L}{1,4}[.][ªº]|(?:\\p{L}[.])+))*$";

/// One line without markup and braces.
const PHRASE: &str = "^[^\\p{Cc}<>{}\\[\\]|`\\\\]+$";

impl From<Client> for facts::Client {
    fn from(wire: Client) -> Self {
        Self {
            slots: wire.slots,
            reader: facts::Reader {
                minor: wire.reader.minor,
                pregnant: wire.reader.pregnant,
                ed_history: wire.reader.ed_history,
            },
            avoid_allergens: wire.avoid_allergens.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Facts> for facts::Facts {
    fn from(wire: Facts) -> Self {
        Self {
            plan_days: wire.plan_days,
            goals: wire.goals,
            meals: wire
                .meals
                .into_iter()
                .map(|meal| facts::Meal { name: meal.name, foods: meal.foods })
                .collect(),
            numbers: wire.numbers.into_iter().map(Into::into).collect(),
            verified_free_from: wire.verified_free_from.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Number> for facts::Number {
    fn from(wire: Number) -> Self {
        Self { id: wire.id, value: wire.value, unit: wire.unit.as_str().to_owned() }
    }
}

impl Unit {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Kcal => "kcal",
            Self::KJ => "kJ",
            Self::G => "g",
            Self::Mg => "mg",
            Self::L => "l",
            Self::Ml => "ml",
            Self::Percent => "%",
            Self::Min => "min",
            Self::H => "h",
            Self::PerDay => "per_day",
            Self::PerWeek => "per_week",
            Self::Kg => "kg",
            Self::Lb => "lb",
            Self::Oz => "oz",
            Self::Cup => "cup",
            Self::Celsius => "C",
            Self::Fahrenheit => "F",
        }
    }
}

impl From<Length> for facts::Length {
    fn from(wire: Length) -> Self {
        Self { min: wire.min, max: wire.max }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_on_the_wire_are_those_of_the_rules() {
        for unit in ["kcal", "kJ", "g", "%", "per_day", "C"] {
            assert_eq!(serde_json::from_value::<Unit>(unit.into()).unwrap().as_str(), unit);
        }
    }
}
