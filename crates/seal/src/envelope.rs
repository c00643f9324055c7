//! Content at rest: one data key per tenant, wrapped by the master key.
//!
//! AES-256-GCM (NIST SP 800-38D) with random 96-bit nonces. The associated data names the place of a value, so that a
//! value copied to another tenant, table, row or column does not open.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use domain::{clock::Entropy, ids::TenantId};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::Error;

/// The first byte of everything sealed, so that a later format can be told apart.
const VERSION: u8 = 1;

/// Wraps the tenants' data keys. In production it comes from a key management service.
pub struct MasterKey(LessSafeKey);

/// Seals one tenant's content.
pub struct DataKey(LessSafeKey);

/// A data key as it is stored: sealed by the master key for one tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrappedKey(pub Vec<u8>);

/// Where a sealed value lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The tenant it belongs to.
    pub tenant: TenantId,
    /// The table's name.
    pub table: &'static str,
    /// The row's primary key.
    pub row: Uuid,
    /// The column's name.
    pub column: &'static str,
}

impl MasterKey {
    /// The length of a master key in bytes.
    pub const LENGTH: usize = 32;

    /// Returns the key made of 32 random `bytes`.
    ///
    /// # Errors
    /// [`Error::UnusableKey`] when there are not exactly 32.
    pub fn new(bytes: &[u8]) -> Result<Self, Error> {
        aes_key(bytes).map(Self)
    }

    /// Seals the secret `name` of the part that holds this key, for a place where others may read it.
    pub fn seal_secret(&self, name: &str, plain: &[u8], entropy: &dyn Entropy) -> Vec<u8> {
        seal(&self.0, &naming(name), plain, entropy)
    }

    /// Opens what [`MasterKey::seal_secret`] made under the same name.
    ///
    /// # Errors
    /// [`Error::DoesNotOpen`] for anything else.
    pub fn open_secret(&self, name: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        open(&self.0, &naming(name), sealed)
    }

    /// Makes a data key for `tenant` and returns it with its wrapped form, which is to be stored.
    pub fn new_data_key(&self, tenant: TenantId, entropy: &dyn Entropy) -> (DataKey, WrappedKey) {
        let mut bytes = Zeroizing::new([0; Self::LENGTH]);
        entropy.fill(&mut *bytes);
        let wrapped = seal(&self.0, &wrapping(tenant), &*bytes, entropy);
        (DataKey(aes_key(&*bytes).expect("32 bytes")), WrappedKey(wrapped))
    }

    /// Returns the data key of `tenant` from its stored form.
    ///
    /// # Errors
    /// [`Error::DoesNotOpen`] when it was wrapped by another master key or for another tenant.
    pub fn unwrap(&self, tenant: TenantId, wrapped: &[u8]) -> Result<DataKey, Error> {
        aes_key(&open(&self.0, &wrapping(tenant), wrapped)?).map(DataKey)
    }
}

impl DataKey {
    /// Seals `plain` for `place`: version, nonce, ciphertext and tag in one value.
    pub fn seal(&self, place: &Place, plain: &[u8], entropy: &dyn Entropy) -> Vec<u8> {
        seal(&self.0, &associated_data(place), plain, entropy)
    }

    /// Opens what [`DataKey::seal`] made for the same place.
    ///
    /// # Errors
    /// [`Error::DoesNotOpen`] for anything else.
    pub fn open(&self, place: &Place, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        open(&self.0, &associated_data(place), sealed)
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey")
    }
}

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DataKey")
    }
}

fn aes_key(bytes: &[u8]) -> Result<LessSafeKey, Error> {
    UnboundKey::new(&AES_256_GCM, bytes).map(LessSafeKey::new).map_err(|_| Error::UnusableKey)
}

fn naming(name: &str) -> Vec<u8> {
    [b"secret\0".as_slice(), name.as_bytes()].concat()
}

fn wrapping(tenant: TenantId) -> Vec<u8> {
    [b"data-key\0".as_slice(), tenant.uuid().as_bytes()].concat()
}

