//! Tests of what the crate promises, through its public API.

mod allergens;
mod good_texts;
mod lexicon;
mod rules;
mod style;
mod support;
