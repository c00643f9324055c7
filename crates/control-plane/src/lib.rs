#![doc = include_str!("../README.md")]

pub mod acl;
mod addresses;
pub mod applications;
mod authority;
pub mod config;
pub mod deliveries;
pub mod edition;
mod error;
pub mod events;
pub mod feed;
pub mod key_events;
pub mod keys;
pub mod limits;
pub mod messenger;
mod metrics;
pub mod networks;
mod pages;
pub mod policy;
pub mod publisher;
mod reference;
pub mod reminders;
pub mod reports;
mod role;
pub mod tenants;
pub mod webhooks;

pub use error::Error;
pub use role::{Error as RunError, Listeners, run};
