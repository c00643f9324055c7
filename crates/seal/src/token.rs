//! Signed statements: `v2.<payload>.<signature>`, both base64url, signed with Ed25519 (RFC 8032).
//!
//! One fixed algorithm and a purpose inside what is signed, so that there is no algorithm to confuse and a token made
//! for one purpose is worth nothing for another (the lessons of RFC 8725 and PASETO v4).

use std::fmt;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use data_encoding::BASE64URL_NOPAD;
use domain::clock::Entropy;
use serde::{Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use crate::{Error, digest::sha256};

const VERSION: &str = "v2";

/// What a statement is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The gateway vouches for a caller.
    CallerContext,
    /// The control plane publishes a policy.
    PolicyIndex,
    /// The control plane lets a part ask for its first certificate.
    Enrolment,
}

impl Purpose {
    const fn prefix(self) -> &'static [u8] {
        match self {
            Self::CallerContext => b"ai-nutrition-pro caller context v2\0",
            Self::PolicyIndex => b"ai-nutrition-pro policy index v1\0",
            Self::Enrolment => b"ai-nutrition-pro enrolment v1\0",
        }
    }
}

/// The private half of a signing key.
pub struct SigningKey(Ed25519KeyPair);

impl SigningKey {
    /// The length of the seed in bytes.
    pub const LENGTH: usize = 32;

    /// Makes a new seed. Kept in a file that only the signing part can read.
    pub fn new_seed(entropy: &dyn Entropy) -> Zeroizing<[u8; Self::LENGTH]> {
        let mut seed = Zeroizing::new([0; Self::LENGTH]);
        entropy.fill(&mut *seed);
        seed
    }

    /// Returns the key of a seed of 32 bytes.
    ///
    /// # Errors
    /// [`Error::UnusableKey`] when there are not exactly 32.
    pub fn from_seed(seed: &[u8]) -> Result<Self, Error> {
        Ed25519KeyPair::from_seed_unchecked(seed).map(Self).map_err(|_| Error::UnusableKey)
    }

    /// Returns the public half.
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey(vec![self.0.public_key().as_ref().to_vec()])
    }

    /// Returns `statement` signed for `purpose`.
    pub fn sign<T: Serialize>(&self, purpose: Purpose, statement: &T) -> String {
        let payload = serde_json::to_vec(statement).expect("statements are plain structs with text keys");
        let signature = self.0.sign(&signed_bytes(purpose, &payload));
        format!(
            "{VERSION}.{}.{}",
            BASE64URL_NOPAD.encode(&payload),
            BASE64URL_NOPAD.encode(signature.as_ref())
        )
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey")
    }
}

/// The public half of a signing key; while one is replaced, that of the old one and of the new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyingKey(Vec<Vec<u8>>);

impl VerifyingKey {
    /// Returns the form in which key files hold it: base64url without padding, one key in a line.
    pub fn to_text(&self) -> String {
        self.0.iter().map(|key| BASE64URL_NOPAD.encode(key)).collect::<Vec<_>>().join("\n")
    }

    /// Returns the key that `text` stands for, or the two keys that it holds, with white space between them.
    ///
    /// # Errors
    /// [`Error::UnusableKey`] when it is not one or two times 32 bytes in base64url.
    pub fn from_text(text: &str) -> Result<Self, Error> {
        let keys: Result<Vec<_>, _> =
            text.split_whitespace().map(|key| BASE64URL_NOPAD.decode(key.as_bytes())).collect();
        let keys = keys.map_err(|_| Error::UnusableKey)?;
        let usable = matches!(keys.len(), 1 | 2) && keys.iter().all(|key| key.len() == 32);
        if usable { Ok(Self(keys)) } else { Err(Error::UnusableKey) }
    }

    /// Returns the statement that `token` holds, once its signature for `purpose` is found good.
    ///
    /// # Errors
    /// [`Error::DoesNotOpen`] for anything else; nothing of the payload is parsed before the signature is checked.
    pub fn verify<T: DeserializeOwned>(&self, purpose: Purpose, token: &str) -> Result<T, Error> {
        let mut parts = token.split('.');
        let (Some(VERSION), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Error::DoesNotOpen);
        };
        let decode = |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| Error::DoesNotOpen);
        let (payload, signature) = (decode(payload)?, decode(signature)?);
        let signed = signed_bytes(purpose, &payload);
        let is_genuine =
            |key: &Vec<u8>| UnparsedPublicKey::new(&ED25519, key).verify(&signed, &signature).is_ok();
        if !self.0.iter().any(is_genuine) {
            return Err(Error::DoesNotOpen);
        }
        serde_json::from_slice(&payload).map_err(|_| Error::DoesNotOpen)
    }
}

/// Returns what is signed: the purpose and the payload's SHA-256. Ed25519 reads its message twice with SHA-512, which
/// for a caller context would cost as much as a third of the signature itself.
fn signed_bytes(purpose: Purpose, payload: &[u8]) -> Vec<u8> {
    [purpose.prefix(), &sha256(payload)].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;

    fn key() -> SigningKey {
        SigningKey::from_seed(&*SigningKey::new_seed(&SystemEntropy)).unwrap()
    }

    #[test]
    fn a_statement_is_good_for_its_key_and_purpose_only() {
        let signer = key();
        let token = signer.sign(Purpose::CallerContext, &"statement");
        let verify = |key: &VerifyingKey, purpose| key.verify::<String>(purpose, &token);
        assert_eq!(verify(&signer.verifying_key(), Purpose::CallerContext).as_deref(), Ok("statement"));
        assert!(verify(&signer.verifying_key(), Purpose::PolicyIndex).is_err());
        assert!(verify(&key().verifying_key(), Purpose::CallerContext).is_err());
    }

    #[test]
    fn while_a_key_is_replaced_the_old_and_the_new_one_are_believed_and_no_third() {
        let (old, new, other) = (key(), key(), key());
        let text = format!("{}\n{}\n", old.verifying_key().to_text(), new.verifying_key().to_text());
        let both = VerifyingKey::from_text(&text).unwrap();
        assert_eq!(VerifyingKey::from_text(&both.to_text()), Ok(both.clone()));
        let verify = |signer: &SigningKey| {
            both.verify::<String>(Purpose::PolicyIndex, &signer.sign(Purpose::PolicyIndex, &"statement"))
        };
        assert!(verify(&old).is_ok() && verify(&new).is_ok());
        assert!(verify(&other).is_err());
        let three = format!("{text}{}", other.verifying_key().to_text());
        for bad in [&three, "", " \n", &text[..50]] {
            assert_eq!(VerifyingKey::from_text(bad), Err(Error::UnusableKey), "{bad}");
        }
    }

    #[test]
    fn truncated_extended_and_altered_tokens_are_refused() {
        let signer = key();
        let token = signer.sign(Purpose::PolicyIndex, &vec![1, 2, 3]);
        let public = VerifyingKey::from_text(&signer.verifying_key().to_text()).unwrap();
        for length in 0..token.len() {
            assert!(public.verify::<Vec<u8>>(Purpose::PolicyIndex, &token[..length]).is_err());
        }
        for bad in [format!("{token}."), format!("{token}A"), token.replacen("v2", "v1", 1), String::new()] {
            assert!(public.verify::<Vec<u8>>(Purpose::PolicyIndex, &bad).is_err(), "{bad}");
        }
    }
}
