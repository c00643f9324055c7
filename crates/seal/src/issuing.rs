//! How a part asks the authority for a certificate: its new public key, proof that it holds the private half, and the
//! right to be that part. The private key never travels.
//!
//! What is signed names the part and the new key, so that a request that was overheard gives a certificate for a key that
//! only the first asker has.

use std::fmt;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use data_encoding::BASE64URL_NOPAD;
use domain::Timestamp;
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PublicKeyData, SignatureAlgorithm, SigningKey as _};
use serde::{Deserialize, Serialize};
use time::Duration;
use zeroize::Zeroizing;

use crate::{
    Error,
    pki::{self, Authority, Part},
};

/// What a part sends to the authority.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Who it wants to be.
    pub part: Part,
    /// Its new public key: an uncompressed P-256 point (SEC 1, 65 bytes), base64url.
    pub public_key: String,
    /// A signature of [`Request::statement`] by the new key: ECDSA with SHA-256, DER, base64url.
    pub proof: String,
    /// Why it may be that part.
    pub right: Right,
}

/// Why somebody may be a part.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Right {
    /// The control plane let it: the text of an [`crate::enrolment::Enrolment`].
    Enrolment(String),
    /// It is that part already.
    Certificate {
        /// Its certificate, PEM.
        pem: String,
        /// A signature of [`Request::statement`] by that certificate's key, as in [`Request::proof`].
        signature: String,
    },
}

/// What the authority answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Issued {
    /// The certificate, PEM.
    pub certificate: String,
}

/// The private key of a part.
pub struct PartKey(KeyPair);

/// The public key of a part, once the request was found to be of who holds the private half.
pub struct ProvenKey(Vec<u8>);

impl PartKey {
    /// Makes a new key.
    ///
    /// # Errors
    /// [`pki::Error`] when the key generator fails.
    pub fn generate() -> Result<Self, pki::Error> {
        Ok(Self(KeyPair::generate()?))
    }

    /// Returns the key in `pem` (PKCS#8).
    ///
    /// # Errors
    /// [`pki::Error`] when there is none.
    pub fn from_pem(pem: &str) -> Result<Self, pki::Error> {
        Ok(Self(KeyPair::from_pem(pem)?))
    }

    /// Returns the key as PEM (PKCS#8).
    pub fn to_pem(&self) -> Zeroizing<String> {
        Zeroizing::new(self.0.serialize_pem())
    }

    /// Asks for the first certificate of `part`.
    ///
    /// # Errors
    /// [`pki::Error`] when the key can't sign.
    pub fn first(&self, part: Part, enrolment: &str) -> Result<Request, pki::Error> {
        self.request(part, |_| Ok(Right::Enrolment(enrolment.trim().to_owned())))
    }

    /// Asks for the next certificate of `part`, as the holder of its `current` key and certificate.
    ///
    /// # Errors
    /// [`pki::Error`] when a key can't sign.
    pub fn next(&self, part: Part, current: &Self, certificate_pem: &str) -> Result<Request, pki::Error> {
        self.request(part, |statement| {
            Ok(Right::Certificate { pem: certificate_pem.to_owned(), signature: current.sign(statement)? })
        })
    }

    fn request(
        &self,
        part: Part,
        right: impl FnOnce(&[u8]) -> Result<Right, pki::Error>,
    ) -> Result<Request, pki::Error> {
        let public_key = BASE64URL_NOPAD.encode(self.0.public_key_raw());
        let statement = statement(part, &public_key);
        Ok(Request { part, proof: self.sign(&statement)?, right: right(&statement)?, public_key })
    }

    fn sign(&self, statement: &[u8]) -> Result<String, pki::Error> {
        Ok(BASE64URL_NOPAD.encode(&self.0.sign(statement)?))
    }
}

impl Request {
    /// Returns what is signed.
    pub fn statement(&self) -> Vec<u8> {
        statement(self.part, &self.public_key)
    }

    /// Returns the new key, if whoever asks holds its private half.
    ///
    /// # Errors
    /// [`Error::UnusableKey`] when it is no P-256 point, [`Error::DoesNotOpen`] when the proof is none.
    pub fn proven(&self) -> Result<ProvenKey, Error> {
        let point = BASE64URL_NOPAD.decode(self.public_key.as_bytes()).map_err(|_| Error::UnusableKey)?;
        if point.len() != POINT_LENGTH {
            return Err(Error::UnusableKey);
        }
        let proof = decode_signature(&self.proof)?;
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &point);
        key.verify(&self.statement(), &proof).map_err(|_| Error::DoesNotOpen)?;
        Ok(ProvenKey(point))
    }
}

/// Returns the bytes of a signature in a request.
///
/// # Errors
/// [`Error::DoesNotOpen`] when it is not base64url.
pub fn decode_signature(text: &str) -> Result<Vec<u8>, Error> {
    BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| Error::DoesNotOpen)
}

impl Authority {
    /// Issues a certificate of `lifetime` in all for `part`, PEM. It names the `enrolment` that it goes back to, as its
    /// organisational unit. Whether the part may have one was asked before.
    ///
    /// # Errors
    /// [`pki::Error`] when the certificate can't be signed.
    pub fn issue_to(
        &self,
        part: Part,
        enrolment: &str,
        key: &ProvenKey,
        now: Timestamp,
        lifetime: Duration,
    ) -> Result<String, pki::Error> {
        self.certify_part(part, enrolment, key, now, lifetime)
    }
}

fn statement(part: Part, public_key: &str) -> Vec<u8> {
    format!("ai-nutrition-pro certificate request v1\0{}\0{public_key}", part.as_str()).into_bytes()
}

impl PublicKeyData for ProvenKey {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ECDSA_P256_SHA256
    }
}

impl fmt::Debug for PartKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PartKey")
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("part", &self.part).finish_non_exhaustive()
    }
}

impl fmt::Debug for ProvenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProvenKey")
    }
}

const POINT_LENGTH: usize = 65;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_proves_its_key_for_its_part_only() {
        let key = PartKey::generate().unwrap();
        let request = key.first(Part::Api, "token").unwrap();
        assert!(request.proven().is_ok());
        let other = PartKey::generate().unwrap().first(Part::Api, "token").unwrap();
        for altered in [
            Request { part: Part::Gateway, ..request.clone() },
            Request { public_key: other.public_key.clone(), ..request.clone() },
            Request { proof: other.proof, ..request.clone() },
            Request { proof: String::new(), ..request.clone() },
            Request { public_key: String::new(), ..request.clone() },
            Request { public_key: BASE64URL_NOPAD.encode(&[4; 65]), ..request.clone() },
        ] {
            assert!(altered.proven().is_err());
        }
    }

    #[test]
    fn a_key_survives_its_pem() {
        let key = PartKey::generate().unwrap();
        let back = PartKey::from_pem(&key.to_pem()).unwrap();
        let (one, other) = (key.first(Part::Api, "").unwrap(), back.first(Part::Api, "").unwrap());
        assert_eq!(one.public_key, other.public_key);
    }
}