/// Fixed-width parts first, names ended by a byte that no name holds: no two places share associated data.
fn associated_data(place: &Place) -> Vec<u8> {
    [
        b"content\0".as_slice(),
        place.tenant.uuid().as_bytes(),
        place.row.as_bytes(),
        place.table.as_bytes(),
        b"\0",
        place.column.as_bytes(),
    ]
    .concat()
}

fn seal(key: &LessSafeKey, associated_data: &[u8], plain: &[u8], entropy: &dyn Entropy) -> Vec<u8> {
    let mut nonce = [0; NONCE_LEN];
    entropy.fill(&mut nonce);
    let mut text = plain.to_vec();
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(associated_data), &mut text)
        .expect("content is far below AES-GCM's limit of 64 GiB");
    [&[VERSION], nonce.as_slice(), &text].concat()
}

fn open(key: &LessSafeKey, associated_data: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    let (version, rest) = sealed.split_first().ok_or(Error::DoesNotOpen)?;
    let (nonce, text) = rest.split_first_chunk::<NONCE_LEN>().ok_or(Error::DoesNotOpen)?;
    if *version != VERSION {
        return Err(Error::DoesNotOpen);
    }
    let mut text = Zeroizing::new(text.to_vec());
    let length = key
        .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(associated_data), &mut text)
        .map_err(|_| Error::DoesNotOpen)?
        .len();
    text.truncate(length);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;

    fn place(tenant: u128, table: &'static str, row: u128, column: &'static str) -> Place {
        Place {
            tenant: TenantId::from_uuid(Uuid::from_u128(tenant)),
            table,
            row: Uuid::from_u128(row),
            column,
        }
    }

    #[test]
    fn a_value_opens_in_its_own_place_only() {
        let master = MasterKey::new(&[7; 32]).unwrap();
        let home = place(1, "samples", 2, "texts");
        let (key, _) = master.new_data_key(home.tenant, &SystemEntropy);
        let sealed = key.seal(&home, b"Hi Mark", &SystemEntropy);
        assert_eq!(&**key.open(&home, &sealed).unwrap(), b"Hi Mark");
        for other in [
            place(9, "samples", 2, "texts"),
            place(1, "generations", 2, "texts"),
            place(1, "samples", 3, "texts"),
            place(1, "samples", 2, "notes"),
        ] {
            assert_eq!(key.open(&other, &sealed), Err(Error::DoesNotOpen));
        }
    }

    #[test]
    fn a_wrapped_key_opens_for_its_tenant_and_master_key_only() {
        let master = MasterKey::new(&[7; 32]).unwrap();
        let (mine, other) = (place(1, "t", 1, "c"), place(2, "t", 1, "c"));
        let (key, wrapped) = master.new_data_key(mine.tenant, &SystemEntropy);
        let sealed = key.seal(&mine, b"text", &SystemEntropy);
        let again = master.unwrap(mine.tenant, &wrapped.0).unwrap();
        assert_eq!(&**again.open(&mine, &sealed).unwrap(), b"text");
        assert!(master.unwrap(other.tenant, &wrapped.0).is_err());
        assert!(MasterKey::new(&[8; 32]).unwrap().unwrap(mine.tenant, &wrapped.0).is_err());
    }

    #[test]
    fn any_flipped_bit_is_noticed() {
        let master = MasterKey::new(&[7; 32]).unwrap();
        let place = place(1, "t", 1, "c");
        let (key, _) = master.new_data_key(place.tenant, &SystemEntropy);
        let sealed = key.seal(&place, b"some text", &SystemEntropy);
        for bit in 0..sealed.len() * 8 {
            let mut bad = sealed.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(key.open(&place, &bad).is_err(), "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert!(key.open(&place, &sealed[..length]).is_err(), "length {length}");
        }
    }

    #[test]
    fn sealing_twice_gives_different_bytes() {
        let master = MasterKey::new(&[7; 32]).unwrap();
        let place = place(1, "t", 1, "c");
        let (key, _) = master.new_data_key(place.tenant, &SystemEntropy);
        assert_ne!(key.seal(&place, b"x", &SystemEntropy), key.seal(&place, b"x", &SystemEntropy));
    }
}
