//! Chooses among equals, the same way for the same seed, and another way for the next.

/// A source of choices.
///
/// The variants of one request have consecutive seeds. Each choice therefore moves on from one seed to the next: of
/// three or more equals, three consecutive seeds take three; of two, one of the three takes the other. Where the row
/// begins is random (SplitMix64, Steele et al. 2014), by the seed without its lowest bits and by the number of the choice.
pub(super) struct Seed {
    row: u64,
    place: u64,
    choices: u64,
}

impl Seed {
    pub(super) const fn new(seed: u64) -> Self {
        Self { row: seed >> 16, place: seed & 0xFFFF, choices: 0 }
    }

    /// Returns a number below `count`; 0 when `count` is 0.
    pub(super) fn below(&mut self, count: usize) -> usize {
        self.choices += 1;
        let random = mixed(self.row.wrapping_mul(0xD129_0D3B_3A1D_9E2B).wrapping_add(self.choices));
        let count = count.max(1) as u64;
        let chosen = if count == 2 {
            let other = self.place % 3 == (random >> 8) % 3;
            (random ^ u64::from(other)) & 1
        } else {
            (random % count + self.place) % count
        };
        usize::try_from(chosen).unwrap_or(0)
    }

    /// Returns one of `items`.
    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }
}

const fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn three_consecutive_seeds_choose_three_of_three_and_both_of_two() {
        for first in [0, 7, 0x0123_4567_89AB_CDEF] {
            for (count, distinct) in [(1, 1), (2, 2), (3, 3), (8, 3)] {
                for choice in 0..20 {
                    let chosen: BTreeSet<usize> = (first..first + 3)
                        .map(|seed| {
                            let mut seed = Seed::new(seed);
                            (0..choice).for_each(|_| _ = seed.below(5));
                            seed.below(count)
                        })
                        .collect();
                    assert_eq!(chosen.len(), distinct, "{first} {count} {choice}");
                    assert!(chosen.iter().all(|chosen| *chosen < count));
                }
            }
        }
    }
}
