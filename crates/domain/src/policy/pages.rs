//! Which page of the policy a tenant or a key stands on.
//!
//! A policy of a million keys is not sent anew for each change: it is kept in pages of some hundred entries, and a
//! change renews one of them. Keys lie on their pages in the order of their ids, so that a page is a range of ids.

use crate::ids::TenantId;

/// No policy has more pages of one kind: as many as two characters of a key's id tell apart.
pub const MOST_PAGES: usize = LETTERS * LETTERS;

/// The characters of ids: `2` to `7` and `a` to `z`, in the order of their code points.
const LETTERS: usize = 32;
/// Below this many entries for each page, pages only cost.
const ENTRIES_PER_PAGE: usize = 512;

/// Returns how many pages hold `entries` well: a power of two, at most [`MOST_PAGES`].
pub fn count_for(entries: usize) -> usize {
    (entries / ENTRIES_PER_PAGE).max(1).next_power_of_two().min(MOST_PAGES)
}

/// Tells whether there can be so many pages.
pub fn is_count(pages: usize) -> bool {
    pages.is_power_of_two() && pages <= MOST_PAGES
}

/// Returns which of `pages` pages holds the key with the public half `id`. `pages` is a count of [`count_for`].
pub fn of_key(id: &str, pages: usize) -> usize {
    let mut bytes = id.bytes();
    let place = match (bytes.next(), bytes.next()) {
        (Some(first), second) if is_letter(first) => rank(first) * LETTERS + second.map_or(0, rank),
        // Not an id of ours, and yet in its place.
        (Some(first @ b'2'..), _) => rank(first) * LETTERS + LETTERS - 1,
        _ => 0,
    };
    place / (MOST_PAGES / pages)
}

/// Returns which of `pages` pages holds the tenant. `pages` is a count of [`count_for`].
pub fn of_tenant(id: TenantId, pages: usize) -> usize {
    // The random end of a version 7 UUID.
    let bytes = id.uuid().into_bytes();
    usize::from(u16::from_be_bytes([bytes[14], bytes[15]])) % pages
}

/// Returns the ids between which the keys of page `page` of `pages` lie: from the first one up to and without the
/// second one; `None` stands for no bound.
pub fn range(page: usize, pages: usize) -> (Option<String>, Option<String>) {
    let each = MOST_PAGES / pages;
    // The lowest letter is left out: an id that ends before it comes first.
    let second = |number: usize| (!number.is_multiple_of(LETTERS)).then(|| letter(number % LETTERS));
    let bound = |number: usize| [letter(number / LETTERS)].into_iter().chain(second(number)).collect();
    let (first, next) = (page * each, (page + 1) * each);
    ((page > 0).then(|| bound(first)), (next < MOST_PAGES).then(|| bound(next)))
}

fn is_letter(byte: u8) -> bool {
    matches!(byte, b'2'..=b'7' | b'a'..=b'z')
}

/// Keeps the order of any two bytes.
fn rank(byte: u8) -> usize {
    let rank = match byte {
        ..b'2' => 0,
        b'2'..=b'7' => byte - b'2',
        b'8'..b'a' => 5,
        b'a'..=b'z' => byte - b'a' + 6,
        _ => 31,
    };
    usize::from(rank)
}

fn letter(rank: usize) -> char {
    char::from(b"234567abcdefghijklmnopqrstuvwxyz"[rank])
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDS: [&str; 12] =
        ["", "2", "7z", "9", "a", "a1", "a2", "azzz", "key-a", "lq5ivtqlnpvxzmkj", "z7", "z\u{7f}"];

    #[test]
    fn pages_are_powers_of_two_and_bounded() {
        let counts = [0, 511, 1_024, 1_025, 100_000, 1_000_000, usize::MAX].map(count_for);
        assert_eq!(counts, [1, 1, 2, 2, 256, 1_024, 1_024]);
        assert!(counts.into_iter().all(is_count));
        assert!(![0, 3, 2_048].into_iter().any(is_count));
    }

    #[test]
    fn a_key_stands_on_the_page_whose_range_holds_its_id() {
        for pages in [1, 2, 32, 1_024] {
            for id in IDS {
                let page = of_key(id, pages);
                for other in 0..pages {
                    let (first, next) = range(other, pages);
                    let within = first.is_none_or(|first| id >= first.as_str())
                        && next.is_none_or(|next| id < next.as_str());
                    assert_eq!(within, other == page, "{id} on {other} of {pages}");
                }
            }
        }
    }

    #[test]
    fn tenants_of_one_moment_are_spread() {
        let tenant = |number: u128| TenantId::from_uuid(uuid::Uuid::from_u128(number));
        let mut pages: Vec<_> = (0..64).map(|number| of_tenant(tenant(number), 32)).collect();
        pages.sort_unstable();
        pages.dedup();
        assert_eq!(pages.len(), 32);
    }
}
