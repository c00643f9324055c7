//! Genuine keys that stand in a URL: whoever logs the URL knows them, so their owner is told (feature 6).

use http::Uri;
use seal::api_key::PlainKey;

use crate::route::{MOST_ENCODINGS, percent_decoded};

/// Returns the keys in `uri`, as far as form and checksum tell, also percent-encoded ones; no more than [`MOST_KEYS`].
pub(crate) fn keys_in(uri: &Uri) -> Vec<PlainKey> {
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let target = uri.path_and_query().map_or("", |target| target.as_str());
    let mut found: Vec<PlainKey> = Vec::new();
    for text in [authority, target] {
        let mut text = text.as_bytes().to_vec();
        for _ in 0..=MOST_ENCODINGS {
            for key in keys_in_text(&text) {
                if found.len() < MOST_KEYS && found.iter().all(|known| known.reveal() != key.reveal()) {
                    found.push(key);
                }
            }
            text = percent_decoded(&text);
        }
    }
    found
}

fn keys_in_text(text: &[u8]) -> impl Iterator<Item = PlainKey> {
    text.windows(PlainKey::LENGTH).filter_map(|window| {
        // Most places end here.
        let key = window.strip_prefix(b"anp_").map(|_| window)?;
        std::str::from_utf8(key).ok()?.parse().ok()
    })
}

/// Nobody means to send more; who does is not worth the work.
const MOST_KEYS: usize = 4;

#[cfg(test)]
mod tests {
    use domain::policy::Environment;
    use proptest::prelude::*;
    use seal::entropy::SystemEntropy;

    use super::*;

    fn ids(target: &str) -> Vec<String> {
        keys_in(&target.parse().unwrap()).iter().map(|key| key.id().to_owned()).collect()
    }

    #[test]
    fn each_key_is_found_once_and_only_with_its_checksum() {
        let [one, other] = [Environment::Live, Environment::Test]
            .map(|environment| PlainKey::generate(environment, &SystemEntropy));
        let (text, short) = (one.reveal(), &one.reveal()[..86]);
        let hidden = text.replace('a', "%61").replace('%', "%25");
        assert_eq!(ids(&format!("/{text}/{hidden}?x={text}&y={}", other.reveal())), [one.id(), other.id()]);
        assert_eq!(ids(&format!("/{short}?{}", text.to_uppercase())), Vec::<String>::new());
    }

    #[test]
    fn a_target_full_of_keys_costs_no_more_than_a_few() {
        let keys = (0..20).map(|_| PlainKey::generate(Environment::Live, &SystemEntropy).reveal().to_owned());
        assert_eq!(ids(&format!("/{}", keys.collect::<Vec<_>>().join("/"))).len(), MOST_KEYS);
    }

    proptest! {
        #[test]
        fn a_key_is_found_wherever_it_stands_and_however_it_is_encoded(
            place in 0..4, escapes in prop::collection::vec(0_u8..3, PlainKey::LENGTH),
        ) {
            let key = PlainKey::generate(Environment::Live, &SystemEntropy);
            let encoded: String = key.reveal().bytes().zip(escapes).map(|(byte, escape)| match escape {
                0 => char::from(byte).to_string(),
                1 => format!("%{byte:02x}"),
                _ => format!("%25{byte:02X}"),
            }).collect();
            let target = match place {
                0 => format!("/api/v1/me?api_key={encoded}"),
                1 => format!("/api/v1/{encoded}/me"),
                2 => format!("/?{encoded}"),
                _ => format!("/a%zz%?x=%&y=x{encoded}x"),
            };
            prop_assert_eq!(ids(&target), [key.id()], "{}", target);
        }

        #[test]
        fn no_target_makes_the_search_fail(target in "/[ -~]{0,200}") {
            if let Ok(uri) = target.parse() {
                prop_assert!(keys_in(&uri).is_empty());
            }
        }
    }
}
