//! What requests and answers look like, as JSON and OpenAPI know it: one file per resource, and the words they share.
//!
//! Routes and use cases know these types; these types know neither.
//!
//! Wire types are apart from the types the code works with: what is not listed here does not leave (threat A8).

pub(crate) mod checks;
pub(crate) mod consents;
pub(crate) mod content_types;
pub(crate) mod dietitians;
mod facts;
mod findings;
pub(crate) mod generations;
pub(crate) mod me;
mod moments;
pub(crate) mod samples;
pub(crate) mod styles;
pub(crate) mod usage;
mod vocabulary;

pub(crate) use self::{
    facts::{Client, Facts, Length},
    findings::{FactTrace, RuleFinding, Warning, fact_trace, findings},
    moments::{moment, rfc3339},
    vocabulary::{Allergen, ContentType, Environment, Language, Units},
};
