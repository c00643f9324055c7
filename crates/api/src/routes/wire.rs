//! The vocabulary that several routes share, as JSON and OpenAPI know it.
//!
//! Wire types are apart from the types the code works with: what is not listed here does not leave (threat A8).

use std::collections::BTreeMap;

use domain::{Timestamp, content, policy};
use serde::{Deserialize, Serialize};
use time::format_description::well_known::Rfc3339;
use utoipa::{
    ToSchema,
    openapi::{
        RefOr, Schema,
        schema::{AdditionalProperties, ObjectBuilder, SchemaType, Type},
    },
};
use voice::{allergen, facts, fill, rules};

/// What kind of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ContentType {
    /// The opening text of a diet.
    Introduction,
}

/// The language of a text, as a BCP 47 tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) enum Language {
    #[serde(rename = "en")]
    English,
    #[serde(rename = "es")]
    Spanish,
    #[serde(rename = "pt-BR")]
    Portuguese,
    #[serde(rename = "fr")]
    French,
    #[serde(rename = "de")]
    German,
    #[serde(rename = "it")]
    Italian,
    #[serde(rename = "pl")]
    Polish,
}

/// The units that the reader thinks in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Units {
    #[default]
    Metric,
    Us,
}

/// Whether a key is for tests or for live texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Environment {
    Test,
    Live,
}

/// An allergen that must be named on food: Regulation (EU) 1169/2011 Annex II, which covers the nine of the US too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Allergen {
    Gluten,
    Crustaceans,
    Eggs,
    Fish,
    Peanuts,
    Soybeans,
    Milk,
    Nuts,
    Celery,
    Mustard,
    Sesame,
    Sulphites,
    Lupin,
    Molluscs,
}

/// Who a text is for.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Client {
    /// Your own name for the client. It is stored with the request and never sent to a language model.
    #[schema(min_length = 1, max_length = 200)]
    pub(crate) external_ref: Option<String>,
    /// Values by slot name, such as `first_name`. They are put in after the text is written and never reach a language
    /// model; with `"fill": false` the text keeps `{{client.first_name}}` for you to fill.
    #[serde(default)]
    #[schema(schema_with = slots_schema)]
    pub(crate) slots: BTreeMap<String, String>,
    /// What makes this reader vulnerable.
    #[serde(default)]
    pub(crate) reader: Reader,
    /// What the client must not eat.
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
    #[schema(min_length = 1, max_length = 80, example = "breakfast")]
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
    /// What it is.
    #[schema(pattern = "^[a-z0-9_]{1,40}$", example = "energy")]
    pub(crate) id: String,
    /// A decimal number as text, so that no digit is lost.
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

/// A part of a text, counted in Unicode scalar values ("characters"; neither bytes nor UTF-16 units) from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Span {
    /// The first character.
    #[schema(minimum = 0)]
    pub(crate) start: usize,
    /// The first character after the part.
    #[schema(minimum = 0)]
    pub(crate) end: usize,
}

/// Which part of a text rests on which fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct FactTrace {
    /// Where.
    pub(crate) span: Span,
    /// `plan_days`, `numbers/energy`, `goals/0`, `meals/1`, or a slot such as `client.first_name`.
    #[schema(example = "numbers/energy")]
    pub(crate) fact_id: String,
}

/// Something a rule found in a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct RuleFinding {
    /// The rule, `R1` to `R12`.
    #[schema(example = "R2")]
    pub(crate) rule: String,
    /// What kind of rule, in one word.
    #[schema(example = "allergen")]
    pub(crate) category: String,
    /// Where, if it is at one place.
    pub(crate) span: Option<Span>,
    /// What is wrong, for the dietitian.
    pub(crate) message: String,
}

/// Returns `moment` as RFC 3339 in UTC.
pub(crate) fn rfc3339(moment: Timestamp) -> String {
    moment.format(&Rfc3339).expect("years 0 to 9999 have an RFC 3339 form, and clocks know no others")
}

/// Returns the span of `bytes` of `text` in characters.
pub(crate) fn span(text: &str, bytes: &std::ops::Range<usize>) -> Span {
    let characters = |end: usize| text.char_indices().take_while(|(at, _)| *at < end).count();
    Span { start: characters(bytes.start), end: characters(bytes.end) }
}

/// Returns what rules found in `text`, in characters.
pub(crate) fn findings(text: &str, findings: &[rules::Finding]) -> Vec<RuleFinding> {
    let finding = |finding: &rules::Finding| RuleFinding {
        rule: format!("{:?}", finding.rule),
        category: finding.category.to_owned(),
        span: finding.span.as_ref().map(|bytes| span(text, bytes)),
        message: finding.message.clone(),
    };
    findings.iter().map(finding).collect()
}

/// Returns which parts of `text` rest on which facts, in characters.
pub(crate) fn fact_trace(text: &str, trace: &[fill::Trace]) -> Vec<FactTrace> {
    let one = |one: &fill::Trace| FactTrace { span: span(text, &one.span), fact_id: one.fact_id.clone() };
    trace.iter().map(one).collect()
}

