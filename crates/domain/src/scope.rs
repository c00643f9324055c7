//! What an API key may do: scopes, and sets of them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::content::UnknownName;

/// One permission of an API key. Every operation of the public API names exactly one in `x-scope`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Scope {
    /// Held by every valid key: who am I, what can be written.
    Any,
    /// Read dietitians and their consent.
    DietitiansRead,
    /// Create, change and remove dietitians and their consent.
    DietitiansWrite,
    /// Read samples.
    SamplesRead,
    /// Store and remove samples.
    SamplesWrite,
    /// Read a dietitian's style.
    StyleRead,
    /// Edit a dietitian's style card.
    StyleWrite,
    /// Read generated texts.
    GenerationsRead,
    /// Have texts written, and remove them.
    GenerationsWrite,
    /// Check a text against the output rules.
    ChecksRun,
    /// Read metered usage.
    UsageRead,
}

impl Scope {
    /// Every scope, in the order the documentation lists them.
    pub const ALL: [Self; 11] = [
        Self::Any,
        Self::DietitiansRead,
        Self::DietitiansWrite,
        Self::SamplesRead,
        Self::SamplesWrite,
        Self::StyleRead,
        Self::StyleWrite,
        Self::GenerationsRead,
        Self::GenerationsWrite,
        Self::ChecksRun,
        Self::UsageRead,
    ];

    /// Returns the name used in JSON, on the command line and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::DietitiansRead => "dietitians:read",
            Self::DietitiansWrite => "dietitians:write",
            Self::SamplesRead => "samples:read",
            Self::SamplesWrite => "samples:write",
            Self::StyleRead => "style:read",
            Self::StyleWrite => "style:write",
            Self::GenerationsRead => "generations:read",
            Self::GenerationsWrite => "generations:write",
            Self::ChecksRun => "checks:run",
            Self::UsageRead => "usage:read",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|known| known.as_str() == text).ok_or(UnknownName)
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A set of scopes. [`Scope::Any`] is in every set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Scopes(u32);

impl Scopes {
    /// Returns the set that holds nothing but [`Scope::Any`].
    pub const fn none() -> Self {
        Self(1)
    }

    /// Returns the set of all scopes.
    pub fn all() -> Self {
        Scope::ALL.into_iter().collect()
    }

    /// Tells whether `scope` is in the set.
    pub const fn contains(self, scope: Scope) -> bool {
        self.0 & (1 << scope as u8) != 0
    }

    /// Returns the scopes in the set, in their documented order, without [`Scope::Any`].
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().skip(1).filter(move |scope| self.contains(*scope))
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(Self::none().0, |bits, scope| bits | 1 << scope as u8))
    }
}

impl Serialize for Scopes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Scopes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<Scope>::deserialize(deserializer)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_holds_any_and_nothing_that_was_not_put_in() {
        let set: Scopes = [Scope::UsageRead].into_iter().collect();
        assert!(set.contains(Scope::Any));
        assert!(set.contains(Scope::UsageRead));
        assert!(!set.contains(Scope::GenerationsWrite));
        assert_eq!(serde_json::json!(set), serde_json::json!(["usage:read"]));
    }

    #[test]
    fn an_unknown_scope_is_refused() {
        assert!(serde_json::from_str::<Scopes>(r#"["admin"]"#).is_err());
    }
}
