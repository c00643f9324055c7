#![doc = include_str!("../README.md")]

mod activity;
pub mod body;
pub mod certificate;
pub mod clock;
pub mod config;
pub mod contract;
pub mod expiry;
pub mod files;
pub mod filter;
pub mod heads;
mod linger;
pub mod listen;
pub mod metrics;
pub mod operations;
pub mod probe;
pub mod problem;
pub mod router;
mod schema;
pub mod shown;
mod stall;
pub mod strict_json;
pub mod tls;
pub mod traces;
pub mod transport;
pub mod trust;
pub mod unread;
