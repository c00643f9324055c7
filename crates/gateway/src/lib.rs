#![doc = include_str!("../README.md")]

pub mod acl;
pub mod config;

mod access;
mod exposure;
mod feed;
mod filter;
mod forward;
mod framing;
mod handle;
mod identify;
mod last_good;
mod leaked;
mod limit;
mod metrics;
mod notices;
mod outage;
mod permit;
mod policy;
mod refusal;
mod reporter;
mod reports;
mod route;
mod upstream;

pub use config::Config;
pub use handle::{Error, Gateway, Listeners};
pub use policy::Readiness;
