//! One generic identifier and the list of everything that has one.

use std::{fmt, hash, marker::PhantomData, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::clock::{Entropy, Timestamp};

/// An opaque identifier of a `T`: a version 7 UUID (RFC 9562), so that newer rows sort last.
pub struct Id<T>(Uuid, PhantomData<fn() -> T>);

/// A meal planner company: the owner of applications, keys and dietitians.
pub type TenantId = Id<marker::Tenant>;
/// A meal planner's application; the `client-uuid` of the original story.
pub type ApplicationId = Id<marker::Application>;
/// A dietitian, as one tenant knows them.
pub type DietitianId = Id<marker::Dietitian>;
/// One version of a dietitian's consent.
pub type ConsentId = Id<marker::Consent>;
/// A set of sample texts that arrived together; the `samples-uuid` of the original story.
pub type SamplesId = Id<marker::Samples>;
/// A generated text with everything that led to it.
pub type GenerationId = Id<marker::Generation>;
/// A metered use of the service.
pub type UsageId = Id<marker::Usage>;
/// Where a tenant is told what happened.
pub type WebhookId = Id<marker::Webhook>;

/// Types that exist only to tell one [`Id`] from another.
pub mod marker {
    /// See [`super::TenantId`].
    pub enum Tenant {}
    /// See [`super::ApplicationId`].
    pub enum Application {}
    /// See [`super::DietitianId`].
    pub enum Dietitian {}
    /// See [`super::ConsentId`].
    pub enum Consent {}
    /// See [`super::SamplesId`].
    pub enum Samples {}
    /// See [`super::GenerationId`].
    pub enum Generation {}
    /// See [`super::UsageId`].
    pub enum Usage {}
    /// See [`super::WebhookId`].
    pub enum Webhook {}
}

impl<T> Id<T> {
    /// Returns a new identifier made at `now`.
    pub fn new(now: Timestamp, entropy: &dyn Entropy) -> Self {
        let mut random = [0; 10];
        entropy.fill(&mut random);
        let millis = u64::try_from(now.unix_timestamp_nanos() / 1_000_000).unwrap_or(0);
        Self::from_uuid(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }

    /// Returns the identifier that `uuid` stands for.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    /// Returns the UUID as databases store it.
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<T> hash::Hash for Id<T> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
impl<T> FromStr for Id<T> {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::try_parse(text).map(Self::from_uuid)
    }
}
impl<T> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}
impl<'de, T> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Uuid::deserialize(deserializer).map(Self::from_uuid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Entropy, from_unix};

    struct Zeros;
    impl Entropy for Zeros {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    #[test]
    fn later_ids_sort_after_earlier_ones() {
        let early = TenantId::new(from_unix(1_000), &Zeros);
        let late = TenantId::new(from_unix(1_001), &Zeros);
        assert!(early < late);
        assert_eq!(early.uuid().get_version_num(), 7);
    }

    #[test]
    fn text_form_round_trips() {
        let id = SamplesId::new(from_unix(1_700_000_000), &Zeros);
        assert_eq!(id.to_string().parse::<SamplesId>().ok(), Some(id));
    }
}
