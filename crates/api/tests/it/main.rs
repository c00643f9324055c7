//! The API role as the gateway meets it: over real mutual TLS, on both database engines.
//!
//! `cfg(test)` on the modules is what lets clippy see that their helpers are test code.

#[cfg(test)]
mod app;
#[cfg(test)]
mod door;
#[cfg(test)]
mod idempotency;
#[cfg(test)]
mod injection;
#[cfg(test)]
mod isolation;
#[cfg(test)]
mod operations;
#[cfg(test)]
mod privacy;
#[cfg(test)]
mod problems;
#[cfg(test)]
mod readers;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod streaming;
#[cfg(test)]
mod told;
#[cfg(test)]
mod traces;
#[cfg(test)]
mod turns;
#[cfg(test)]
mod writers;
