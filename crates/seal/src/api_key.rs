//! The text of an API key, and the only thing that is kept of it (features 1 and 2).
//!
//! `anp_<environment>_<id>_<secret>_<checksum>`: a prefix that secret scanners find, a public half that is safe to
//! log, 256 random bits, and a CRC-32 of everything before it, so that a mistyped or made-up key is refused before
//! anything is looked up.

use std::{fmt, str::FromStr};

use aws_lc_rs::hmac;
use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};
use domain::{clock::Entropy, policy::Environment};
use zeroize::Zeroizing;

use crate::Error;

const PREFIX: &str = "anp";
const ID_BYTES: usize = 10;
const SECRET_BYTES: usize = 32;
const ID_CHARS: usize = 16;
const SECRET_CHARS: usize = 52;
const CHECKSUM_CHARS: usize = 8;

/// An API key in clear: made once, shown once, never stored.
#[derive(Clone)]
pub struct PlainKey {
    text: Zeroizing<String>,
    id: String,
    environment: Environment,
}

/// The text is not an API key of ours: wrong form or wrong checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an API key")]
pub struct NotAKey;

impl PlainKey {
    /// The length of every key in characters.
    pub const LENGTH: usize = PREFIX.len() + 1 + 4 + 1 + ID_CHARS + 1 + SECRET_CHARS + 1 + CHECKSUM_CHARS;

    /// Makes a new key.
    pub fn generate(environment: Environment, entropy: &dyn Entropy) -> Self {
        let mut id = [0; ID_BYTES];
        let mut secret = Zeroizing::new([0; SECRET_BYTES]);
        entropy.fill(&mut id);
        entropy.fill(&mut *secret);
        let id = BASE32_NOPAD.encode(&id).to_ascii_lowercase();
        let secret = Zeroizing::new(BASE32_NOPAD.encode(&*secret).to_ascii_lowercase());
        let body = Zeroizing::new(format!("{PREFIX}_{}_{id}_{}", environment.as_str(), *secret));
        let text = Zeroizing::new(format!("{}_{:08x}", *body, crc32fast::hash(body.as_bytes())));
        Self { text, id, environment }
    }

    /// Returns the public half, by which the key is listed and logged.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns whether the key is for tests or for live texts.
    pub const fn environment(&self) -> Environment {
        self.environment
    }

    /// Returns the last four characters of the secret, for people to recognise the key by.
    pub fn last4(&self) -> &str {
        let end = self.text.len() - CHECKSUM_CHARS - 1;
        &self.text[end - 4..end]
    }

    /// Returns the whole key. The caller shows it to its owner once and forgets it.
    pub fn reveal(&self) -> &str {
        &self.text
    }
}

impl FromStr for PlainKey {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let mut parts = text.split('_');
        let mut next = || parts.next().ok_or(NotAKey);
        let (prefix, environment, id, secret, checksum) = (next()?, next()?, next()?, next()?, next()?);
        let well_formed = prefix == PREFIX
            && parts.next().is_none()
            && is_base32(id, ID_CHARS)
            && is_base32(secret, SECRET_CHARS)
            && checksum.len() == CHECKSUM_CHARS;
        let environment = environment.parse().map_err(|_| NotAKey)?;
        if !well_formed {
            return Err(NotAKey);
        }
        let body = &text[..text.len() - CHECKSUM_CHARS - 1];
        if format!("{:08x}", crc32fast::hash(body.as_bytes())) != checksum {
            return Err(NotAKey);
        }
        Ok(Self { text: Zeroizing::new(text.to_owned()), id: id.to_owned(), environment })
    }
}

impl fmt::Debug for PlainKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PlainKey({})", self.id)
    }
}

fn is_base32(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'))
}

/// The secret under which keys are hashed, known to gateway and control plane but to no database.
#[derive(Clone)]
pub struct Pepper(hmac::Key);

impl Pepper {
    /// The length of a pepper in bytes.
    pub const LENGTH: usize = 32;

    /// Returns the pepper made of 32 random `bytes`.
    ///
    /// # Errors
    /// [`Error::UnusableKey`] when there are not exactly 32.
    pub fn new(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() != Self::LENGTH {
            return Err(Error::UnusableKey);
        }
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, bytes)))
    }

    /// Returns the hash of `key`: the only thing of a key that is stored.
    pub fn hash(&self, key: &PlainKey) -> KeyHash {
        let tag = hmac::sign(&self.0, key.text.as_bytes());
        KeyHash(tag.as_ref().try_into().expect("HMAC-SHA-256 gives 32 bytes"))
    }

    /// Tells in constant time whether `hash` is that of `key`.
    pub fn matches(&self, key: &PlainKey, hash: &KeyHash) -> bool {
        hmac::verify(&self.0, key.text.as_bytes(), &hash.0).is_ok()
    }
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pepper")
    }
}

/// HMAC-SHA-256 of a key. Compared in constant time, through [`Pepper::matches`] only.
#[derive(Clone)]
pub struct KeyHash([u8; 32]);

impl KeyHash {
    /// Returns the form that databases and policies hold: base64url without padding.
    pub fn to_text(&self) -> String {
        BASE64URL_NOPAD.encode(&self.0)
    }

    /// Returns the hash that `text` stands for.
    ///
    /// # Errors
    /// [`Error::UnusableKey`] when it is not 32 bytes in base64url.
    pub fn from_text(text: &str) -> Result<Self, Error> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| Error::UnusableKey)?;
        bytes.try_into().map(Self).map_err(|_| Error::UnusableKey)
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHash")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::entropy::SystemEntropy;

    #[test]
    fn a_key_reads_back_and_matches_its_own_hash_only() {
        let pepper = Pepper::new(&[1; 32]).unwrap();
        let key = PlainKey::generate(Environment::Live, &SystemEntropy);
        let again: PlainKey = key.reveal().parse().unwrap();
        assert_eq!((again.id(), again.environment()), (key.id(), Environment::Live));
        assert!(key.reveal().starts_with("anp_live_"));
        let hash = KeyHash::from_text(&pepper.hash(&key).to_text()).unwrap();
        assert!(pepper.matches(&again, &hash));
        assert!(!pepper.matches(&PlainKey::generate(Environment::Live, &SystemEntropy), &hash));
        assert!(!Pepper::new(&[2; 32]).unwrap().matches(&key, &hash));
    }

    #[test]
    fn debug_shows_the_public_half_only() {
        let key = PlainKey::generate(Environment::Test, &SystemEntropy);
        assert_eq!(format!("{key:?}"), format!("PlainKey({})", key.id()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn any_changed_character_is_refused(position in 0_usize..88, replacement in "[a-z2-7_A-Z]") {
            let key = PlainKey::generate(Environment::Live, &SystemEntropy);
            let mut text = key.reveal().to_owned();
            prop_assert_eq!(text.len(), PlainKey::LENGTH);
            let position = position % text.len();
            prop_assume!(text[position..=position] != replacement);
            text.replace_range(position..=position, &replacement);
            prop_assert!(text.parse::<PlainKey>().is_err());
        }

        #[test]
        fn no_text_makes_the_parser_fail(text in "\\PC{0,120}") {
            let _ = text.parse::<PlainKey>();
        }
    }
}
