//! The vocabulary that several routes share, as JSON and OpenAPI know it.
//!
//! Wire types are apart from the types the code works with: what is not listed here does not leave (threat A8).

mod facts;
mod findings;
mod moments;
mod vocabulary;

pub(crate) use self::{
    facts::{Client, Facts, Length},
    findings::{FactTrace, RuleFinding, fact_trace, findings},
    moments::{moment, rfc3339},
    vocabulary::{Allergen, ContentType, Environment, Language, Units},
};
