//! A hasher for numbers that are random or have a random key between them and whoever makes them up: two multiplications
//! instead of SipHash, for look-ups that each request needs a dozen of. Where somebody found collisions all the same, the
//! maps are bounded.

use std::{
    collections::HashMap,
    hash::{BuildHasher, Hasher, RandomState},
};

/// A map by numbers.
pub(super) type ByNumber<K, V> = HashMap<K, V, Folding>;

/// Makes hashers under a random key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Folding {
    start: u64,
    key: u64,
}

impl Default for Folding {
    fn default() -> Self {
        let random = RandomState::new();
        // A key with few bits would fold little.
        Self { start: random.hash_one(0), key: random.hash_one(1) | 0x8000_0000_8000_0001 }
    }
}

impl BuildHasher for Folding {
    type Hasher = Folder;

    fn build_hasher(&self) -> Folder {
        Folder { state: self.start, key: self.key }
    }
}

/// Folds numbers into one.
#[derive(Debug)]
pub(super) struct Folder {
    state: u64,
    key: u64,
}

impl Hasher for Folder {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u64(&mut self, word: u64) {
        let product = u128::from(self.state ^ word) * u128::from(self.key);
        // Both halves are wanted: the upper one depends on all lower bits, the lower one does not on the upper.
        #[expect(clippy::cast_possible_truncation, reason = "the two halves of the product")]
        let folded = (product >> 64) as u64 ^ product as u64;
        self.state = folded.rotate_left(23);
    }

    fn write_u128(&mut self, number: u128) {
        #[expect(clippy::cast_possible_truncation, reason = "the two halves of the number")]
        let (upper, lower) = ((number >> 64) as u64, number as u64);
        self.write_u64(upper);
        self.write_u64(lower);
    }

    fn finish(&self) -> u64 {
        self.state
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// Tells how full the fullest of as many buckets as there are numbers gets, by the bits that maps look at.
    fn fullest(numbers: impl Iterator<Item = u128>) -> usize {
        let folding = Folding::default();
        let mut buckets = vec![0; 1 << 12];
        for number in numbers {
            buckets[(folding.hash_one(number) & 0xfff) as usize] += 1;
        }
        buckets.into_iter().max().unwrap()
    }

    #[test]
    fn numbers_that_differ_in_a_few_bits_only_are_spread() {
        let count = 1 << 12;
        assert!(fullest(0..count) < 16);
        assert!(fullest((0..count).map(|n| n << 64)) < 16, "the /64 networks of one provider");
        assert!(fullest((0..count).map(|n| n << 116)) < 16);
        assert!(fullest((0..count).map(|n| 0xffff_0000_0000 | n << 8)) < 16, "IPv4 addresses");
    }

    #[test]
    fn nobody_knows_the_hash_of_a_number_beforehand() {
        let hashes: HashSet<_> = (0..20).map(|_| Folding::default().hash_one(7_u128)).collect();
        assert_eq!(hashes.len(), 20);
    }
}
