#![doc = include_str!("../README.md")]

mod answer;
mod app;
mod brief;
mod checks;
pub mod config;
mod consents;
mod dietitians;
mod energy;
mod error;
mod etag;
mod gate;
mod generations;
mod idempotency;
mod intake;
mod limits;
mod metrics;
mod names;
mod naming;
mod openapi;
mod page;
mod quarantine;
mod retention;
mod role;
mod routes;
mod samples;
mod styles;
mod unfinished;
mod usage;
mod warnings;
mod wire;
mod work;

pub use config::Config;
pub use openapi::openapi;
pub use role::{Error, Listeners, run};
