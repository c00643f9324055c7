#![doc = include_str!("../README.md")]

mod columns;
pub mod consents;
mod data_keys;
pub mod dietitians;
pub mod generations;
pub mod idempotency;
mod migrations;
pub mod samples;
mod sealed;
pub mod style_cards;
mod tx;
pub mod usage;

pub use data_keys::tenants;
pub use database::{Error, RefusedSettings, Settings};
pub use migrations::migrate;
pub use tx::{Database, Reader, Tx};
