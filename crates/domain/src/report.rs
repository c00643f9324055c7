//! What gateways tell the control plane of keys: when they were used, and that their secrets are known to others.

use serde::{Deserialize, Serialize};

/// A batch of what a gateway saw. It holds public halves of keys only.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Report {
    /// Keys that were used; at most [`Report::MOST_USED`].
    pub used: Vec<Seen>,
    /// Genuine keys that stood in a URL; at most [`Report::MOST_EXPOSED`].
    pub exposed: Vec<Seen>,
    /// Genuine keys that somebody reported as leaked; at most [`Report::MOST_LEAKED`].
    pub leaked: Vec<Leaked>,
}

/// A key and when it was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// The public half of the key.
    pub key: String,
    /// Seconds since 1970.
    pub at: i64,
}

/// A key that leaked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaked {
    /// The public half of the key.
    pub key: String,
    /// When it was reported, in seconds since 1970.
    pub at: i64,
    /// Where it was found: scheme, host and path of a URL; at most [`Report::LONGEST_SOURCE`] characters.
    pub source: Option<String>,
}

impl Report {
    /// How many used keys one report holds.
    pub const MOST_USED: usize = 5_000;
    /// How many exposed keys one report holds.
    pub const MOST_EXPOSED: usize = 1_000;
    /// How many leaked keys one report holds.
    pub const MOST_LEAKED: usize = 1_000;
    /// The longest source, in characters.
    pub const LONGEST_SOURCE: usize = 512;

    /// Tells whether there is nothing to report.
    pub fn is_empty(&self) -> bool {
        self.used.is_empty() && self.exposed.is_empty() && self.leaked.is_empty()
    }

    /// Tells whether the report keeps to its bounds.
    pub fn is_bounded(&self) -> bool {
        let sources = self.leaked.iter().filter_map(|leaked| leaked.source.as_deref());
        self.used.len() <= Self::MOST_USED
            && self.exposed.len() <= Self::MOST_EXPOSED
            && self.leaked.len() <= Self::MOST_LEAKED
            && sources.into_iter().all(|source| source.len() <= Self::LONGEST_SOURCE)
    }
}
