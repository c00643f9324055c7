//! The API database on both engines, and the fences around it on PostgreSQL.
//!
//! `cfg(test)` on the modules is what lets clippy see that their helpers are test code.

#[cfg(test)]
mod at_rest;
#[cfg(test)]
mod consents;
#[cfg(test)]
mod dietitians;
#[cfg(test)]
mod fences;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod generations;
#[cfg(test)]
mod idempotency;
#[cfg(test)]
mod isolation;
#[cfg(test)]
mod readers;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod style_cards;
#[cfg(test)]
mod usage;
