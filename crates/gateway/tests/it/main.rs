//! The gateway over real TLS sockets, with a scripted API application behind it and a scripted policy feed.
//!
//! `cfg(test)` on the modules is what lets clippy see that their helpers are test code.

#[cfg(test)]
mod abuse;
#[cfg(test)]
mod acl;
#[cfg(test)]
mod acl_paths;
#[cfg(test)]
mod certificates;
#[cfg(test)]
mod client;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod filtering;
#[cfg(test)]
mod forwarding;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod isolation;
#[cfg(test)]
mod key_life;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod leaked;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod log;
#[cfg(test)]
mod operations;
#[cfg(test)]
mod policy;
#[cfg(test)]
mod sharing;
#[cfg(test)]
mod streams;
#[cfg(test)]
mod traces;
