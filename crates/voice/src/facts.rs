//! What a text is to be written about: the facts of one diet and of one client.
//!
//! The caller sends facts, the writers only word them (feature 45). Slots and facts of the client stay on this
//! side: a language model sees their names, never their values.

use std::collections::BTreeMap;

use domain::content::{ContentType, Language, UnitSystem};
use serde::{Deserialize, Serialize};

use crate::allergen::Allergen;

/// Everything one text needs to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brief {
    /// What kind of text.
    pub content_type: ContentType,
    /// In which language.
    pub language: Language,
    /// In which units.
    pub units: UnitSystem,
    /// For whom.
    pub client: Client,
    /// About which diet.
    pub facts: Facts,
    /// The dietitian's free note for this text, at most 500 characters. Data, never an instruction.
    pub note: Option<String>,
    /// How long, in characters.
    pub length: Length,
    /// How the dietitian signs, if they do.
    pub dietitian_name: Option<String>,
}

/// The least and the most characters (Unicode scalar values) of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Length {
    /// At least this many.
    pub min: u32,
    /// At most this many.
    pub max: u32,
}

/// The client a text is for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// Values by slot name without the prefix `client.`, such as `first_name`; filled in after the text is written.
    pub slots: BTreeMap<String, String>,
    /// What makes this reader vulnerable.
    pub reader: Reader,
    /// What the client must not eat.
    pub avoid_allergens: Vec<Allergen>,
}

/// What makes a reader vulnerable (feature 46).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reader {
    /// Under 18.
    pub minor: bool,
    /// Pregnant.
    pub pregnant: bool,
    /// Has or had an eating disorder.
    pub ed_history: bool,
}

/// The facts of one diet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// How many days the plan lasts.
    pub plan_days: Option<u16>,
    /// What the plan is for: noun phrases in the text's language, such as `steady energy through the day`.
    pub goals: Vec<String>,
    /// The meals of a day.
    pub meals: Vec<Meal>,
    /// Every number that the text may hold.
    pub numbers: Vec<Number>,
    /// What the plan is known to be free from.
    pub verified_free_from: Vec<Allergen>,
}

/// One meal of a day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meal {
    /// What the dietitian calls it, in the text's language: `breakfast`.
    pub name: String,
    /// What is on the plate, in the text's language.
    pub foods: Vec<String>,
}

/// One number with its unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Number {
    /// What it is, in lower case: `energy`, `protein`, `water`, `meals_per_day`.
    pub id: String,
    /// A decimal number as text, so that no digit is lost: `1800`, `2.5`.
    pub value: String,
    /// `kcal`, `kJ`, `g`, `mg`, `l`, `ml`, `%`, `min`, `h`, `per_day`, `per_week`, `kg`, `lb`, `oz`, `cup`, `C`, `F`.
    pub unit: String,
}

/// The ids of the number that is the energy of a whole day. A snack's or a deficit's energy is no day's.
const DAILY_ENERGY: [&str; 12] = [
    "energy",
    "daily_energy",
    "energy_per_day",
    "energy_kcal",
    "energy_kj",
    "kcal",
    "calories",
    "energia",
    "energie",
    "calorias",
    "calorie",
    "kalorien",
];

impl Number {
    /// Tells whether its id is one of those that stand for the energy of a whole day.
    pub fn is_daily_energy(&self) -> bool {
        DAILY_ENERGY.contains(&self.id.as_str())
    }
}