fn text_schema(min: usize, max: usize) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .min_length(Some(min))
        .max_length(Some(max))
}

fn texts_schema(description: &str, max_items: usize, max_length: usize) -> RefOr<Schema> {
    utoipa::openapi::schema::ArrayBuilder::new()
        .description(Some(description))
        .items(text_schema(1, max_length))
        .max_items(Some(max_items))
        .into()
}

fn goals_schema() -> RefOr<Schema> {
    texts_schema(
        "What the plan is for: noun phrases in the text's language, such as `steady energy through the day`.",
        10,
        200,
    )
}

fn foods_schema() -> RefOr<Schema> {
    texts_schema("What is on the plate, in the text's language.", 40, 120)
}

fn slots_schema() -> RefOr<Schema> {
    let names: Schema = ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .pattern(Some("^[a-z0-9_]{1,40}$"))
        .into();
    ObjectBuilder::new()
        .description(Some(
            "Values by slot name, such as `first_name`. They are put in after the text is written and never reach a \
             language model; with `\"fill\": false` the text keeps `{{client.first_name}}` for you to fill.",
        ))
        .property_names(Some(names))
        .additional_properties(Some(AdditionalProperties::RefOr(RefOr::T(text_schema(1, 200).into()))))
        .max_properties(Some(20))
        .examples([serde_json::json!({"first_name": "Joanna"})])
        .into()
}

impl From<ContentType> for content::ContentType {
    fn from(wire: ContentType) -> Self {
        match wire {
            ContentType::Introduction => Self::Introduction,
        }
    }
}

impl From<content::ContentType> for ContentType {
    fn from(content_type: content::ContentType) -> Self {
        match content_type {
            content::ContentType::Introduction => Self::Introduction,
        }
    }
}

impl From<Language> for content::Language {
    fn from(wire: Language) -> Self {
        match wire {
            Language::English => Self::English,
            Language::Spanish => Self::Spanish,
            Language::Portuguese => Self::Portuguese,
            Language::French => Self::French,
            Language::German => Self::German,
            Language::Italian => Self::Italian,
            Language::Polish => Self::Polish,
        }
    }
}

impl From<content::Language> for Language {
    fn from(language: content::Language) -> Self {
        match language {
            content::Language::English => Self::English,
            content::Language::Spanish => Self::Spanish,
            content::Language::Portuguese => Self::Portuguese,
            content::Language::French => Self::French,
            content::Language::German => Self::German,
            content::Language::Italian => Self::Italian,
            content::Language::Polish => Self::Polish,
        }
    }
}

impl From<Units> for content::UnitSystem {
    fn from(wire: Units) -> Self {
        match wire {
            Units::Metric => Self::Metric,
            Units::Us => Self::Us,
        }
    }
}

impl From<policy::Environment> for Environment {
    fn from(environment: policy::Environment) -> Self {
        match environment {
            policy::Environment::Test => Self::Test,
            policy::Environment::Live => Self::Live,
        }
    }
}

impl From<Allergen> for allergen::Allergen {
    fn from(wire: Allergen) -> Self {
        match wire {
            Allergen::Gluten => Self::Gluten,
            Allergen::Crustaceans => Self::Crustaceans,
            Allergen::Eggs => Self::Eggs,
            Allergen::Fish => Self::Fish,
            Allergen::Peanuts => Self::Peanuts,
            Allergen::Soybeans => Self::Soybeans,
            Allergen::Milk => Self::Milk,
            Allergen::Nuts => Self::Nuts,
            Allergen::Celery => Self::Celery,
            Allergen::Mustard => Self::Mustard,
            Allergen::Sesame => Self::Sesame,
            Allergen::Sulphites => Self::Sulphites,
            Allergen::Lupin => Self::Lupin,
            Allergen::Molluscs => Self::Molluscs,
        }
    }
}

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
    fn spans_count_characters_not_bytes() {
        let text = "żółć 🥗 1800 kcal";
        let start = text.find("1800").unwrap();
        assert_eq!(span(text, &(start..start + 4)), Span { start: 7, end: 11 });
        assert_eq!(span(text, &(0..text.len())), Span { start: 0, end: 16 });
    }

    #[test]
    fn names_on_the_wire_are_those_of_the_domain() {
        for language in content::Language::ALL {
            assert_eq!(serde_json::json!(Language::from(language)), language.as_str());
        }
        for content_type in content::ContentType::ALL {
            assert_eq!(serde_json::json!(ContentType::from(content_type)), content_type.as_str());
        }
        for name in allergen::Allergen::ALL.map(allergen::Allergen::as_str) {
            let wire: Allergen = serde_json::from_value(name.into()).unwrap();
            assert_eq!(allergen::Allergen::from(wire).as_str(), name);
        }
        for unit in ["kcal", "kJ", "g", "%", "per_day", "C"] {
            assert_eq!(serde_json::from_value::<Unit>(unit.into()).unwrap().as_str(), unit);
        }
    }
}
