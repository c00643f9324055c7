//! Tests of what the crate promises, through its public API.

mod allergens;
mod demo;
mod full_texts;
mod good_texts;
mod held_out;
mod held_out_blind;
mod held_out_claims;
mod hostile_numbers;
mod lexicon;
mod ordinary_notes;
mod private_names;
mod private_words;
mod prompt;
mod rules;
mod style;
mod support;
mod usual_allergens;
mod voices;
