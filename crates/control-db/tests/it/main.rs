//! The control-plane database on both engines, and the fences around it on PostgreSQL.
//!
//! `cfg(test)` on the modules is what lets clippy see that their helpers are test code.

#[cfg(test)]
mod events;
#[cfg(test)]
mod fences;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod isolation;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod migrations;
#[cfg(test)]
mod policy;
#[cfg(test)]
mod tenants;
