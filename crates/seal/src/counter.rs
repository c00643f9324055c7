//! Counts that gateways show each other through a store that is not trusted: named by a keyed digest, so that it learns
//! nothing about whom they count, and authenticated, so that it can hide or repeat a count and not make one up.

use std::fmt;

use aws_lc_rs::{constant_time, hmac};

use crate::Error;

/// Names what is counted, and seals and opens counts.
#[derive(Clone)]
pub struct CounterKey {
    names: hmac::Key,
    counts: hmac::Key,
}

/// What one gateway counted, as the store holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// Which gateway, since its start.
    pub gateway: [u8; GATEWAY_BYTES],
    /// How much.
    pub count: u64,
}

/// The length of a gateway's id.
pub const GATEWAY_BYTES: usize = 8;
/// The length of a name.
pub const NAME_BYTES: usize = 20;
/// The length of a sealed count.
pub const SEALED_BYTES: usize = GATEWAY_BYTES + 8 + MAC_BYTES;

const MAC_BYTES: usize = 16;

/// The name under which something is counted.
pub type Name = [u8; NAME_BYTES];

impl CounterKey {
    /// Returns the key made of `secret`, which all gateways hold.
    pub fn new(secret: &[u8]) -> Self {
        let secret = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let derived = |purpose: &str| {
            hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&secret, purpose.as_bytes()).as_ref())
        };
        Self {
            names: derived("ai-nutrition-pro counter name v1"),
            counts: derived("ai-nutrition-pro counter v1"),
        }
    }

    /// Returns the name of what `parts` describe. No two lists of parts of fixed lengths share one.
    pub fn name(&self, parts: &[&[u8]]) -> Name {
        let mut context = hmac::Context::with_key(&self.names);
        parts.iter().for_each(|part| context.update(part));
        let mut name = [0; NAME_BYTES];
        name.copy_from_slice(&context.sign().as_ref()[..NAME_BYTES]);
        name
    }

    /// Returns `count` for the store. It opens under this name only.
    pub fn seal(&self, name: &Name, count: Count) -> [u8; SEALED_BYTES] {
        let mut sealed = [0; SEALED_BYTES];
        sealed[..GATEWAY_BYTES].copy_from_slice(&count.gateway);
        sealed[GATEWAY_BYTES..SIGNED_BYTES].copy_from_slice(&count.count.to_be_bytes());
        let mac = self.mac(name, &sealed[..SIGNED_BYTES]);
        sealed[SIGNED_BYTES..].copy_from_slice(&mac.as_ref()[..MAC_BYTES]);
        sealed
    }

    /// Returns the count in `sealed`.
    ///
    /// # Errors
    /// [`Error::DoesNotOpen`] when no gateway of ours sealed it under this name.
    pub fn open(&self, name: &Name, sealed: &[u8]) -> Result<Count, Error> {
        let sealed: &[u8; SEALED_BYTES] = sealed.try_into().map_err(|_| Error::DoesNotOpen)?;
        let (signed, mac) = sealed.split_at(SIGNED_BYTES);
        let expected = self.mac(name, signed);
        constant_time::verify_slices_are_equal(&expected.as_ref()[..MAC_BYTES], mac)
            .map_err(|_| Error::DoesNotOpen)?;
        let mut count = Count { gateway: [0; GATEWAY_BYTES], count: 0 };
        count.gateway.copy_from_slice(&signed[..GATEWAY_BYTES]);
        let mut number = [0; 8];
        number.copy_from_slice(&signed[GATEWAY_BYTES..]);
        count.count = u64::from_be_bytes(number);
        Ok(count)
    }

    fn mac(&self, name: &Name, signed: &[u8]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.counts);
        context.update(name);
        context.update(signed);
        context.sign()
    }
}

impl fmt::Debug for CounterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CounterKey")
    }
}

const SIGNED_BYTES: usize = GATEWAY_BYTES + 8;

#[cfg(test)]
mod tests {
    use super::*;

    const COUNT: Count = Count { gateway: *b"gateway1", count: 42 };

    #[test]
    fn a_count_opens_under_its_name_and_key_only() {
        let key = CounterKey::new(&[1; 32]);
        let (name, other) = (key.name(&[b"a", b"b"]), key.name(&[b"a", b"c"]));
        let sealed = key.seal(&name, COUNT);
        assert_eq!(key.open(&name, &sealed).unwrap(), COUNT);
        assert!(key.open(&other, &sealed).is_err());
        assert!(CounterKey::new(&[2; 32]).open(&name, &sealed).is_err());
        assert!(key.open(&name, &sealed[1..]).is_err() && key.open(&name, b"").is_err());
    }

    #[test]
    fn no_bit_of_a_count_can_be_changed() {
        let key = CounterKey::new(&[1; 32]);
        let name = key.name(&[b"a"]);
        let sealed = key.seal(&name, COUNT);
        for bit in 0..SEALED_BYTES * 8 {
            let mut changed = sealed;
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(key.open(&name, &changed).is_err(), "{bit}");
        }
    }

    #[test]
    fn a_name_depends_on_the_key_and_on_every_part() {
        let (one, other) = (CounterKey::new(&[1; 32]), CounterKey::new(&[2; 32]));
        assert_eq!(one.name(&[b"a", b"b"]), one.name(&[b"a", b"b"]));
        assert_ne!(one.name(&[b"a", b"b"]), other.name(&[b"a", b"b"]));
        assert_ne!(one.name(&[b"a", b"b"]), one.name(&[b"b", b"b"]));
    }
}
