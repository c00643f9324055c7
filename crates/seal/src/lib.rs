#![doc = include_str!("../README.md")]

pub mod api_key;
pub mod context;
pub mod counter;
pub mod cursor;
pub mod digest;
pub mod enrolment;
pub mod entropy;
pub mod envelope;
pub mod issuing;
pub mod pki;
pub mod policy;
pub mod token;
pub mod webhook;

/// Why something sealed was refused.
///
/// It says no more than that: which check failed is of use to an attacker only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The bytes were not sealed or signed by the key at hand, or not for this place.
    #[error("does not open")]
    DoesNotOpen,
    /// The key itself has the wrong length or form.
    #[error("unusable key")]
    UnusableKey,
    /// The statement is genuine and outside its time.
    #[error("outside its time")]
    OutsideItsTime,
    /// The statement is genuine and was used before.
    #[error("used before")]
    UsedBefore,
}
