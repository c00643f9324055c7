#![doc = include_str!("../README.md")]

pub mod caller;
pub mod clock;
pub mod content;
pub mod ids;
pub mod policy;
pub mod problem;
pub mod report;
pub mod scope;

pub use clock::Timestamp;
