#![doc = include_str!("../README.md")]

pub mod applications;
mod columns;
pub mod deliveries;
pub mod events;
pub mod keys;
pub mod limits;
mod migrations;
pub mod policy;
pub mod tenants;
mod tx;
pub mod webhooks;

pub use database::{Error, RefusedSettings, Settings};
pub use migrations::migrate;
pub use tx::{Database, Tx};
