//! Page positions that only we can make, and only for the list they were made for (threat A8).

use std::fmt;

use aws_lc_rs::hmac;
use data_encoding::BASE64URL_NOPAD;
use domain::ids::TenantId;
use uuid::Uuid;

use crate::Error;

const MAC_BYTES: usize = 16;

/// Makes and checks cursors.
#[derive(Clone)]
pub struct CursorKey(hmac::Key);

impl CursorKey {
    /// Returns the key made of `bytes`, which the API application derives from its master key.
    pub fn new(bytes: &[u8]) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, bytes);
        let derived = hmac::sign(&key, b"ai-nutrition-pro cursor v1");
        Self(hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()))
    }

    /// Returns the cursor behind row `position` of the list that `filter` names.
    pub fn cursor(&self, tenant: TenantId, filter: &str, position: Uuid) -> String {
        let mac = self.mac(tenant, filter, position);
        BASE64URL_NOPAD.encode(&[position.as_bytes().as_slice(), &mac.as_ref()[..MAC_BYTES]].concat())
    }

    /// Returns the position in `cursor`.
    ///
    /// # Errors
    /// [`Error::DoesNotOpen`] when it was made for another tenant or filter, or not by us.
    pub fn position(&self, tenant: TenantId, filter: &str, cursor: &str) -> Result<Uuid, Error> {
        let bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).map_err(|_| Error::DoesNotOpen)?;
        let (position, mac) = bytes.split_first_chunk::<16>().ok_or(Error::DoesNotOpen)?;
        let position = Uuid::from_bytes(*position);
        let expected = self.mac(tenant, filter, position);
        aws_lc_rs::constant_time::verify_slices_are_equal(&expected.as_ref()[..MAC_BYTES], mac)
            .map(|()| position)
            .map_err(|_| Error::DoesNotOpen)
    }

    fn mac(&self, tenant: TenantId, filter: &str, position: Uuid) -> hmac::Tag {
        let tenant = tenant.uuid();
        let parts = [tenant.as_bytes().as_slice(), position.as_bytes(), filter.as_bytes()];
        hmac::sign(&self.0, &parts.concat())
    }
}

impl fmt::Debug for CursorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CursorKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_works_for_its_tenant_and_filter_only() {
        let key = CursorKey::new(&[1; 32]);
        let (mine, other) =
            (TenantId::from_uuid(Uuid::from_u128(1)), TenantId::from_uuid(Uuid::from_u128(2)));
        let position = Uuid::from_u128(77);
        let cursor = key.cursor(mine, "generations", position);
        assert_eq!(key.position(mine, "generations", &cursor), Ok(position));
        assert!(key.position(other, "generations", &cursor).is_err());
        assert!(key.position(mine, "samples", &cursor).is_err());
        assert!(key.position(mine, "generations", "AAAA").is_err());
    }
}
