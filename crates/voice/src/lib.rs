#![doc = include_str!("../README.md")]

pub mod allergen;
pub mod card;
pub mod composer;
pub mod eval;
pub mod exemplar;
pub mod facts;
pub mod fill;
pub mod language;
mod lexicon;
pub mod mention;
pub mod phrases;
mod pointers;
pub mod profile;
pub mod prompt;
pub mod quantity;
pub mod role;
pub mod rules;
pub mod sample;
pub mod score;
pub mod sentence;
pub mod slot;
pub mod word;
