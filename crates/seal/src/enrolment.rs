//! What lets a part ask the authority for its first certificate: a statement of the control plane for one part, for some
//! time, for one use or for many.
//!
//! Who holds it can be that part; it is carried to the part as any other secret is.

use std::fmt;

use aws_lc_rs::hmac;
use data_encoding::HEXLOWER;
use domain::{Timestamp, clock::Entropy};
use serde::{Deserialize, Serialize};

use crate::{
    Error,
    pki::Part,
    token::{Purpose, SigningKey},
};

/// Makes enrolments, and tells its own from others.
pub struct EnrolmentKey(SigningKey);

/// What an enrolment says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrolment {
    /// By which it is named in logs, and refused if it leaked.
    pub id: String,
    /// The part that its holder may be.
    pub part: Part,
    /// When it was made, in seconds since 1970.
    pub made_at: i64,
    /// When it ends, in seconds since 1970.
    pub ends_at: i64,
    /// Whether it serves once only.
    pub once: bool,
}

impl EnrolmentKey {
    /// Returns the key that is derived from the control plane's master key.
    ///
    /// # Errors
    /// [`Error::UnusableKey`] when that has not 32 bytes.
    pub fn new(master_key: &[u8]) -> Result<Self, Error> {
        if master_key.len() != SigningKey::LENGTH {
            return Err(Error::UnusableKey);
        }
        let key = hmac::Key::new(hmac::HMAC_SHA256, master_key);
        let seed = hmac::sign(&key, b"ai-nutrition-pro enrolment key v1");
        SigningKey::from_seed(seed.as_ref()).map(Self)
    }

    /// Returns a new enrolment for `part` as text, and what it says.
    pub fn enrol(
        &self,
        part: Part,
        once: bool,
        now: Timestamp,
        ends: Timestamp,
        entropy: &dyn Entropy,
    ) -> (String, Enrolment) {
        let mut id = [0; 8];
        entropy.fill(&mut id);
        let enrolment = Enrolment {
            id: HEXLOWER.encode(&id),
            part,
            made_at: now.unix_timestamp(),
            ends_at: ends.unix_timestamp(),
            once,
        };
        (self.0.sign(Purpose::Enrolment, &enrolment), enrolment)
    }

    /// Returns what `text` says, if it was made here and has not ended.
    ///
    /// # Errors
    /// [`Error::DoesNotOpen`] when it was not made here, [`Error::OutsideItsTime`] when it has ended.
    pub fn verify(&self, text: &str, now: Timestamp) -> Result<Enrolment, Error> {
        let enrolment: Enrolment = self.0.verifying_key().verify(Purpose::Enrolment, text.trim())?;
        if now.unix_timestamp() >= enrolment.ends_at {
            return Err(Error::OutsideItsTime);
        }
        Ok(enrolment)
    }
}

impl fmt::Debug for EnrolmentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EnrolmentKey")
    }
}

#[cfg(test)]
mod tests {
    use domain::clock::from_unix;

    use super::*;
    use crate::entropy::SystemEntropy;

    #[test]
    fn an_enrolment_is_taken_in_its_time_from_its_maker_only() {
        let (key, other) = (EnrolmentKey::new(&[1; 32]).unwrap(), EnrolmentKey::new(&[2; 32]).unwrap());
        let (text, made) = key.enrol(Part::Api, true, from_unix(100), from_unix(200), &SystemEntropy);
        assert_eq!(key.verify(&format!("{text}\n"), from_unix(199)).as_ref(), Ok(&made));
        assert_eq!(key.verify(&text, from_unix(200)), Err(Error::OutsideItsTime));
        assert_eq!(other.verify(&text, from_unix(150)), Err(Error::DoesNotOpen));
        assert_eq!(key.verify("nonsense", from_unix(150)), Err(Error::DoesNotOpen));
        assert_eq!(EnrolmentKey::new(&[1; 31]).err(), Some(Error::UnusableKey));
    }
}
