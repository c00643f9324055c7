#![doc = include_str!("../README.md")]

pub mod allergen;
pub mod facts;
