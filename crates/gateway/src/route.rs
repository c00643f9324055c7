//! Where a request leads: to one operation of the contract, or nowhere.

use domain::problem::{Code, Problem};
use http::{Request, Uri};
use serve::contract::{Contract, Operation, Route};

use crate::refusal::Refusal;

/// The operation that a request asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Action<'a>(&'a Operation);

impl<'a> Action<'a> {
    pub(crate) fn operation(self) -> &'a Operation {
        self.0
    }
}

/// Finds the operation. A path has one spelling; a target that holds an API key is refused before all else.
pub(crate) fn route<'a, B>(contract: &'a Contract, request: &Request<B>) -> Result<Action<'a>, Refusal> {
    if holds_key(request.uri()) {
        return Err(Problem::new(Code::KeyInUrl)
            .detail("send the key as `Authorization: Bearer …` and replace this one: URLs are logged on their way")
            .into());
    }
    match contract.route(request.method(), request.uri().path()) {
        Route::Operation(operation) => Ok(Action(operation)),
        Route::OtherMethods(offered) => {
            Err(Refusal { allow: Some(offered.join(", ")), ..Refusal::from(Code::Method) })
        }
        Route::Nowhere => Err(Code::NotFound.into()),
    }
}

/// Tells whether something that begins like an API key stands anywhere in `uri`, also percent-encoded.
pub(crate) fn holds_key(uri: &Uri) -> bool {
    let looks_bad = |text: &str| begins_key(text.as_bytes()) || (text.contains('%') && hides_key(text));
    uri.authority().is_some_and(|authority| looks_bad(authority.as_str()))
        || uri.path_and_query().is_some_and(|target| looks_bad(target.as_str()))
}

/// How often percent-encoding is undone in search of keys. Whoever decodes more often has other troubles.
pub(crate) const MOST_ENCODINGS: usize = 3;

fn begins_key(text: &[u8]) -> bool {
    [b"anp_live_", b"anp_test_"].into_iter().any(|prefix| {
        text.windows(prefix.len())
            .any(|window| window[0] | 0x20 == b'a' && window.eq_ignore_ascii_case(prefix))
    })
}

fn hides_key(text: &str) -> bool {
    let mut text = text.as_bytes().to_vec();
    for _ in 0..MOST_ENCODINGS {
        text = percent_decoded(&text);
        if begins_key(&text) {
            return true;
        }
    }
    false
}

/// Returns `text` with its percent-encoding undone once; what is no such encoding stays.
pub(crate) fn percent_decoded(text: &[u8]) -> Vec<u8> {
    let hex = |byte: u8| char::from(byte).to_digit(16);
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        let escaped = match (first, after) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)),
            _ => None,
        };
        match escaped.and_then(|(high, low)| u8::try_from(high * 16 + low).ok()) {
            Some(byte) => {
                decoded.push(byte);
                rest = &after[2..];
            }
            None => {
                decoded.push(*first);
                rest = after;
            }
        }
    }
    decoded
}

#[cfg(test)]
mod tests {
    use domain::policy::Environment;
    use proptest::prelude::*;
    use seal::{api_key::PlainKey, entropy::SystemEntropy};

    use super::*;

    #[test]
    fn ordinary_targets_hold_no_key() {
        for target in ["/api/v1/me", "/", "/api/v1/usage?from=2026-11-01", "/anp/live", "/anp_life_?x=%", "*"]
        {
            assert!(!holds_key(&target.parse().unwrap()), "{target}");
        }
    }

    proptest! {
        #[test]
        fn a_key_is_seen_wherever_it_stands_and_however_it_is_encoded(
            live in any::<bool>(), place in 0..4, escapes in prop::collection::vec(0_u8..3, 87),
        ) {
            let environment = if live { Environment::Live } else { Environment::Test };
            let key = PlainKey::generate(environment, &SystemEntropy);
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
            prop_assert!(holds_key(&target.parse().unwrap()), "{}", target);
        }

        #[test]
        fn no_target_makes_the_search_fail(target in "/[ -~]{0,60}") {
            if let Ok(uri) = target.parse() {
                let _ = holds_key(&uri);
            }
        }
    }
}
