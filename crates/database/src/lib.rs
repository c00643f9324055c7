#![doc = include_str!("../README.md")]

mod error;
mod guard;
mod instant;
mod migrate;
mod pool;
mod settings;

pub use error::Error;
pub use instant::{from_micros, to_micros};
pub use migrate::{Migration, migrate};
pub use pool::{Access, Engine, Pool, set_local};
pub use settings::{RefusedSettings, Settings};
