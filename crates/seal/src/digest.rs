//! Digests: plain ones to compare by, and keyed ones that stand for an id where the id must not be seen.

use std::fmt;

use aws_lc_rs::{digest, hmac};
use data_encoding::BASE64URL_NOPAD;
use domain::ids::TenantId;
use uuid::Uuid;

/// Returns the SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let digest = digest::digest(&digest::SHA256, bytes);
    <[u8; 32]>::try_from(digest.as_ref()).expect("SHA-256 has 32 bytes")
}

/// Makes names for ids that tell nothing about them to whoever lacks the key.
#[derive(Clone)]
pub struct PseudonymKey(hmac::Key);

impl PseudonymKey {
    /// Returns the key made of `bytes`, which the API application derives from its master key.
    pub fn new(bytes: &[u8]) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, bytes);
        let derived = hmac::sign(&key, b"ai-nutrition-pro pseudonym v1");
        Self(hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()))
    }

    /// Returns the name of `id`, which belongs to `tenant`: the same each time, 43 characters of base64url.
    pub fn pseudonym(&self, tenant: TenantId, id: Uuid) -> String {
        let tenant = tenant.uuid();
        let parts = [tenant.as_bytes().as_slice(), id.as_bytes()];
        BASE64URL_NOPAD.encode(hmac::sign(&self.0, &parts.concat()).as_ref())
    }
}

impl fmt::Debug for PseudonymKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PseudonymKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_sha_256() {
        // FIPS 180-4, "abc".
        assert_eq!(sha256(b"abc")[..4], [0xba, 0x78, 0x16, 0xbf]);
    }

    #[test]
    fn a_pseudonym_is_stable_and_depends_on_key_tenant_and_id() {
        let (mine, other) =
            (TenantId::from_uuid(Uuid::from_u128(1)), TenantId::from_uuid(Uuid::from_u128(2)));
        let (key, id) = (PseudonymKey::new(&[1; 32]), Uuid::from_u128(7));
        assert_eq!(key.pseudonym(mine, id), key.pseudonym(mine, id));
        for different in [
            key.pseudonym(other, id),
            key.pseudonym(mine, Uuid::from_u128(8)),
            PseudonymKey::new(&[2; 32]).pseudonym(mine, id),
        ] {
            assert_ne!(key.pseudonym(mine, id), different);
        }
    }
}
