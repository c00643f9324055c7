//! Words with a fixed set of values.

use domain::{content, policy};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use voice::allergen;

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

#[cfg(test)]
mod tests {
    use super::*;

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
    }
}
